"""Reading schedules: the meetings, pitches, sessions, closures and absences of somebody or something, as lines.

Each reads a constant number of queries, however many lines there are. Who may know what of a meeting is decided here: the
two organisations its topic and who comes; interpreters and the managers of tables that it takes place, and who meets.
"""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import replace
from datetime import datetime
from uuid import UUID

from sqlalchemy import and_, func, or_, select

from marketplace.agenda import reading
from marketplace.agenda.reading import Within
from marketplace.agenda.rules import Kind, Line, State
from marketplace.core.access import Actor
from marketplace.core.audit import AuditRow
from marketplace.core.db import db
from marketplace.core.errors import NotFound
from marketplace.fairs.models import Fair
from marketplace.meetings.models import Absence, Interpreter, Meeting, MeetingPerson
from marketplace.roadshow.models import Pitch, Session
from marketplace.venue import queries as venue
from marketplace.venue.models import Closure, Place, PlaceKind

TOLD = tuple(
    f"meetings.{step}" for step in (
        "request", "confirmed", "declined", "cancelled", "expired", "move", "propose_move", "keep_time", "move_expired", "interpreter",
        "no_show", "came_after_all", "standby", "planned",
    )
)  # fmt: skip
"""The steps of a meeting that both sides may know the time of; when a side writes its notes is its own business."""


def own_organizations(by: Actor) -> frozenset[UUID]:
    """The approved organisations a person acts for, by membership or under a mandate."""
    return frozenset(each.id for each in by.memberships if each.approved)


def mine(within: Within, *, by: Actor) -> list[Line]:
    """What a person has to be at, for all the organisations they act for now; those they left are not read any more."""
    own = own_organizations(by)
    comes = select(MeetingPerson.meeting_id).where(MeetingPerson.person_id == by.person_id, MeetingPerson.organization_id.in_(own))
    lines = reading.meetings(within, Meeting.id.in_(comes), sides=own)
    lines += reading.pitches(within, and_(Pitch.person_id == by.person_id, Pitch.organization_id.in_(own)))
    return lines + reading.absences(within, and_(Absence.person_id == by.person_id, Absence.organization_id.in_(own)))


def organizations(within: Within, *, by: Actor) -> list[Line]:
    """What the organisation one acts for has, whoever of it comes. Raises NotFound when it is not approved."""
    if by.acting is None or not by.acting.approved:
        raise NotFound()
    own = by.acting.id
    lines = reading.meetings(within, or_(Meeting.from_organization_id == own, Meeting.to_organization_id == own), sides={own})
    lines += reading.pitches(within, Pitch.organization_id == own)
    return lines + reading.absences(within, Absence.organization_id == own)


def interpreters(within: Within, interpreter_id: UUID) -> list[Line]:
    """What an interpreter has to do: who meets where, in which languages; the topic is not theirs."""
    lines = reading.meetings(within, Meeting.interpreter_id == interpreter_id)
    return lines + reading.absences(within, Absence.interpreter_id == interpreter_id)


def places(within: Within, place_ids: Collection[UUID] | None = None) -> list[Line]:
    """What takes place at these places, or at all of a fair: sessions, meetings, closures. For who manages them."""
    some = place_ids is not None
    lines = reading.meetings(within, Meeting.place_id.in_(place_ids or ()) if some else Meeting.place_id.is_not(None))
    lines += reading.sessions(within, Session.place_id.in_(place_ids or ()) if some else Session.place_id.is_not(None))
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
    return reading.pitches(within, Pitch.id.is_not(None))


def absences(within: Within) -> list[Line]:
    """When people and interpreters are away; of whole organisations nothing is said here."""
    return reading.absences(within, or_(Absence.person_id.is_not(None), Absence.interpreter_id.is_not(None)))


def meeting(meeting_id: UUID, *, by: Actor) -> Line:
    """One meeting of the organisations one acts for. Raises NotFound."""
    own = own_organizations(by)
    theirs = or_(Meeting.from_organization_id.in_(own), Meeting.to_organization_id.in_(own))
    return _one(reading.meetings(None, and_(Meeting.id == meeting_id, theirs), sides=own))


def pitch(pitch_id: UUID, *, by: Actor) -> Line:
    """One pitch of the organisations one acts for. Raises NotFound."""
    return _one(reading.pitches(None, and_(Pitch.id == pitch_id, Pitch.organization_id.in_(own_organizations(by)))))


def session(session_id: UUID) -> Line:
    """One session of the programme, which is public. Raises NotFound."""
    return _one(reading.sessions(None, Session.id == session_id))


def _one(lines: Sequence[Line]) -> Line:
    if not lines:
        raise NotFound()
    return lines[0]


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
