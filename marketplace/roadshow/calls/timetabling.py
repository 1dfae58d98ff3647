"""The timetable: chosen applications get slots, pitches move and change places, and the last change is taken back.

What is placed is held for its presenter at once; it is public, and the presenter hears of it, when the manager tells all of them.
What is public changes for the public and for its presenter with the change itself.
"""

from collections.abc import Collection, Sequence
from uuid import UUID

from sqlalchemy import func, or_, select
from uuid_utils.compat import uuid7

from marketplace.core import audit
from marketplace.core.access import Actor
from marketplace.core.clock import now
from marketplace.core.db import db
from marketplace.core.errors import DomainError, NotFound, Stale
from marketplace.core.i18n import gettext
from marketplace.core.i18n import lazy_gettext as _l
from marketplace.core.states import check_move
from marketplace.payments.models import Fee
from marketplace.roadshow import pitching, queries
from marketplace.roadshow.calls import calling, clashes, publishing
from marketplace.roadshow.calls.clashes import Slot
from marketplace.roadshow.calls.models import Application, Deed, Status, TimetableChange
from marketplace.roadshow.models import PITCH_MOVES, Pitch, PitchStatus, Session
from marketplace.venue import booking, conflicts

Place = tuple[UUID, int]
"""A session and the number of a slot in it."""
Step = tuple[Pitch, Place | None, Place | None]
"""A pitch, from where and to where; None is the list of those without a slot."""


class NotChosen(DomainError):
    """Only what was chosen and has no slot yet is placed."""

    slug, title = "application-not-to-be-placed", _l("Not to be placed")
    text = _l("Only an application that was chosen and has no slot yet is put into the timetable.")


class BookedDirectly(DomainError):
    """A slot that an organisation booked itself is given up by it, or with its fee."""

    slug, title = "pitch-booked-directly", _l("They booked this slot themselves")
    text = _l("This slot was booked, not given: it can be moved, but not taken out.")


class OtherPrice(DomainError):
    """A pitch with a fee goes only where a slot costs as much."""

    slug, title = "pitch-other-price", _l("Another price")
    text = _l("A fee belongs to this pitch, and a slot there costs something else. Give the fee back first, or choose a session of the same price.")


class NothingToUndo(DomainError):
    """No change of the timetable is left to be taken back."""

    slug, title = "nothing-to-undo", _l("Nothing to take back")
    text = _l("There is no change of the timetable to take back.")


def place(application_id: UUID, session_id: UUID, position: int, *, accept_warnings: bool = False, by: Actor) -> Pitch:
    """Give a chosen application a slot, free of charge: held until `publishing.publish`.

    Raises NotFound, Over, NotChosen, Blocked, Warned, Taken."""
    slot = Slot(_sessions({session_id}, by=by)[session_id], position)
    application = db.session.get(Application, application_id, with_for_update=True, populate_existing=True)
    if application is None or calling.get(application.call_id).fair_id != slot.session.fair_id:
        raise NotFound()
    if application.status is not Status.SELECTED or _has_slot(application):
        raise NotChosen()
    pitch = _new_pitch(application, slot)
    conflicts.settle(clashes.of(pitch, slot, application=application), accept_warnings=accept_warnings)
    _book([(pitch, slot)])
    db.session.add(pitch)
    db.session.flush()
    application.pitch_id = pitch.id
    _note(Deed.PLACE, [(pitch, None, slot.key)], fair_id=slot.session.fair_id, by=by)
    return pitch


def move(pitch_id: UUID, session_id: UUID, position: int, *, accept_warnings: bool = False, by: Actor) -> Pitch:
    """Give a pitch another slot that is free, of the same session or another one of its price. Raises NotFound, Over, OtherPrice, Blocked, Warned, Taken."""
    pitches, sessions = _pitches({pitch_id}, more={session_id}, by=by)
    pitch, slot = pitches[pitch_id], Slot(sessions[session_id], position)
    before = (pitch.session_id, pitch.position)
    if before == slot.key:
        return pitch
    _check_price(pitch, slot.session)
    conflicts.settle(clashes.of(pitch, slot, application=application_of(pitch)), accept_warnings=accept_warnings)
    _put(pitch, slot)
    _book([(pitch, slot)])
    _note(Deed.MOVE, [(pitch, before, slot.key)], fair_id=slot.session.fair_id, by=by, public=_announced([pitch]))
    return pitch


def swap(pitch_id: UUID, other_id: UUID, *, accept_warnings: bool = False, by: Actor) -> tuple[Pitch, Pitch]:
    """Let two pitches of a fair change their slots. Raises NotFound, Over, OtherPrice, Blocked, Warned, Taken."""
    pitches, sessions = _pitches({pitch_id, other_id}, by=by)
    pitch, other = pitches[pitch_id], pitches[other_id]
    here, there = (Slot(sessions[each.session_id], each.position) for each in (pitch, other))
    for each, slot in ((pitch, there), (other, here)):
        _check_price(each, slot.session)
    conflicts.settle([
        *clashes.of(pitch, there, application=application_of(pitch), beside=other),
        *clashes.of(other, here, application=application_of(other), beside=pitch),
    ], accept_warnings=accept_warnings)  # fmt: skip
    for each, slot in ((pitch, there), (other, here)):
        _put(each, slot)
    _book([(pitch, there), (other, here)])
    _note(Deed.SWAP, [(pitch, here.key, there.key), (other, there.key, here.key)], fair_id=here.session.fair_id, by=by, public=_announced([pitch, other]))
    return pitch, other


def take_out(pitch_id: UUID, *, accept_warnings: bool = False, by: Actor) -> Pitch:
    """Take a pitch that was given its slot out of the timetable; its application waits for another slot.

    Raises NotFound, Over, BookedDirectly, Warned (it is public)."""
    pitches, sessions = _pitches({pitch_id}, by=by)
    pitch = pitches[pitch_id]
    if application_of(pitch) is None:
        raise BookedDirectly()
    fair_id, public = sessions[pitch.session_id].fair_id, _announced([pitch])
    conflicts.settle(clashes.of_taking_out(pitch, fair_id=fair_id), accept_warnings=accept_warnings)
    pitch.status = check_move(PITCH_MOVES, pitch.status, PitchStatus.CANCELLED)
    booking.free(f"pitch:{pitch.id}")
    _note(Deed.TAKE_OUT, [(pitch, (pitch.session_id, pitch.position), None)], fair_id=fair_id, by=by, public=public)
    return pitch


def undo(fair_id: UUID, *, by: Actor) -> Deed:
    """Take the last change of a fair's timetable back that nobody has heard of: what was told stands until it is changed anew.

    What came in its way meanwhile stops it; warnings were accepted before.

    Returns what was taken back. Raises Forbidden, NothingToUndo, NotFound, NotChosen, Over, Blocked, Taken."""
    by.require("roadshow.manage", fair_id=fair_id)
    batch = last_batch(fair_id)
    if not batch:
        raise NothingToUndo()
    _take_back(batch, by=by)
    moment = now()
    for each in (*batch, *last_batch(fair_id)):
        each.undone_at = each.told_at = moment  # nobody heard of the change, so nobody needs to hear that it was taken back
    db.session.flush()
    return batch[0].deed


def _take_back(batch: Sequence[TimetableChange], *, by: Actor) -> None:
    change, pitch_id = batch[0], _pitch_of(batch[0])
    if change.deed is Deed.PLACE:
        take_out(pitch_id, accept_warnings=True, by=by)
    elif change.deed is Deed.SWAP:
        swap(pitch_id, _pitch_of(batch[1]), accept_warnings=True, by=by)
    elif change.from_session_id is not None and change.from_position is not None:
        back = (change.from_session_id, change.from_position)
        if change.deed is Deed.TAKE_OUT and change.application_id is not None:
            place(change.application_id, *back, accept_warnings=True, by=by)
        else:
            move(pitch_id, *back, accept_warnings=True, by=by)


def _pitch_of(change: TimetableChange) -> UUID:
    """The pitch as it is now: an application that was taken out and placed again has another one."""
    application = db.session.get(Application, change.application_id) if change.application_id else None
    return application.pitch_id if application is not None and application.pitch_id is not None else change.pitch_id


def last_batch(fair_id: UUID) -> list[TimetableChange]:
    """The last change of a fair's timetable that can be taken back: both rows of two pitches that changed places, else one, or none.

    Nothing is that lies before a change somebody has heard of."""
    heard = select(TimetableChange.id).where(
        TimetableChange.fair_id == fair_id, TimetableChange.told_at.is_not(None), TimetableChange.undone_at.is_(None)
    )
    last_heard = db.session.scalar(heard.order_by(TimetableChange.id.desc()).limit(1))
    query = (
        select(TimetableChange.batch_id)
        .outerjoin(Application, Application.id == TimetableChange.application_id)
        .join(Pitch, Pitch.id == func.coalesce(Application.pitch_id, TimetableChange.pitch_id))
        .where(
            TimetableChange.fair_id == fair_id, TimetableChange.undone_at.is_(None),
            or_(TimetableChange.deed == Deed.TAKE_OUT, Pitch.status != PitchStatus.CANCELLED),
        )
        .order_by(TimetableChange.id.desc())
        .limit(1)
    )  # fmt: skip
    if last_heard is not None:
        query = query.where(TimetableChange.id > last_heard)
    batch_id = db.session.scalar(query)
    if batch_id is None:
        return []
    return list(db.session.scalars(select(TimetableChange).where(TimetableChange.batch_id == batch_id).order_by(TimetableChange.id)))


def _sessions(session_ids: Collection[UUID], *, by: Actor) -> dict[UUID, Session]:
    """Locked, in one order everywhere. Raises NotFound (also for the sessions of another's fair), Over."""
    query = select(Session).where(Session.id.in_(session_ids)).order_by(Session.id).with_for_update()
    found = {session.id: session for session in db.session.scalars(query.execution_options(populate_existing=True))}
    fairs_of = {session.fair_id for session in found.values()}
    if len(found) != len(set(session_ids)) or len(fairs_of) != 1 or not by.may("roadshow.manage", fair_id=fairs_of.pop()):
        raise NotFound()
    if not all(pitching.is_open(session) for session in found.values()):
        raise pitching.Over()
    return found


def _pitches(pitch_ids: Collection[UUID], *, more: Collection[UUID] = (), by: Actor) -> tuple[dict[UUID, Pitch], dict[UUID, Session]]:
    """Pitches that stand, with their sessions and ``more`` sessions, all locked. Raises NotFound, Over, Stale (moved meanwhile)."""
    at = dict(db.session.execute(select(Pitch.id, Pitch.session_id).where(Pitch.id.in_(pitch_ids))).all())
    if len(at) != len(set(pitch_ids)):
        raise NotFound()
    sessions = _sessions({*at.values(), *more}, by=by)
    query = select(Pitch).where(Pitch.id.in_(pitch_ids), Pitch.status != PitchStatus.CANCELLED).order_by(Pitch.id).with_for_update()
    found = {pitch.id: pitch for pitch in db.session.scalars(query.execution_options(populate_existing=True))}
    if len(found) != len(at):
        raise NotFound()
    if any(pitch.session_id != at[pitch.id] for pitch in found.values()):
        raise Stale()
    return found, sessions


def managed_pitch(pitch_id: UUID, *, by: Actor) -> Pitch:
    """A pitch that stands at a fair that one manages. Raises NotFound, Over."""
    return _pitches({pitch_id}, by=by)[0][pitch_id]


def application_of(pitch: Pitch) -> Application | None:
    """The application that a pitch was given its slot for; None where it was booked."""
    return db.session.scalar(select(Application).where(Application.pitch_id == pitch.id))


def _has_slot(application: Application) -> bool:
    if application.pitch_id is None:
        return False
    return db.session.get_one(Pitch, application.pitch_id, with_for_update=True).status is not PitchStatus.CANCELLED


def _new_pitch(application: Application, slot: Slot) -> Pitch:
    pitch = Pitch(
        id=uuid7(), achievement_id=application.achievement_id, organization_id=application.organization_id, person_id=application.person_id,
        fee_id=None, status=PitchStatus.HELD, created_at=now(),
    )  # fmt: skip
    _put(pitch, slot)
    return pitch


def _announced(pitches: Collection[Pitch]) -> list[UUID]:
    return [pitch.id for pitch in pitches if queries.is_announced(pitch)]


def _check_price(pitch: Pitch, session: Session) -> None:
    """What a presenter pays for stays what they get. Raises OtherPrice."""
    if pitch.fee_id is None or pitch.session_id == session.id:
        return
    fee = db.session.get_one(Fee, pitch.fee_id)
    if (fee.amount_minor, fee.currency) != (session.price_minor, session.currency):
        raise OtherPrice()


def _put(pitch: Pitch, slot: Slot) -> None:
    pitch.session_id, pitch.position = slot.session.id, slot.position
    pitch.starts_at, pitch.length_minutes = slot.starts_at, slot.session.slot_minutes


def _book(seats: Sequence[tuple[Pitch, Slot]]) -> None:
    """Have these pitches hold these slots instead of what they had. The table of bookings decides, whatever was seen before. Raises Taken."""
    wanted = {key: holder for pitch, slot in seats for key, holder in pitching.seat(pitch, slot.session).items()}
    taken = booking.rebook(wanted, instead_of=[f"pitch:{pitch.id}" for pitch, _ in seats])
    if taken:
        session = seats[0][1].session
        numbers = ", ".join(str(number) for number in queries.free_positions(session)[:3])
        what = gettext("the presenter") if taken[0].startswith("person:") else gettext("the pitch slot")
        raise booking.Taken(gettext("Already taken at this time: %(what)s. Free slots: %(slots)s.", what=what, slots=numbers or "–"))


def _note(deed: Deed, steps: Sequence[Step], *, fair_id: UUID, by: Actor, public: Collection[UUID] = ()) -> None:
    """Keep what was done. The presenters of the ``public`` pitches hear of it now, the others with the next publication."""
    batch_id, moment = uuid7(), now()
    for pitch, before, after in steps:
        application = application_of(pitch)
        db.session.add(TimetableChange(
            id=uuid7(), batch_id=batch_id, fair_id=fair_id, deed=deed, pitch_id=pitch.id, application_id=application.id if application else None,
            from_session_id=before[0] if before else None, from_position=before[1] if before else None,
            to_session_id=after[0] if after else None, to_position=after[1] if after else None, made_by=by.person_id, at=moment,
        ))  # fmt: skip
        audit.record(
            "roadshow.arrange", f"pitch:{pitch.id}", by=by, fair_id=fair_id, deed=deed.value, session=str(after[0]) if after else None,
            position=after[1] if after else None,
        )  # fmt: skip
    db.session.flush()
    for pitch, before, _ in steps:
        if pitch.id in public:
            publishing.tell_at_once(pitch, before, fair_id=fair_id)
