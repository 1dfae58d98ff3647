"""Rates, scopes, vouchers, postings, and the balances kept beside them."""

from datetime import date, datetime
from enum import StrEnum
from typing import Any
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, Index, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from marketplace.accounts.models import Person
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
    """The last ``seq`` of a fair; the row that every booking of the fair locks."""

    __tablename__ = "ledger_heads"

    fair_id: Mapped[UUID] = mapped_column(ForeignKey(Fair.id), primary_key=True)
    seq: Mapped[int] = mapped_column(default=0)
    booked_at: Mapped[datetime | None]


class Voucher(Model):
    """One move of one contract. The facts that scopes and breakdowns need are frozen here with it.

    ``rate_*`` are the two legs per euro, as decimal text, that turned the amount into the fair's currency.
    ``public_seq`` is the ``seq`` from which the public view counts it; null while it waits for its batch, or for ever
    when it never concerns the public.
    """

    __tablename__ = "vouchers"
    __table_args__ = (
        UniqueConstraint("fair_id", "seq"),
        UniqueConstraint("reverses_id"),
        Index("ix_vouchers_contract_id", "contract_id"),
        Index("ix_vouchers_waiting", "fair_id", "awaits_batch"),
    )

    id: Mapped[Id]
    fair_id: Mapped[UUID] = mapped_column(ForeignKey(Fair.id))
    seq: Mapped[int]
    contract_id: Mapped[UUID]
    move: Mapped[str] = mapped_column(String(20))
    reverses_id: Mapped[UUID | None] = mapped_column(ForeignKey("vouchers.id"))
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
    awaits_batch: Mapped[bool] = mapped_column(default=False)
    public_seq: Mapped[int | None]


class Posting(Model):
    """One line. ``status`` null is the account outside, where a deal comes from. Amounts are null when undisclosed.

    ``base_*`` is the amount in the fair's currency, rounded once, half-even; null before signing.
    """

    __tablename__ = "postings"
    __table_args__ = (UniqueConstraint("voucher_id", "line"), CheckConstraint("line IN (1, 2)", "line"))

    id: Mapped[Id]
    voucher_id: Mapped[UUID] = mapped_column(ForeignKey(Voucher.id))
    line: Mapped[int]
    contract_class: Mapped[ContractClass]
    status: Mapped[Status | None]
    currency: Mapped[Currency]
    count: Mapped[int]
    total_minor: Mapped[Minor | None]
    technology_minor: Mapped[Minor | None]
    base_total_minor: Mapped[Minor | None]
    base_technology_minor: Mapped[Minor | None]


class Balance(Model):
    """What the postings add up to, kept in their transaction, so that a total costs the same at any size.

    One row per scope, view, class, status, currency and cell; ``axis`` '' is the whole, else kind, field, country, month.
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
