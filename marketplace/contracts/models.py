"""Contracts, their parties, their evidence, and whose hands they went through."""

from datetime import date, datetime
from enum import StrEnum
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, Index, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from marketplace.accounts.models import Person
from marketplace.core.db import Currency, Id, Minor, Model
from marketplace.fairs.models import Fair
from marketplace.ledger.models import ContractClass, Status
from marketplace.listings.models import Listing
from marketplace.negotiations.models import Negotiation
from marketplace.organizations.models import Organization

MOVES: dict[Status, set[Status]] = {
    Status.DECLARED: {Status.SIGNED, Status.VOID},
    Status.SIGNED: {Status.DECLARED, Status.VERIFIED, Status.VOID},
    Status.VERIFIED: {Status.VOID},
    Status.VOID: set(),
}


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


class Contract(Model):
    """Amounts are minor units of ``currency``; null is undisclosed, never zero. ``open``: all parties agree to be named."""

    __tablename__ = "contracts"
    __table_args__ = (
        CheckConstraint("total_minor IS NULL OR total_minor BETWEEN 1 AND 1000000000000000", "total"),
        CheckConstraint("technology_minor IS NULL OR technology_minor BETWEEN 1 AND 1000000000000000", "technology"),
        CheckConstraint("technology_minor IS NULL OR total_minor IS NULL OR technology_minor <= total_minor", "technology_of_total"),
        UniqueConstraint("negotiation_id"),
        UniqueConstraint("fair_id", "number"),
        Index("ix_contracts_desk", "fair_id", "status", "created_at"),
    )

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
    status: Mapped[Status]
    content_hash: Mapped[str] = mapped_column(String(64))
    created_at: Mapped[datetime]
    changed_at: Mapped[datetime]
    void_reason: Mapped[str | None] = mapped_column(String(1000))
    version: Mapped[int] = mapped_column(default=1)

    __mapper_args__ = {"version_id_col": version}


class Party(Model):
    """One side, or the broker between them. A registered organisation reads the contract; a named one is a name."""

    __tablename__ = "parties"
    __table_args__ = (UniqueConstraint("contract_id", "position"), Index("ix_parties_organization_id", "organization_id"))

    id: Mapped[Id]
    contract_id: Mapped[UUID] = mapped_column(ForeignKey(Contract.id))
    position: Mapped[int]
    role: Mapped[PartyRole]
    name: Mapped[str] = mapped_column(String(200))
    country: Mapped[str] = mapped_column(String(2))
    organization_id: Mapped[UUID | None] = mapped_column(ForeignKey(Organization.id))
    signatory: Mapped[str | None] = mapped_column(String(120))


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
