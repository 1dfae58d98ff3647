"""Reading proposals and call notes: a fair's for its staff, an organisation's own; a foreign one is like one that is not there."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Row, Select, and_, func, or_, select

from marketplace.accounts.models import Person
from marketplace.core.access import Actor
from marketplace.core.db import db
from marketplace.core.errors import Forbidden, NotFound
from marketplace.coverage import rules
from marketplace.coverage.models import OPEN, CallNote, Proposal, ProposalSide, Side, State
from marketplace.coverage.rules import Seen
from marketplace.fairs.models import Fair
from marketplace.listings.models import FairEntry, Listing, ListingVersion
from marketplace.listings.owners import UNNAMED, Unnamed
from marketplace.matching.models import MatchVerdict, Verdict
from marketplace.negotiations.models import ACCEPTED, Negotiation, Reveal
from marketplace.organizations.models import Organization

BY_TIME = (Proposal.proposed_at, Proposal.id)
SIDES_BY_TIME = (ProposalSide.proposed_at, ProposalSide.id)


@dataclass(frozen=True, slots=True, kw_only=True)
class About:
    """A listing of a proposal: its titles as its fair shows them now, None of both when the fair does not show it any more.

    ``organization`` stays unnamed to the other side while the listing is ``anonymous``.
    """

    id: UUID
    reference: str
    title_en: str | None
    title_zh: str | None
    organization: Organization | Unnamed
    anonymous: bool

    @property
    def public(self) -> bool:
        return bool(self.title_en or self.title_zh)


@dataclass(frozen=True, slots=True, kw_only=True)
class Proposed:
    """A proposal as the fair's staff see it."""

    proposal: Proposal
    fair: Fair
    need: About
    achievement: About
    sides: dict[Side, ProposalSide]
    proposer: str

    def about(self, side: Side) -> About:
        """The listing of a side."""
        return self.achievement if side is Side.PROVIDER else self.need


@dataclass(frozen=True, slots=True, kw_only=True)
class Mine:
    """A proposal as one of its two organisations sees it: nothing of the other side but what is public."""

    side: ProposalSide
    proposal_id: UUID
    fair: Fair
    need: About
    achievement: About
    seen: Seen
    talks: UUID | None

    @property
    def own(self) -> About:
        return self.achievement if self.side.side is Side.PROVIDER else self.need

    @property
    def other(self) -> About:
        return self.need if self.side.side is Side.PROVIDER else self.achievement

    @property
    def answerable(self) -> bool:
        """Whether an answer can be given, changed or taken back now."""
        return self.seen not in (Seen.TALKING, Seen.WITHDRAWN) and self.fair.closed_at is None

    @property
    def can_talk(self) -> bool:
        """Whether the way to a negotiation is open: both listings are public, and nobody said no to oneself."""
        return self.answerable and self.seen is not Seen.DECLINED and self.need.public and self.achievement.public


def of_fair(fair: Fair, *, state: State | None = None, listing_id: UUID | None = None) -> Select[Any]:
    """A fair's proposals for `core.pages.paged` by `BY_TIME`; the caller is of its staff."""
    query = select(Proposal).where(Proposal.fair_id == fair.id)
    if listing_id is not None:
        query = query.where(or_(Proposal.need_id == listing_id, Proposal.achievement_id == listing_id))
    return query if state is None else query.where(Proposal.state == state)


def get(fair: Fair, proposal_id: UUID, *, lock: bool = False) -> Proposal:
    """One of the fair's proposals. Raises NotFound."""
    query = of_fair(fair).where(Proposal.id == proposal_id)
    found: Proposal | None = db.session.scalar(query.with_for_update().execution_options(populate_existing=True) if lock else query)
    if found is None:
        raise NotFound()
    return found


def own(*, by: Actor) -> Select[Any]:
    """The sides of proposals that one's organisation is on, for `core.pages.paged` by `SIDES_BY_TIME`. Raises Forbidden."""
    by.require("proposals.read")
    if by.organization_id is None:
        raise Forbidden()
    return select(ProposalSide).where(ProposalSide.organization_id == by.organization_id)


def own_one(proposal_id: UUID, *, by: Actor) -> Mine:
    """One of one's own. Raises NotFound, Forbidden."""
    side = db.session.scalar(own(by=by).where(ProposalSide.proposal_id == proposal_id))
    if side is None:
        raise NotFound()
    return mine([side])[0]


def own_locked(proposal_id: UUID, *, by: Actor) -> tuple[Proposal, ProposalSide]:
    """A proposal under its lock, and one's own side of it. Raises NotFound, Forbidden."""
    mine = own(by=by).where(ProposalSide.proposal_id == proposal_id)
    if db.session.scalar(mine) is None:
        raise NotFound()
    locked = select(Proposal).where(Proposal.id == proposal_id).with_for_update().execution_options(populate_existing=True)
    row = db.session.scalars(locked).one()
    return row, db.session.scalars(mine.execution_options(populate_existing=True)).one()


def waiting_for(by: Actor) -> int:
    """For the day page: proposals that one's organisation has not answered, at fairs that are not closed."""
    if by.organization_id is None:
        return 0
    query = (
        select(func.count())
        .select_from(ProposalSide)
        .join(Proposal, Proposal.id == ProposalSide.proposal_id)
        .join(Fair, Fair.id == Proposal.fair_id)
        .where(ProposalSide.organization_id == by.organization_id, ProposalSide.answer.is_(None), Fair.closed_at.is_(None))
        .where(Proposal.state.not_in((State.TALKING, State.WITHDRAWN)))
    )
    return db.session.scalar(query) or 0


def proposed(proposals: Iterable[Proposal]) -> list[Proposed]:
    """These proposals with all that staff see of them: five queries."""
    rows = list(proposals)
    abouts = _abouts(rows)
    fairs = _fairs(rows)
    sides: dict[UUID, dict[Side, ProposalSide]] = {}
    for side in db.session.scalars(select(ProposalSide).where(ProposalSide.proposal_id.in_([row.id for row in rows]))):
        sides.setdefault(side.proposal_id, {})[side.side] = side
    people = dict(db.session.execute(select(Person.id, Person.name).where(Person.id.in_({row.proposed_by for row in rows}))).all())  # type: ignore[arg-type]
    return [
        Proposed(
            proposal=row, fair=fairs[row.fair_id], need=abouts[row.fair_id, row.need_id], achievement=abouts[row.fair_id, row.achievement_id],
            sides=sides[row.id], proposer=people[row.proposed_by],
        )
        for row in rows
    ]  # fmt: skip


def mine(sides: Iterable[ProposalSide]) -> list[Mine]:
    """These sides of one's own with what they see: five queries."""
    own_sides = list(sides)
    found = {row.id: row for row in db.session.scalars(select(Proposal).where(Proposal.id.in_([side.proposal_id for side in own_sides])))}
    abouts, fairs = _abouts(found.values()), _fairs(found.values())
    talks = _talks(found.values(), abouts)
    rows = [(side, found[side.proposal_id]) for side in own_sides]
    return [
        Mine(
            side=side, proposal_id=row.id, fair=fairs[row.fair_id], need=_to(side, Side.RECIPIENT, abouts[row.fair_id, row.need_id]),
            achievement=_to(side, Side.PROVIDER, abouts[row.fair_id, row.achievement_id]), seen=rules.seen(row.state, side.answer), talks=talks.get(row.id),
        )
        for side, row in rows
    ]  # fmt: skip


def _to(reader: ProposalSide, side: Side, about: About) -> About:
    """A listing of a proposal as one of the two sides reads it."""
    return about if reader.side is side else without_owner(about)


def without_owner(about: About) -> About:
    """What is told to the other side: no owner of an anonymous listing."""
    return replace(about, organization=UNNAMED) if about.anonymous else about


def _fairs(rows: Iterable[Proposal]) -> dict[UUID, Fair]:
    return {fair.id: fair for fair in db.session.scalars(select(Fair).where(Fair.id.in_({row.fair_id for row in rows})))}


def _abouts(rows: Iterable[Proposal]) -> dict[tuple[UUID, UUID], About]:
    """Listings by (fair, id), with the titles that the fair shows."""
    proposals = list(rows)
    ids = {id for row in proposals for id in (row.need_id, row.achievement_id)}
    query = (
        select(FairEntry.fair_id, Listing.id, Listing.reference, Listing.anonymous, ListingVersion.title_en, ListingVersion.title_zh, Organization)
        .select_from(Listing)
        .join(FairEntry, FairEntry.listing_id == Listing.id)
        .join(Organization, Organization.id == Listing.organization_id)
        .outerjoin(ListingVersion, and_(ListingVersion.listing_id == Listing.id, ListingVersion.number == FairEntry.published_number))
        .where(Listing.id.in_(ids), FairEntry.fair_id.in_({row.fair_id for row in proposals}))
    )
    return {
        (row.fair_id, row.id): About(
            id=row.id, reference=row.reference, title_en=row.title_en, title_zh=row.title_zh, organization=row.Organization, anonymous=row.anonymous
        )
        for row in db.session.execute(query)
    }


def _talks(rows: Iterable[Proposal], abouts: Mapping[tuple[UUID, UUID], About]) -> dict[UUID, UUID]:
    """{proposal: the newest thread of its two organisations about its listings}, for these two only."""
    proposals = list(rows)
    query = select(Negotiation).where(
        Negotiation.fair_id.in_({row.fair_id for row in proposals}),
        or_(Negotiation.need_id.in_({row.need_id for row in proposals}), Negotiation.achievement_id.in_({row.achievement_id for row in proposals})),
        or_(Negotiation.reveal == Reveal.NOW, Negotiation.stage.in_(ACCEPTED)),  # else the proposal would tell who asks
    )
    threads = list(db.session.scalars(query.order_by(Negotiation.sent_at, Negotiation.id)))
    return {
        row.id: thread.id
        for row in proposals
        for thread in threads
        if rules.is_about(thread, row)
        and thread.provider_id == abouts[row.fair_id, row.achievement_id].organization.id
        and thread.recipient_id == abouts[row.fair_id, row.need_id].organization.id
    }


def put_away(mine: Mine, *, by: Actor) -> MatchVerdict | None:
    """What the organisation itself said of the pair when it put it away among its matches; staff never read it."""
    return db.session.scalar(
        select(MatchVerdict).where(
            MatchVerdict.organization_id == by.organization_id, MatchVerdict.need_id == mine.need.id,
            MatchVerdict.achievement_id == mine.achievement.id, MatchVerdict.verdict == Verdict.DISMISSED,
        )
    )  # fmt: skip


def open_pair(fair: Fair, need_id: UUID, achievement_id: UUID) -> Proposal | None:
    """The open proposal of a pair at a fair."""
    return db.session.scalar(select(Proposal).where(Proposal.open_key == rules.pair_key(fair.id, need_id, achievement_id)))


def earlier(fair: Fair, need_id: UUID, achievement_id: UUID) -> Sequence[Proposal]:
    """What was proposed of this pair at this fair, the latest first."""
    query = of_fair(fair).where(Proposal.need_id == need_id, Proposal.achievement_id == achievement_id)
    return db.session.scalars(query.order_by(Proposal.proposed_at.desc()).limit(20)).all()


def proposed_with(fair: Fair, listing_id: UUID) -> dict[UUID, State]:
    """{the other listing: state} of the open proposals of a listing at a fair."""
    query = of_fair(fair, listing_id=listing_id).where(Proposal.state.in_(OPEN))
    return {row.achievement_id if row.need_id == listing_id else row.need_id: row.state for row in db.session.scalars(query)}


NOTE_KEYS = (CallNote.written_at, CallNote.id)


def notes(fair: Fair, *, organization_id: UUID | None = None) -> Select[Any]:
    """A fair's call notes for `core.pages.paged` by `NOTE_KEYS`; the caller is of its staff."""
    query = select(CallNote).where(CallNote.fair_id == fair.id)
    return query if organization_id is None else query.where(CallNote.organization_id == organization_id)


def noted(rows: Iterable[CallNote]) -> list[tuple[CallNote, str, Row[Any] | None]]:
    """These notes with their writers' names and the listing (id, kind, reference) that they are about: two queries."""
    found = list(rows)
    people = dict(db.session.execute(select(Person.id, Person.name).where(Person.id.in_({row.written_by for row in found}))).all())  # type: ignore[arg-type]
    query: Any = select(Listing.id, Listing.kind, Listing.reference).where(Listing.id.in_({row.listing_id for row in found if row.listing_id}))
    listings = {row.id: row for row in db.session.execute(query)}
    return [(row, people[row.written_by], listings.get(row.listing_id) if row.listing_id else None) for row in found]


def next_calls(fair: Fair, organization_ids: Sequence[UUID]) -> dict[UUID, tuple[datetime, date | None]]:
    """{organisation: (when it was last phoned, the day to call again)} by its last note: one query."""
    found: dict[UUID, tuple[datetime, date | None]] = {}
    query = select(CallNote.organization_id, CallNote.written_at, CallNote.next_on)
    latest = select(CallNote.organization_id, func.max(CallNote.written_at).label("at")).where(CallNote.fair_id == fair.id).group_by(CallNote.organization_id).subquery()
    query = query.join(latest, and_(latest.c.organization_id == CallNote.organization_id, latest.c.at == CallNote.written_at))
    for row in db.session.execute(query.where(CallNote.fair_id == fair.id, CallNote.organization_id.in_(organization_ids)).order_by(CallNote.id)):
        found[row.organization_id] = (row.written_at, row.next_on)
    return found
