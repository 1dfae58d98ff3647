"""Fairs, their segments and their staff."""

from datetime import date, datetime
from enum import StrEnum
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, Index, String, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from marketplace.accounts.models import Person
from marketplace.core.db import Currency, Id, Model


class StaffRole(StrEnum):
    MANAGER = "manager"
    MODERATOR = "moderator"
    CLERK = "clerk"
    VERIFIER = "verifier"


class Fair(Model):
    """One edition. ``current`` marks the one that the public pages show; ``sample`` says its data are invented."""

    __tablename__ = "fairs"
    __table_args__ = (
        CheckConstraint("closes_on >= opens_on", "days"),
        Index("uq_fairs_current", "current", unique=True, sqlite_where=text("current"), postgresql_where=text("current")),
    )

    id: Mapped[Id]
    slug: Mapped[str] = mapped_column(String(60), unique=True)
    name_en: Mapped[str] = mapped_column(String(200))
    name_zh: Mapped[str] = mapped_column(String(200))
    place_en: Mapped[str | None] = mapped_column(String(200))
    place_zh: Mapped[str | None] = mapped_column(String(200))
    base_currency: Mapped[Currency]
    time_zone: Mapped[str] = mapped_column(String(60))
    opens_on: Mapped[date]
    closes_on: Mapped[date]
    closed_at: Mapped[datetime | None]
    current: Mapped[bool] = mapped_column(default=False)
    sample: Mapped[bool] = mapped_column(default=False)
    created_at: Mapped[datetime]
    version: Mapped[int] = mapped_column(default=1)

    __mapper_args__ = {"version_id_col": version}


class Segment(Model):
    """A display segment of a fair; a fair entry stands in one."""

    __tablename__ = "segments"
    __table_args__ = (UniqueConstraint("fair_id", "code"),)

    id: Mapped[Id]
    fair_id: Mapped[UUID] = mapped_column(ForeignKey(Fair.id))
    code: Mapped[str] = mapped_column(String(60))
    name_en: Mapped[str] = mapped_column(String(120))
    name_zh: Mapped[str] = mapped_column(String(120))
    position: Mapped[int]


class Staff(Model):
    """A person's role at a fair; ended at once."""

    __tablename__ = "staff"
    __table_args__ = (
        Index(
            "uq_staff_open", "fair_id", "person_id", "role", unique=True,
            sqlite_where=text("ended_at IS NULL"), postgresql_where=text("ended_at IS NULL"),
        ),
        Index("ix_staff_person_id", "person_id"),
    )  # fmt: skip

    id: Mapped[Id]
    fair_id: Mapped[UUID] = mapped_column(ForeignKey(Fair.id))
    person_id: Mapped[UUID] = mapped_column(ForeignKey(Person.id))
    role: Mapped[StaffRole]
    appointed_by: Mapped[UUID | None] = mapped_column(ForeignKey(Person.id))
    created_at: Mapped[datetime]
    ended_at: Mapped[datetime | None]
