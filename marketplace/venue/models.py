"""Places, and the one table that makes double booking impossible."""

from datetime import datetime
from enum import StrEnum
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, Index, PrimaryKeyConstraint, String
from sqlalchemy.orm import Mapped, mapped_column

from marketplace.accounts.models import Person
from marketplace.core.db import Id, Model
from marketplace.fairs.models import Fair


class PlaceKind(StrEnum):
    HALL = "hall"
    ROOM = "room"
    TABLE = "table"
    ONLINE = "online"


class Place(Model):
    """Where something happens at a fair: a hall, a room, a table, or an online room with its link.

    ``hall_id``: the hall a room or table stands in, for the way between two.
    """

    __tablename__ = "places"
    __table_args__ = (
        CheckConstraint("name_en IS NOT NULL OR name_zh IS NOT NULL", "name"),
        CheckConstraint("capacity >= 1", "capacity"),
        CheckConstraint("kind <> 'online' OR link IS NOT NULL", "link"),
        Index("ix_places_fair_id", "fair_id"),
    )

    id: Mapped[Id]
    fair_id: Mapped[UUID] = mapped_column(ForeignKey(Fair.id))
    kind: Mapped[PlaceKind]
    name_en: Mapped[str | None] = mapped_column(String(120))
    name_zh: Mapped[str | None] = mapped_column(String(120))
    capacity: Mapped[int]
    link: Mapped[str | None] = mapped_column(String(500))
    hall_id: Mapped[UUID | None] = mapped_column(ForeignKey("places.id"))
    created_at: Mapped[datetime]
    version: Mapped[int] = mapped_column(default=1, server_default="1")

    __mapper_args__ = {"version_id_col": version}


class Walk(Model):
    """How many minutes it takes from one hall to another and back; ``one_hall_id`` sorts before ``other_hall_id``."""

    __tablename__ = "walks"
    __table_args__ = (
        PrimaryKeyConstraint("one_hall_id", "other_hall_id"),
        CheckConstraint("one_hall_id < other_hall_id", "order"),
        CheckConstraint("minutes BETWEEN 0 AND 120", "minutes"),
    )

    one_hall_id: Mapped[UUID] = mapped_column(ForeignKey(Place.id))
    other_hall_id: Mapped[UUID] = mapped_column(ForeignKey(Place.id))
    minutes: Mapped[int]


class Closure(Model):
    """A time for which a place cannot be used: its quarters are booked by ``closure:<id>``."""

    __tablename__ = "place_closures"
    __table_args__ = (CheckConstraint("ends_at > starts_at", "times"), Index("ix_place_closures_place_id", "place_id", "starts_at"))

    id: Mapped[Id]
    place_id: Mapped[UUID] = mapped_column(ForeignKey(Place.id))
    starts_at: Mapped[datetime]
    ends_at: Mapped[datetime]
    reason: Mapped[str] = mapped_column(String(200))
    closed_by: Mapped[UUID] = mapped_column(ForeignKey(Person.id))
    created_at: Mapped[datetime]


class Level(StrEnum):
    """How much a conflict weighs: it stops, it asks for a second yes, or it is not mentioned."""

    BLOCK = "block"
    WARN = "warn"
    IGNORE = "ignore"


class ConflictLevel(Model):
    """How a fair weighs one kind of conflict, where it differs from the usual (`conflicts.USUAL`)."""

    __tablename__ = "conflict_levels"
    __table_args__ = (PrimaryKeyConstraint("fair_id", "kind"),)

    fair_id: Mapped[UUID] = mapped_column(ForeignKey(Fair.id))
    kind: Mapped[str] = mapped_column(String(40))
    level: Mapped[Level]


class Booking(Model):
    """One resource for one quarter of an hour: its key makes a second holder impossible, on every database.

    ``resource``: 'place:<uuid>', 'person:<uuid>', 'interpreter:<uuid>' or 'slot:<session uuid>:<position>'; ``cell``: where the
    quarter begins; ``holder``: 'session:', 'pitch:', 'meeting:', 'move:' (a new time proposed for a meeting), 'closure:' or
    'absence:', each with its uuid.
    """

    __tablename__ = "bookings"
    __table_args__ = (PrimaryKeyConstraint("resource", "cell"), Index("ix_bookings_holder", "holder"))

    resource: Mapped[str] = mapped_column(String(80))
    cell: Mapped[datetime]
    holder: Mapped[str] = mapped_column(String(60))
