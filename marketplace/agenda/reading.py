"""Rows of meetings, pitches, sessions, closures and absences as lines, with as much as the reader may know of each."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, and_, func, select
from sqlalchemy.orm import aliased

from marketplace.accounts.models import Person
from marketplace.agenda.rules import Kind, Line, Side, State
from marketplace.core.clock import now
from marketplace.core.db import db
from marketplace.listings.models import Listing, ListingVersion
from marketplace.meetings.models import Absence, Interpreter, Meeting, MeetingPerson, MeetingStatus
from marketplace.organizations.models import Organization
from marketplace.roadshow.models import Pitch, PitchStatus, Session, SessionStatus
from marketplace.roadshow.running.rules import Planned, Standing, Turn, running_order
from marketplace.venue.models import Place

MEETING_STATES = {
    MeetingStatus.REQUESTED: State.TENTATIVE, MeetingStatus.CONFIRMED: State.CONFIRMED, MeetingStatus.HELD: State.CONFIRMED,
    MeetingStatus.NO_SHOW: State.CONFIRMED,
}  # fmt: skip
"""What each status is in a calendar; all others were called off."""
PITCH_STATES = {PitchStatus.HELD: State.TENTATIVE, PitchStatus.CONFIRMED: State.CONFIRMED, PitchStatus.CANCELLED: State.CANCELLED}
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
    select(Pitch, Session, Place, HALL, OWNER, Listing.shown_owner_id, ListingVersion.title_en, ListingVersion.title_zh)
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


def meetings(within: Within | None, whose: ColumnElement[bool], *, sides: Collection[UUID] = ()) -> list[Line]:
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


def pitches(within: Within | None, whose: ColumnElement[bool]) -> list[Line]:
    query = PITCHES.where(whose)
    if within is not None:
        query = query.where(within.holds(Pitch.starts_at, Session.fair_id))
        if not within.cancelled:
            query = query.where(Pitch.status != PitchStatus.CANCELLED, Session.status == SessionStatus.SCHEDULED)
    rows = db.session.execute(query).all()
    marked = _marked([row[1] for row in rows])
    lines = [_pitch_line(row) for row in rows]
    return [_as_run(line, marked[line.session_id]) if line.session_id in marked else line for line in lines]


def _marked(sessions: Iterable[Session]) -> dict[UUID, list[Turn]]:
    """How the pitches of those sessions that were marked as begun take place; one query, and none where there are none."""
    begun = {session.id: session for session in sessions if session.started_at is not None}
    if not begun:
        return {}
    planned: dict[UUID, list[Planned]] = {session_id: [] for session_id in begun}
    query = select(Pitch).where(Pitch.session_id.in_(begun), Pitch.status == PitchStatus.CONFIRMED)
    for pitch in db.session.scalars(query):
        planned[pitch.session_id].append(Planned(
            id=pitch.id, starts_at=pitch.starts_at, minutes=pitch.length_minutes, started_at=pitch.started_at, finished_at=pitch.finished_at,
        ))  # fmt: skip
    return {
        session_id: running_order(pitches, late_minutes=begun[session_id].late_minutes, over=begun[session_id].finished_at is not None, at=now())
        for session_id, pitches in planned.items()
    }


def _as_run(line: Line, turns: Sequence[Turn]) -> Line:
    """A pitch's line with the times it really has."""
    turn = next((each for each in turns if each.id == line.id), None)
    if turn is None:
        return line
    return replace(line, runs=(turn.starts_at, turn.ends_at), late=turn.late_minutes, over=turn.standing is Standing.DONE)


def _pitch_line(row: Any) -> Line:
    pitch, session, place, hall, owner, shown_owner_id, title_en, title_zh = row
    off = session.status is SessionStatus.CANCELLED and pitch.finished_at is None
    return Line(
        kind=Kind.PITCH, id=pitch.id, fair_id=session.fair_id, starts_at=pitch.starts_at,
        ends_at=pitch.starts_at + timedelta(minutes=pitch.length_minutes), state=State.CANCELLED if off else PITCH_STATES[pitch.status],
        sequence=pitch.version + session.version - 2, late=session.late_minutes, announced=session.late_minutes, over=pitch.finished_at is not None, place=place, hall=hall,
        anonymous=shown_owner_id is None,
        title_en=title_en, title_zh=title_zh, session_id=session.id, session_title_en=session.title_en,
        session_title_zh=session.title_zh, sides=(_side(owner),), holders=frozenset({f"person:{pitch.person_id}"}), changed_at=pitch.created_at,
    )  # fmt: skip


def sessions(within: Within | None, whose: ColumnElement[bool]) -> list[Line]:
    query = SESSIONS.where(whose)
    if within is not None:
        query = query.where(within.holds(Session.starts_at, Session.fair_id))
        if not within.cancelled:
            query = query.where(Session.status == SessionStatus.SCHEDULED)
    rows = db.session.execute(query).all()
    marked = _marked([row[0] for row in rows])
    return [
        Line(
            kind=Kind.SESSION, id=session.id, fair_id=session.fair_id, starts_at=session.starts_at, ends_at=session.ends_at,
            state=State.CANCELLED if session.status is SessionStatus.CANCELLED else State.CONFIRMED, sequence=session.version - 1,
            **_run(session, marked), announced=session.late_minutes, over=session.finished_at is not None, place=place, hall=hall, title_en=session.title_en,
            title_zh=session.title_zh, session_id=session.id, holders=frozenset({f"place:{place.id}"}), changed_at=session.created_at,
        )
        for session, place, hall in rows
    ]  # fmt: skip


def _run(session: Session, marked: Mapping[UUID, Sequence[Turn]]) -> dict[str, Any]:
    """When a session really takes place: from its first mark to its last pitch, and not less than was announced."""
    if session.started_at is None:
        return {"late": session.late_minutes}
    ends = max([session.ends_at + timedelta(minutes=session.late_minutes), *(turn.ends_at for turn in marked[session.id])])
    late = max(0, (session.started_at - session.starts_at) // timedelta(minutes=1))
    return {"late": late, "runs": (session.started_at, session.finished_at or ends)}


def absences(within: Within, whose: ColumnElement[bool]) -> list[Line]:
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
