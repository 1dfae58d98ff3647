"""Reading threads. Everything starts from the actor: a thread of others is not found, exactly like one that is not there."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from sqlalchemy import ColumnElement, Select, and_, case, func, or_, select, tuple_

from marketplace.accounts.models import Person
from marketplace.core.access import Actor
from marketplace.core.clock import now
from marketplace.core.db import db
from marketplace.core.errors import Forbidden, NotFound
from marketplace.core.i18n import gettext, language
from marketplace.core.pages import Page, paged
from marketplace.fairs.models import Fair
from marketplace.listings.models import EntryStatus, FairEntry, Kind, Listing, ListingVersion
from marketplace.listings.owners import UNNAMED, Unnamed, words
from marketplace.negotiations import rules
from marketplace.negotiations.due import Days
from marketplace.negotiations.models import NOT_SAID, Handover, InterestAnswer, Negotiation, Pace, Round, Stage
from marketplace.organizations.models import Organization
from marketplace.taxonomy.vocabularies import COUNTRIES, ORGANIZATION_KINDS


@dataclass(frozen=True, slots=True, kw_only=True)
class About:
    """A listing by the titles it had in public when the thread began."""

    id: UUID
    reference: str
    title_en: str | None
    title_zh: str | None
    anonymous: bool = False


class Veiled(Unnamed):
    """An asker that shows its name on acceptance: until then, what it is and where it comes from stands for it."""

    def __init__(self, organization: Organization):
        self.kind: str = organization.kind
        self.country: str = organization.country  # type: ignore[assignment]

    @property
    def name_en(self) -> str:
        kind, country = ORGANIZATION_KINDS.label(self.kind, language()), COUNTRIES.label(self.country, language())
        return gettext("organisation not named yet (%(kind)s, %(country)s)", kind=kind, country=country)

    @property
    def name_zh(self) -> str:
        return self.name_en


@dataclass(frozen=True, slots=True, kw_only=True)
class Thread:
    """One negotiation with all that its pages and answers show, as one of its two organisations (``mine``) reads it.

    The other one is `Unnamed` while ``mine`` may not know who owns the anonymous listing that it asked about.
    """

    negotiation: Negotiation
    mine: UUID
    at: datetime
    fair: Fair
    provider: Organization | Unnamed
    recipient: Organization | Unnamed
    achievement: About | None
    need: About | None
    rounds: Sequence[Round]
    handover: Handover | None
    people: dict[UUID, str]
    answers: Sequence[InterestAnswer] = ()

    @property
    def about(self) -> About:
        """What the thread is called after: the technology, else the need."""
        found = self.achievement or self.need
        if found is None:
            raise ValueError("a thread without a listing")
        return found

    @property
    def agreed(self) -> Round | None:
        """The round that both sides agreed to, while the thread stands by it."""
        return rules.agreed_round(self.rounds)

    @property
    def cooperation_wanted(self) -> str | None:
        """The kind of cooperation that the asker chose; None where it chose none."""
        wanted = self.negotiation.cooperation_wanted
        return None if wanted == NOT_SAID else wanted

    @property
    def other(self) -> Organization | Unnamed:
        return self.recipient if self.mine == self.negotiation.provider_id else self.provider

    @property
    def named(self) -> bool:
        """Whether the other organisation is named to the reader."""
        return not isinstance(self.other, Unnamed)

    @property
    def move_of(self) -> UUID | None:
        return rules.whose_move(self.negotiation, self.rounds, at=self.at)

    @property
    def approving(self) -> list[UUID]:
        """The sides that wait for their own people's approval."""
        return rules.approving(self.negotiation) if self.negotiation.stage is Stage.APPROVAL else []

    @property
    def late(self) -> bool:
        """Whether the day by which a move is expected is over, at the fair's place."""
        due_on = self.negotiation.due_on
        return due_on is not None and due_on < self.at.astimezone(ZoneInfo(self.fair.time_zone)).date()

    @property
    def open_round(self) -> Round | None:
        return rules.open_round(self.rounds, self.at)

    @property
    def possible(self) -> frozenset[str]:
        return rules.possible(self.negotiation, self.rounds, mine=self.mine, at=self.at, handed=self.handover is not None)


def mine_only(by: Actor) -> Select[Any]:
    """The threads of the organisation acted for. Raises Forbidden when they act for none that may read threads."""
    by.require("negotiations.read")
    if by.organization_id is None:
        raise Forbidden()
    mine = by.organization_id
    return select(Negotiation).where(or_(Negotiation.provider_id == mine, Negotiation.recipient_id == mine))


def get(negotiation_id: UUID, *, by: Actor, lock: bool = False) -> Negotiation:
    """One of one's own threads, locked for a change if asked. Raises NotFound, Forbidden."""
    query = mine_only(by).where(Negotiation.id == negotiation_id)
    if lock:
        query = query.with_for_update().execution_options(populate_existing=True)
    found: Negotiation | None = db.session.scalar(query)
    if found is None:
        raise NotFound()
    return found


def rounds_of(negotiation_id: UUID) -> list[Round]:
    """All rounds of a thread, in order, as the database has them now."""
    query = select(Round).where(Round.negotiation_id == negotiation_id).order_by(Round.number)
    return list(db.session.scalars(query.execution_options(populate_existing=True)))


def handover_of(negotiation_id: UUID) -> Handover | None:
    return db.session.scalar(select(Handover).where(Handover.negotiation_id == negotiation_id))


def thread(negotiation_id: UUID, *, by: Actor) -> Thread:
    """One of one's own threads with everything it shows. Raises NotFound, Forbidden."""
    found = _gather([get(negotiation_id, by=by)], by=by)[0]
    answers = select(InterestAnswer).where(InterestAnswer.negotiation_id == negotiation_id).order_by(InterestAnswer.position)
    return replace(found, answers=list(db.session.scalars(answers)))


def threads(
    *, by: Actor, stage: Stage | None = None, my_move: bool = False, late: bool = False, limit: int = 20, cursor: str | None = None, bound_to: str = ""
) -> Page:
    """One's own threads as a page of `Thread`: those that wait for us first, then the one that moved last.

    ``late``: only those that wait for us although the day they were due is over, wherever their fair is.
    """
    turn = case((Negotiation.move_of_id == by.organization_id, 1), else_=0).label("turn")
    query = mine_only(by).add_columns(turn, Negotiation.moved_at, Negotiation.id)
    if stage is not None:
        query = query.where(Negotiation.stage == stage)
    if late:
        query = query.where(_late(by.organization_id))
    if my_move:
        query = query.where(Negotiation.move_of_id == by.organization_id)
    keys = [turn, Negotiation.moved_at, Negotiation.id]
    page = paged(query, keys, limit=limit, cursor=cursor, bound_to=bound_to, scalars=False)  # type: ignore[arg-type]
    return Page(_gather([row[0] for row in page.rows], by=by), page.next)


def waiting_counts(*, by: Actor) -> tuple[int, int]:
    """(interests that wait for our answer, all threads in which it is our move), for the day page; zeros without the right."""
    if not by.may("negotiations.read") or by.organization_id is None:
        return 0, 0
    unanswered = func.count(case((Negotiation.stage == Stage.INTEREST, 1)))
    row = db.session.execute(select(unanswered, func.count()).where(Negotiation.move_of_id == by.organization_id)).one()
    return row[0], row[1]


def late_count(*, by: Actor) -> int:
    """Threads that wait for us beyond the day they were due, for the day page."""
    if not by.may("negotiations.read") or by.organization_id is None:
        return 0
    return db.session.scalar(select(func.count()).select_from(Negotiation).where(_late(by.organization_id))) or 0


def _late(mine: UUID | None) -> ColumnElement[bool]:
    """Due before today everywhere: a day is over at each fair when it is over in the last time zone."""
    return and_(Negotiation.move_of_id == mine, Negotiation.due_on < (now() - timedelta(hours=12)).date())


def days_of(fair_id: UUID) -> Days:
    """What a fair expects of its negotiations, in days."""
    pace = db.session.get(Pace, fair_id)
    return Days(answer=pace.answer_days, move=pace.move_days, stalled=pace.stalled_days) if pace else Days()


def open_thread(key: str) -> Negotiation | None:
    """The open thread of a pair (`rules.pair_key`); the caller is one of the pair."""
    return db.session.scalar(select(Negotiation).where(Negotiation.open_key == key))


def open_about(achievement_id: UUID, *, provider_id: UUID, recipient_id: UUID) -> Negotiation | None:
    """The open thread of two organisations about an achievement that moved last, whichever need stands beside it."""
    query = select(Negotiation).where(
        Negotiation.achievement_id == achievement_id, Negotiation.provider_id == provider_id, Negotiation.recipient_id == recipient_id,
        Negotiation.open_key.is_not(None),
    )  # fmt: skip
    return db.session.scalar(query.order_by(Negotiation.moved_at.desc(), Negotiation.id).limit(1))


def waiting_handovers(*, by: Actor, fair: Fair) -> list[Handover]:
    """Agreed facts that no clerk has taken yet, the oldest first; at most 200. Raises Forbidden."""
    by.require("negotiations.take", fair_id=fair.id)
    query = select(Handover).where(Handover.fair_id == fair.id, Handover.taken_at.is_(None))
    return list(db.session.scalars(query.order_by(Handover.handed_at, Handover.id).limit(200)))


def handovers_waiting_count(by: Actor) -> int:
    """Agreed facts that wait for a clerk at the open fairs whose desk the actor works at, for the day page."""
    fairs = select(Fair.id).where(Fair.id.in_(by.fairs_where("negotiations.take")), Fair.closed_at.is_(None))
    return db.session.scalar(select(func.count()).select_from(Handover).where(Handover.fair_id.in_(fairs), Handover.taken_at.is_(None))) or 0


def handover(handover_id: UUID, *, by: Actor, lock: bool = False) -> Handover:
    """Facts handed over at a fair whose desk the actor works at. Raises NotFound."""
    fairs = by.fairs_where("negotiations.take")
    query = select(Handover).where(Handover.id == handover_id, Handover.fair_id.in_(fairs))
    found = db.session.scalar(query.with_for_update().execution_options(populate_existing=True) if lock else query)
    if found is None:
        raise NotFound()
    return found


def public_entries(listing_id: UUID, *, kind: Kind) -> list[tuple[FairEntry, Listing]]:
    """The published entries of a listing in fairs that are not closed: the current fair first, then the latest published."""
    query = (
        select(FairEntry, Listing)
        .join(Listing, Listing.id == FairEntry.listing_id)
        .join(Fair, Fair.id == FairEntry.fair_id)
        .where(FairEntry.listing_id == listing_id, Listing.kind == kind, Fair.closed_at.is_(None))
        .where(FairEntry.status == EntryStatus.PUBLISHED, FairEntry.published_number.is_not(None))
        .order_by(Fair.current.desc(), FairEntry.published_at.desc(), FairEntry.id)
    )
    return [(entry, listing) for entry, listing in db.session.execute(query)]


def takes_interest(listing_ids: Iterable[UUID | None], *, owner_id: UUID) -> bool:
    """Whether the owner has not closed one of these listings of theirs to interest."""
    closed = select(Listing.id).where(Listing.id.in_([id for id in listing_ids if id]), Listing.organization_id == owner_id, Listing.open_for_interest.is_(False))
    return db.session.scalar(closed.limit(1)) is None


def own_published(kind: Kind, *, by: Actor, fair_id: UUID) -> list[About]:
    """One's own listings of a kind that are public in a fair, to name beside the one asked about; at most 200."""
    query = (
        select(Listing.id, Listing.reference, ListingVersion.title_en, ListingVersion.title_zh)
        .join(FairEntry, FairEntry.listing_id == Listing.id)
        .join(ListingVersion, and_(ListingVersion.listing_id == Listing.id, ListingVersion.number == FairEntry.published_number))
        .where(Listing.organization_id == by.organization_id, Listing.kind == kind, FairEntry.fair_id == fair_id)
        .where(FairEntry.status == EntryStatus.PUBLISHED)
        .order_by(Listing.reference)
        .limit(200)
    )
    return [About(id=row.id, reference=row.reference, title_en=row.title_en, title_zh=row.title_zh) for row in db.session.execute(query)]


def about(wanted: Iterable[tuple[UUID, int]]) -> dict[tuple[UUID, int], About]:
    """Versions of listings by (listing, number)."""
    keys = list(wanted)
    if not keys:
        return {}
    version = ListingVersion
    query = select(Listing.id, Listing.reference, Listing.anonymous, version.number, version.title_en, version.title_zh).join(version)
    rows = db.session.execute(query.where(tuple_(version.listing_id, version.number).in_(keys)))
    return {
        (row.id, row.number): About(id=row.id, reference=row.reference, title_en=row.title_en, title_zh=row.title_zh, anonymous=row.anonymous)
        for row in rows
    }


def rounds_by_thread(ids: Sequence[UUID]) -> dict[UUID, list[Round]]:
    found: dict[UUID, list[Round]] = defaultdict(list)
    for row in db.session.scalars(select(Round).where(Round.negotiation_id.in_(ids)).order_by(Round.number)):
        found[row.negotiation_id].append(row)
    return found


def handed_over(ids: Sequence[UUID]) -> set[UUID]:
    """Those of these threads whose facts are at the contract desk."""
    return set(db.session.scalars(select(Handover.negotiation_id).where(Handover.negotiation_id.in_(ids))))


def _handovers(ids: Sequence[UUID]) -> Sequence[Handover]:
    return db.session.scalars(select(Handover).where(Handover.negotiation_id.in_(ids))).all()


def _gather(rows: Sequence[Negotiation], *, by: Actor) -> list[Thread]:
    """All that these threads show, in a constant number of queries."""
    if not rows or by.organization_id is None:
        return []
    ids = [row.id for row in rows]
    rounds, handovers = rounds_by_thread(ids), {row.negotiation_id: row for row in _handovers(ids)}
    both = {side for row in rows for side in (row.provider_id, row.recipient_id)}
    organizations = {row.id: row for row in db.session.scalars(select(Organization).where(Organization.id.in_(both)))}
    fairs = {row.id: row for row in db.session.scalars(select(Fair).where(Fair.id.in_({row.fair_id for row in rows})))}
    named = [(row.achievement_id, row.achievement_number) for row in rows] + [(row.need_id, row.need_number) for row in rows]
    listings = about({(listing, number) for listing, number in named if listing is not None and number is not None})
    persons = {row.asked_by_person_id for row in rows} | {made.person_id for many in rounds.values() for made in many}
    people = {row.id: row.name for row in db.session.execute(select(Person.id, Person.name).where(Person.id.in_(persons)))}
    at, mine, found = now(), by.organization_id, []
    for row in rows:
        achievement = listings[row.achievement_id, row.achievement_number] if row.achievement_id and row.achievement_number else None
        need = listings[row.need_id, row.need_number] if row.need_id and row.need_number else None
        asked_about = achievement if row.answered_by_id == row.provider_id else need
        known = rules.names_other(row, to=mine, anonymous=asked_about is not None and asked_about.anonymous)
        sides: dict[UUID, Organization | Unnamed] = {**organizations}
        if not known:
            hidden = row.other_side(mine)
            sides[hidden] = Veiled(organizations[hidden]) if hidden == row.asked_by_id else UNNAMED
        found.append(Thread(
            negotiation=row, mine=mine, at=at, fair=fairs[row.fair_id], provider=sides[row.provider_id], recipient=sides[row.recipient_id],
            achievement=achievement, need=need, rounds=rounds[row.id], handover=handovers.get(row.id),
            people=people if known or row.asked_by_id == mine else people | {row.asked_by_person_id: words()},
        ))  # fmt: skip
    return found
