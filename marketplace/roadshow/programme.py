"""The programme of a fair: its sessions, and what a pitch slot costs. Written by the fair's managers."""

from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import select

from marketplace.core import audit
from marketplace.core.access import Actor
from marketplace.core.clock import now
from marketplace.core.db import db
from marketplace.core.errors import DomainError, Invalid, NotFound
from marketplace.core.i18n import gettext
from marketplace.core.i18n import lazy_gettext as _l
from marketplace.core.states import check_move
from marketplace.fairs import queries as fairs
from marketplace.payments import service as payments
from marketplace.roadshow.models import SESSION_MOVES, Pitch, PitchStatus, Session, SessionStatus
from marketplace.venue import booking
from marketplace.venue import service as venue


class HasPitches(DomainError):
    """A session with pitches is not called off over their heads."""

    slug, title = "session-has-pitches", _l("Pitches are booked here")
    text = _l("Pitches are booked in this session: cancel them, or give their fees back, first.")


def check_ahead(starts_at: datetime) -> None:
    """Nobody can come to what has begun: for those who announce a session, not for those who write down an earlier fair. Raises Invalid."""
    if starts_at <= now():
        raise Invalid.field("starts_at", "passed", gettext("This time has passed."))


def schedule(fair_id: UUID, *, place_id: UUID, starts_at: datetime, ends_at: datetime, by: Actor, **facts: Any) -> Session:
    """A session, with its place booked for all of it.

    ``facts``: title_en, title_zh, capacity, slots, slot_minutes, price_minor, currency. Raises Forbidden, Invalid, NotFound, Taken."""
    by.require("roadshow.manage", fair_id=fair_id)
    fair = fairs.get(fair_id)
    place = venue.get_place(place_id, fair_id=fair_id)
    venue.check_times(starts_at, ends_at, fair)
    minutes = int((ends_at - starts_at) / timedelta(minutes=1))
    if facts["capacity"] > place.capacity:
        raise Invalid.field("capacity", "capacity", gettext("This place holds at most %(most)s people.", most=place.capacity))
    if facts["slots"] * facts["slot_minutes"] > minutes:
        raise Invalid.field("slots", "slots", gettext("These pitches need more time than the session has."))
    if facts["price_minor"] is not None:
        payments.check_chargeable(facts["price_minor"], facts["currency"])
    session = Session(
        fair_id=fair_id, place_id=place_id, starts_at=starts_at, ends_at=ends_at, status=SessionStatus.SCHEDULED, created_at=now(), **facts
    )
    db.session.add(session)
    db.session.flush()
    holder = f"session:{session.id}"
    taken = booking.take([booking.place_key(place_id)], starts_at, minutes=minutes, holder=holder)
    if taken:
        raise booking.clash(taken, starts_at, minutes=minutes, fair=fair, places=booking.similar(place), people=[], holder=holder)
    audit.record("roadshow.schedule", f"session:{session.id}", by=by, fair_id=fair_id)
    return session


def get_session(session_id: UUID, *, lock: bool = False) -> Session:
    """Any session: the programme is public. Raises NotFound."""
    query = select(Session).where(Session.id == session_id)
    session = db.session.scalar(query.with_for_update() if lock else query)
    if session is None:
        raise NotFound()
    return session


def set_price(session_id: UUID, *, price_minor: int | None, currency: str | None, by: Actor) -> Session:
    """What a pitch slot costs from now on; None makes it free. Fees already asked for stay. Raises NotFound, Forbidden, Invalid."""
    session = get_session(session_id, lock=True)
    by.require("roadshow.manage", fair_id=session.fair_id)
    if price_minor is not None and currency is not None:
        payments.check_chargeable(price_minor, currency)
    session.price_minor, session.currency = price_minor, currency if price_minor is not None else None
    audit.record("roadshow.set_price", f"session:{session.id}", by=by, fair_id=session.fair_id, price_minor=price_minor, currency=currency)
    db.session.flush()  # the answer carries the new version
    return session


def call_off(session_id: UUID, *, by: Actor) -> Session:
    """Cancel a session without pitches and free its place. Raises NotFound, Forbidden, IllegalMove, HasPitches."""
    session = get_session(session_id, lock=True)
    by.require("roadshow.manage", fair_id=session.fair_id)
    pitches = select(Pitch.id).where(Pitch.session_id == session.id, Pitch.status != PitchStatus.CANCELLED)
    if db.session.scalar(pitches.limit(1)) is not None:
        raise HasPitches()
    session.status = check_move(SESSION_MOVES, session.status, SessionStatus.CANCELLED)
    booking.free(f"session:{session.id}")
    audit.record("roadshow.call_off", f"session:{session.id}", by=by, fair_id=session.fair_id)
    return session
