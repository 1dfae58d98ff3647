"""From wishes of organisations to pairs of people: who of each side goes, in which languages, and how much it weighs."""

from collections import Counter
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import func, select
from sqlalchemy.orm import aliased

from marketplace.accounts.models import Person
from marketplace.core.db import db
from marketplace.listings.models import Listing
from marketplace.matching.models import StoredMatch
from marketplace.meetings.models import Meeting, MeetingStatus
from marketplace.organizations.models import Membership, Organization, Status
from marketplace.scheduling import rules
from marketplace.scheduling.models import Delegate, MeetingWish, Presence, Wanted

ENDED = (MeetingStatus.DECLINED, MeetingStatus.CANCELLED, MeetingStatus.EXPIRED)
"""Of two organisations with any other meeting at the fair no further one is planned."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Pair:
    """Two people who are to meet. ``wish`` is the heavier of the two sides'; its organisation is the asking side."""

    wish: MeetingWish
    sender: Delegate
    receiver: Delegate
    weight: int

    @property
    def languages(self) -> tuple[str | None, str | None]:
        return rules.languages_between(self.sender.languages, self.receiver.languages)

    @property
    def where(self) -> tuple[bool, bool]:
        """Whether at a table, whether online."""
        return rules.where(Presence(self.sender.presence), Presence(self.receiver.presence))


@dataclass(frozen=True, slots=True)
class Pairs:
    """``pairs`` can be planned; ``nobody`` are wishes about organisations that named nobody, ``met`` those that have a meeting."""

    pairs: list[Pair]
    nobody: list[MeetingWish]
    met: list[MeetingWish]


def delegates(fair_id: UUID) -> list[Delegate]:
    """Who takes meetings, of approved organisations that they still belong to."""
    query = (
        select(Delegate)
        .join(Organization, Organization.id == Delegate.organization_id)
        .join(Membership, (Membership.organization_id == Delegate.organization_id) & (Membership.person_id == Delegate.person_id))
        .join(Person, Person.id == Delegate.person_id)
        .where(
            Delegate.fair_id == fair_id, Organization.status == Status.APPROVED, Membership.ended_at.is_(None), Person.disabled_at.is_(None)
        )
        .order_by(Delegate.created_at, Delegate.id)
    )  # fmt: skip
    return list(db.session.scalars(query))


def pairs(fair_id: UUID, *, only: Collection[UUID] | None = None) -> Pairs:
    """What a fair's wishes amount to; only those of some organisations, if given. A constant number of queries."""
    by_pair: dict[frozenset[UUID], list[MeetingWish]] = {}
    query = select(MeetingWish).where(MeetingWish.fair_id == fair_id).order_by(MeetingWish.said_at, MeetingWish.id)
    for wish in db.session.scalars(query):
        if only is None or {wish.organization_id, wish.about_organization_id} & set(only):
            by_pair.setdefault(frozenset((wish.organization_id, wish.about_organization_id)), []).append(wish)
    known: dict[UUID, list[Delegate]] = {}
    for delegate in delegates(fair_id):
        known.setdefault(delegate.organization_id, []).append(delegate)
    fits, talked = strengths({one for pair in by_pair for one in pair}), _talked(fair_id)
    contacts = _contacts(by_pair.values())
    weighed = []
    found = Pairs([], [], [])
    for pair, sides in by_pair.items():
        weight = rules.weight([wish.wanted for wish in sides], strength=fits.get(pair, 0))
        if weight == 0:
            continue
        lead = min(sides, key=lambda wish: wish.wanted is not Wanted.MUST)
        if pair in talked:
            found.met.append(lead)
        elif not all(one in known for one in pair):
            found.nobody.append(lead)
        else:
            weighed.append((weight, lead, sides))
    load: Counter[UUID] = Counter()
    for weight, lead, sides in sorted(weighed, key=lambda each: (-each[0], each[1].said_at, each[1].id)):
        sender, receiver = _who(lead, sides, known, contacts, load)
        load.update((sender.id, receiver.id))
        found.pairs.append(Pair(wish=lead, sender=sender, receiver=receiver, weight=weight))
    return found


def _who(
    lead: MeetingWish, sides: Sequence[MeetingWish], known: Mapping[UUID, Sequence[Delegate]], contacts: Mapping[UUID, UUID], load: Counter[UUID]
) -> tuple[Delegate, Delegate]:
    """Whom the wish names, the contact of the listing; else who shares a language and has least to do so far."""
    named = {wish.organization_id: wish.person_id for wish in sides}
    contact = contacts.get(lead.listing_id) if lead.listing_id else None
    senders = _named(known[lead.organization_id], [named.get(lead.organization_id)])
    receivers = _named(known[lead.about_organization_id], [named.get(lead.about_organization_id), contact])
    both = [(one, other) for one in senders for other in receivers]
    return min(both, key=lambda two: (
        not set(two[0].languages) & set(two[1].languages), load[two[0].id] + load[two[1].id], two[0].id, two[1].id,
    ))  # fmt: skip


def _named(known: Sequence[Delegate], wanted: Sequence[UUID | None]) -> Sequence[Delegate]:
    for person_id in wanted:
        if chosen := [delegate for delegate in known if delegate.person_id == person_id]:
            return chosen
    return known


def strengths(organizations: Collection[UUID]) -> dict[frozenset[UUID], int]:
    """The strongest stored match of each two organisations, in tenths of a percent."""
    need, achievement, wanted = aliased(Listing), aliased(Listing), list(organizations)
    query = (
        select(need.organization_id, achievement.organization_id, func.max(StoredMatch.strength))
        .select_from(StoredMatch)
        .join(need, need.id == StoredMatch.need_id)
        .join(achievement, achievement.id == StoredMatch.achievement_id)
        .where(need.organization_id.in_(wanted), achievement.organization_id.in_(wanted), need.organization_id != achievement.organization_id)
        .group_by(need.organization_id, achievement.organization_id)
    )
    found = dict[frozenset[UUID], int]()
    for one, other, strength in db.session.execute(query):
        pair = frozenset((one, other))
        found[pair] = max(found.get(pair, 0), strength)
    return found


def _talked(fair_id: UUID) -> set[frozenset[UUID]]:
    query = select(Meeting.from_organization_id, Meeting.to_organization_id).where(Meeting.fair_id == fair_id, Meeting.status.not_in(ENDED))
    return {frozenset((one, other)) for one, other in db.session.execute(query)}


def _contacts(by_pair: Iterable[Sequence[MeetingWish]]) -> dict[UUID, UUID]:
    ids = {wish.listing_id for sides in by_pair for wish in sides if wish.listing_id is not None}
    query = select(Listing.id, Listing.contact_id).where(Listing.id.in_(ids), Listing.contact_id.is_not(None))
    return {listing_id: contact_id for listing_id, contact_id in db.session.execute(query) if contact_id is not None} if ids else {}
