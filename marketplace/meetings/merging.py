"""What becomes of meetings when an organisation is merged: they move, unless both were to meet each other."""

from collections.abc import Sequence
from uuid import UUID

from sqlalchemy import delete, func, or_, select, update
from sqlalchemy.sql.elements import ColumnElement

from marketplace.core.clock import now
from marketplace.core.db import db
from marketplace.core.i18n import gettext
from marketplace.core.i18n import lazy_gettext as _l
from marketplace.meetings.day_models import MeetingTyped
from marketplace.meetings.models import Absence, Meeting, MeetingNote, MeetingPerson, MeetingStatus, Standby
from marketplace.organizations import merging

FROM, TO = Meeting.from_organization_id, Meeting.to_organization_id
SIDES = (FROM, TO, Meeting.move_by_id, Meeting.missed_by_id, Meeting.outcome_by_id)


def _between(loser: UUID, winner: UUID) -> ColumnElement[bool]:
    return FROM.in_((loser, winner)) & TO.in_((loser, winner))


def _theirs(loser: UUID, winner: UUID) -> ColumnElement[bool]:
    return or_(FROM.in_([loser]), TO.in_([loser])) & ~_between(loser, winner)


def _count(loser: UUID, winner: UUID) -> int:
    return db.session.scalar(select(func.count()).select_from(Meeting).where(_theirs(loser, winner))) or 0


def _hinders(loser: UUID, winner: UUID) -> Sequence[str]:
    ahead = Meeting.status.in_((MeetingStatus.REQUESTED, MeetingStatus.CONFIRMED)) & (Meeting.starts_at > now())
    number = db.session.scalar(select(func.count()).select_from(Meeting).where(_between(loser, winner), ahead)) or 0
    return [gettext("They are to meet each other at the roadshow: cancel the meeting first.")] if number else []


def _move(loser: UUID, winner: UUID) -> None:
    """With each side's people and notes; past meetings of the two with each other stay as they were."""
    meetings = select(Meeting.id).where(_theirs(loser, winner))
    ids = list(db.session.scalars(meetings.order_by(Meeting.id).with_for_update()))
    silent = {"synchronize_session": False}
    for model in (MeetingPerson, MeetingNote):
        moved = update(model).where(model.organization_id == loser, model.meeting_id.in_(ids)).values(organization_id=winner)
        db.session.execute(moved, execution_options=silent)
    for column in SIDES:
        changed = {column.key: winner, "version": Meeting.version + 1}
        db.session.execute(update(Meeting).where(Meeting.id.in_(ids), column == loser).values(changed), execution_options=silent)


def _count_waiting(loser: UUID, winner: UUID) -> int:
    theirs = or_(Standby.organization_id == loser, Standby.for_organization_id == loser)
    return db.session.scalar(select(func.count()).select_from(Standby).where(theirs)) or 0


def _move_waiting(loser: UUID, winner: UUID) -> None:
    """Who waited for the other of the two waits no longer."""
    pair = (loser, winner)
    silent = {"synchronize_session": False}
    both = Standby.organization_id.in_(pair) & Standby.for_organization_id.in_(pair)
    db.session.execute(delete(Standby).where(both), execution_options=silent)
    for column in (Standby.organization_id, Standby.for_organization_id):
        db.session.execute(update(Standby).where(column == loser).values({column.key: winner}), execution_options=silent)


def register() -> None:
    columns = (*SIDES, MeetingPerson.organization_id, MeetingNote.organization_id)
    merging.moves(merging.Mover(_l("Meetings"), columns, _count, _move, _hinders))
    merging.carries(_l("Times without meetings"), Absence.organization_id)
    met = merging.meets(MeetingTyped.organization_id, MeetingTyped.meeting_id, MeetingTyped.person_id)
    merging.carries(_l("Notes of meetings that were not saved yet"), MeetingTyped.organization_id, apart=met)
    merging.moves(merging.Mover(_l("Waiting to meet"), (Standby.organization_id, Standby.for_organization_id), _count_waiting, _move_waiting))
