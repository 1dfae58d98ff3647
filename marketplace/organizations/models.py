"""Organisations, who belongs to them and who was invited, their registration numbers, and whom they act for."""

from datetime import date, datetime
from enum import StrEnum
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, Index, PrimaryKeyConstraint, String, Text, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from marketplace.accounts.models import Person
from marketplace.core.db import Id, Model
from marketplace.organizations.numbers import LONGEST, Scheme


class Kind(StrEnum):
    AGENCY = "agency"
    COMPANY = "company"
    INSTITUTE = "institute"
    ORGANISER = "organiser"


class Status(StrEnum):
    PENDING = "pending"
    APPROVED = "approved"
    DECLINED = "declined"


MOVES: dict[Status, set[Status]] = {
    Status.PENDING: {Status.APPROVED, Status.DECLINED},
    Status.APPROVED: {Status.DECLINED},
    Status.DECLINED: {Status.APPROVED},
}


class Role(StrEnum):
    OWNER = "owner"
    EDITOR = "editor"
    READER = "reader"


class VerifiedBy(StrEnum):
    """How staff checked that an organisation is who it says: its register, a document, a visit, or a call to a known number."""

    REGISTER = "register"
    DOCUMENT = "document"
    VISIT = "visit"
    CALL = "call"


class Organization(Model):
    """``name_key`` and ``other_name_key`` are the folded names (`rules.fold_names`) that make a second one of the same name impossible.

    One that was merged into another is declined for ever and names it; it keeps its slug, so that old links lead on.
    ``absorbed`` are the ids of those merged into this one: what is frozen goes on naming them.
    """

    __tablename__ = "organizations"
    __table_args__ = (
        CheckConstraint("merged_into_id IS NULL OR (status = 'declined' AND merged_into_id <> id)", "merged"),
        CheckConstraint("(verified_at IS NULL) = (verified_how IS NULL)", "verified"),
    )

    id: Mapped[Id]
    slug: Mapped[str] = mapped_column(String(60), unique=True)
    kind: Mapped[Kind]
    name_en: Mapped[str | None] = mapped_column(String(200))
    name_zh: Mapped[str | None] = mapped_column(String(200))
    name_key: Mapped[str] = mapped_column(String(240), unique=True)
    other_name_key: Mapped[str | None] = mapped_column(String(240), unique=True)
    country: Mapped[str] = mapped_column(String(2))
    region: Mapped[str | None] = mapped_column(String(8))
    website: Mapped[str | None] = mapped_column(String(300))
    about_en: Mapped[str | None] = mapped_column(Text)
    about_zh: Mapped[str | None] = mapped_column(Text)
    status: Mapped[Status] = mapped_column(default=Status.PENDING, index=True)
    reason: Mapped[str | None] = mapped_column(String(500))
    decided_by: Mapped[UUID | None] = mapped_column(ForeignKey(Person.id))
    decided_at: Mapped[datetime | None]
    verified_at: Mapped[datetime | None]
    verified_by: Mapped[UUID | None] = mapped_column(ForeignKey(Person.id))
    verified_how: Mapped[VerifiedBy | None]
    verified_note: Mapped[str | None] = mapped_column(String(500))
    merged_into_id: Mapped[UUID | None] = mapped_column(ForeignKey("organizations.id"), index=True)
    merged_at: Mapped[datetime | None]
    absorbed: Mapped[list[str]] = mapped_column(default=list, server_default="[]")
    created_at: Mapped[datetime]
    version: Mapped[int] = mapped_column(default=1)

    __mapper_args__ = {"version_id_col": version}

    @property
    def stands(self) -> bool:
        """Whether it may be named in a contract: approved, or merged into one that took its place."""
        return self.status is Status.APPROVED or self.merged_into_id is not None

    @property
    def name(self) -> str:
        """One name, whatever the language: English first."""
        return self.name_en or self.name_zh or self.slug


class Membership(Model):
    """A person in an organisation; at most one open at a time, and ended at once."""

    __tablename__ = "memberships"
    __table_args__ = (
        Index(
            "uq_memberships_open", "organization_id", "person_id", unique=True,
            sqlite_where=text("ended_at IS NULL"), postgresql_where=text("ended_at IS NULL"),
        ),
        Index("ix_memberships_person_id", "person_id"),
    )  # fmt: skip

    id: Mapped[Id]
    organization_id: Mapped[UUID] = mapped_column(ForeignKey(Organization.id))
    person_id: Mapped[UUID] = mapped_column(ForeignKey(Person.id))
    role: Mapped[Role]
    created_at: Mapped[datetime]
    ended_at: Mapped[datetime | None]


class Invitation(Model):
    """A mail that lets its reader join with a role; one use, 14 days."""

    __tablename__ = "invitations"

    id: Mapped[Id]
    organization_id: Mapped[UUID] = mapped_column(ForeignKey(Organization.id), index=True)
    email: Mapped[str] = mapped_column(String(254))
    role: Mapped[Role]
    secret_hash: Mapped[str] = mapped_column(String(64), unique=True)
    invited_by: Mapped[UUID] = mapped_column(ForeignKey(Person.id))
    created_at: Mapped[datetime]
    expires_at: Mapped[datetime]
    accepted_at: Mapped[datetime | None]
    revoked_at: Mapped[datetime | None]


class OrganizationNumber(Model):
    """A registration number in its one written form (`numbers.normalised`); no two organisations have the same."""

    __tablename__ = "organization_numbers"
    __table_args__ = (UniqueConstraint("scheme", "value"), Index("ix_organization_numbers_organization_id", "organization_id"))

    id: Mapped[Id]
    organization_id: Mapped[UUID] = mapped_column(ForeignKey(Organization.id))
    scheme: Mapped[Scheme]
    value: Mapped[str] = mapped_column(String(LONGEST))
    added_by: Mapped[UUID | None] = mapped_column(ForeignKey(Person.id))
    created_at: Mapped[datetime]


class TraitKind(StrEnum):
    """By what two organisations look like one: the same words of a name, the same host of a website, a number both claimed."""

    NAME = "name"
    HOST = "host"
    NUMBER = "number"


class OrganizationTrait(Model):
    """What two entries of one organisation would share; made of the organisation by `duplicates`, and made again at any time.

    A ``number`` is one that the organisation claimed and another one has.
    """

    __tablename__ = "organization_traits"
    __table_args__ = (
        PrimaryKeyConstraint("organization_id", "kind", "value"),
        Index("ix_organization_traits_value", "kind", "value"),
    )

    organization_id: Mapped[UUID] = mapped_column(ForeignKey(Organization.id))
    kind: Mapped[TraitKind]
    value: Mapped[str] = mapped_column(String(240))


class MandateStatus(StrEnum):
    PROPOSED = "proposed"
    IN_FORCE = "in_force"
    ENDED = "ended"


MANDATE_MOVES: dict[MandateStatus, set[MandateStatus]] = {
    MandateStatus.PROPOSED: {MandateStatus.IN_FORCE, MandateStatus.ENDED},
    MandateStatus.IN_FORCE: {MandateStatus.ENDED},
    MandateStatus.ENDED: set(),
}


class Mandate(Model):
    """An agency acts for another organisation, its principal, as ``role``, up to and with the day ``ends_on`` (UTC).

    One side proposes, the other accepts. An *ended* one was withdrawn, declined or ended; one whose day is over is in force no more
    although nobody wrote that down.
    """

    __tablename__ = "mandates"
    __table_args__ = (
        CheckConstraint("agency_id <> principal_id", "two_sides"),
        CheckConstraint("proposed_by_id IN (agency_id, principal_id)", "proposed_by"),
        CheckConstraint("role IN ('editor', 'reader')", "role_given"),
        CheckConstraint("status <> 'in_force' OR accepted_at IS NOT NULL", "accepted"),
        CheckConstraint("(status = 'ended') = (ended_at IS NOT NULL)", "ended"),
        Index(
            "uq_mandates_open", "agency_id", "principal_id", unique=True,
            sqlite_where=text("status <> 'ended'"), postgresql_where=text("status <> 'ended'"),
        ),
        Index("ix_mandates_agency_id", "agency_id", "status"),
        Index("ix_mandates_principal_id", "principal_id", "status"),
    )  # fmt: skip

    id: Mapped[Id]
    agency_id: Mapped[UUID] = mapped_column(ForeignKey(Organization.id))
    principal_id: Mapped[UUID] = mapped_column(ForeignKey(Organization.id))
    role: Mapped[Role]
    ends_on: Mapped[date]
    status: Mapped[MandateStatus]
    proposed_by_id: Mapped[UUID] = mapped_column(ForeignKey(Organization.id))
    proposed_by_person_id: Mapped[UUID] = mapped_column(ForeignKey(Person.id))
    proposed_at: Mapped[datetime]
    accepted_by_person_id: Mapped[UUID | None] = mapped_column(ForeignKey(Person.id))
    accepted_at: Mapped[datetime | None]
    ended_by_id: Mapped[UUID | None] = mapped_column(ForeignKey(Organization.id))
    ended_by_person_id: Mapped[UUID | None] = mapped_column(ForeignKey(Person.id))
    ended_at: Mapped[datetime | None]


class TraitDismissal(Model):
    """Somebody looked at the ``members`` organisations that share a trait, and found them different."""

    __tablename__ = "organization_trait_dismissals"
    __table_args__ = (PrimaryKeyConstraint("kind", "value"),)

    kind: Mapped[TraitKind]
    value: Mapped[str] = mapped_column(String(240))
    members: Mapped[int]
    person_id: Mapped[UUID] = mapped_column(ForeignKey(Person.id))
    at: Mapped[datetime]
