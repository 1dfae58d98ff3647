"""Whom nobody is talking to at a fair: needs without a good match, achievements nobody is shown, organisations without a contact.

Everything is counted from what the public sees of listings, from the stored matches, and from contacts of this fair. A
contact is a question that was answered, or a meeting that both sides agreed to: of it only the day is read.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta
from enum import StrEnum
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from sqlalchemy import ColumnElement, Row, Select, String, and_, case, cast, exists, func, or_, select, union_all
from sqlalchemy.orm import aliased

from marketplace.core.access import Actor
from marketplace.core.clock import today
from marketplace.core.db import db
from marketplace.core.errors import NotFound
from marketplace.core.pages import Page, paged
from marketplace.coverage import rules
from marketplace.coverage.models import CallNote
from marketplace.fairs import queries as fairs
from marketplace.fairs.models import Fair
from marketplace.listings.models import FairEntry, Kind, Listing, ListingVersion
from marketplace.matching.models import MatchedNeed, StoredMatch
from marketplace.matching.spreading import SHOWN
from marketplace.matching.strength import GOOD
from marketplace.meetings.models import Meeting, MeetingStatus
from marketplace.negotiations.models import Negotiation
from marketplace.organizations.models import Kind as OrganizationKind
from marketplace.organizations.models import Organization

V = ListingVersion
BATCH = 200
SIDES = (OrganizationKind.AGENCY, OrganizationKind.INSTITUTE, OrganizationKind.COMPANY)
TITLES: tuple[Any, ...] = (
    Listing.id, Listing.kind, Listing.reference, Listing.organization_id, V.title_en, V.title_zh,
    Organization.name_en, Organization.name_zh,
)  # fmt: skip


class List(StrEnum):
    """The lists of the board."""

    NEEDS = "needs"
    NEVER = "never_shown"
    ONCE = "shown_once"
    NO_INTEREST = "no_interest"
    NO_CONTACT = "no_contact"
    SILENT = "silent"
    CALLS = "calls_due"

    @property
    def of(self) -> str:
        """What its rows are: needs, achievements or organizations."""
        if self is List.NEEDS:
            return "needs"
        return "organizations" if self in (List.NO_CONTACT, List.SILENT, List.CALLS) else "achievements"


@dataclass(frozen=True, slots=True)
class Filter:
    """A code of WIPO_FIELDS, and a country: of the listing, or of the organisation."""

    field: str | None = None
    country: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Figures:
    """The counts above the lists, all under one filter. ``bands`` sum to ``achievements``; ``unmatched`` needs are not compared yet."""

    needs: int
    unmatched: int
    without_good_match: int
    achievements: int
    bands: list[rules.Band]
    no_interest: int
    organizations: int
    no_contact: int
    silent: int
    calls_due: int

    @property
    def with_good_match(self) -> int:
        return self.needs - self.without_good_match - self.unmatched

    def of(self, name: List) -> int:
        """How many rows a list has."""
        bands = {band.code: band.count for band in self.bands}
        counts = {
            List.NEEDS: self.without_good_match, List.NEVER: bands["0"], List.ONCE: bands["1"], List.NO_INTEREST: self.no_interest,
            List.NO_CONTACT: self.no_contact, List.SILENT: self.silent, List.CALLS: self.calls_due,
        }  # fmt: skip
        return counts[name]


def of_staff(slug: str, *, by: Actor, permission: str = "coverage.read") -> Fair:
    """A fair whose board the person may use. Raises NotFound, for a foreign one as for an unknown one."""
    fair = fairs.by_slug(slug)
    if fair.id not in by.fairs_where(permission):
        raise NotFound()
    return fair


def figures(fair: Fair, where: Filter) -> Figures:
    """Five queries, however large the fair."""
    needs = _listings(fair, Kind.NEED, where, func.count(), func.count().filter(~_is_matched()), func.count().filter(_without_good_match()))
    all_needs, unmatched, without = db.session.execute(needs).one()
    exposure = _exposure(fair, where).subquery()
    counts = {row.shown: row.times for row in db.session.execute(select(exposure.c.shown, func.count().label("times")).group_by(exposure.c.shown))}
    listed = _organizations(fair, where).subquery()
    wanted = [_of_list(name, listed, fair) for name in (List.NO_CONTACT, List.SILENT, List.CALLS)]
    silences: list[Any] = [func.count(), *(func.count().filter(condition) for condition in wanted)]
    organizations, no_contact, silent, calls_due = db.session.execute(select(*silences).select_from(listed)).one()
    return Figures(
        needs=all_needs, unmatched=unmatched, without_good_match=without, achievements=sum(counts.values()), bands=rules.banded(counts),
        no_interest=db.session.scalar(_listings(fair, Kind.ACHIEVEMENT, where, func.count()).where(*_no_interest(fair))) or 0,
        organizations=organizations, no_contact=no_contact, silent=silent, calls_due=calls_due,
    )  # fmt: skip


def rows(fair: Fair, name: List, where: Filter, *, limit: int, cursor: str | None = None, bound_to: str = "") -> Page:
    """A page of a list, the oldest silence first: one query."""
    query, keys = listed(fair, name, where)
    return paged(query, keys, limit=limit, cursor=cursor, bound_to=bound_to, descending=False, scalars=False)


def listed(fair: Fair, name: List, where: Filter) -> tuple[Select[Any], Sequence[Any]]:
    """The rows of a list and the keys of their order: the moment since which it is silent, and the id.

    Listings: `TITLES`, ``published_at``, ``technology_codes``, ``country``. Organisations: id, slug, names, kind, country,
    ``listings``, ``since`` (first publication here), ``last`` (contact, or None), ``silent_since``.
    """
    if name.of == "organizations":
        found = _organizations(fair, where).subquery()
        query = select(found).where(_of_list(name, found, fair))
        return query, (found.c.silent_since, found.c.id)
    kind = Kind.NEED if name is List.NEEDS else Kind.ACHIEVEMENT
    query = _listings(fair, kind, where, *TITLES, FairEntry.published_at, V.technology_codes, V.country)
    shown = _times_shown()
    conditions: dict[List, tuple[ColumnElement[bool], ...]] = {
        List.NEEDS: (_without_good_match(),), List.NEVER: (~_is_shown(),), List.ONCE: (shown == 1,), List.NO_INTEREST: _no_interest(fair),
    }  # fmt: skip
    return query.where(*conditions[name]), (FairEntry.published_at, Listing.id)


def every(fair: Fair, name: List, where: Filter) -> Iterator[list[Row[Any]]]:
    """The whole list in its order, `BATCH` rows at a time, for a file."""
    query, (silent_since, key) = listed(fair, name, where)
    ordered = query.order_by(silent_since, key).limit(BATCH)
    part = list(db.session.execute(ordered))
    while part:
        yield part
        if len(part) < BATCH:
            return
        at, after = getattr(part[-1], silent_since.key), getattr(part[-1], key.key)
        part = list(db.session.execute(ordered.where(or_(silent_since > at, and_(silent_since == at, key > after)))))


def _listings(fair: Fair, kind: Kind, where: Filter, *columns: Any) -> Select[Any]:
    """What the fair shows of a kind, in the version that it approved."""
    query = (
        select(*columns)
        .select_from(FairEntry)
        .join(Listing, Listing.id == FairEntry.listing_id)
        .join(V, and_(V.listing_id == Listing.id, V.number == FairEntry.published_number))
        .join(Organization, Organization.id == Listing.organization_id)
        .where(FairEntry.fair_id == fair.id, FairEntry.kind == kind, FairEntry.published_number.is_not(None))
    )
    if where.field:
        query = query.where(_of_field(where.field))
    return query.where(V.country == where.country) if where.country else query


def _of_field(code: str) -> ColumnElement[bool]:
    return cast(V.technology_codes, String).contains(f'"{code}"', autoescape=True)


def _is_matched() -> ColumnElement[bool]:
    return exists().where(MatchedNeed.need_id == Listing.id)


def _without_good_match() -> ColumnElement[bool]:
    """Compared, and nothing that fits answers enough of it."""
    return _is_matched() & ~exists().where(StoredMatch.need_id == Listing.id, StoredMatch.strength >= GOOD)


def _is_shown() -> ColumnElement[bool]:
    return exists().where(StoredMatch.achievement_id == Listing.id, StoredMatch.rank <= SHOWN)


def _times_shown() -> Any:
    query = select(func.count()).select_from(StoredMatch)
    return query.where(StoredMatch.achievement_id == Listing.id, StoredMatch.rank <= SHOWN).correlate(Listing).scalar_subquery()


def _exposure(fair: Fair, where: Filter) -> Select[Any]:
    """How many needs show each achievement of the fair."""
    query = _listings(fair, Kind.ACHIEVEMENT, where, Listing.id, func.count(StoredMatch.id).label("shown"))
    shown = and_(StoredMatch.achievement_id == Listing.id, StoredMatch.rank <= SHOWN)
    return query.outerjoin(StoredMatch, shown).group_by(Listing.id)


def _no_interest(fair: Fair) -> tuple[ColumnElement[bool], ...]:
    """Shown, but nobody asked about it at this fair."""
    return _is_shown(), ~exists().where(Negotiation.achievement_id == Listing.id, Negotiation.fair_id == fair.id)


def _contacts(fair: Fair) -> Select[Any]:
    """(organization_id, at) of every contact at the fair: twice, once for each side."""
    talks = (Negotiation.fair_id == fair.id, Negotiation.answered_at.is_not(None))
    met = (Meeting.fair_id == fair.id, Meeting.status.in_((MeetingStatus.CONFIRMED, MeetingStatus.HELD)))
    met_at = case((Meeting.status == MeetingStatus.HELD, Meeting.starts_at), else_=func.coalesce(Meeting.answered_at, Meeting.created_at))
    parts = [
        *(select(side.label("organization_id"), Negotiation.moved_at.label("at")).where(*talks) for side in (Negotiation.provider_id, Negotiation.recipient_id)),
        *(select(side.label("organization_id"), met_at.label("at")).where(*met) for side in (Meeting.from_organization_id, Meeting.to_organization_id)),
    ]  # fmt: skip
    every = union_all(*parts).subquery()
    return select(every.c.organization_id, func.max(every.c.at).label("last")).group_by(every.c.organization_id)


def _organizations(fair: Fair, where: Filter) -> Select[Any]:
    """Organisations that show something at the fair, since when, and their last contact there."""
    shown = (
        select(Listing.organization_id, func.min(FairEntry.published_at).label("since"), func.count().label("listings"))
        .select_from(FairEntry)
        .join(Listing, Listing.id == FairEntry.listing_id)
        .where(FairEntry.fair_id == fair.id, FairEntry.published_number.is_not(None))
        .group_by(Listing.organization_id)
    )
    if where.field:
        shown = shown.join(V, and_(V.listing_id == Listing.id, V.number == FairEntry.published_number)).where(_of_field(where.field))
    here, contacts = shown.subquery(), _contacts(fair).subquery()
    query = (
        select(
            Organization.id, Organization.slug, Organization.name_en, Organization.name_zh, Organization.kind, Organization.country,
            here.c.since, here.c.listings, contacts.c.last, func.coalesce(contacts.c.last, here.c.since).label("silent_since"),
        )
        .join(here, here.c.organization_id == Organization.id)
        .outerjoin(contacts, contacts.c.organization_id == Organization.id)
        .where(Organization.kind.in_(SIDES))
    )  # fmt: skip
    return query.where(Organization.country == where.country) if where.country else query


def _of_list(name: List, found: Any, fair: Fair) -> ColumnElement[bool]:
    """Which of the organisations stand in a list. Silent: a contact once, and none on the last `SILENT_DAYS` days of the fair's clock."""
    if name is List.NO_CONTACT:
        return found.c.last.is_(None)  # type: ignore[no-any-return]
    if name is List.CALLS:
        return _call_is_due(fair, CallNote.organization_id == found.c.id)
    begun = datetime.combine(today(fair.time_zone) - timedelta(days=rules.SILENT_DAYS - 1), time.min, ZoneInfo(fair.time_zone))
    return and_(found.c.last.is_not(None), found.c.last < begun.astimezone(UTC))


def organization(fair: Fair, organization_id: UUID) -> Row[Any]:
    """One organisation with listings at the fair, as its list shows it. Raises NotFound."""
    found = _organizations(fair, Filter()).subquery()
    row = db.session.execute(select(found).where(found.c.id == organization_id)).one_or_none()
    if row is None:
        raise NotFound()
    return row


def listing(fair: Fair, kind: Kind, listing_id: UUID) -> Row[Any]:
    """One listing that the fair shows, as its list shows it. Raises NotFound."""
    columns = (*TITLES, FairEntry.published_at, V.technology_codes, V.country)
    row = db.session.execute(_listings(fair, kind, Filter(), *columns).where(Listing.id == listing_id)).one_or_none()
    if row is None:
        raise NotFound()
    return row


def by_reference(fair: Fair, kind: Kind, reference: str) -> UUID | None:
    """The id of a listing that the fair shows, by its reference however it was typed."""
    query = _listings(fair, kind, Filter(), Listing.id).where(Listing.reference == reference.strip().upper())
    found: UUID | None = db.session.scalar(query)
    return found


def listings_of(fair: Fair, organization_id: UUID, *, most: int = 200) -> Sequence[Row[Any]]:
    """What an organisation shows at the fair: needs first, at most so many."""
    found: list[Row[Any]] = []
    for kind in (Kind.NEED, Kind.ACHIEVEMENT):
        query = _listings(fair, kind, Filter(), *TITLES, FairEntry.published_at).where(Listing.organization_id == organization_id)
        found += db.session.execute(query.order_by(Listing.reference).limit(most - len(found))).all()
    return found


def shows(fair: Fair, organization_id: UUID, listing_id: UUID) -> bool:
    """Whether an organisation shows this listing at the fair."""
    shown = (FairEntry.listing_id == listing_id, FairEntry.fair_id == fair.id, FairEntry.published_number.is_not(None))
    query = select(Listing.id).join(FairEntry, FairEntry.listing_id == Listing.id).where(*shown, Listing.organization_id == organization_id)
    return db.session.scalar(query) is not None


def best_of(need_ids: Sequence[UUID]) -> dict[UUID, Row[Any]]:
    """The first stored match of each need, while its achievement is public: strength and the achievement's `TITLES`."""
    query = (
        select(StoredMatch.need_id, StoredMatch.strength, *TITLES)
        .join(Listing, Listing.id == StoredMatch.achievement_id)
        .join(V, and_(V.listing_id == Listing.id, V.number == Listing.public_number))
        .join(Organization, Organization.id == Listing.organization_id)
        .where(StoredMatch.need_id.in_(need_ids), StoredMatch.rank == 1)
    )
    return {row.need_id: row for row in db.session.execute(query)}


def _fairs_under_way(by: Actor) -> list[Fair]:
    mine = by.fairs_where("coverage.read")
    return [] if not mine else list(db.session.scalars(select(Fair).where(Fair.id.in_(mine), Fair.closed_at.is_(None))))


def needs_without(by: Actor) -> int:
    """For the day page: needs without a good match at the fairs that one works for and that are not closed."""
    return sum(
        db.session.scalar(_listings(fair, Kind.NEED, Filter(), func.count()).where(_without_good_match())) or 0 for fair in _fairs_under_way(by)
    )


def without_contact(by: Actor) -> int:
    """For the day page: organisations without a contact, from the second day of a fair on."""
    total = 0
    for fair in _fairs_under_way(by):
        if today(fair.time_zone) >= fair.opens_on + timedelta(days=rules.SILENT_DAYS - 1):
            found = _organizations(fair, Filter()).subquery()
            total += db.session.scalar(select(func.count()).select_from(found).where(found.c.last.is_(None))) or 0
    return total


def calls_due(by: Actor) -> int:
    """For the day page: organisations whose last note names a day to call again that has come."""
    total = 0
    for fair in _fairs_under_way(by):
        found = _organizations(fair, Filter()).subquery()
        total += db.session.scalar(select(func.count()).select_from(found).where(_of_list(List.CALLS, found, fair))) or 0
    return total


def _call_is_due(fair: Fair, whose: ColumnElement[bool]) -> ColumnElement[bool]:
    later = aliased(CallNote)
    newer = exists().where(
        later.fair_id == CallNote.fair_id, later.organization_id == CallNote.organization_id,
        or_(later.written_at > CallNote.written_at, and_(later.written_at == CallNote.written_at, later.id > CallNote.id)),
    )  # fmt: skip
    return exists().where(CallNote.fair_id == fair.id, CallNote.next_on <= today(fair.time_zone), ~newer, whose)
