"""The presses of a signing show: called, signed, undone within a minute, postponed, brought back."""

from datetime import timedelta
from uuid import UUID
from zoneinfo import ZoneInfo

from marketplace.accounts.models import Person
from marketplace.ceremonies import service
from marketplace.ceremonies.models import ENDS, MOVES, STARTS, Ceremony, CeremonyState, ItemState, Press, RunItem
from marketplace.contracts import service as contracts
from marketplace.core import audit
from marketplace.core.access import Actor
from marketplace.core.clock import now
from marketplace.core.db import db
from marketplace.core.errors import DomainError, IllegalMove
from marketplace.core.i18n import gettext
from marketplace.core.i18n import lazy_gettext as _l
from marketplace.core.states import check_move
from marketplace.fairs.models import Fair
from marketplace.ledger import service as ledger
from marketplace.ledger.models import Status

UNDO_WITHIN = timedelta(seconds=60)


class AlreadyPressed(DomainError):
    """Somebody else was quicker; the sentence says what they did."""

    slug, title = "already-pressed", _l("Somebody else was quicker")
    text = _l("Somebody else pressed on this item meanwhile.")


class TooLateToUndo(DomainError):
    slug, title = "too-late-to-undo", _l("Too late to undo")
    text = _l(
        "A press is taken back within 60 seconds. It stands now: a wrong contract is amended or made void at the contract desk, with a reason."
    )


class NotRunning(DomainError):
    slug, title = "ceremony-not-running", _l("The ceremony is not running")
    text = _l("Items are called and signed while the ceremony runs: start it first.")


class OneAtATime(DomainError):
    slug, title = "another-called", _l("Another item is called")
    text = _l("Another item is called already: press signed or postpone it first.")


def press(ceremony_id: UUID, item_id: UUID, what: Press, *, by: Actor) -> RunItem:
    """One press on one item. *Signed* lets its contract into the public views, *undo* takes it out again within 60 seconds
    of the server's clock.

    The same press of the same person again changes nothing. Raises NotFound, Forbidden, AlreadyPressed, TooLateToUndo,
    NotRunning, OneAtATime, IllegalMove (also for a void contract), and what `ledger.service.hold` refuses.
    """
    ceremony = service.locked(ceremony_id, by=by)
    item = service.item_of(ceremony, item_id)
    if item.last_press is what and item.pressed_by == by.person_id:
        return item
    if item.state not in STARTS[what]:
        raise _refusal(ceremony, item, what, by=by)
    end = check_move(MOVES, item.state, ENDS[what])
    if ceremony.state is not CeremonyState.RUNNING and what not in {Press.POSTPONE, Press.RESTORE}:
        raise NotRunning()
    _apply(ceremony, item, what, by=by)
    start, item.state, item.last_press = item.state, end, what
    item.pressed_at, item.pressed_by = now(), by.person_id
    audit.record(
        f"ceremonies.{what.value}", f"run-item:{item.id}", by=by, fair_id=ceremony.fair_id, contract=str(item.contract_id),
        start=start.value, end=end.value,
    )  # fmt: skip
    db.session.flush()  # the answer names the new version
    return item


def undo_ends(item: RunItem) -> float:
    """Seconds in which a signed item's press may still be taken back; 0 when it stands."""
    if item.state is not ItemState.SIGNED or item.pressed_at is None:
        return 0.0
    return max(0.0, (item.pressed_at + UNDO_WITHIN - now()).total_seconds())


def _apply(ceremony: Ceremony, item: RunItem, what: Press, *, by: Actor) -> None:
    """What a press needs and does besides the item itself."""
    if what is Press.CALL and any(other.state is ItemState.CALLED for other in service.items_of(ceremony)):
        raise OneAtATime()
    if what not in {Press.CALL, Press.SIGN, Press.UNDO}:
        return
    contract = contracts.show(item.contract_id, by=by, lock=True).contract
    if what is Press.UNDO and not undo_ends(item):
        raise TooLateToUndo()
    if contract.status is Status.VOID and what is not Press.UNDO:
        raise IllegalMove(gettext("A void contract is not signed on stage."))
    if what is Press.CALL:
        return
    fair = service.open_fair(ceremony.fair_id)
    change = ledger.release if what is Press.SIGN else ledger.hold
    change(fair, item.contract_id, by=by)


def _refusal(ceremony: Ceremony, item: RunItem, what: Press, *, by: Actor) -> DomainError:
    """Why a press does not fit any more: somebody else's press, or a state that never had it."""
    if item.pressed_by is None or item.pressed_by == by.person_id or item.pressed_at is None:
        return IllegalMove(start=item.state.value, end=ENDS[what].value)
    person, fair = db.session.get(Person, item.pressed_by), db.session.get_one(Fair, ceremony.fair_id)
    return AlreadyPressed(
        gettext(
            "%(name)s pressed “%(press)s” at %(time)s: it is “%(state)s” now.", name=person.name if person else "–",
            press=words()["press"][item.last_press or what], time=f"{item.pressed_at.astimezone(ZoneInfo(fair.time_zone)):%H:%M:%S}",
            state=words()["state"][item.state],
        )
    )  # fmt: skip


def words() -> dict[str, dict[str, str]]:
    """What states and presses are called, in the reader's language."""
    return {
        "state": {"ready": gettext("ready"), "called": gettext("called"), "signed": gettext("signed on stage"), "postponed": gettext("postponed")},
        "press": {
            "call": gettext("Call"), "back": gettext("Take the call back"), "sign": gettext("Signed"), "undo": gettext("Undo"),
            "postpone": gettext("Postpone"), "restore": gettext("Back on the list"),
        },
        "ceremony": {"planned": gettext("planned"), "running": gettext("running"), "over": gettext("over")},
    }  # fmt: skip
