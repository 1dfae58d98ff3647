"""Moving a meeting: one side proposes another time, which is kept beside the old one until the other side answers."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import delete, or_, update

from marketplace.core import audit
from marketplace.core.access import Actor
from marketplace.core.clock import now
from marketplace.core.db import db
from marketplace.core.errors import DomainError, Forbidden, IllegalMove, Invalid
from marketplace.core.i18n import gettext
from marketplace.core.i18n import lazy_gettext as _l
from marketplace.fairs import queries as fairs
from marketplace.fairs.models import Fair
from marketplace.meetings import answering, expiring, interpreters, notices, requesting, rules, service, taking
from marketplace.meetings.models import Meeting, MeetingStatus
from marketplace.venue import booking
from marketplace.venue import rules as venue_rules
from marketplace.venue import service as venue
from marketplace.venue.models import Booking, Place


class NoMove(DomainError):
    """Nobody proposed another time, or the time to answer is over."""

    slug, title = "no-move-proposed", _l("No other time proposed")
    text = _l("No other time is proposed for this meeting, or the time to answer is over. It stays where it is.")


class MoveOpen(DomainError):
    """One proposal at a time: two would keep three times of everybody's."""

    slug, title = "move-open", _l("Another time is proposed already")
    text = _l("Another time is proposed for this meeting already. Answer or withdraw it first.")


def propose(
    meeting_id: UUID, *, starts_at: datetime, place_id: UUID | None = None, people: Sequence[UUID] = (), language: str | None = None,
    accept_warnings: bool = False, by: Actor,
) -> Meeting:  # fmt: skip
    """Propose another time, and place unless it may stay the same. Place and people of both sides are kept at both times until the
    other side agrees or keeps the old one. Who asked and has no answer yet moves the request at once.

    ``people`` and ``language``: for the side that was asked and has not answered: with its proposal it says who comes.
    Raises NotFound, Forbidden, Invalid, IllegalMove, TooLate, MoveOpen, Taken, Blocked, Warned."""
    by.require("meetings.write")
    requesting.one_at_a_time(by)
    meeting = service.get_meeting(meeting_id, by=by, lock=True)
    asked = meeting.status is MeetingStatus.REQUESTED and meeting.to_organization_id == by.organization_id
    fair = _checked(meeting, starts_at, place_id)
    expiring.unname(meeting)
    expiring.forget_move(meeting)  # one that is overdue: what it kept must not be taken for this proposal's
    db.session.flush()
    both = taking.people(meeting)
    own = [row.person_id for row in both if row.organization_id == by.organization_id]
    others = [row.person_id for row in both if row.organization_id != by.organization_id]
    if asked:
        own = taking.coming(people, by=by)
    wanted = place_id or meeting.place_id
    places = [taking.place_for_meetings(wanted, fair=fair)]
    if place_id is None:
        places = list(dict.fromkeys([*places, *_stand_ins(places[0])]))
    place = taking.take(
        meeting, fair=fair, places=places, starts_at=starts_at, minutes=meeting.length_minutes, people=own, others=others,
        holder=f"move:{meeting.id}", beside=f"meeting:{meeting.id}",
    )  # fmt: skip
    taking.check(
        meeting, fair=fair, place=place, starts_at=starts_at, minutes=meeting.length_minutes, people=own, others=others,
        accept_warnings=accept_warnings, by=by,
    )  # fmt: skip
    meeting.move_to, meeting.move_to_place_id, meeting.move_by_id = starts_at, place.id, by.organization_id
    meeting.move_until = rules.held_until(now(), min(starts_at, meeting.starts_at))
    if asked:
        taking.write_down(meeting, own, organization_id=meeting.to_organization_id)
        meeting.to_language, meeting.held_until = language or meeting.to_language, meeting.move_until
    audit.record("meetings.propose_move", f"meeting:{meeting.id}", by=by, fair_id=meeting.fair_id)
    db.session.flush()
    if meeting.status is MeetingStatus.REQUESTED and not asked:
        return _moved(meeting, fair, by=by)
    if by.organization_id is not None:
        notices.move_proposed(meeting, fair, to=starts_at, by_id=by.organization_id)
    return meeting


def _stand_ins(place: Place) -> list[Place]:
    return booking.similar(place)[1 : taking.MOST_TRIES]


def _checked(meeting: Meeting, starts_at: datetime, place_id: UUID | None) -> Fair:
    """Whether it can be moved at all, and to that time."""
    if meeting.standing is MeetingStatus.EXPIRED:
        raise answering.TooLate()
    if meeting.status not in taking.OPEN or meeting.starts_at <= now():
        raise IllegalMove(gettext("Only a meeting that lies ahead can be moved."))
    if meeting.proposed is not None:
        raise MoveOpen()
    fair = fairs.get(meeting.fair_id)
    venue.check_times(starts_at, starts_at + timedelta(minutes=meeting.length_minutes), fair)
    if starts_at <= now():
        raise Invalid.field("starts_at", "past", gettext("This time has passed."))
    if starts_at == meeting.starts_at and place_id in (None, meeting.place_id):
        raise Invalid.field("starts_at", "same_time", gettext("This is the time and place it has already."))
    return fair


def agree(meeting_id: UUID, *, by: Actor) -> Meeting:
    """The other side takes the proposed time; a request that had no answer is confirmed with it.

    Raises NotFound, Forbidden (one's own proposal), NoMove, IllegalMove."""
    meeting = _proposed(meeting_id, by=by)
    if meeting.move_by_id == by.organization_id:
        raise Forbidden(gettext("The other side has to agree to this time."))
    if meeting.move_to is None or meeting.move_to <= now():
        raise NoMove()
    return _moved(meeting, fairs.get(meeting.fair_id), by=by)


def keep(meeting_id: UUID, *, by: Actor) -> Meeting:
    """Keep the old time: the other side does not agree, or who proposed takes it back. Raises NotFound, Forbidden, NoMove."""
    meeting = _proposed(meeting_id, by=by)
    expiring.unname(meeting)
    expiring.forget_move(meeting)
    audit.record("meetings.keep_time", f"meeting:{meeting.id}", by=by, fair_id=meeting.fair_id)
    db.session.flush()
    if by.organization_id is not None:
        notices.move_dropped(meeting, fairs.get(meeting.fair_id), by_id=by.organization_id)
    return meeting


def _proposed(meeting_id: UUID, *, by: Actor) -> Meeting:
    meeting = service.get_meeting(meeting_id, by=by, lock=True)
    by.require("meetings.write")
    if meeting.proposed is None or meeting.status not in taking.OPEN:
        raise NoMove()
    return meeting


def _moved(meeting: Meeting, fair: Fair, *, by: Actor) -> Meeting:
    """The proposed time becomes the meeting's: its bookings change hands, nothing is free in between."""
    unanswered = meeting.status is MeetingStatus.REQUESTED
    by_asked = unanswered and meeting.move_by_id == meeting.to_organization_id
    meeting.starts_at, meeting.place_id = settle_bookings(meeting)
    meeting.sequence, meeting.interpreter_id = meeting.sequence + 1, None
    expiring.drop_move(meeting)
    if by_asked:
        meeting.status, meeting.answered_at, meeting.held_until = MeetingStatus.CONFIRMED, now(), None
    elif unanswered:
        meeting.held_until = rules.held_until(now(), meeting.starts_at)
    interpreters.assign(meeting)
    audit.record("meetings.move", f"meeting:{meeting.id}", by=by, fair_id=meeting.fair_id)
    db.session.flush()
    if by.organization_id is not None:
        notices.moved(meeting, fair, by_id=by.organization_id)
    return meeting


def settle_bookings(meeting: Meeting) -> tuple[datetime, UUID]:
    """What the proposal kept is the meeting's from now on, with the quarters that both times share; the other old ones are free.

    Nothing is newly taken, so nobody is waited for."""
    if meeting.move_to is None or meeting.move_to_place_id is None:
        raise NoMove()
    shared = (Booking.cell.in_(venue_rules.cells(meeting.move_to, meeting.length_minutes))) & or_(
        Booking.resource == booking.place_key(meeting.move_to_place_id), Booking.resource.startswith("person:")
    )
    old = delete(Booking).where(Booking.holder == f"meeting:{meeting.id}", ~shared)
    db.session.execute(old, execution_options={"synchronize_session": False})
    kept = update(Booking).where(Booking.holder == f"move:{meeting.id}").values(holder=f"meeting:{meeting.id}")
    db.session.execute(kept, execution_options={"synchronize_session": False})
    return meeting.move_to, meeting.move_to_place_id
