"""Reading schedules: the meetings, pitches, sessions, closures and absences of somebody or something, as lines.

Each reads a constant number of queries, however many lines there are. Who may know what of a meeting is decided here: the
two organisations its topic and who comes; interpreters and the managers of tables that it takes place, and who meets.
"""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, and_, func, or_, select
from sqlalchemy.orm import aliased

from marketplace.accounts.models import Person
from marketplace.agenda.rules import Kind, Line, Side, State
from marketplace.core.access import Actor
from marketplace.core.audit import AuditRow
from marketplace.core.db import db
from marketplace.core.errors import NotFound
from marketplace.fairs.models import Fair
from marketplace.listings.models import Listing, ListingVersion
from marketplace.meetings.models import Absence, Interpreter, Meeting, MeetingPerson, MeetingStatus
from marketplace.organizations.models import Organization
from marketplace.roadshow.models import Pitch, PitchStatus, Session, SessionStatus
from marketplace.venue import queries as venue
from marketplace.venue.models import Closure, Place, PlaceKind

MEETING_STATES = {
    MeetingStatus.REQUESTED: State.TENTATIVE, MeetingStatus.CONFIRMED: State.CONFIRMED, MeetingStatus.HELD: State.CONFIRMED,
    MeetingStatus.NO_SHOW: State.CONFIRMED,
}  # fmt: skip
"""What each status is in a calendar; all others were called off."""
PITCH_STATES = {PitchStatus.HELD: State.TENTATIVE, PitchStatus.CONFIRMED: State.CONFIRMED, PitchStatus.CANCELLED: State.CANCELLED}
TOLD = tuple(
    f"meetings.{step}" for step in (
        "request", "confirmed", "declined", "cancelled", "expired", "move", "propose_move", "keep_time", "move_expired", "interpreter",
        "no_show", "came_after_all", "standby",
    )
)  # fmt: skip
"""The steps of a meeting that both sides may know the time of; when a side writes its notes is its own business."""
HALL, FROM, TO, OWNER = aliased(Place), aliased(Organization), aliased(Organization), aliased(Organization)
MEETINGS = (
    select(Meeting, Place, HALL, FROM, TO, Interpreter.name)
    .join(Place, Place.id == Meeting.place_id)
    .outerjoin(HALL, HALL.id == Place.hall_id)
    .join(FROM, FROM.id == Meeting.from_organization_id)
    .join(TO, TO.id == Meeting.to_organization_id)
    .outerjoin(Interpreter, Interpreter.id == Meeting.interpreter_id)
)
PITCHES = (
    select(Pitch, Session, Place, HALL, OWNER, ListingVersion.title_en, ListingVersion.title_zh)
    .join(Session, Session.id == Pitch.session_id)
    .join(Place, Place.id == Session.place_id)
    .outerjoin(HALL, HALL.id == Place.hall_id)
    .join(OWNER, OWNER.id == Pitch.organization_id)
    .join(Listing, Listing.id == Pitch.achievement_id)
    .outerjoin(
        ListingVersion,
        and_(ListingVersion.listing_id == Listing.id, ListingVersion.number == func.coalesce(Listing.public_number, Listing.draft_number)),
    )
)
SESSIONS = select(Session, Place, HALL).join(Place, Place.id == Session.place_id).outerjoin(HALL, HALL.id == Place.hall_id)


@dataclass(frozen=True, slots=True, kw_only=True)
class Within:
    """Which lines: of one fair or of all, from one moment to before another, called-off ones only on demand."""

    since: datetime
    until: datetime
    fair_id: UUID | None = None
    cancelled: bool = False

    def holds(self, starts_at: Any, fair_id: Any) -> ColumnElement[bool]:
        """Whether something begins within; for the columns of any of the tables."""
        begins: ColumnElement[bool] = and_(starts_at >= self.since, starts_at < self.until)
        return begins if self.fair_id is None else and_(begins, fair_id == self.fair_id)

    def overlaps(self, table: Any) -> ColumnElement[bool]:
        """Whether a closure or an absence reaches into it."""
        return and_(table.starts_at < self.until, table.ends_at > self.since)


def own_organizations(by: Actor) -> frozenset[UUID]:
    """The approved organisations a person acts for, by membership or under a mandate."""
    return frozenset(each.id for each in by.memberships if each.approved)


def mine(within: Within, *, by: Actor) -> list[Line]:
    """What a person has to be at, for all the organisations they act for now; those they left are not read any more."""
    own = own_organizations(by)
    comes = select(MeetingPerson.meeting_id).where(MeetingPerson.person_id == by.person_id, MeetingPerson.organization_id.in_(own))
    lines = _meetings(within, Meeting.id.in_(comes), sides=own)
    lines += _pitches(within, and_(Pitch.person_id == by.person_id, Pitch.organization_id.in_(own)))
    return lines + _absences(within, and_(Absence.person_id == by.person_id, Absence.organization_id.in_(own)))


def organizations(within: Within, *, by: Actor) -> list[Line]:
    """What the organisation one acts for has, whoever of it comes. Raises NotFound when it is not approved."""
    if by.acting is None or not by.acting.approved:
        raise NotFound()
    own = by.acting.id
    lines = _meetings(within, or_(Meeting.from_organization_id == own, Meeting.to_organization_id == own), sides={own})
    lines += _pitches(within, Pitch.organization_id == own)
    return lines + _absences(within, Absence.organization_id == own)


def interpreters(within: Within, interpreter_id: UUID) -> list[Line]:
    """What an interpreter has to do: who meets where, in which languages; the topic is not theirs."""
    lines = _meetings(within, Meeting.interpreter_id == interpreter_id)
    return lines + _absences(within, Absence.interpreter_id == interpreter_id)


def places(within: Within, place_ids: Collection[UUID] | None = None) -> list[Line]:
    """What takes place at these places, or at all of a fair: sessions, meetings, closures. For who manages them."""
    some = place_ids is not None
    lines = _meetings(within, Meeting.place_id.in_(place_ids or ()) if some else Meeting.place_id.is_not(None))
    lines += _sessions(within, Session.place_id.in_(place_ids or ()) if some else Session.place_id.is_not(None))
    closed = select(Closure, Place).join(Place, Place.id == Closure.place_id).where(within.overlaps(Closure))
    if some:
        closed = closed.where(Closure.place_id.in_(place_ids or ()))
    if within.fair_id is not None:
        closed = closed.where(Place.fair_id == within.fair_id)
    return lines + [
        Line(
            kind=Kind.CLOSURE, id=row.id, fair_id=place.fair_id, starts_at=row.starts_at, ends_at=row.ends_at, state=State.CONFIRMED,
            place=place, title_en=row.reason, title_zh=row.reason, holders=frozenset({f"place:{place.id}"}),
        )
        for row, place in db.session.execute(closed)
    ]  # fmt: skip


def pitches(within: Within) -> list[Line]:
    """Every pitch: whom the managers of a fair have to look for on the stage."""
    return _pitches(within, Pitch.id.is_not(None))


def absences(within: Within) -> list[Line]:
    """When people and interpreters are away; of whole organisations nothing is said here."""
    return _absences(within, or_(Absence.person_id.is_not(None), Absence.interpreter_id.is_not(None)))


def meeting(meeting_id: UUID, *, by: Actor) -> Line:
    """One meeting of the organisations one acts for. Raises NotFound."""
    own = own_organizations(by)
    theirs = or_(Meeting.from_organization_id.in_(own), Meeting.to_organization_id.in_(own))
    return _one(_meetings(None, and_(Meeting.id == meeting_id, theirs), sides=own))


def pitch(pitch_id: UUID, *, by: Actor) -> Line:
    """One pitch of the organisations one acts for. Raises NotFound."""
    return _one(_pitches(None, and_(Pitch.id == pitch_id, Pitch.organization_id.in_(own_organizations(by)))))


def session(session_id: UUID) -> Line:
    """One session of the programme, which is public. Raises NotFound."""
    return _one(_sessions(None, Session.id == session_id))


def _one(lines: Sequence[Line]) -> Line:
    if not lines:
        raise NotFound()
    return lines[0]


def _meetings(within: Within | None, whose: ColumnElement[bool], *, sides: Collection[UUID] = ()) -> list[Line]:
    conditions = [whose] if within is None else [whose, within.holds(Meeting.starts_at, Meeting.fair_id)]
    if within is not None and not within.cancelled:
        conditions.append(Meeting.status.in_(MEETING_STATES))
    coming: dict[UUID, list[tuple[UUID, UUID, str]]] = {}
    people: Any = (
        select(MeetingPerson.meeting_id, MeetingPerson.organization_id, Person.id, Person.name)
        .join(Person, Person.id == MeetingPerson.person_id)
        .join(Meeting, Meeting.id == MeetingPerson.meeting_id)
        .where(*conditions)
        .order_by(Person.name, Person.id)
    )
    for meeting_id, *who in db.session.execute(people):
        coming.setdefault(meeting_id, []).append((who[0], who[1], who[2]))
    rows = db.session.execute(MEETINGS.where(*conditions))
    lines = [_meeting_line(row, coming.get(row[0].id, []), sides) for row in rows]
    return [line for line in lines if within is None or within.cancelled or line.state is not State.CANCELLED]


def _meeting_line(row: Any, coming: list[tuple[UUID, UUID, str]], sides: Collection[UUID]) -> Line:
    meeting, place, hall, one, other, interpreter = row
    knows = meeting.from_organization_id in sides or meeting.to_organization_id in sides
    holders = {f"place:{place.id}", *(f"person:{person_id}" for _, person_id, _ in coming)}
    if meeting.interpreter_id is not None:
        holders.add(f"interpreter:{meeting.interpreter_id}")
    return Line(
        kind=Kind.MEETING, id=meeting.id, fair_id=meeting.fair_id, starts_at=meeting.starts_at, ends_at=meeting.ends_at,
        state=MEETING_STATES.get(meeting.standing, State.CANCELLED), sequence=meeting.sequence, place=place, hall=hall,
        sides=(_side(one), _side(other)), topic=meeting.topic if knows else None, people=tuple(coming) if knows else (),
        languages=(meeting.from_language, meeting.to_language), interpreter=interpreter, proposed=meeting.proposed if knows else None,
        missed=meeting.status is MeetingStatus.NO_SHOW, over=meeting.status is MeetingStatus.NO_SHOW or meeting.freed_at is not None,
        holders=frozenset(holders), changed_at=meeting.created_at,
    )  # fmt: skip


def _side(organization: Organization) -> Side:
    return Side(id=organization.id, name_en=organization.name_en, name_zh=organization.name_zh)


def _pitches(within: Within | None, whose: ColumnElement[bool]) -> list[Line]:
    query = PITCHES.where(whose)
    if within is not None:
        query = query.where(within.holds(Pitch.starts_at, Session.fair_id))
        if not within.cancelled:
            query = query.where(Pitch.status != PitchStatus.CANCELLED, Session.status == SessionStatus.SCHEDULED)
    return [_pitch_line(row) for row in db.session.execute(query)]


def _pitch_line(row: Any) -> Line:
    pitch, session, place, hall, owner, title_en, title_zh = row
    off = session.status is SessionStatus.CANCELLED
    return Line(
        kind=Kind.PITCH, id=pitch.id, fair_id=session.fair_id, starts_at=pitch.starts_at,
        ends_at=pitch.starts_at + timedelta(minutes=pitch.length_minutes), state=State.CANCELLED if off else PITCH_STATES[pitch.status],
        sequence=pitch.version + session.version - 2, late=session.late_minutes, over=pitch.finished_at is not None, place=place, hall=hall,
        title_en=title_en, title_zh=title_zh, session_id=session.id, session_title_en=session.title_en,
        session_title_zh=session.title_zh, sides=(_side(owner),), holders=frozenset({f"person:{pitch.person_id}"}), changed_at=pitch.created_at,
    )  # fmt: skip


def _sessions(within: Within | None, whose: ColumnElement[bool]) -> list[Line]:
    query = SESSIONS.where(whose)
    if within is not None:
        query = query.where(within.holds(Session.starts_at, Session.fair_id))
        if not within.cancelled:
            query = query.where(Session.status == SessionStatus.SCHEDULED)
    return [
        Line(
            kind=Kind.SESSION, id=session.id, fair_id=session.fair_id, starts_at=session.starts_at, ends_at=session.ends_at,
            state=State.CANCELLED if session.status is SessionStatus.CANCELLED else State.CONFIRMED, sequence=session.version - 1,
            late=session.late_minutes, over=session.finished_at is not None, place=place, hall=hall, title_en=session.title_en,
            title_zh=session.title_zh, session_id=session.id, holders=frozenset({f"place:{place.id}"}), changed_at=session.created_at,
        )
        for session, place, hall in db.session.execute(query)
    ]  # fmt: skip


def _absences(within: Within, whose: ColumnElement[bool]) -> list[Line]:
    query: Any = select(Absence, Person.name, Interpreter.name).where(whose, within.overlaps(Absence))
    query = query.outerjoin(Person, Person.id == Absence.person_id).outerjoin(Interpreter, Interpreter.id == Absence.interpreter_id)
    if within.fair_id is not None:
        query = query.where(Absence.fair_id == within.fair_id)
    lines = []
    for row, person, interpreter in db.session.execute(query):
        holder = f"person:{row.person_id}" if row.person_id else f"interpreter:{row.interpreter_id}" if row.interpreter_id else None
        lines.append(Line(
            kind=Kind.ABSENCE, id=row.id, fair_id=row.fair_id, starts_at=row.starts_at, ends_at=row.ends_at, state=State.CONFIRMED,
            title_en=row.reason, title_zh=row.reason, interpreter=interpreter, changed_at=row.created_at,
            people=((row.organization_id, row.person_id, person),) if row.person_id and row.organization_id else (),
            holders=frozenset({holder}) if holder else frozenset(),
        ))  # fmt: skip
    return lines


def with_changes(lines: Sequence[Line]) -> list[Line]:
    """The lines with when each changed last, as far as its readers may know; one query."""
    subjects = {f"{line.kind.value}:{line.id}" for line in lines} | {f"session:{line.session_id}" for line in lines if line.session_id}
    if not subjects:
        return []
    query = select(AuditRow.subject, func.max(AuditRow.at).label("at")).where(
        AuditRow.subject.in_(subjects), or_(AuditRow.action.in_(TOLD), AuditRow.action.startswith("roadshow."))
    )
    latest = {row.subject: row.at for row in db.session.execute(query.group_by(AuditRow.subject))}
    return [replace(line, changed_at=max(_moments(line, latest))) for line in lines]


def _moments(line: Line, latest: dict[str, datetime]) -> Iterable[datetime]:
    for moment in (line.changed_at, latest.get(f"{line.kind.value}:{line.id}"), latest.get(f"session:{line.session_id}")):
        if moment is not None:
            yield moment


def fairs_of(lines: Iterable[Line]) -> dict[UUID, Fair]:
    """The fairs of these lines, for their names and clocks; one query."""
    ids = {line.fair_id for line in lines}
    return {fair.id: fair for fair in db.session.scalars(select(Fair).where(Fair.id.in_(ids)))} if ids else {}


def interpreter(interpreter_id: UUID, *, by: Actor) -> Interpreter:
    """One's own entry as an interpreter, or as the fair's manager anyone's. Raises NotFound."""
    found = db.session.get(Interpreter, interpreter_id)
    if found is None or not ((found.person_id == by.person_id and found.left_at is None) or by.may("agenda.rooms", fair_id=found.fair_id)):
        raise NotFound()
    return found


def interpreting(by: Actor) -> list[Interpreter]:
    """Where this person interprets, the newest fair first."""
    query = select(Interpreter).where(Interpreter.person_id == by.person_id, Interpreter.left_at.is_(None))
    return list(db.session.scalars(query.order_by(Interpreter.created_at.desc())))


def place(place_id: UUID, *, by: Actor) -> Place:
    """A place of a fair one manages. Raises NotFound."""
    found = db.session.get(Place, place_id)
    if found is None or not by.may("agenda.rooms", fair_id=found.fair_id):
        raise NotFound()
    return found


def places_of_fair(fair_id: UUID) -> list[Place]:
    """All places of a fair, each hall followed by what stands in it; what stands in none comes last."""
    rows = venue.places(fair_id)
    halls = {row.id: n for n, row in enumerate(rows) if row.kind is PlaceKind.HALL}
    return sorted(rows, key=lambda row: (halls.get(row.hall_id or row.id, len(rows)), row.hall_id is not None))


def interpreters_of_fair(fair_id: UUID) -> list[Interpreter]:
    """Who interprets at a fair now, by name."""
    query = select(Interpreter).where(Interpreter.fair_id == fair_id, Interpreter.left_at.is_(None))
    return list(db.session.scalars(query.order_by(Interpreter.name, Interpreter.id)))
