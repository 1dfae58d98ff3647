"""Reading the programme, one's own pitches and meetings, and who may come to one."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from sqlalchemy import ColumnElement, Select, and_, func, or_, select

from marketplace.accounts.models import Person
from marketplace.core.access import Actor
from marketplace.core.clock import now
from marketplace.core.db import db
from marketplace.core.errors import NotFound
from marketplace.fairs.models import Fair
from marketplace.listings.models import EntryStatus, FairEntry, Kind, Listing, ListingVersion
from marketplace.listings.owners import UNNAMED, Unnamed
from marketplace.organizations.models import Membership, Organization, Status
from marketplace.organizations.rules import fold_name
from marketplace.roadshow import booking
from marketplace.roadshow.models import (
    Booking,
    Meeting,
    MeetingNote,
    MeetingPerson,
    MeetingStatus,
    Pitch,
    PitchStatus,
    Place,
    PlaceKind,
    Session,
    SessionStatus,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class PitchLine:
    """A pitch as the programme shows it: ``version`` is what of the achievement is public at this fair, None once it is withdrawn.

    Who presents an anonymous achievement is not named."""

    pitch: Pitch
    organization: Organization | Unnamed
    reference: str
    version: ListingVersion | None


@dataclass(frozen=True, slots=True, kw_only=True)
class MeetingLine:
    """A meeting with its place, the other organisation and who comes, as one side sees it."""

    meeting: Meeting
    place: Place
    other: Organization
    people: Sequence[tuple[UUID, Person]]


def places_of(fair_id: UUID) -> Select[Place]:
    return select(Place).where(Place.fair_id == fair_id)


def places(fair_id: UUID, *, for_meetings: bool = False) -> list[Place]:
    """Places of a fair, the oldest first; halls are not for meetings."""
    query = places_of(fair_id).order_by(Place.created_at, Place.id)
    if for_meetings:
        query = query.where(Place.kind != PlaceKind.HALL)
    return list(db.session.scalars(query))


def sessions(fair_id: UUID) -> Select[Session]:
    """The sessions of a fair that were not called off."""
    return select(Session).where(Session.fair_id == fair_id, Session.status == SessionStatus.SCHEDULED)


def by_day(fair: Fair) -> list[tuple[date, list[tuple[Session, Place]]]]:
    """The programme: each day on the fair's own clock, with its sessions in order."""
    query = sessions(fair.id).join(Place, Place.id == Session.place_id).add_columns(Place).order_by(Session.starts_at, Session.id)
    days: dict[date, list[tuple[Session, Place]]] = {}
    for session, place in db.session.execute(query):
        days.setdefault(session.starts_at.astimezone(ZoneInfo(fair.time_zone)).date(), []).append((session, place))
    return list(days.items())


def pitch_lines(session_ids: Sequence[UUID], *, fair_id: UUID) -> dict[UUID, list[PitchLine]]:
    """The pitches of these sessions by session, in order: two states, held ones too, so that nobody waits for a taken slot."""
    entry = and_(FairEntry.listing_id == Listing.id, FairEntry.fair_id == fair_id, FairEntry.status == EntryStatus.PUBLISHED)
    shown = and_(ListingVersion.listing_id == Listing.id, ListingVersion.number == FairEntry.published_number)
    query = (
        select(Pitch, Organization, Listing.reference, ListingVersion)
        .join(Listing, Listing.id == Pitch.achievement_id)
        .outerjoin(Organization, and_(Organization.id == Pitch.organization_id, Listing.shown_owner_id.is_not(None)))
        .outerjoin(FairEntry, entry)
        .outerjoin(ListingVersion, shown)
        .where(Pitch.session_id.in_(session_ids), Pitch.status != PitchStatus.CANCELLED)
        .order_by(Pitch.position)
    )
    found: dict[UUID, list[PitchLine]] = {}
    for pitch, organization, reference, version in db.session.execute(query):
        line = PitchLine(pitch=pitch, organization=organization or UNNAMED, reference=reference, version=version)
        found.setdefault(pitch.session_id, []).append(line)
    return found


def free_positions(session: Session) -> list[int]:
    """The slots that nobody has booked, by the table that decides."""
    keys = {booking.slot_key(session.id, number): number for number in range(1, session.slots + 1)}
    held = set(db.session.scalars(select(Booking.resource).where(Booking.resource.in_(list(keys)), Booking.cell == session.starts_at)))
    return [number for key, number in keys.items() if key not in held]


def own_achievements(fair_id: UUID, *, by: Actor, most: int = 500) -> list[tuple[UUID, str, ListingVersion]]:
    """What the acting organisation may pitch at a fair: (id, reference, public version) of its published achievements."""
    query = (
        select(Listing.id, Listing.reference, ListingVersion)
        .join(FairEntry, and_(FairEntry.listing_id == Listing.id, FairEntry.fair_id == fair_id))
        .join(ListingVersion, and_(ListingVersion.listing_id == Listing.id, ListingVersion.number == FairEntry.published_number))
        .where(
            Listing.organization_id == by.organization_id, Listing.kind == Kind.ACHIEVEMENT, FairEntry.status == EntryStatus.PUBLISHED
        )
    )
    return [(row[0], row[1], row[2]) for row in db.session.execute(query.order_by(Listing.reference).limit(most))]


def get_pitch(pitch_id: UUID, *, by: Actor) -> Pitch:
    """One's own pitch, or as the fair's manager anyone's. Raises NotFound."""
    found = db.session.execute(select(Pitch, Session.fair_id).join(Session).where(Pitch.id == pitch_id)).one_or_none()
    if found is None or not (found[0].organization_id == by.organization_id or by.may("roadshow.manage", fair_id=found[1])):
        raise NotFound()
    pitch: Pitch = found[0]
    return pitch


def sides(by: Actor) -> ColumnElement[bool]:
    """The meetings of the organisation one acts for: nobody else reads them, not even the fair's staff."""
    if by.acting is None or not by.acting.approved:
        return Meeting.id.is_(None)
    return or_(Meeting.from_organization_id == by.organization_id, Meeting.to_organization_id == by.organization_id)


def own_meetings(by: Actor) -> Select[Meeting]:
    return select(Meeting).where(sides(by))


def meetings_of_pair(one: UUID, other: UUID, *, by: Actor) -> list[Meeting]:
    """The meetings of two organisations, one of which the reader acts for, by time."""
    pair = or_(
        and_(Meeting.from_organization_id == one, Meeting.to_organization_id == other),
        and_(Meeting.from_organization_id == other, Meeting.to_organization_id == one),
    )
    return list(db.session.scalars(own_meetings(by).where(pair).order_by(Meeting.starts_at)))


def meeting_lines(meetings: Sequence[Meeting], *, by: Actor) -> list[MeetingLine]:
    """The meetings with what one side sees beside them; four queries, however many."""
    ids = [meeting.id for meeting in meetings]
    place_rows = {row.id: row for row in db.session.scalars(select(Place).where(Place.id.in_({m.place_id for m in meetings})))}
    others = {m.id: m.to_organization_id if m.from_organization_id == by.organization_id else m.from_organization_id for m in meetings}
    names = {row.id: row for row in db.session.scalars(select(Organization).where(Organization.id.in_(set(others.values()))))}
    people: dict[UUID, list[tuple[UUID, Person]]] = {}
    rows: Any = db.session.execute(
        select(MeetingPerson.meeting_id, MeetingPerson.organization_id, Person).join(Person).where(MeetingPerson.meeting_id.in_(ids))
    )
    for meeting_id, organization_id, person in rows:
        people.setdefault(meeting_id, []).append((organization_id, person))
    return [
        MeetingLine(meeting=m, place=place_rows[m.place_id], other=names[others[m.id]], people=people.get(m.id, [])) for m in meetings
    ]


def own_note(meeting: Meeting, *, by: Actor) -> MeetingNote | None:
    """What one's own side wrote down."""
    return db.session.get(MeetingNote, (meeting.id, by.organization_id))


def awaiting_answer(by: Actor) -> int:
    """How many requests to the organisation one acts for wait for its answer, their time not yet past."""
    query = own_meetings(by).where(
        Meeting.to_organization_id == by.organization_id, Meeting.status == MeetingStatus.REQUESTED, Meeting.starts_at > now()
    )
    return db.session.scalar(query.with_only_columns(func.count())) or 0


def open_requests(by: Actor, *, fair_id: UUID) -> int:
    """How many of one's own requests wait for an answer at a fair."""
    query = own_meetings(by).where(
        Meeting.from_organization_id == by.organization_id, Meeting.fair_id == fair_id,
        Meeting.status == MeetingStatus.REQUESTED, Meeting.starts_at > now(),
    )  # fmt: skip
    return db.session.scalar(query.with_only_columns(func.count())) or 0


def colleagues(by: Actor) -> list[Person]:
    """The people of the organisation one acts for."""
    query = (
        select(Person)
        .join(Membership, Membership.person_id == Person.id)
        .where(Membership.organization_id == by.organization_id, Membership.ended_at.is_(None), Person.disabled_at.is_(None))
    )
    return list(db.session.scalars(query.order_by(Person.name, Person.id)))


def organization(named: str) -> Organization:
    """An approved organisation by its slug, or by its name in either language. Raises NotFound."""
    key = fold_name(named)
    query = select(Organization).where(
        Organization.status == Status.APPROVED,
        or_(Organization.slug == named, Organization.name_key == key, Organization.name_en == named, Organization.name_zh == named),
    )
    found = list(db.session.scalars(query.limit(2)))
    if len(found) != 1:
        raise NotFound()
    return found[0]
