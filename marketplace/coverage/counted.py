"""What the board counts, as selects: listings that a fair shows with what was found for them, and organisations with their last contact.

Everything is counted from what the public sees of listings, from the stored matches, and from contacts of this fair. A
contact is a question that was answered, or a meeting that both sides agreed to: of it only the day is read.
"""

from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import ColumnElement, Select, String, and_, case, cast, exists, func, or_, select, union_all
from sqlalchemy.orm import aliased

from marketplace.core.clock import today
from marketplace.coverage import rules
from marketplace.coverage.models import CallNote
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
SIDES = (OrganizationKind.AGENCY, OrganizationKind.INSTITUTE, OrganizationKind.COMPANY)
TITLES: tuple[Any, ...] = (
    Listing.id, Listing.kind, Listing.reference, Listing.organization_id, V.title_en, V.title_zh,
    Organization.name_en, Organization.name_zh,
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Filter:
    """A code of WIPO_FIELDS, and a country: of the listing, or of the organisation."""

    field: str | None = None
    country: str | None = None


def listings(fair: Fair, kind: Kind, where: Filter, *columns: Any) -> Select[Any]:
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


def is_matched() -> ColumnElement[bool]:
    return exists().where(MatchedNeed.need_id == Listing.id)


def without_good_match() -> ColumnElement[bool]:
    """Compared, and nothing that fits answers enough of it."""
    return is_matched() & ~exists().where(StoredMatch.need_id == Listing.id, StoredMatch.strength >= GOOD)


def is_shown() -> ColumnElement[bool]:
    return exists().where(StoredMatch.achievement_id == Listing.id, StoredMatch.rank <= SHOWN)


def times_shown() -> Any:
    query = select(func.count()).select_from(StoredMatch)
    return query.where(StoredMatch.achievement_id == Listing.id, StoredMatch.rank <= SHOWN).correlate(Listing).scalar_subquery()


def exposures(fair: Fair, where: Filter) -> Select[Any]:
    """How many needs show each achievement of the fair."""
    query = listings(fair, Kind.ACHIEVEMENT, where, Listing.id, func.count(StoredMatch.id).label("shown"))
    shown = and_(StoredMatch.achievement_id == Listing.id, StoredMatch.rank <= SHOWN)
    return query.outerjoin(StoredMatch, shown).group_by(Listing.id)


def no_interest(fair: Fair) -> tuple[ColumnElement[bool], ...]:
    """Shown, but nobody asked about it at this fair."""
    return is_shown(), ~exists().where(Negotiation.achievement_id == Listing.id, Negotiation.fair_id == fair.id)


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


def organizations(fair: Fair, where: Filter) -> Select[Any]:
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


def no_contact(found: Any) -> ColumnElement[bool]:
    """Of `organizations`: never a contact at the fair."""
    return found.c.last.is_(None)  # type: ignore[no-any-return]


def silent(found: Any, fair: Fair) -> ColumnElement[bool]:
    """Of `organizations`: a contact once, and none on the last `SILENT_DAYS` days of the fair's clock."""
    begun = datetime.combine(today(fair.time_zone) - timedelta(days=rules.SILENT_DAYS - 1), time.min, ZoneInfo(fair.time_zone))
    return and_(found.c.last.is_not(None), found.c.last < begun.astimezone(UTC))


def call_due(found: Any, fair: Fair) -> ColumnElement[bool]:
    """Of `organizations`: their last note names a day to call again that has come."""
    later = aliased(CallNote)
    newer = exists().where(
        later.fair_id == CallNote.fair_id, later.organization_id == CallNote.organization_id,
        or_(later.written_at > CallNote.written_at, and_(later.written_at == CallNote.written_at, later.id > CallNote.id)),
    )  # fmt: skip
    whose = CallNote.organization_id == found.c.id
    return exists().where(CallNote.fair_id == fair.id, CallNote.next_on <= today(fair.time_zone), ~newer, whose)
