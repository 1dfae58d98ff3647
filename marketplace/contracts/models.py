"""Contracts, their parties, their evidence, whose hands they went through, and what their parties reported."""

from datetime import date, datetime
from enum import StrEnum
from typing import Any
from uuid import UUID

from sqlalchemy import JSON, CheckConstraint, ForeignKey, Index, String, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from marketplace.accounts.models import Person
from marketplace.core.appendonly import append_only
from marketplace.core.db import Currency, Id, Minor, Model
from marketplace.fairs.models import Fair
from marketplace.ledger.models import ContractClass, Status
from marketplace.ledger.scopes import PLACES as COUNTED_PLACES
from marketplace.listings.models import Listing
from marketplace.negotiations.models import Negotiation
from marketplace.organizations.models import Organization

MOVES: dict[Status, set[Status]] = {
    Status.DECLARED: {Status.SIGNED, Status.VOID},
    Status.SIGNED: {Status.DECLARED, Status.VERIFIED, Status.VOID},
    Status.VERIFIED: {Status.VOID},
    Status.VOID: set(),
}

REANNOUNCED = "reannounced"
"""The place of an older deal that was announced again: no scope can take it in."""
PLACES = (*COUNTED_PLACES, REANNOUNCED)
MARKS = {"in_force": "in_force_on", "registered": "registered_on", "performed": "performed_on"}
"""What may be said of a verified contract later, beside its status, and the column of its day."""


class PartyRole(StrEnum):
    PROVIDER = "provider"
    RECIPIENT = "recipient"
    BROKER = "broker"


class Act(StrEnum):
    LOGGED = "logged"
    EDITED = "edited"
    SIGNED = "signed"
    VERIFIED = "verified"
    VOIDED = "voided"


class PaymentMode(StrEnum):
    """How the deal is paid; the first four are those of China's registration form (支付方式)."""

    LUMP_SUM = "lump_sum"
    INSTALMENTS = "instalments"
    ROYALTY = "royalty"
    UPFRONT_PLUS_ROYALTY = "upfront_plus_royalty"
    EQUITY = "equity"


class OtherKind(StrEnum):
    """Amounts that are named beside a deal and are never deal value."""

    PLANNED_INVESTMENT = "planned_investment"
    FUND_SIZE = "fund_size"
    ANNUALISED_INTENTION = "annualised_intention"


class ReportStatus(StrEnum):
    WAITING = "waiting"
    LOGGED = "logged"
    MERGED = "merged"
    REFUSED = "refused"


REPORT_MOVES: dict[ReportStatus, set[ReportStatus]] = {
    ReportStatus.WAITING: {ReportStatus.LOGGED, ReportStatus.MERGED, ReportStatus.REFUSED},
    ReportStatus.LOGGED: set(),
    ReportStatus.MERGED: set(),
    ReportStatus.REFUSED: set(),
}


class Contract(Model):
    """Amounts are minor units of ``currency``; null is undisclosed, never zero. ``open``: all parties agree to be named.

    ``total_minor`` is the fixed part. ``floor_minor`` and ``cap_minor`` bound the variable one (royalty, milestones): "up to"
    is total + cap, shown beside and never added. Of a framework ``cap_minor`` is its ceiling. The marks after verification
    (in force, registered, performed) are no part of the content that is hashed.
    """

    __tablename__ = "contracts"
    __table_args__ = (
        CheckConstraint("total_minor IS NULL OR total_minor BETWEEN 1 AND 1000000000000000", "total"),
        CheckConstraint("technology_minor IS NULL OR technology_minor BETWEEN 1 AND 1000000000000000", "technology"),
        CheckConstraint("technology_minor IS NULL OR total_minor IS NULL OR technology_minor <= total_minor", "technology_of_total"),
        CheckConstraint("floor_minor IS NULL OR floor_minor BETWEEN 1 AND 1000000000000000", "floor"),
        CheckConstraint("cap_minor IS NULL OR cap_minor BETWEEN 1 AND 1000000000000000", "cap"),
        CheckConstraint("floor_minor IS NULL OR cap_minor IS NULL OR floor_minor <= cap_minor", "floor_of_cap"),
        CheckConstraint("royalty_bp IS NULL OR royalty_bp BETWEEN 1 AND 10000", "royalty"),
        CheckConstraint("valid_from IS NULL OR valid_to IS NULL OR valid_from <= valid_to", "valid"),
        CheckConstraint("(registered_on IS NULL) = (registration_number IS NULL)", "registration"),
        UniqueConstraint("negotiation_id"),
        UniqueConstraint("fair_id", "number"),
        Index(
            "uq_contracts_registration_number", "registration_number", unique=True,
            sqlite_where=text("status <> 'void'"), postgresql_where=text("status <> 'void'"),
        ),
        Index("ix_contracts_desk", "fair_id", "status", "created_at"),
        Index("ix_contracts_largest", "fair_id", "status", "currency", "total_minor"),
        Index("ix_contracts_achievement_id", "achievement_id"),
        Index("ix_contracts_number", "number"),
        Index("ix_contracts_framework_id", "framework_id"),
        Index("ix_contracts_intent_id", "intent_id"),
    )  # fmt: skip

    id: Mapped[Id]
    reference: Mapped[str] = mapped_column(String(20), unique=True)
    fair_id: Mapped[UUID] = mapped_column(ForeignKey(Fair.id))
    negotiation_id: Mapped[UUID | None] = mapped_column(ForeignKey(Negotiation.id))
    achievement_id: Mapped[UUID | None] = mapped_column(ForeignKey(Listing.id))
    need_id: Mapped[UUID | None] = mapped_column(ForeignKey(Listing.id))
    title_en: Mapped[str | None] = mapped_column(String(200))
    title_zh: Mapped[str | None] = mapped_column(String(200))
    contract_class: Mapped[ContractClass]
    kind: Mapped[str] = mapped_column(String(40))
    field: Mapped[str] = mapped_column(String(40))
    place: Mapped[str] = mapped_column(String(20))
    total_minor: Mapped[Minor | None]
    technology_minor: Mapped[Minor | None]
    currency: Mapped[Currency]
    signed_on: Mapped[date | None]
    number: Mapped[str | None] = mapped_column(String(60))
    high_tech: Mapped[bool | None]
    open: Mapped[bool]
    framework_id: Mapped[UUID | None] = mapped_column(ForeignKey("contracts.id"))
    intent_id: Mapped[UUID | None] = mapped_column(ForeignKey("contracts.id"))
    announced_on: Mapped[date | None]
    announced_where: Mapped[str | None] = mapped_column(String(300))
    payment_mode: Mapped[PaymentMode | None]
    royalty_bp: Mapped[int | None]
    milestones: Mapped[str | None] = mapped_column(String(500))
    floor_minor: Mapped[Minor | None]
    cap_minor: Mapped[Minor | None]
    valid_from: Mapped[date | None]
    valid_to: Mapped[date | None]
    ip_kinds: Mapped[list[str] | None] = mapped_column(JSON(none_as_null=True))
    plan_category: Mapped[str | None] = mapped_column(String(40))
    purpose: Mapped[str | None] = mapped_column(String(40))
    related_parties: Mapped[bool | None]
    in_force_on: Mapped[date | None]
    registration_number: Mapped[str | None] = mapped_column(String(16))
    registered_on: Mapped[date | None]
    registered_technology_minor: Mapped[Minor | None]
    performed_on: Mapped[date | None]
    status: Mapped[Status]
    content_hash: Mapped[str] = mapped_column(String(64))
    created_at: Mapped[datetime]
    changed_at: Mapped[datetime]
    void_reason: Mapped[str | None] = mapped_column(String(1000))
    version: Mapped[int] = mapped_column(default=1)

    __mapper_args__ = {"version_id_col": version}


class Party(Model):
    """One side, or the broker between them. A registered organisation reads the contract; a named one is a name.

    ``who`` is the key by which two contracts' parties are compared (`rules.who`). ``legal_type`` is a code of the
    registration form, ``region`` one of GB/T 2260 (two or six digits).
    """

    __tablename__ = "parties"
    __table_args__ = (
        UniqueConstraint("contract_id", "position"),
        Index("ix_parties_organization_id", "organization_id"),
        Index("ix_parties_who", "who", "contract_id"),
    )

    id: Mapped[Id]
    contract_id: Mapped[UUID] = mapped_column(ForeignKey(Contract.id))
    position: Mapped[int]
    role: Mapped[PartyRole]
    name: Mapped[str] = mapped_column(String(200))
    country: Mapped[str] = mapped_column(String(2))
    organization_id: Mapped[UUID | None] = mapped_column(ForeignKey(Organization.id))
    signatory: Mapped[str | None] = mapped_column(String(120))
    legal_type: Mapped[str | None] = mapped_column(String(3))
    region: Mapped[str | None] = mapped_column(String(6))
    who: Mapped[str | None] = mapped_column(String(300))


class OtherAmount(Model):
    """An amount of its own kind, named beside a deal of any class; no total ever adds it."""

    __tablename__ = "other_amounts"
    __table_args__ = (UniqueConstraint("contract_id", "kind"), CheckConstraint("amount_minor BETWEEN 1 AND 1000000000000000", "amount"))

    id: Mapped[Id]
    contract_id: Mapped[UUID] = mapped_column(ForeignKey(Contract.id))
    kind: Mapped[OtherKind]
    amount_minor: Mapped[Minor]
    currency: Mapped[Currency]


class Distinction(Model):
    """Somebody looked at two contracts that look like one deal, and said why they are two."""

    __tablename__ = "contract_distinctions"
    __table_args__ = (UniqueConstraint("contract_id", "other_id"), Index("ix_contract_distinctions_other_id", "other_id"))

    id: Mapped[Id]
    contract_id: Mapped[UUID] = mapped_column(ForeignKey(Contract.id))
    other_id: Mapped[UUID] = mapped_column(ForeignKey(Contract.id))
    reason: Mapped[str] = mapped_column(String(500))
    person_id: Mapped[UUID] = mapped_column(ForeignKey(Person.id))
    at: Mapped[datetime]


class DealReport(Model):
    """A deal that a buyer, seller or agency told the desk of. It counts nowhere: the desk logs, merges or refuses it.

    ``facts`` are what `schemas.DealReportIn` loads, as JSON; ``contract_id`` is the contract it became or was merged into.
    """

    __tablename__ = "deal_reports"
    __table_args__ = (
        Index("ix_deal_reports_desk", "fair_id", "status", "created_at"),
        Index("ix_deal_reports_organization_id", "organization_id", "created_at"),
        Index("ix_deal_reports_contract_id", "contract_id"),
        CheckConstraint("(status IN ('logged', 'merged')) = (contract_id IS NOT NULL)", "settled_into"),
        CheckConstraint("(status = 'refused') = (reason IS NOT NULL)", "refused_why"),
        CheckConstraint("(status = 'waiting') = (settled_at IS NULL)", "settled"),
    )

    id: Mapped[Id]
    reference: Mapped[str] = mapped_column(String(20), unique=True)
    fair_id: Mapped[UUID] = mapped_column(ForeignKey(Fair.id))
    organization_id: Mapped[UUID] = mapped_column(ForeignKey(Organization.id))
    reported_by: Mapped[UUID] = mapped_column(ForeignKey(Person.id))
    facts: Mapped[dict[str, Any]]
    status: Mapped[ReportStatus]
    contract_id: Mapped[UUID | None] = mapped_column(ForeignKey(Contract.id))
    reason: Mapped[str | None] = mapped_column(String(1000))
    settled_by: Mapped[UUID | None] = mapped_column(ForeignKey(Person.id))
    settled_at: Mapped[datetime | None]
    created_at: Mapped[datetime]
    version: Mapped[int] = mapped_column(default=1)

    __mapper_args__ = {"version_id_col": version}


@append_only
class Evidence(Model):
    """A stored file, found by the hash of its bytes; never changed."""

    __tablename__ = "evidence"
    __table_args__ = (UniqueConstraint("contract_id", "sha256"),)

    id: Mapped[Id]
    contract_id: Mapped[UUID] = mapped_column(ForeignKey(Contract.id))
    sha256: Mapped[str] = mapped_column(String(64))
    name: Mapped[str] = mapped_column(String(200))
    media_type: Mapped[str] = mapped_column(String(40))
    size: Mapped[int]
    uploaded_by: Mapped[UUID | None] = mapped_column(ForeignKey(Person.id))
    created_at: Mapped[datetime]


@append_only
class Hand(Model):
    """Who did what to a contract: four eyes look here."""

    __tablename__ = "hands"
    __table_args__ = (Index("ix_hands_contract_id", "contract_id", "at"),)

    id: Mapped[Id]
    contract_id: Mapped[UUID] = mapped_column(ForeignKey(Contract.id))
    person_id: Mapped[UUID] = mapped_column(ForeignKey(Person.id))
    act: Mapped[Act]
    at: Mapped[datetime]
    content_hash: Mapped[str] = mapped_column(String(64))
