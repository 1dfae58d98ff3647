"""Figures and their withdrawals, days that were closed, and what is prepared for closing the next one."""

from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import JSON, CheckConstraint, ForeignKey, Index, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from marketplace.accounts.models import Person
from marketplace.core.appendonly import append_only
from marketplace.core.db import Id, Model
from marketplace.fairs.models import Fair
from marketplace.ledger.models import Scope

AXES = ("kind", "field", "country")


@append_only
class Figure(Model):
    """A published total. ``statement`` is the text that everybody reads, canonical JSON, and ``sha256`` the hash of its bytes.

    ``axis`` and ``key`` name the one cell it is filtered to, '' for none. ``lines`` are all contracts behind it, confidential
    ones too, for the staff of the fair; the statement holds their hash. ``earlier_id`` is the figure it is compared with.
    """

    __tablename__ = "figures"
    __table_args__ = (
        UniqueConstraint("scope_id", "axis", "key", "public_seq"),
        Index("ix_figures_of_fair", "fair_id", "frozen_at", "id"),
        CheckConstraint("axis IN ('', 'kind', 'field', 'country') AND (axis = '') = (key = '')", "filter"),
    )

    id: Mapped[Id]
    code: Mapped[str] = mapped_column(String(11), unique=True)
    fair_id: Mapped[UUID] = mapped_column(ForeignKey(Fair.id))
    scope_id: Mapped[UUID] = mapped_column(ForeignKey(Scope.id))
    axis: Mapped[str] = mapped_column(String(10))
    key: Mapped[str] = mapped_column(String(40))
    public_seq: Mapped[int]
    earlier_id: Mapped[UUID | None] = mapped_column(ForeignKey("figures.id"))
    statement: Mapped[str] = mapped_column(Text)
    sha256: Mapped[str] = mapped_column(String(64))
    lines: Mapped[list[dict[str, Any]]] = mapped_column(JSON)
    frozen_at: Mapped[datetime]
    frozen_by: Mapped[UUID | None] = mapped_column(ForeignKey(Person.id))


@append_only
class Withdrawal(Model):
    """A note on a figure that should not be quoted any more, with the reason that its page shows. The figure stays."""

    __tablename__ = "figure_withdrawals"

    id: Mapped[Id]
    figure_id: Mapped[UUID] = mapped_column(ForeignKey(Figure.id), unique=True)
    reason: Mapped[str] = mapped_column(String(1000))
    withdrawn_at: Mapped[datetime]
    withdrawn_by: Mapped[UUID | None] = mapped_column(ForeignKey(Person.id))


@append_only
class Close(Model):
    """A day of a fair that two people locked at voucher number ``seq``. ``report`` is canonical JSON, ``sha256`` what both signed."""

    __tablename__ = "closes"
    __table_args__ = (
        UniqueConstraint("fair_id", "day"),
        CheckConstraint("first_by <> second_by", "two_people"),
    )

    id: Mapped[Id]
    fair_id: Mapped[UUID] = mapped_column(ForeignKey(Fair.id))
    day: Mapped[date]
    seq: Mapped[int]
    report: Mapped[str] = mapped_column(Text)
    sha256: Mapped[str] = mapped_column(String(64))
    first_by: Mapped[UUID] = mapped_column(ForeignKey(Person.id))
    first_at: Mapped[datetime]
    second_by: Mapped[UUID] = mapped_column(ForeignKey(Person.id))
    second_at: Mapped[datetime]
    figure_id: Mapped[UUID] = mapped_column(ForeignKey(Figure.id))


class Proposal(Model):
    """The first sign-off of a day: the report as it would be locked. It goes when it is undone, or when the day is locked."""

    __tablename__ = "close_proposals"

    fair_id: Mapped[UUID] = mapped_column(ForeignKey(Fair.id), primary_key=True)
    day: Mapped[date]
    seq: Mapped[int]
    report: Mapped[str] = mapped_column(Text)
    sha256: Mapped[str] = mapped_column(String(64))
    signed_by: Mapped[UUID] = mapped_column(ForeignKey(Person.id))
    signed_at: Mapped[datetime]


class CarriedOver(Model):
    """An open item that a day is closed with, and why. ``item`` names it: 'signed:<id of the contract>'."""

    __tablename__ = "carried_over"
    __table_args__ = (UniqueConstraint("fair_id", "day", "item"),)

    id: Mapped[Id]
    fair_id: Mapped[UUID] = mapped_column(ForeignKey(Fair.id))
    day: Mapped[date]
    item: Mapped[str] = mapped_column(String(80))
    reason: Mapped[str] = mapped_column(String(500))
    at: Mapped[datetime]
    by: Mapped[UUID | None] = mapped_column(ForeignKey(Person.id))
