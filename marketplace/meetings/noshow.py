"""Who did not come: five minutes after the beginning the side that is there says so, and the rest of the time goes to who waits."""

from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import delete, select

from marketplace.core import audit
from marketplace.core.access import Actor
from marketplace.core.audit import AuditRow
from marketplace.core.clock import now
from marketplace.core.db import db
from marketplace.core.errors import DomainError, IllegalMove
from marketplace.core.i18n import gettext, ngettext
from marketplace.core.i18n import lazy_gettext as _l
from marketplace.core.states import check_move
from marketplace.meetings import day_notices, expiring, interpreters, service, standby
from marketplace.meetings.models import MEETING_MOVES, Meeting, MeetingPerson, MeetingStatus, Origin, Outcome
from marketplace.venue import booking
from marketplace.venue.models import Booking

GRACE = timedelta(minutes=5)
"""How long a side may be late."""
HERE = "meetings.here"


class NotYetMissed(DomainError):
    """The other side still has time to come."""

    slug, title = "not-yet-missed", _l("They still have time to come")
    text = _l("Five minutes after the beginning, the side that is there can say that the other one did not come.")


def awaited_until(meeting: Meeting) -> datetime:
    """How long the other side still may come; who was called in the middle, from the waiting list, has the same five minutes."""
    called = meeting.answered_at if meeting.origin is Origin.STANDBY and meeting.answered_at else meeting.starts_at
    return max(meeting.starts_at, called) + GRACE


def missed(meeting_id: UUID, *, offer: bool = True, by: Actor) -> Meeting:
    """The other side did not come. What is left of the time is offered to who waits for one's own side, or freed at once.

    Raises NotFound, Forbidden, IllegalMove, NotYetMissed."""
    meeting = service.get_meeting(meeting_id, by=by, lock=True)
    by.require("meetings.write")
    status = check_move(MEETING_MOVES, meeting.standing, MeetingStatus.NO_SHOW)
    wait = awaited_until(meeting) - now()
    if wait > timedelta(0):
        minutes = -(-wait // timedelta(minutes=1))
        raise NotYetMissed(ngettext("They have %(num)s minute left.", "They have %(num)s minutes left.", minutes) if wait <= GRACE else None)
    organization_id = by.organization_id or meeting.from_organization_id
    meeting.status, meeting.outcome = status, Outcome.NO_SHOW
    meeting.missed_by_id = meeting.other_side(organization_id)
    meeting.outcome_by_id, meeting.outcome_at, meeting.freed_at = organization_id, now(), None
    meeting.sequence += 1
    audit.record("meetings.no_show", f"meeting:{meeting.id}", by=by, fair_id=meeting.fair_id)
    day_notices.missed(meeting)
    expiring.forget_move(meeting)
    _free_missing(meeting)
    db.session.flush()
    if offer:
        standby.go_on(meeting)
    else:
        standby.close(meeting)
    return meeting


def _free_missing(meeting: Meeting) -> None:
    """Who did not come is free; table, interpreter and who is there stay booked while the time is offered."""
    query = select(MeetingPerson.person_id).where(
        MeetingPerson.meeting_id == meeting.id, MeetingPerson.organization_id == meeting.missed_by_id
    )
    keys = [booking.person_key(person_id) for person_id in db.session.scalars(query)]
    db.session.execute(delete(Booking).where(Booking.holder == f"meeting:{meeting.id}", Booking.resource.in_(keys)))


def here(meeting_id: UUID, *, by: Actor) -> Meeting:
    """Who is said not to have come says that they are there: the side that waits is told by mail, and decides. Said once for each time.

    Raises NotFound, Forbidden, IllegalMove (nobody said so, or the time is over or given to somebody else)."""
    meeting = service.get_meeting(meeting_id, by=by, lock=True)
    by.require("meetings.write")
    if meeting.missed_by_id is None or meeting.missed_by_id != by.organization_id:
        raise IllegalMove(gettext("Nobody says any more that you did not come."))
    if standby.given(meeting) or meeting.ends_at <= now():
        raise IllegalMove(gettext("It is too late: the time is over, or was given to somebody else."))
    said = select(AuditRow.id).where(AuditRow.subject == f"meeting:{meeting.id}", AuditRow.action == HERE, AuditRow.at >= meeting.outcome_at)
    if db.session.scalar(said.limit(1)) is None:
        audit.record(HERE, f"meeting:{meeting.id}", by=by, fair_id=meeting.fair_id)
        day_notices.here(meeting)
    return meeting


def came(meeting_id: UUID, *, by: Actor) -> Meeting:
    """They came after all: the meeting goes on, unless the time was given to somebody else. Offers of it end.

    Raises NotFound, Forbidden (who was missed does not say so), IllegalMove, Taken (their people are somewhere else by now)."""
    meeting = service.get_meeting(meeting_id, by=by, lock=True)
    by.require("meetings.write")
    status = check_move(MEETING_MOVES, meeting.status, MeetingStatus.CONFIRMED)
    if meeting.missed_by_id in (None, by.organization_id) or meeting.ends_at <= now():
        raise IllegalMove(gettext("Only the side that waited can say so, before the time is over."))
    if standby.given(meeting):
        raise IllegalMove(gettext("The time was given to somebody else."))
    standby.withdraw_offers(meeting)
    wanted = [booking.place_key(meeting.place_id), *(booking.person_key(person_id) for person_id in interpreters.comers(meeting))]
    if booking.take(wanted, meeting.starts_at, minutes=meeting.length_minutes, holder=f"meeting:{meeting.id}"):
        raise booking.Taken(gettext("The table or somebody of the two sides is taken by now. Ask for another time."))
    meeting.status, meeting.outcome, meeting.missed_by_id, meeting.freed_at = status, None, None, None
    meeting.outcome_by_id = meeting.outcome_at = None
    meeting.sequence += 1
    if interpreters.again(meeting):
        day_notices.interpreter_changed([meeting])
    audit.record("meetings.came_after_all", f"meeting:{meeting.id}", by=by, fair_id=meeting.fair_id)
    db.session.flush()
    return meeting
