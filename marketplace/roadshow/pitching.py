"""Pitch slots: booked, held until the fee is paid, confirmed, given up."""

from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import and_, or_, select
from uuid_utils.compat import uuid7

from marketplace.core import audit
from marketplace.core.access import Actor
from marketplace.core.clock import now
from marketplace.core.db import db
from marketplace.core.errors import DomainError, Duplicate, Forbidden, NotFound
from marketplace.core.i18n import gettext
from marketplace.core.i18n import lazy_gettext as _l
from marketplace.core.states import check_move
from marketplace.fairs import queries as fairs
from marketplace.listings.models import EntryStatus, FairEntry, Kind, Listing
from marketplace.payments import service as payments
from marketplace.payments.events import fee_paid, fee_refunded, fee_released
from marketplace.payments.models import Fee, FeeStatus
from marketplace.roadshow import notices, programme, queries
from marketplace.roadshow.calls.models import Application, PitchCall, Status
from marketplace.roadshow.models import PITCH_MOVES, Pitch, PitchStatus, Session, SessionStatus
from marketplace.venue import booking
from marketplace.venue.rooms import Key


class Full(DomainError):
    """Every pitch slot of the session is taken, or it takes none."""

    slug, title = "session-full", _l("No slot left")
    text = _l("Every pitch slot of this session is taken. A hold that is not paid within the hour becomes free again.")


class Over(DomainError):
    """The session has begun or was called off."""

    slug, title = "session-over", _l("Too late")
    text = _l("This session has begun or was called off: nothing can be booked in it any more.")


class CallFirst(DomainError):
    """The fair's call for pitches fills the session."""

    slug, title = "call-first", _l("These slots are given by the call for pitches")
    text = _l("Slots without a price go to those whom the call of this fair chooses, until each of them has one. Apply there, or book a slot that has a price.")


class Paid(DomainError):
    """A paid pitch is given up by giving its fee back."""

    slug, title = "pitch-paid", _l("This pitch is paid")
    text = _l("This pitch is paid. Ask the fair's manager to give the fee back; the slot becomes free with it.")


def is_open(session: Session) -> bool:
    """Whether slots can still be booked in it."""
    return session.status is SessionStatus.SCHEDULED and session.starts_at > now()


def is_kept_for_call(session: Session) -> bool:
    """Whether its slots cost nothing and wait for the fair's call: somebody is undecided there, or chosen without a slot."""
    if session.price_minor is not None:
        return False
    unplaced = and_(Application.status == Status.SELECTED, Application.pitch_id.is_(None))
    waiting = (
        select(Application.id)
        .join(PitchCall, PitchCall.id == Application.call_id)
        .where(PitchCall.fair_id == session.fair_id, or_(Application.status == Status.SUBMITTED, unplaced))
    )
    return db.session.scalar(waiting.limit(1)) is not None


def slot_starts(session: Session, position: int) -> datetime:
    """When the slot begins; positions count from 1."""
    return session.starts_at + timedelta(minutes=(position - 1) * session.slot_minutes)


def book(session_id: UUID, *, achievement_id: UUID, position: int | None = None, by: Actor) -> Pitch:
    """Take a slot for one's own published achievement: held until its fee is paid, or confirmed at once where it is free.

    ``position`` counts from 1; None takes the first free one. The person who books presents, and is booked for that time.
    Raises Forbidden, NotFound, Over, CallFirst, Full, Taken, Duplicate, PaymentOff."""
    by.require("roadshow.pitch")
    session = programme.get_session(session_id, lock=True)
    if not is_open(session):
        raise Over()
    if is_kept_for_call(session):
        raise CallFirst()
    _check_achievement(achievement_id, session=session, by=by)
    position = _position(session, position)
    pitch = Pitch(
        id=uuid7(), session_id=session.id, position=position, length_minutes=session.slot_minutes, achievement_id=achievement_id,
        starts_at=slot_starts(session, position),
        organization_id=by.organization_id, person_id=by.person_id, status=PitchStatus.HELD, created_at=now(),
    )  # fmt: skip
    _book(pitch, session)
    if session.price_minor is not None and session.currency is not None:
        title_en, title_zh = _description(session, pitch)
        fee = payments.hold(
            f"pitch_slot:{pitch.id}", fair_id=session.fair_id, description_en=title_en, description_zh=title_zh,
            amount_minor=session.price_minor, currency=session.currency, by=by,
        )  # fmt: skip
        pitch.fee_id = fee.id
    else:
        pitch.status = PitchStatus.CONFIRMED
    db.session.add(pitch)
    db.session.flush()
    audit.record("roadshow.book_pitch", f"pitch:{pitch.id}", by=by, fair_id=session.fair_id, position=position)
    return pitch


def _check_achievement(achievement_id: UUID, *, session: Session, by: Actor) -> None:
    """One's own, published at this fair, and not in this session yet. Raises NotFound, Duplicate."""
    query = (
        select(Listing.id)
        .join(FairEntry, FairEntry.listing_id == Listing.id)
        .where(
            Listing.id == achievement_id, Listing.kind == Kind.ACHIEVEMENT, Listing.organization_id == by.organization_id,
            FairEntry.fair_id == session.fair_id, FairEntry.status == EntryStatus.PUBLISHED,
        )
    )  # fmt: skip
    if db.session.scalar(query) is None:
        raise NotFound(gettext("There is no published achievement of yours with this id at this fair."))
    twice = select(Pitch.id).where(
        Pitch.session_id == session.id, Pitch.achievement_id == achievement_id, Pitch.status != PitchStatus.CANCELLED
    )
    if db.session.scalar(twice.limit(1)) is not None:
        raise Duplicate(gettext("This achievement has a slot in this session already."))


def _position(session: Session, position: int | None) -> int:
    """The slot asked for, or the first free one. Raises Full, NotFound (no such slot)."""
    if position is not None:
        if not 1 <= position <= session.slots:
            raise NotFound(gettext("This session has %(slots)s pitch slots.", slots=session.slots))
        return position
    free = queries.free_positions(session)
    if not free:
        raise Full()
    return free[0]


def seat(pitch: Pitch, session: Session) -> dict[Key, str]:
    """What a pitch holds: its slot, and the time of who presents."""
    slot = booking.keys([booking.slot_key(session.id, pitch.position)], session.starts_at, minutes=15)
    person = booking.keys([booking.person_key(pitch.person_id)], slot_starts(session, pitch.position), minutes=pitch.length_minutes)
    return dict.fromkeys([*slot, *person], f"pitch:{pitch.id}")


def _book(pitch: Pitch, session: Session) -> None:
    taken, slot = booking.rebook(seat(pitch, session)), booking.slot_key(session.id, pitch.position)
    if not taken:
        return
    if slot in taken and not queries.free_positions(session):
        raise Full()
    numbers = ", ".join(str(number) for number in queries.free_positions(session)[:3])
    what = gettext("the pitch slot") if slot in taken else gettext("you")
    raise booking.Taken(gettext("Already taken at this time: %(what)s. Free slots: %(slots)s.", what=what, slots=numbers or "–"))


def _description(session: Session, pitch: Pitch) -> tuple[str, str]:
    title_en, title_zh = session.title_en or session.title_zh or "", session.title_zh or session.title_en or ""
    minutes = pitch.length_minutes
    return f"Pitch slot {pitch.position}, {minutes} min: {title_en}", f"路演席位 {pitch.position}，{minutes} 分钟：{title_zh}"


def cancel(pitch_id: UUID, *, by: Actor) -> Pitch:
    """Give up a pitch: one's own, or as the fair's manager anyone's. A hold is released with its fee.

    Raises NotFound, Forbidden, IllegalMove, Paid."""
    pitch = db.session.get(Pitch, pitch_id)
    if pitch is None:
        raise NotFound()
    session = programme.get_session(pitch.session_id)
    if not by.may("roadshow.manage", fair_id=session.fair_id) and pitch.organization_id != by.organization_id:
        raise NotFound()
    if not by.may("roadshow.manage", fair_id=session.fair_id) and not by.may("roadshow.pitch"):
        raise Forbidden()
    if pitch.fee_id is not None:
        fee = db.session.get_one(Fee, pitch.fee_id, with_for_update=True, populate_existing=True)
        if fee.status is FeeStatus.PAID:
            raise Paid()
        if fee.status is FeeStatus.HELD:
            payments.release(fee.id, by=by)  # frees the pitch through `fee_released`
            return pitch
    _free(_locked(pitch.id), by=by, fair_id=session.fair_id)
    return pitch


def _locked(pitch_id: UUID) -> Pitch:
    return db.session.get_one(Pitch, pitch_id, with_for_update=True, populate_existing=True)


def _free(pitch: Pitch, *, by: Actor | None, fair_id: UUID) -> None:
    pitch.status = check_move(PITCH_MOVES, pitch.status, PitchStatus.CANCELLED)
    booking.free(f"pitch:{pitch.id}")
    audit.record("roadshow.cancel_pitch", f"pitch:{pitch.id}", by=by, fair_id=fair_id)


def _of_fee(fee: Fee) -> Pitch | None:
    return db.session.scalar(select(Pitch).where(Pitch.fee_id == fee.id).with_for_update().execution_options(populate_existing=True))


@fee_paid.connect
def confirm(fee: Fee) -> None:
    """The fee of a pitch was paid in time: the slot is theirs, and they are told, once."""
    pitch = _of_fee(fee)
    if pitch is None:
        return
    pitch.status = check_move(PITCH_MOVES, pitch.status, PitchStatus.CONFIRMED)
    audit.record("roadshow.confirm_pitch", f"pitch:{pitch.id}", by=None, fair_id=fee.fair_id)
    notices.pitch_confirmed(pitch, fairs.get(fee.fair_id))


@fee_released.connect
@fee_refunded.connect
def give_up(fee: Fee) -> None:
    """The fee was not paid, or is given back: the slot is free again."""
    pitch = _of_fee(fee)
    if pitch is not None and pitch.status is not PitchStatus.CANCELLED:
        _free(pitch, by=None, fair_id=fee.fair_id)
