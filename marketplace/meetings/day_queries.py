"""Reading who waits for whom, and the work of interpreters. Staff and interpreters see place, time, names and languages, nothing else."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import ColumnElement, Select, func, select
from sqlalchemy.orm import InstrumentedAttribute, aliased

from marketplace.core.access import Actor
from marketplace.core.clock import now
from marketplace.core.db import db
from marketplace.fairs.models import Fair
from marketplace.meetings import standby
from marketplace.meetings.interpreters import ALIVE, RUN
from marketplace.meetings.models import Absence, Interpreter, Meeting, MeetingStatus, Standby
from marketplace.organizations.models import Organization
from marketplace.venue.models import Place


@dataclass(frozen=True, slots=True, kw_only=True)
class Waiting:
    """A place in a list: ``other`` is whom one waits for, or who waits for oneself; with the time that is offered now, if one is."""

    row: Standby
    other: Organization
    place: int
    meeting: Meeting | None
    at: Place | None

    @property
    def offered(self) -> bool:
        return self.meeting is not None and self.row.offered_until is not None and self.row.offered_until > now()

    @property
    def minutes(self) -> int:
        """How long the offer still stands, rounded up."""
        until = self.row.offered_until or now()
        return max(0, -(-(until - now()) // timedelta(minutes=1)))


def _numbered() -> Select[UUID, int]:
    """Every open row with its place in the list of its organisation at its fair, 1 is the next."""
    order = func.row_number().over(partition_by=(Standby.fair_id, Standby.for_organization_id), order_by=(Standby.created_at, Standby.id))
    return select(Standby.id, order.label("place")).where(*standby.waiting())


def _places(which: ColumnElement[bool], other: InstrumentedAttribute[UUID]) -> list[Waiting]:
    numbered = _numbered().subquery()
    query = (
        select(Standby, Organization, numbered.c.place, Meeting, Place)
        .join(numbered, numbered.c.id == Standby.id)
        .join(Organization, Organization.id == other)
        .outerjoin(Meeting, Meeting.id == Standby.offered_meeting_id)
        .outerjoin(Place, Place.id == Meeting.place_id)
        .where(which)
        .order_by(Standby.created_at, Standby.id)
        .limit(100)
    )
    return [Waiting(row=row, other=organization, place=place, meeting=meeting, at=at) for row, organization, place, meeting, at in db.session.execute(query)]


def own_places(*, by: Actor) -> list[Waiting]:
    """Whom the organisation one acts for waits for; one query."""
    return _places(Standby.id.in_(standby.own(by).with_only_columns(Standby.id)), Standby.for_organization_id)


def offers(*, by: Actor) -> list[Waiting]:
    """Those of `own_places` to whom a time is offered at this moment."""
    return [waiting for waiting in own_places(by=by) if waiting.offered]


def count_offers(by: Actor) -> int:
    """How many free times are offered to the organisation one acts for."""
    query = standby.own(by).where(Standby.offered_until > now())
    return db.session.scalar(query.with_only_columns(func.count())) or 0


def waiting_for(fair_id: UUID, *, by: Actor) -> list[Waiting]:
    """Who waits for the organisation one acts for, in order; one query."""
    if by.acting is None or not by.acting.approved:
        return []
    return _places((Standby.for_organization_id == by.organization_id) & (Standby.fair_id == fair_id), Standby.organization_id)


@dataclass(frozen=True, slots=True, kw_only=True)
class Interpreting:
    """A meeting as staff and interpreters see it: the two names, place, time, languages."""

    id: UUID
    starts_at: datetime
    ends_at: datetime
    status: str
    place: Place
    one: Organization
    other: Organization
    from_language: str | None
    to_language: str | None
    interpreter: Interpreter | None


def _interpreting(which: ColumnElement[bool], *, limit: int = 200) -> list[Interpreting]:
    """One query."""
    one, other = (aliased(Organization) for _ in range(2))
    query = (
        select(Meeting, Place, one, other, Interpreter)
        .join(Place, Place.id == Meeting.place_id)
        .join(one, one.id == Meeting.from_organization_id)
        .join(other, other.id == Meeting.to_organization_id)
        .outerjoin(Interpreter, Interpreter.id == Meeting.interpreter_id)
        .where(Meeting.status.in_(ALIVE), which)
        .order_by(Meeting.starts_at, Meeting.id)
        .limit(limit)
    )
    return [
        Interpreting(
            id=meeting.id, starts_at=meeting.starts_at, ends_at=meeting.ends_at, status=meeting.standing.value, place=place, one=first, other=second,
            from_language=meeting.from_language, to_language=meeting.to_language, interpreter=interpreter,
        )
        for meeting, place, first, second, interpreter in db.session.execute(query)
        if meeting.standing in ALIVE
    ]  # fmt: skip


def lacking(fair: Fair) -> list[Interpreting]:
    """Meetings ahead whose sides speak different languages, and who have no interpreter."""
    return _interpreting((Meeting.fair_id == fair.id) & _lacks())


def _lacks() -> ColumnElement[bool]:
    differ = Meeting.from_language.is_not(None) & Meeting.to_language.is_not(None) & (Meeting.from_language != Meeting.to_language)
    return (Meeting.starts_at > now()) & Meeting.interpreter_id.is_(None) & differ


def count_lacking(by: Actor) -> int:
    """How many agreed meetings ahead, at the fairs whose meetings the person runs, have no interpreter although they need one."""
    query = select(func.count()).select_from(Meeting).where(
        Meeting.fair_id.in_(by.fairs_where(RUN)), Meeting.status == MeetingStatus.CONFIRMED, _lacks()
    )
    return db.session.scalar(query) or 0


def of_meeting(meeting_id: UUID) -> Interpreting | None:
    return next(iter(_interpreting(Meeting.id == meeting_id)), None)


def work_of(interpreter_ids: Sequence[UUID], *, since: datetime) -> list[Interpreting]:
    """The meetings of these interpreters that begin at or after a moment."""
    return _interpreting(Meeting.interpreter_id.in_(interpreter_ids) & (Meeting.starts_at >= since))


def interpreters(fair_id: UUID) -> Select[Interpreter]:
    return select(Interpreter).where(Interpreter.fair_id == fair_id)


def listed(fair: Fair) -> list[tuple[Interpreter, int, Absence | None]]:
    """Everybody who interprets at a fair, with how many meetings lie ahead, and the next absence; three queries."""
    rows = list(db.session.scalars(interpreters(fair.id).order_by(Interpreter.left_at.is_not(None), Interpreter.name, Interpreter.id)))
    ahead = select(Meeting.interpreter_id, func.count()).where(
        Meeting.fair_id == fair.id, Meeting.interpreter_id.is_not(None), Meeting.status.in_(ALIVE), Meeting.starts_at > now()
    )
    loads = {key: number for key, number in db.session.execute(ahead.group_by(Meeting.interpreter_id)) if key is not None}
    away: dict[UUID, Absence] = {}
    query = select(Absence).where(Absence.fair_id == fair.id, Absence.interpreter_id.is_not(None), Absence.ends_at > now())
    for absence in db.session.scalars(query.order_by(Absence.starts_at)):
        if absence.interpreter_id is not None:
            away.setdefault(absence.interpreter_id, absence)
    return [(row, loads.get(row.id, 0), away.get(row.id)) for row in rows]


def absences(interpreter_id: UUID) -> list[Absence]:
    return list(db.session.scalars(select(Absence).where(Absence.interpreter_id == interpreter_id).order_by(Absence.starts_at)))
