"""Changing a session after it was announced: moved, late, called off. Whoever does it has seen what breaks; all whom it touches hear once."""

from collections.abc import Collection, Mapping
from datetime import datetime, timedelta
from enum import StrEnum
from uuid import UUID

from marketplace.core import audit
from marketplace.core.access import Actor
from marketplace.core.db import db
from marketplace.core.errors import DomainError, IllegalMove, Stale
from marketplace.core.i18n import gettext
from marketplace.core.i18n import lazy_gettext as _l
from marketplace.core.states import check_move
from marketplace.payments import service as payments
from marketplace.payments.models import Fee, FeeStatus
from marketplace.roadshow import pitching, programme
from marketplace.roadshow.models import SESSION_MOVES, Pitch, Session, SessionStatus
from marketplace.roadshow.running import effects, notices
from marketplace.roadshow.running.effects import Preview
from marketplace.roadshow.running.held import own_holders, slot_at
from marketplace.venue import booking
from marketplace.venue.models import Place


class Repair(StrEnum):
    """What becomes of pitches whose presenter cannot be there: nothing (there are none), another order, or they are given up."""

    NONE = "none"
    ORDER = "order"
    GIVE_UP = "give_up"


class Breaks(DomainError):
    """The change was not shown with what it breaks, or breaks what no repair was chosen for."""

    slug, title = "session-breaks", _l("Something breaks")
    text = _l("Something would break. Choose a repair, or another place or time.")


class SeenOther(Stale):
    """What a change breaks is not what was shown."""

    slug = "seen-other"
    text = _l("What this would break has changed since it was shown. Look again.")


def move(
    session_id: UUID, *, place_id: UUID, starts_at: datetime, repair: Repair = Repair.NONE, seen: str, note: str | None = None, by: Actor
) -> tuple[Session, int]:
    """Move a session with its pitches to another place and time; how many people were told.

    ``seen`` is the fingerprint of the preview (`effects.of_move`). Raises NotFound, Forbidden, Invalid, SeenOther, Breaks, IllegalMove, Taken.
    """
    session = _locked(session_id, by=by)
    preview = effects.of_move(session_id, place_id=place_id, starts_at=starts_at, by=by)
    _check_seen(preview, seen)
    if preview.stops or (preview.broken and repair is Repair.NONE) or (repair is Repair.ORDER and preview.order is None):
        raise Breaks(errors=())
    if (session.place_id, session.starts_at) == (preview.place.id, preview.starts_at):
        raise IllegalMove(gettext("The session is at this place and time already."))
    before = _stood(session, preview)
    given_up = preview.broken if repair is Repair.GIVE_UP else frozenset()
    pitches = list(preview.pitches)
    staying = [pitch for pitch in pitches if pitch.id not in given_up]
    order = preview.order if repair is Repair.ORDER and preview.order is not None else {pitch.id: pitch.position for pitch in staying}
    _book_anew(session, preview, staying, order=order)
    for pitch in pitches:
        if pitch.id in given_up:
            give_up(pitch, by=by)
    session.place_id, session.capacity, session.late_minutes = preview.place.id, min(session.capacity, preview.place.capacity), 0
    audit.record("roadshow.move_session", f"session:{session.id}", by=by, fair_id=session.fair_id, place=str(preview.place.id), starts_at=starts_at.isoformat())
    db.session.flush()
    change = notices.Change(
        what="moved", session=session, fair=preview.fair, place=preview.place, before=before, pitches=preview.heard, given_up=given_up, note=note
    )
    return session, notices.tell(change)


def _book_anew(session: Session, preview: Preview, pitches: Collection[Pitch], *, order: Mapping[UUID, int]) -> None:
    """Have the session and these of its pitches hold the new times instead of what all of them held. Raises SeenOther when somebody
    else has something of it by now."""
    session.ends_at, session.starts_at = preview.ends_at, preview.starts_at
    for pitch in pitches:
        pitch.position = order[pitch.id]
        if pitch.started_at is None:
            pitch.starts_at = slot_at(session, pitch.position, preview.starts_at)
    minutes = int((session.ends_at - session.starts_at) / timedelta(minutes=1))
    wanted = dict.fromkeys(booking.keys([booking.place_key(preview.place.id)], session.starts_at, minutes=minutes), f"session:{session.id}")
    for pitch in pitches:
        wanted |= pitching.seat(pitch, session)
    if booking.rebook(wanted, instead_of=own_holders(session, preview.pitches)):
        raise SeenOther()


def announce_late(session_id: UUID, minutes: int, *, seen: str, note: str | None = None, by: Actor) -> tuple[Session, int]:
    """Say in public that a session begins so many minutes late; 0 takes it back. How many people were told.

    Raises NotFound, Forbidden, IllegalMove (over, or called off), SeenOther."""
    session = _locked(session_id, by=by)
    if session.finished_at is not None or session.late_minutes == minutes:
        raise IllegalMove(gettext("The session is over, or this was announced already."))
    preview = effects.of_late(session_id, minutes, by=by)
    _check_seen(preview, seen)
    before = _stood(session, preview)
    session.late_minutes = minutes
    audit.record("roadshow.announce_late", f"session:{session.id}", by=by, fair_id=session.fair_id, minutes=minutes)
    db.session.flush()
    change = notices.Change(what="late", session=session, fair=preview.fair, place=preview.place, before=before, pitches=preview.heard, note=note, wanted=preview.wanted)
    return session, notices.tell(change)


def call_off(session_id: UUID, *, seen: str, note: str | None = None, by: Actor) -> tuple[Session, int]:
    """Call a session off with its pitches; fees that were paid are given back. What was held stays. How many people were told.

    Raises NotFound, Forbidden, IllegalMove, SeenOther."""
    session = _locked(session_id, by=by)
    preview = effects.of_calling_off(session_id, by=by)
    _check_seen(preview, seen)
    before = _stood(session, preview)
    given_up = frozenset(pitch.id for pitch in preview.pitches if pitch.finished_at is None)
    for pitch in preview.pitches:
        if pitch.id in given_up:
            give_up(pitch, by=by)
        else:
            booking.free(f"pitch:{pitch.id}")
    session.status = check_move(SESSION_MOVES, session.status, SessionStatus.CANCELLED)
    booking.free(f"session:{session.id}")
    audit.record("roadshow.call_off", f"session:{session.id}", by=by, fair_id=session.fair_id)
    db.session.flush()
    change = notices.Change(
        what="called_off", session=session, fair=preview.fair, place=preview.place, before=before, pitches=preview.heard,
        given_up=given_up, note=note,
    )  # fmt: skip
    return session, notices.tell(change)


def give_up(pitch: Pitch, *, by: Actor) -> None:
    """Take a pitch out of the programme: a paid fee is given back, a held one released."""
    if pitch.fee_id is not None:
        fee = db.session.get_one(Fee, pitch.fee_id, with_for_update=True, populate_existing=True)
        if fee.status is FeeStatus.PAID:
            payments.refund(fee.id, by=by)  # frees the pitch through `fee_refunded`
            return
    pitching.cancel(pitch.id, by=by)


def _locked(session_id: UUID, *, by: Actor) -> Session:
    session = programme.get_session(session_id, lock=True)
    by.require("roadshow.manage", fair_id=session.fair_id)
    if session.status is not SessionStatus.SCHEDULED:
        raise IllegalMove(gettext("This session was called off."))
    return session


def _check_seen(preview: Preview, seen: str) -> None:
    if seen != preview.seen:
        raise SeenOther()


def _stood(session: Session, preview: Preview) -> notices.Stood:
    place = db.session.get_one(Place, session.place_id)
    return notices.Stood(place=place, starts_at=session.starts_at, ends_at=session.ends_at)
