"""1:1 meetings of two organisations: requested, answered, held; with what came of them. Only the two read them."""

from collections.abc import Sequence
from datetime import date, datetime, timedelta
from uuid import UUID

from sqlalchemy import select
from uuid_utils.compat import uuid7

from marketplace.core import audit
from marketplace.core.access import Actor
from marketplace.core.clock import now
from marketplace.core.db import db
from marketplace.core.errors import DomainError, Forbidden, Invalid, NotFound
from marketplace.core.i18n import gettext
from marketplace.core.i18n import lazy_gettext as _l
from marketplace.core.states import check_move
from marketplace.fairs import queries as fairs
from marketplace.meetings import notices, queries
from marketplace.meetings.models import MEETING_MOVES, Meeting, MeetingNote, MeetingPerson, MeetingStatus, Outcome
from marketplace.organizations.models import Organization, Status
from marketplace.venue import booking
from marketplace.venue import service as venue
from marketplace.venue.models import PlaceKind

MOST_OPEN_REQUESTS = 20
MOST_PEOPLE = 5


class TooManyRequests(DomainError):
    """One organisation would hold half the tables with requests nobody has answered."""

    slug, title = "too-many-open-requests", _l("Too many open requests")
    text = _l("You have many requests without an answer. Wait for answers, or cancel some, before you ask for more.")


class TooEarly(DomainError):
    """Nobody has failed to come before the time."""

    slug, title = "too-early", _l("Too early")
    text = _l("The meeting has not begun yet.")


class TooLate(DomainError):
    """The proposed time has passed without an answer."""

    slug, title = "too-late", _l("Too late")
    text = _l("The proposed time has passed. Ask for another one.")


def get_meeting(meeting_id: UUID, *, by: Actor, lock: bool = False) -> Meeting:
    """A meeting of the organisation one acts for. Raises NotFound, the same for a foreign one as for none."""
    query = queries.own_meetings(by).where(Meeting.id == meeting_id)
    if lock:
        query = query.with_for_update().execution_options(populate_existing=True)
    meeting = db.session.scalars(query).one_or_none()
    if meeting is None or not by.may("meetings.read"):
        raise NotFound()
    return meeting


def request(
    fair_id: UUID,
    *,
    organization_id: UUID,
    place_id: UUID,
    starts_at: datetime,
    length_minutes: int,
    topic: str,
    people: Sequence[UUID] = (),
    by: Actor,
) -> Meeting:
    """Ask another organisation to meet at a place and time of a fair; ``people`` of one's own come, oneself unless named.

    Place and people are booked from now on, so that an acceptance finds them. ``length_minutes`` in quarters, up to 120.
    Raises Forbidden, NotFound, Invalid, Taken, TooManyRequests."""
    by.require("meetings.write")
    fair = fairs.get(fair_id)
    other = db.session.get(Organization, organization_id)
    if other is None or other.status is not Status.APPROVED or by.organization_id is None:
        raise NotFound()
    if other.id == by.organization_id:
        raise Invalid.field("organization", "own_organization", gettext("You act for this organisation yourself."))
    place = venue.get_place(place_id, fair_id=fair_id)
    if place.kind is PlaceKind.HALL:
        raise Invalid.field("place_id", "hall", gettext("Halls are for sessions; choose a table, a room or an online room."))
    venue.check_times(starts_at, starts_at + timedelta(minutes=length_minutes), fair)
    if starts_at <= now():
        raise Invalid.field("starts_at", "past", gettext("This time has passed."))
    # The count below stays true; who asks this organisation at the same time is not kept waiting, or the two would wait for each other.
    db.session.scalar(select(Organization.id).where(Organization.id == by.organization_id).with_for_update(key_share=True))
    if queries.open_requests(by, fair_id=fair_id) >= MOST_OPEN_REQUESTS:
        raise TooManyRequests()
    meeting = Meeting(
        id=uuid7(), fair_id=fair_id, place_id=place_id, from_organization_id=by.organization_id, to_organization_id=other.id,
        requested_by=by.person_id, topic=topic, starts_at=starts_at, length_minutes=length_minutes,
        status=MeetingStatus.REQUESTED, created_at=now(),
    )  # fmt: skip
    db.session.add(meeting)
    _bring(meeting, people, [booking.place_key(place_id)], by=by)
    audit.record("meetings.request", f"meeting:{meeting.id}", by=by, fair_id=fair_id)
    notices.meeting_requested(meeting, fair, db.session.get_one(Organization, by.organization_id))
    return meeting


def _bring(meeting: Meeting, people: Sequence[UUID], resources: list[str], *, by: Actor) -> None:
    """Book one side's people, and further resources. Raises Invalid for who does not belong to it, Taken."""
    own = {person.id for person in queries.colleagues(by)}
    coming = list(dict.fromkeys(people)) or [by.person_id]
    if len(coming) > MOST_PEOPLE or not own.issuperset(coming):
        raise Invalid.field("people", "people", gettext("Choose up to %(most)s people of your organisation.", most=MOST_PEOPLE))
    holder = f"meeting:{meeting.id}"
    wanted = [*resources, *(booking.person_key(person_id) for person_id in coming)]
    taken = booking.take(wanted, meeting.starts_at, minutes=meeting.length_minutes, holder=holder)
    if taken:
        place = venue.get_place(meeting.place_id, fair_id=meeting.fair_id)
        raise booking.clash(
            taken, meeting.starts_at, minutes=meeting.length_minutes, fair=fairs.get(meeting.fair_id),
            places=booking.similar(place), people=coming, holder=holder,
        )  # fmt: skip
    db.session.flush()
    for person_id in coming:
        db.session.add(MeetingPerson(meeting_id=meeting.id, organization_id=by.organization_id, person_id=person_id))


def _for_asked(meeting_id: UUID, *, by: Actor) -> Meeting:
    """The meeting, for the side that was asked. Raises NotFound, Forbidden."""
    meeting = get_meeting(meeting_id, by=by, lock=True)
    by.require("meetings.write")
    if meeting.to_organization_id != by.organization_id:
        raise Forbidden(gettext("The other side has to answer this request."))
    return meeting


def accept(meeting_id: UUID, *, people: Sequence[UUID] = (), by: Actor) -> Meeting:
    """Confirm a meeting one was asked for. Raises NotFound, Forbidden, IllegalMove, Invalid, TooLate (the time has passed), Taken."""
    meeting = _for_asked(meeting_id, by=by)
    status = check_move(MEETING_MOVES, meeting.status, MeetingStatus.CONFIRMED)
    if meeting.starts_at + timedelta(minutes=meeting.length_minutes) <= now():
        raise TooLate()
    _bring(meeting, people, [], by=by)
    return _answer(meeting, status, by=by)


def decline(meeting_id: UUID, *, reason: str, by: Actor) -> Meeting:
    """Turn a request down, with a reason the other side reads. Raises NotFound, Forbidden, IllegalMove."""
    meeting = _for_asked(meeting_id, by=by)
    status = check_move(MEETING_MOVES, meeting.status, MeetingStatus.DECLINED)
    meeting.reason = reason
    booking.free(f"meeting:{meeting.id}")
    return _answer(meeting, status, by=by)


def cancel(meeting_id: UUID, *, reason: str, by: Actor) -> Meeting:
    """Either side calls a confirmed meeting off; a request only who asked. Raises NotFound, Forbidden, IllegalMove."""
    meeting = get_meeting(meeting_id, by=by, lock=True)
    by.require("meetings.write")
    if meeting.status is MeetingStatus.REQUESTED and meeting.from_organization_id != by.organization_id:
        raise Forbidden(gettext("This is a request to you: decline it instead."))
    status = check_move(MEETING_MOVES, meeting.status, MeetingStatus.CANCELLED)
    meeting.reason = reason
    booking.free(f"meeting:{meeting.id}")
    return _answer(meeting, status, by=by)


def _answer(meeting: Meeting, status: MeetingStatus, *, by: Actor) -> Meeting:
    meeting.status, meeting.answered_at = status, now()
    audit.record(f"meetings.{status.value}", f"meeting:{meeting.id}", by=by, fair_id=meeting.fair_id)
    if meeting.from_organization_id != by.organization_id:
        notices.meeting_answered(meeting, fairs.get(meeting.fair_id))
    db.session.flush()
    return meeting


def record_outcome(
    meeting_id: UUID, *, outcome: str, next_step: str | None = None, due_on: date | None = None, notes: str | None = None, by: Actor
) -> Meeting:
    """What came of a confirmed meeting, for both sides to read; ``no_show`` says that it did not take place.

    A meeting may have happened before its time, a no-show not. ``notes`` are one's own side's.
    Raises NotFound, Forbidden, IllegalMove, TooEarly."""
    meeting = get_meeting(meeting_id, by=by, lock=True)
    by.require("meetings.write")
    missed = Outcome(outcome) is Outcome.NO_SHOW
    status = check_move(MEETING_MOVES, meeting.status, MeetingStatus.NO_SHOW if missed else MeetingStatus.HELD)
    if missed and meeting.starts_at > now():
        raise TooEarly()
    meeting.status, meeting.outcome, meeting.next_step, meeting.due_on = status, Outcome(outcome), next_step, due_on
    audit.record("meetings.outcome", f"meeting:{meeting.id}", by=by, fair_id=meeting.fair_id, outcome=outcome)
    if notes is not None:
        write_notes(meeting_id, notes, by=by)
    db.session.flush()
    return meeting


def write_notes(meeting_id: UUID, text: str, *, by: Actor) -> MeetingNote:
    """One's own side's notes, as they shall stand from now on. Raises NotFound, Forbidden."""
    meeting = get_meeting(meeting_id, by=by, lock=True)
    by.require("meetings.write")
    note = queries.own_note(meeting, by=by)
    if note is None:
        note = MeetingNote(meeting_id=meeting.id, organization_id=by.organization_id)
        db.session.add(note)
    note.text, note.changed_by, note.changed_at = text, by.person_id, now()
    audit.record("meetings.notes", f"meeting:{meeting.id}", by=by, fair_id=meeting.fair_id)
    return note
