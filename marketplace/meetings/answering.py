"""Accepting, declining and cancelling a meeting."""

from collections.abc import Sequence
from uuid import UUID

from marketplace.core import audit
from marketplace.core.access import Actor
from marketplace.core.clock import now
from marketplace.core.db import db
from marketplace.core.errors import DomainError, Forbidden, IllegalMove
from marketplace.core.i18n import gettext
from marketplace.core.i18n import lazy_gettext as _l
from marketplace.core.states import check_move
from marketplace.fairs import queries as fairs
from marketplace.meetings import expiring, notices, requesting, service, taking
from marketplace.meetings.models import MEETING_MOVES, Meeting, MeetingStatus
from marketplace.venue import service as venue


class TooLate(DomainError):
    """Nobody answered while place and time were kept."""

    slug, title = "too-late", _l("Too late")
    text = _l("The time to answer is over, and the place was given back. Ask for another time.")


def for_asked(meeting_id: UUID, *, by: Actor) -> Meeting:
    """The meeting, for the side that was asked. Raises NotFound, Forbidden."""
    meeting = service.get_meeting(meeting_id, by=by, lock=True)
    by.require("meetings.write")
    if meeting.to_organization_id != by.organization_id:
        raise Forbidden(gettext("The other side has to answer this request."))
    return meeting


def accept(meeting_id: UUID, *, people: Sequence[UUID] = (), language: str | None = None, accept_warnings: bool = False, by: Actor) -> Meeting:
    """Confirm a meeting one was asked for, at the time it was asked for; a move that was proposed is forgotten.

    ``language`` is what one's side speaks (ISO 639-1); what the other side supposed holds when it is left out.
    Raises NotFound, Forbidden, IllegalMove, Invalid, TooLate (the hold is over), Taken, Blocked, Warned."""
    by.require("meetings.write")
    requesting.one_at_a_time(by)
    meeting = for_asked(meeting_id, by=by)
    status = check_move(MEETING_MOVES, meeting.status, MeetingStatus.CONFIRMED)
    if meeting.standing is MeetingStatus.EXPIRED or meeting.ends_at <= now():
        raise TooLate()
    fair, place = fairs.get(meeting.fair_id), venue.get_place(meeting.place_id, fair_id=meeting.fair_id)
    coming = taking.coming(people, by=by)
    expiring.unname(meeting)
    taking.take(
        meeting, fair=fair, places=[place], starts_at=meeting.starts_at, minutes=meeting.length_minutes, people=coming,
        holder=f"meeting:{meeting.id}", needs_place=False,
    )  # fmt: skip
    there = [row.person_id for row in taking.people(meeting)]
    taking.write_down(meeting, coming, organization_id=meeting.to_organization_id)
    meeting.to_language = language or meeting.to_language
    taking.check(
        meeting, fair=fair, place=place, starts_at=meeting.starts_at, minutes=meeting.length_minutes, people=coming, others=there,
        accept_warnings=accept_warnings, by=by,
    )  # fmt: skip
    expiring.forget_move(meeting)
    return answer(meeting, status, by=by)


def decline(meeting_id: UUID, *, reason: str, by: Actor) -> Meeting:
    """Turn a request down, with a reason the other side reads. Raises NotFound, Forbidden, IllegalMove."""
    meeting = for_asked(meeting_id, by=by)
    status = check_move(MEETING_MOVES, meeting.standing, MeetingStatus.DECLINED)
    return _end(meeting, status, reason=reason, by=by)


def cancel(meeting_id: UUID, *, reason: str, by: Actor) -> Meeting:
    """Either side calls a confirmed meeting off; a request only who asked. Raises NotFound, Forbidden, IllegalMove."""
    meeting = service.get_meeting(meeting_id, by=by, lock=True)
    by.require("meetings.write")
    if meeting.standing is MeetingStatus.REQUESTED and meeting.from_organization_id != by.organization_id:
        raise Forbidden(gettext("This is a request to you: decline it instead."))
    if meeting.ends_at <= now():
        raise IllegalMove(gettext("This meeting is over: write down what came of it, or that they did not come."))
    status = check_move(MEETING_MOVES, meeting.standing, MeetingStatus.CANCELLED)
    return _end(meeting, status, reason=reason, by=by)


def _end(meeting: Meeting, status: MeetingStatus, *, reason: str, by: Actor) -> Meeting:
    meeting.reason = reason
    expiring.drop_move(meeting)
    expiring.free_all([f"meeting:{meeting.id}", f"move:{meeting.id}"])
    return answer(meeting, status, by=by)


def answer(meeting: Meeting, status: MeetingStatus, *, by: Actor) -> Meeting:
    """The meeting with its new status; the other side is told."""
    meeting.status, meeting.answered_at, meeting.held_until, meeting.sequence = status, now(), None, meeting.sequence + 1
    audit.record(f"meetings.{status.value}", f"meeting:{meeting.id}", by=by, fair_id=meeting.fair_id)
    db.session.flush()
    if by.organization_id is not None:
        notices.answered(meeting, fairs.get(meeting.fair_id), by_id=by.organization_id)
    return meeting
