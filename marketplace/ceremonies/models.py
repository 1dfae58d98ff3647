"""Ceremonies, the items of their run lists, and the amount that the fair's board is heading for."""

from datetime import datetime
from enum import StrEnum
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, Index, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from marketplace.accounts.models import Person
from marketplace.contracts.models import Contract
from marketplace.core.db import Id, Minor, Model
from marketplace.fairs.models import Fair


class CeremonyState(StrEnum):
    """Items are called and signed while it runs."""

    PLANNED = "planned"
    RUNNING = "running"
    OVER = "over"


class ItemState(StrEnum):
    READY = "ready"
    CALLED = "called"
    SIGNED = "signed"
    POSTPONED = "postponed"


class Press(StrEnum):
    """What somebody may press on an item."""

    CALL = "call"
    BACK = "back"
    SIGN = "sign"
    UNDO = "undo"
    POSTPONE = "postpone"
    RESTORE = "restore"


CEREMONY_MOVES: dict[CeremonyState, set[CeremonyState]] = {
    CeremonyState.PLANNED: {CeremonyState.RUNNING},
    CeremonyState.RUNNING: {CeremonyState.OVER},
    CeremonyState.OVER: {CeremonyState.RUNNING},
}
MOVES: dict[ItemState, set[ItemState]] = {
    ItemState.READY: {ItemState.CALLED, ItemState.POSTPONED},
    ItemState.CALLED: {ItemState.SIGNED, ItemState.POSTPONED, ItemState.READY},
    ItemState.SIGNED: {ItemState.CALLED},
    ItemState.POSTPONED: {ItemState.READY},
}
ENDS: dict[Press, ItemState] = {
    Press.CALL: ItemState.CALLED,
    Press.BACK: ItemState.READY,
    Press.SIGN: ItemState.SIGNED,
    Press.UNDO: ItemState.CALLED,
    Press.POSTPONE: ItemState.POSTPONED,
    Press.RESTORE: ItemState.READY,
}
STARTS: dict[Press, set[ItemState]] = {
    Press.CALL: {ItemState.READY},
    Press.BACK: {ItemState.CALLED},
    Press.SIGN: {ItemState.CALLED},
    Press.UNDO: {ItemState.SIGNED},
    Press.POSTPONE: {ItemState.READY, ItemState.CALLED},
    Press.RESTORE: {ItemState.POSTPONED},
}
"""Two presses may end alike: an undone signature and a call both leave the item called."""


class Ceremony(Model):
    """A signing show of a fair: when it begins, and whether it runs."""

    __tablename__ = "ceremonies"
    __table_args__ = (
        CheckConstraint("title_en IS NOT NULL OR title_zh IS NOT NULL", "title"),
        Index("ix_ceremonies_fair_id", "fair_id", "starts_at"),
    )

    id: Mapped[Id]
    fair_id: Mapped[UUID] = mapped_column(ForeignKey(Fair.id))
    title_en: Mapped[str | None] = mapped_column(String(200))
    title_zh: Mapped[str | None] = mapped_column(String(200))
    starts_at: Mapped[datetime]
    state: Mapped[CeremonyState]
    created_at: Mapped[datetime]
    version: Mapped[int] = mapped_column(default=1)

    __mapper_args__ = {"version_id_col": version}


class RunItem(Model):
    """A contract's place on a run list. A line is what the speaker says; null is the sentence made from the contract.

    ``last_press``, ``pressed_at`` and ``pressed_by`` tell the newest press; null before the first one.
    """

    __tablename__ = "run_items"
    __table_args__ = (UniqueConstraint("contract_id"), Index("ix_run_items_ceremony_id", "ceremony_id", "position"))

    id: Mapped[Id]
    ceremony_id: Mapped[UUID] = mapped_column(ForeignKey(Ceremony.id))
    contract_id: Mapped[UUID] = mapped_column(ForeignKey(Contract.id))
    position: Mapped[int]
    line_en: Mapped[str | None] = mapped_column(String(500))
    line_zh: Mapped[str | None] = mapped_column(String(500))
    state: Mapped[ItemState]
    last_press: Mapped[Press | None]
    pressed_at: Mapped[datetime | None]
    pressed_by: Mapped[UUID | None] = mapped_column(ForeignKey(Person.id))
    added_at: Mapped[datetime]
    version: Mapped[int] = mapped_column(default=1)

    __mapper_args__ = {"version_id_col": version}


class BoardTarget(Model):
    """The total that a fair hopes for, in minor units of its currency; null is none (any more)."""

    __tablename__ = "board_targets"
    __table_args__ = (CheckConstraint("amount_minor IS NULL OR amount_minor BETWEEN 1 AND 1000000000000000000", "amount"),)

    fair_id: Mapped[UUID] = mapped_column(ForeignKey(Fair.id), primary_key=True)
    amount_minor: Mapped[Minor | None]
    set_at: Mapped[datetime]
    set_by: Mapped[UUID] = mapped_column(ForeignKey(Person.id))
    version: Mapped[int] = mapped_column(default=1)

    __mapper_args__ = {"version_id_col": version}
