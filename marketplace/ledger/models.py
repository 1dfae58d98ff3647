"""Rates, scopes, vouchers, postings, and the balances kept beside them."""

from datetime import date, datetime
from enum import StrEnum
from typing import Any
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, Index, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from marketplace.accounts.models import Person
from marketplace.core.appendonly import append_only
from marketplace.core.db import Currency, Id, Minor, Model
from marketplace.fairs.models import Fair


class ContractClass(StrEnum):
    """For ever: an intent or a framework never becomes a contract."""

    INTENT = "intent"
    FRAMEWORK = "framework"
    CONTRACT = "contract"


class Status(StrEnum):
    """Of a contract, one at a time."""

    DECLARED = "declared"
    SIGNED = "signed"
    VERIFIED = "verified"
    VOID = "void"


class Mark(StrEnum):
    """What became of a verified contract afterwards, beside its status; several at a time."""

    IN_FORCE = "in_force"
    REGISTERED = "registered"
    PERFORMED = "performed"


class View(StrEnum):
    """Staff see every voucher at once; the public sees open deals at once and confidential ones in batches."""

    STAFF = "staff"
    PUBLIC = "public"


class Rate(Model):
    """A published leg: ``per_euro`` units of ``currency`` for one euro on ``day``, as decimal text."""

    __tablename__ = "rates"
    __table_args__ = (UniqueConstraint("source", "currency", "day"),)

    id: Mapped[Id]
    source: Mapped[str] = mapped_column(String(20))
    currency: Mapped[Currency]
    day: Mapped[date]
    per_euro: Mapped[str] = mapped_column(String(30))
    loaded_at: Mapped[datetime]


class Scope(Model):
    """A counting rule of a fair. A change is a new ``number`` of the same code; ``retired_at`` marks the older ones.

    ``rule``: kinds, classes, places (lists of codes) and from, to (ISO days or null); see `rules.takes`.
    """

    __tablename__ = "scopes"
    __table_args__ = (UniqueConstraint("fair_id", "code", "number"),)

    id: Mapped[Id]
    fair_id: Mapped[UUID] = mapped_column(ForeignKey(Fair.id))
    code: Mapped[str] = mapped_column(String(40))
    number: Mapped[int]
    name_en: Mapped[str] = mapped_column(String(120))
    name_zh: Mapped[str] = mapped_column(String(120))
    rule: Mapped[dict[str, Any]]
    headline: Mapped[bool] = mapped_column(default=False)
    created_at: Mapped[datetime]
    retired_at: Mapped[datetime | None]


class LedgerHead(Model):
    """Where a fair's ledger ends: the row that every booking of the fair locks.

    ``seq``, ``booked_at`` and ``hash`` are of the last voucher; ``public_seq`` and ``public_at`` of the last change of the
    public view, which counts for itself: what it does not show yet moves neither of the two.
    """

    __tablename__ = "ledger_heads"

    fair_id: Mapped[UUID] = mapped_column(ForeignKey(Fair.id), primary_key=True)
    seq: Mapped[int] = mapped_column(default=0)
    booked_at: Mapped[datetime | None]
    hash: Mapped[str | None] = mapped_column(String(64))
    public_seq: Mapped[int] = mapped_column(default=0)
    public_at: Mapped[datetime | None]
    batch: Mapped[int] = mapped_column(default=0)


@append_only
class Voucher(Model):
    """One move of one contract. The facts that scopes and breakdowns need are frozen here with it.

    ``rate_*`` are the two legs per euro, as decimal text, that turned the amount into the fair's currency. ``reverses_id``:
    it is the exact opposite of that voucher. ``corrects_id``: what it corrects, by taking it back, in its place, or by voiding.
    ``hash`` covers its facts, its postings and the hash of the fair's voucher before it; see `chain`.
    """

    __tablename__ = "vouchers"
    __table_args__ = (UniqueConstraint("fair_id", "seq"), UniqueConstraint("reverses_id"), Index("ix_vouchers_contract_id", "contract_id"))

    id: Mapped[Id]
    fair_id: Mapped[UUID] = mapped_column(ForeignKey(Fair.id))
    seq: Mapped[int]
    contract_id: Mapped[UUID]
    move: Mapped[str] = mapped_column(String(20))
    reverses_id: Mapped[UUID | None] = mapped_column(ForeignKey("vouchers.id"))
    corrects_id: Mapped[UUID | None] = mapped_column(ForeignKey("vouchers.id"))
    reason: Mapped[str | None] = mapped_column(String(1000))
    booked_at: Mapped[datetime]
    booked_by: Mapped[UUID | None] = mapped_column(ForeignKey(Person.id))
    kind: Mapped[str] = mapped_column(String(40))
    place: Mapped[str] = mapped_column(String(20))
    signed_on: Mapped[date | None]
    field: Mapped[str] = mapped_column(String(40))
    country: Mapped[str] = mapped_column(String(2))
    open: Mapped[bool]
    parties: Mapped[list[str]]
    rate_from: Mapped[str | None] = mapped_column(String(30))
    rate_to: Mapped[str | None] = mapped_column(String(30))
    rate_day: Mapped[date | None]
    rate_source: Mapped[str | None] = mapped_column(String(20))
    hash: Mapped[str] = mapped_column(String(64))


@append_only
class Posting(Model):
    """One line, on the account of a ``status`` or of a ``mark``; both null is the account outside, where a deal comes from.

    Amounts are null when undisclosed. ``base_*`` is the amount in the fair's currency, rounded once, half-even; null before
    signing.
    """

    __tablename__ = "postings"
    __table_args__ = (
        UniqueConstraint("voucher_id", "line"),
        CheckConstraint("line IN (1, 2)", "line"),
        CheckConstraint("status IS NULL OR mark IS NULL", "account"),
    )

    id: Mapped[Id]
    voucher_id: Mapped[UUID] = mapped_column(ForeignKey(Voucher.id))
    line: Mapped[int]
    contract_class: Mapped[ContractClass]
    status: Mapped[Status | None]
    mark: Mapped[Mark | None]
    currency: Mapped[Currency]
    count: Mapped[int]
    total_minor: Mapped[Minor | None]
    technology_minor: Mapped[Minor | None]
    base_total_minor: Mapped[Minor | None]
    base_technology_minor: Mapped[Minor | None]


@append_only
class PublicEntry(Model):
    """A voucher enters the public view (``sign`` 1) or is taken back from it (−1).

    All that changes at one moment has one ``public_seq``, gapless per fair: no number lies inside a batch. ``batch`` numbers
    the batches of confidential deals; null for open ones.
    """

    __tablename__ = "public_entries"
    __table_args__ = (
        CheckConstraint("sign IN (1, -1)", "sign"),
        Index("ix_public_entries_voucher_id", "voucher_id"),
        Index("ix_public_entries_batch", "fair_id", "batch"),
    )

    fair_id: Mapped[UUID] = mapped_column(ForeignKey(Fair.id), primary_key=True)
    public_seq: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    voucher_id: Mapped[UUID] = mapped_column(ForeignKey(Voucher.id), primary_key=True)
    sign: Mapped[int]
    at: Mapped[datetime]
    batch: Mapped[int | None]


class WaitingVoucher(Model):
    """A confidential voucher that the public view does not show yet; the row goes when its batch enters."""

    __tablename__ = "waiting_vouchers"
    __table_args__ = (Index("ix_waiting_vouchers_fair_id", "fair_id"),)

    voucher_id: Mapped[UUID] = mapped_column(ForeignKey(Voucher.id), primary_key=True)
    fair_id: Mapped[UUID] = mapped_column(ForeignKey(Fair.id))
    contract_id: Mapped[UUID]


class Hold(Model):
    """The public view leaves this contract out until it is released."""

    __tablename__ = "ledger_holds"

    contract_id: Mapped[UUID] = mapped_column(primary_key=True)
    fair_id: Mapped[UUID] = mapped_column(ForeignKey(Fair.id))
    held_at: Mapped[datetime]
    held_by: Mapped[UUID | None] = mapped_column(ForeignKey(Person.id))


class Balance(Model):
    """What the postings add up to, kept in their transaction, so that a total costs the same at any size.

    One row per scope, view, class, status, currency and cell; ``axis`` '' is the whole, 'mark' the verified ones that bear
    the mark ``key``, else the breakdown by kind, field, country, month.
    """

    __tablename__ = "balances"
    __table_args__ = (UniqueConstraint("scope_id", "view", "contract_class", "status", "axis", "key", "currency"),)

    id: Mapped[Id]
    scope_id: Mapped[UUID] = mapped_column(ForeignKey(Scope.id))
    view: Mapped[View]
    contract_class: Mapped[ContractClass]
    status: Mapped[Status]
    axis: Mapped[str] = mapped_column(String(10), default="")
    key: Mapped[str] = mapped_column(String(40), default="")
    currency: Mapped[Currency]
    count: Mapped[int] = mapped_column(default=0)
    disclosed: Mapped[int] = mapped_column(default=0)
    technology_disclosed: Mapped[int] = mapped_column(default=0)
    total_minor: Mapped[Minor] = mapped_column(default=0)
    technology_minor: Mapped[Minor] = mapped_column(default=0)
    base_total_minor: Mapped[Minor] = mapped_column(default=0)
    base_technology_minor: Mapped[Minor] = mapped_column(default=0)
