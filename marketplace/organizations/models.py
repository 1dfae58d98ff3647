"""Organisations, who belongs to them, and who was invited."""

from datetime import datetime
from enum import StrEnum
from uuid import UUID

from sqlalchemy import ForeignKey, Index, String, Text, text
from sqlalchemy.orm import Mapped, mapped_column

from marketplace.accounts.models import Person
from marketplace.core.db import Id, Model


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


class Organization(Model):
    """``name_key`` and ``other_name_key`` are the folded names (`rules.fold_names`) that make a second one of the same name impossible."""

    __tablename__ = "organizations"

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
    created_at: Mapped[datetime]
    version: Mapped[int] = mapped_column(default=1)

    __mapper_args__ = {"version_id_col": version}

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
