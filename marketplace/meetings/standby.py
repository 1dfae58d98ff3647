"""Waiting for a time that comes free: who waits for whom, in order, and the offer of what is left when somebody did not come.

The table, the interpreter and who sits there stay booked for the missed meeting while its rest is offered, so that nobody slips in
between; whoever accepts takes these bookings over. A meeting nobody takes frees them (`Meeting.freed_at`).
"""

from collections.abc import Sequence
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import ColumnElement, Select, func, or_, select, update

from marketplace.core import audit
from marketplace.core.access import Actor
from marketplace.core.clock import now
from marketplace.core.db import db
from marketplace.core.errors import DomainError, Duplicate, Invalid, NotFound
from marketplace.core.i18n import gettext
from marketplace.core.i18n import lazy_gettext as _l
from marketplace.fairs import queries as fairs
from marketplace.fairs.models import Fair
from marketplace.meetings import day_notices, interpreters
from marketplace.meetings.models import Absence, Meeting, MeetingPerson, MeetingStatus, Origin, Standby
from marketplace.organizations.models import Membership, Organization, Status
from marketplace.venue import booking
from marketplace.venue.models import Booking
from marketplace.venue.rules import quarter

OFFER = timedelta(minutes=5)
"""How long a free time is offered to one organisation before the next is asked."""
LEAST = timedelta(minutes=5)
"""With less than this left, nobody is asked to come."""
MOST_WAITING = 20


class OfferOver(DomainError):
    """The time was taken back, given to the next one, or is over."""

    slug, title = "offer-over", _l("The offer is over")
    text = _l("This time is no longer offered to you: five minutes have passed, or it is over. You keep your place in the list.")


def waiting() -> tuple[ColumnElement[bool], ...]:
    """The places in lists that still stand: those of a fair that is over do not, whether or not that was noted yet."""
    return (Standby.ended_at.is_(None), Standby.meeting_id.is_(None), ~_over())


def _over() -> ColumnElement[bool]:
    """Wherever on earth the fair is, its last day has passed."""
    return Standby.fair_id.in_(select(Fair.id).where(Fair.closes_on < (now() - timedelta(hours=12)).date()))


def end_lists() -> None:
    """The waiting lists of fairs that are over end."""
    over = update(Standby).where(Standby.ended_at.is_(None), Standby.meeting_id.is_(None), _over())
    db.session.execute(over.values(ended_at=now(), offered_until=None), execution_options={"synchronize_session": False})


def own(by: Actor) -> Select[Standby]:
    """What the organisation one acts for waits for."""
    if by.acting is None or not by.acting.approved:
        return select(Standby).where(Standby.id.is_(None))
    return select(Standby).where(Standby.organization_id == by.organization_id, *waiting())


def join(fair_id: UUID, *, organization_id: UUID, topic: str, language: str | None = None, by: Actor) -> Standby:
    """Wait for a time with another organisation that comes free. Raises Forbidden, NotFound, Invalid (oneself, too many), Duplicate."""
    by.require("meetings.write")
    fair, other = fairs.get(fair_id), db.session.get(Organization, organization_id)
    if other is None or other.status is not Status.APPROVED or by.organization_id is None:
        raise NotFound()
    if other.id == by.organization_id:
        raise Invalid.field("organization", "own_organization", gettext("You act for this organisation yourself."))
    # The counts below stay true while two colleagues join at once.
    db.session.scalar(select(Organization.id).where(Organization.id == by.organization_id).with_for_update(key_share=True))
    mine = list(db.session.scalars(own(by).where(Standby.fair_id == fair.id)))
    if any(row.for_organization_id == other.id for row in mine):
        raise Duplicate(gettext("Your organisation waits for them already."))
    if len(mine) >= MOST_WAITING:
        raise Invalid.field("organization", "waiting_enough", gettext("You wait for %(most)s organisations already.", most=MOST_WAITING))
    row = Standby(
        fair_id=fair.id, organization_id=by.organization_id, for_organization_id=other.id, person_id=by.person_id, topic=topic,
        language=language, created_at=now(),
    )  # fmt: skip
    db.session.add(row)
    db.session.flush()
    audit.record("standby.join", f"standby:{row.id}", by=by, fair_id=fair.id)
    return row


def get_own(standby_id: UUID, *, by: Actor, lock: bool = False) -> Standby:
    """Raises NotFound for what is another organisation's, or over."""
    query = own(by).where(Standby.id == standby_id)
    if lock:
        query = query.with_for_update().execution_options(populate_existing=True)
    row = db.session.scalars(query).one_or_none()
    if row is None:
        raise NotFound()
    return row


def leave(standby_id: UUID, *, by: Actor) -> Standby:
    """Wait no longer; an offer goes to the next one. Raises NotFound, Forbidden."""
    return _end(standby_id, "standby.leave", by=by, offered=get_own(standby_id, by=by).offered_meeting_id)


def _end(standby_id: UUID, action: str, *, by: Actor, offered: UUID | None) -> Standby:
    by.require("meetings.write")
    meeting = locked(offered)
    row = get_own(standby_id, by=by, lock=True)
    live = _live(row)
    row.ended_at, row.offered_until = now(), None
    audit.record(action, f"standby:{row.id}", by=by, fair_id=row.fair_id)
    db.session.flush()
    if meeting is not None and live:
        go_on(meeting)
    return row


def pass_on(standby_id: UUID, *, by: Actor) -> Standby:
    """Not now: the time is offered to the next one, and one's own place in the list stays. Raises NotFound, Forbidden, OfferOver."""
    by.require("meetings.write")
    meeting = locked(get_own(standby_id, by=by).offered_meeting_id)
    row = get_own(standby_id, by=by, lock=True)
    if meeting is None or not _live(row) or row.offered_meeting_id != meeting.id:
        raise OfferOver()
    row.offered_until = now()
    audit.record("standby.pass", f"standby:{row.id}", by=by, fair_id=row.fair_id)
    db.session.flush()
    go_on(meeting)
    return row


def locked(meeting_id: UUID | None) -> Meeting | None:
    """Meetings are locked before the rows of who waits for them."""
    return None if meeting_id is None else db.session.get(Meeting, meeting_id, with_for_update=True, populate_existing=True)


def _live(row: Standby) -> bool:
    return row.offered_until is not None and row.offered_until > now()


def go_on(meeting: Meeting) -> Standby | None:
    """Offer what is left of a missed meeting (locked) to whoever waits longest and was not asked yet; free it when nobody is left."""
    moment = now()
    until = min(moment + OFFER, meeting.ends_at)
    if meeting.freed_at is not None or meeting.missed_by_id is None:
        return None
    if meeting.ends_at - moment >= LEAST:
        for row_id in db.session.scalars(_in_order(meeting)):
            one = select(Standby).where(Standby.id == row_id).with_for_update(skip_locked=True)
            row = db.session.scalar(one.execution_options(populate_existing=True))
            if row is None:  # somebody answers for them right now: to wait here could be waiting in a circle; the clock looks again
                return None
            if row.ended_at is not None or _live(row) or row.offered_meeting_id == meeting.id or _busy(row, meeting, moment):
                continue
            row.offered_meeting_id, row.offered_until = meeting.id, until
            audit.record("standby.offer", f"standby:{row.id}", by=None, fair_id=meeting.fair_id)
            day_notices.offered(row, meeting)
            db.session.flush()
            return row
    close(meeting)
    return None


def _in_order(meeting: Meeting) -> Select[UUID]:
    present = meeting.other_side(meeting.missed_by_id) if meeting.missed_by_id else meeting.from_organization_id
    return (
        select(Standby.id)
        .join(Membership, (Membership.person_id == Standby.person_id) & (Membership.organization_id == Standby.organization_id))
        .where(
            Membership.ended_at.is_(None), Standby.fair_id == meeting.fair_id, Standby.for_organization_id == present, Standby.organization_id != meeting.missed_by_id,
            *waiting(), or_(Standby.offered_meeting_id.is_(None), Standby.offered_meeting_id != meeting.id),
        )
        .order_by(Standby.created_at, Standby.id)
    )  # fmt: skip


def _busy(row: Standby, meeting: Meeting, moment: datetime) -> bool:
    """Whether who waits is somewhere else until the end, or their organisation takes no meetings now."""
    key = booking.person_key(row.person_id)
    if booking.occupied([key], _quarter(meeting, moment), meeting.ends_at - timedelta(microseconds=1)):
        return True
    away = select(func.count()).select_from(Absence).where(
        Absence.organization_id == row.organization_id, Absence.person_id.is_(None), Absence.starts_at < meeting.ends_at, Absence.ends_at > moment
    )
    return bool(db.session.scalar(away))


def _quarter(meeting: Meeting, moment: datetime) -> datetime:
    """The quarter of an hour that is running: bookings know no finer time."""
    return max(meeting.starts_at, quarter(moment))


def accept(standby_id: UUID, *, by: Actor) -> Meeting:
    """Take the time that is offered and come oneself: a confirmed meeting at the table where the other side sits, until its end.

    It begins with the running quarter of an hour. Raises NotFound, Forbidden, OfferOver, Taken (one is booked elsewhere)."""
    by.require("meetings.write")
    missed = locked(get_own(standby_id, by=by).offered_meeting_id)
    row = get_own(standby_id, by=by, lock=True)
    moment = now()
    if missed is None or not _live(row) or missed.id != row.offered_meeting_id or missed.freed_at is not None or missed.missed_by_id is None:
        raise OfferOver()
    present = missed.other_side(missed.missed_by_id)
    starts_at = _quarter(missed, moment)
    meeting = Meeting(
        fair_id=missed.fair_id, place_id=missed.place_id, from_organization_id=row.organization_id, to_organization_id=present,
        requested_by=by.person_id, topic=row.topic, origin=Origin.STANDBY, starts_at=starts_at,
        length_minutes=int((missed.ends_at - starts_at) / timedelta(minutes=1)), from_language=row.language,
        to_language=missed.from_language if present == missed.from_organization_id else missed.to_language,
        interpreter_id=missed.interpreter_id, status=MeetingStatus.CONFIRMED, answered_at=moment, created_at=moment,
    )  # fmt: skip
    db.session.add(meeting)
    db.session.flush()
    _take_over(missed, meeting, by=by)
    row.meeting_id, row.ended_at, row.offered_until = meeting.id, moment, None
    audit.record("standby.accept", f"standby:{row.id}", by=by, fair_id=row.fair_id)
    audit.record("meetings.standby", f"meeting:{meeting.id}", by=by, fair_id=row.fair_id)
    day_notices.taken_over(meeting)
    db.session.flush()
    return meeting


def _take_over(missed: Meeting, meeting: Meeting, *, by: Actor) -> None:
    """Table, interpreter and who sits there go from one meeting to the other; who comes is booked. Raises Taken."""
    held = (Booking.holder == f"meeting:{missed.id}", Booking.cell >= meeting.starts_at)
    db.session.execute(update(Booking).where(*held).values(holder=f"meeting:{meeting.id}"), execution_options={"synchronize_session": False})
    close(missed)
    if booking.take([booking.person_key(by.person_id)], meeting.starts_at, minutes=meeting.length_minutes, holder=f"meeting:{meeting.id}"):
        raise booking.Taken(gettext("You are at another appointment then: let a colleague take it."))
    people = db.session.scalars(
        select(MeetingPerson.person_id).where(MeetingPerson.meeting_id == missed.id, MeetingPerson.organization_id == meeting.to_organization_id)
    )
    for organization_id, person_id in [(meeting.from_organization_id, by.person_id), *((meeting.to_organization_id, one) for one in people)]:
        db.session.add(MeetingPerson(meeting_id=meeting.id, organization_id=organization_id, person_id=person_id))
    interpreters.assign(meeting)


def close(missed: Meeting) -> None:
    """Nobody is asked any more: what the missed meeting still holds is free."""
    missed.freed_at = now()
    booking.free(f"meeting:{missed.id}")
    db.session.flush()


def given(missed: Meeting) -> bool:
    """Whether somebody has taken what was left of a missed meeting."""
    return db.session.scalar(select(Standby.id).where(Standby.offered_meeting_id == missed.id, Standby.meeting_id.is_not(None)).limit(1)) is not None


def withdraw_offers(missed: Meeting) -> None:
    """They came after all: who was asked keeps their place and may be asked again."""
    changed = {"offered_meeting_id": None, "offered_until": None}
    db.session.execute(update(Standby).where(Standby.offered_meeting_id == missed.id).values(changed))


def resume(meeting_id: UUID) -> None:
    """The next one is asked, or the time is free, unless somebody was asked since. Harmless to repeat."""
    meeting = locked(meeting_id)
    if meeting is not None and meeting_id in unanswered():
        go_on(meeting)


def unanswered() -> Sequence[UUID]:
    """Missed meetings whose rest is offered to nobody at this moment, and not freed yet."""
    moment = now()
    asked = select(Standby.id).where(Standby.offered_meeting_id == Meeting.id, Standby.offered_until > moment, *waiting())
    query = select(Meeting.id).where(
        Meeting.status == MeetingStatus.NO_SHOW, Meeting.freed_at.is_(None), Meeting.missed_by_id.is_not(None), ~asked.exists()
    )
    return list(db.session.scalars(query.order_by(Meeting.starts_at).limit(50)))
