"""Places, and the one table that makes double booking impossible."""

from datetime import datetime
from enum import StrEnum
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, Index, PrimaryKeyConstraint, String
from sqlalchemy.orm import Mapped, mapped_column

from marketplace.core.db import Id, Model
from marketplace.fairs.models import Fair


class PlaceKind(StrEnum):
    HALL = "hall"
    ROOM = "room"
    TABLE = "table"
    ONLINE = "online"


class Place(Model):
    """Where something happens at a fair: a hall, a room, a table, or an online room with its link."""

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
    created_at: Mapped[datetime]


class Booking(Model):
    """One resource for one quarter of an hour: its key makes a second holder impossible, on every database.

    ``resource``: 'place:<uuid>', 'person:<uuid>' or 'slot:<session uuid>:<position>'; ``cell``: where the quarter begins;
    ``holder``: 'session:<uuid>', 'pitch:<uuid>' or 'meeting:<uuid>'.
    """

    __tablename__ = "bookings"
    __table_args__ = (PrimaryKeyConstraint("resource", "cell"), Index("ix_bookings_holder", "holder"))

    resource: Mapped[str] = mapped_column(String(80))
    cell: Mapped[datetime]
    holder: Mapped[str] = mapped_column(String(60))
