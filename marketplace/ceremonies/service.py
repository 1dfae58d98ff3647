"""Ceremonies and their run lists: planned, ordered, cleared. A contract on a list is held out of every public view."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import func, select

from marketplace.ceremonies.models import CEREMONY_MOVES, BoardTarget, Ceremony, CeremonyState, ItemState, RunItem
from marketplace.contracts import service as contracts
from marketplace.contracts.models import Contract
from marketplace.core import audit
from marketplace.core.access import Actor
from marketplace.core.clock import now
from marketplace.core.db import db
from marketplace.core.errors import Duplicate, Forbidden, IllegalMove, Invalid, NotFound
from marketplace.core.i18n import gettext
from marketplace.core.states import check_move
from marketplace.fairs.models import Fair
from marketplace.ledger import service as ledger
from marketplace.ledger.models import Status

MOST_ITEMS = 200


def plan(fair: Fair, *, title_en: str | None, title_zh: str | None, starts_at: datetime, by: Actor) -> Ceremony:
    """A new ceremony with an empty run list. Raises Forbidden."""
    by.require("ceremonies.run", fair_id=fair.id)
    ceremony = Ceremony(
        fair_id=fair.id, title_en=title_en, title_zh=title_zh, starts_at=starts_at, state=CeremonyState.PLANNED, created_at=now()
    )
    db.session.add(ceremony)
    db.session.flush()
    _record("plan", ceremony, by=by)
    return ceremony


def get(ceremony_id: UUID, *, by: Actor) -> Ceremony:
    """A ceremony of a fair that this person works for. Raises NotFound."""
    ceremony = db.session.get(Ceremony, ceremony_id)
    if ceremony is None or not by.may("ceremonies.read", fair_id=ceremony.fair_id):
        raise NotFound()
    return ceremony


def locked(ceremony_id: UUID, *, by: Actor) -> Ceremony:
    """The ceremony, locked: whoever changes its list or presses on it waits for the other. Raises NotFound, Forbidden."""
    query = select(Ceremony).where(Ceremony.id == ceremony_id).with_for_update()
    ceremony = db.session.scalar(query.execution_options(populate_existing=True))
    if ceremony is None or not by.may("ceremonies.read", fair_id=ceremony.fair_id):
        raise NotFound()
    by.require("ceremonies.run", fair_id=ceremony.fair_id)
    return ceremony


def open_fair(fair_id: UUID) -> Fair:
    """The fair, locked so that nobody closes it meanwhile. Raises NotFound, Forbidden when it is closed."""
    fair = db.session.get(Fair, fair_id, with_for_update={"read": True}, populate_existing=True)
    if fair is None:
        raise NotFound()
    if fair.closed_at is not None:
        raise Forbidden(gettext("This fair is closed; its total does not change any more."))
    return fair


def change(ceremony: Ceremony, *, title_en: str | None, title_zh: str | None, starts_at: datetime, by: Actor) -> Ceremony:
    """Another title or time; ``ceremony`` comes from `locked`."""
    ceremony.title_en, ceremony.title_zh, ceremony.starts_at = title_en, title_zh, starts_at
    _record("change", ceremony, by=by)
    db.session.flush()  # the answer names the new version
    return ceremony


def move(ceremony_id: UUID, end: CeremonyState, *, by: Actor) -> Ceremony:
    """Start it, end it, or start it again. What is not signed at its end stays held. Raises IllegalMove, NotFound, Forbidden."""
    ceremony = locked(ceremony_id, by=by)
    if ceremony.state is end:
        return ceremony
    ceremony.state = check_move(CEREMONY_MOVES, ceremony.state, end)
    _record("start" if end is CeremonyState.RUNNING else "end", ceremony, by=by)
    db.session.flush()
    return ceremony


def add(ceremony_id: UUID, contract_id: UUID, *, line_en: str | None, line_zh: str | None, by: Actor) -> RunItem:
    """Put a contract at the end of the list. From now on it counts in no public view.

    Raises NotFound (also for another fair's contract), Duplicate (it stands on a list), IllegalMove (it is void), Invalid,
    Forbidden, and what `ledger.service.hold` refuses.
    """
    ceremony = locked(ceremony_id, by=by)
    contract = contracts.show(contract_id, by=by, lock=True).contract
    if contract.fair_id != ceremony.fair_id:
        raise NotFound()
    if contract.status is Status.VOID:
        raise IllegalMove(gettext("A void contract is not signed on stage."))
    if db.session.scalar(select(RunItem.id).where(RunItem.contract_id == contract_id)) is not None:
        raise Duplicate(gettext("This contract stands on a run list already."))
    items = items_of(ceremony)
    if len(items) >= MOST_ITEMS:
        raise Invalid.field("contract_id", "list_full", gettext("A run list has at most %(most)s items.", most=MOST_ITEMS))
    fair = open_fair(ceremony.fair_id)
    item = RunItem(
        ceremony_id=ceremony.id, contract_id=contract_id, position=len(items) + 1, line_en=line_en, line_zh=line_zh,
        state=ItemState.READY, added_at=now(),
    )  # fmt: skip
    db.session.add(item)
    db.session.flush()
    ledger.hold(fair, contract_id, by=by)
    _record("add", ceremony, by=by, contract=str(contract_id))
    return item


def items_of(ceremony: Ceremony) -> list[RunItem]:
    """In order."""
    return list(db.session.scalars(select(RunItem).where(RunItem.ceremony_id == ceremony.id).order_by(RunItem.position, RunItem.id)))


def item_of(ceremony: Ceremony, item_id: UUID) -> RunItem:
    """An item of this ceremony, locked. Raises NotFound."""
    query = select(RunItem).where(RunItem.id == item_id, RunItem.ceremony_id == ceremony.id).with_for_update()
    item = db.session.scalar(query.execution_options(populate_existing=True))
    if item is None:
        raise NotFound()
    return item


def put(ceremony: Ceremony, item: RunItem, *, position: int, by: Actor) -> None:
    """Move an item to a place on its list, from 1; beyond the end is the end. The others close up."""
    others = [other for other in items_of(ceremony) if other.id != item.id]
    others.insert(min(position, len(others) + 1) - 1, item)
    for number, each in enumerate(others, 1):
        if each.position != number:
            each.position = number
    db.session.flush()
    _record("reorder", ceremony, by=by, item=str(item.id), position=item.position)


def word(ceremony: Ceremony, item: RunItem, *, line_en: str | None, line_zh: str | None, by: Actor) -> None:
    """What the speaker says; None takes the sentence made from the contract."""
    item.line_en, item.line_zh = line_en, line_zh
    db.session.flush()
    _record("word", ceremony, by=by, item=str(item.id))


def remove(ceremony: Ceremony, item: RunItem, *, release: bool, by: Actor) -> None:
    """Take an item off the list; its contract counts in public again, which ``release`` says is wanted.

    Raises IllegalMove for a signed item (it was shown), Invalid without the confirmation, Forbidden.
    """
    if item.state is ItemState.SIGNED:
        raise IllegalMove(gettext("It was signed on stage and stays on the list. A wrong contract is amended or made void at the contract desk."))
    if not release:
        raise Invalid.field("release", "release_unconfirmed", gettext("Confirm that the contract may count in public without its press."))
    db.session.get(Contract, item.contract_id, with_for_update=True)
    fair = open_fair(ceremony.fair_id)
    ledger.release(fair, item.contract_id, by=by)
    contract_id, item_id = item.contract_id, item.id
    db.session.delete(item)
    db.session.flush()
    for number, each in enumerate(items_of(ceremony), 1):
        if each.position != number:
            each.position = number
    _record("remove", ceremony, by=by, item=str(item_id), contract=str(contract_id))


def set_target(fair: Fair, amount_minor: int | None, *, by: Actor) -> BoardTarget:
    """What the board's total is heading for, in the fair's currency; None takes it off the board. Raises Forbidden."""
    by.require("ceremonies.target", fair_id=fair.id)
    target = target_of(fair.id, lock=True)
    if target is None:
        target = BoardTarget(fair_id=fair.id, amount_minor=amount_minor, set_at=now(), set_by=by.person_id)
        db.session.add(target)
    else:
        target.amount_minor, target.set_at, target.set_by = amount_minor, now(), by.person_id
    db.session.flush()
    audit.record("ceremonies.target", f"fair:{fair.id}", by=by, fair_id=fair.id, amount_minor=amount_minor)
    return target


def target_of(fair_id: UUID, *, lock: bool = False) -> BoardTarget | None:
    query = select(BoardTarget).where(BoardTarget.fair_id == fair_id)
    return db.session.scalar(query.with_for_update() if lock else query)


def count_items(ceremony: Ceremony) -> int:
    return db.session.scalar(select(func.count()).select_from(RunItem).where(RunItem.ceremony_id == ceremony.id)) or 0


def _record(verb: str, ceremony: Ceremony, *, by: Actor, **facts: Any) -> None:
    audit.record(f"ceremonies.{verb}", f"ceremony:{ceremony.id}", by=by, fair_id=ceremony.fair_id, **facts)
