"""Requests nobody answered in time, and moves nobody agreed to: they give place and people back."""

from collections.abc import Collection
from uuid import UUID

from sqlalchemy import ColumnElement, Select, delete, func, or_, select

from marketplace.core import audit
from marketplace.core.clock import now
from marketplace.core.db import db, end_reading
from marketplace.fairs import queries as fairs
from marketplace.meetings import notices
from marketplace.meetings.models import Meeting, MeetingPerson, MeetingStatus
from marketplace.venue import booking

AT_ONCE = 50


def lapsed() -> ColumnElement[bool]:
    """A request whose hold is over."""
    return (Meeting.status == MeetingStatus.REQUESTED) & (func.coalesce(Meeting.held_until, Meeting.starts_at) <= now())


def due() -> ColumnElement[bool]:
    """A request or a proposed move whose time to answer is over."""
    return or_(lapsed(), Meeting.move_until <= now())


def _overdue() -> Select[Meeting]:
    return select(Meeting).where(due())


def end_overdue(fair_id: UUID | None = None, *, of: Collection[UUID] | None = None) -> list[str]:
    """End requests and proposed moves whose time to answer is over, of a fair, of some meetings or of all; returns who held their bookings.

    The caller then frees those holders (`free_all`), after it has taken what it wants: see `booking.take`. What another
    transaction is changing right now is left to it."""
    query = _overdue()
    if fair_id is not None:
        query = query.where(Meeting.fair_id == fair_id)
    if of is not None:
        query = query.where(Meeting.id.in_(of))
    locked = query.order_by(Meeting.id).limit(AT_ONCE).with_for_update(skip_locked=True).execution_options(populate_existing=True)
    holders = []
    for meeting in db.session.scalars(locked):
        if meeting.move_to is not None:
            unname(meeting)
            drop_move(meeting)
            audit.record("meetings.move_expired", f"meeting:{meeting.id}", by=None, fair_id=meeting.fair_id)
            holders.append(f"move:{meeting.id}")
        if meeting.standing is MeetingStatus.EXPIRED:
            meeting.status, meeting.sequence = MeetingStatus.EXPIRED, meeting.sequence + 1
            audit.record("meetings.expired", f"meeting:{meeting.id}", by=None, fair_id=meeting.fair_id)
            notices.expired(meeting, fairs.get(meeting.fair_id))
            holders.append(f"meeting:{meeting.id}")
    db.session.flush()
    return holders


def unname(meeting: Meeting) -> None:
    """Who was to come at the time that the side that was asked proposed comes to nothing else."""
    if meeting.status is MeetingStatus.REQUESTED and meeting.move_by_id == meeting.to_organization_id:
        theirs = (MeetingPerson.meeting_id == meeting.id, MeetingPerson.organization_id == meeting.to_organization_id)
        db.session.execute(delete(MeetingPerson).where(*theirs))


def drop_move(meeting: Meeting) -> None:
    """Forget the proposed time; its bookings are the caller's to free."""
    meeting.move_by_id = meeting.move_to = meeting.move_to_place_id = meeting.move_until = None


def forget_move(meeting: Meeting) -> None:
    """Forget the proposed time and give back what it kept."""
    if meeting.move_to is not None:
        drop_move(meeting)
        booking.free(f"move:{meeting.id}")


def free_all(holders: list[str]) -> None:
    for holder in holders:
        booking.free(holder)


def anything_due() -> bool:
    """Whether there is something to end; what was read is let go of."""
    due = db.session.scalar(_overdue().with_only_columns(Meeting.id).limit(1)) is not None
    end_reading()
    return due
