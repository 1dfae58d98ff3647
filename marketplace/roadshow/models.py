"""Sessions and their pitches."""

from datetime import datetime
from enum import StrEnum
from uuid import UUID

from sqlalchemy import BigInteger, CheckConstraint, ForeignKey, Index, String
from sqlalchemy.orm import Mapped, mapped_column

from marketplace.accounts.models import Person
from marketplace.core.db import Id, Model
from marketplace.fairs.models import Fair
from marketplace.listings.models import Listing
from marketplace.organizations.models import Organization
from marketplace.payments.models import Fee
from marketplace.venue.models import Place


class SessionStatus(StrEnum):
    SCHEDULED = "scheduled"
    CANCELLED = "cancelled"


class PitchStatus(StrEnum):
    HELD = "held"
    CONFIRMED = "confirmed"
    CANCELLED = "cancelled"


SESSION_MOVES: dict[SessionStatus, set[SessionStatus]] = {
    SessionStatus.SCHEDULED: {SessionStatus.CANCELLED},
    SessionStatus.CANCELLED: set(),
}
PITCH_MOVES: dict[PitchStatus, set[PitchStatus]] = {
    PitchStatus.HELD: {PitchStatus.CONFIRMED, PitchStatus.CANCELLED},
    PitchStatus.CONFIRMED: {PitchStatus.CANCELLED},
    PitchStatus.CANCELLED: set(),
}
class Session(Model):
    """Pitches one after another in one place. ``capacity``: people who find room; ``slots``: pitches, ``slot_minutes`` each.

    ``price_minor`` is what a pitch slot costs; empty, it is free. ``late_minutes`` is the late start that staff announced;
    ``started_at`` and ``finished_at`` are when it was marked so (`running`).
    """

    __tablename__ = "sessions"
    __table_args__ = (
        CheckConstraint("title_en IS NOT NULL OR title_zh IS NOT NULL", "title"),
        CheckConstraint("ends_at > starts_at", "times"),
        CheckConstraint("slots >= 0 AND slot_minutes >= 15", "slots"),
        CheckConstraint("(price_minor IS NULL) = (currency IS NULL) AND (price_minor IS NULL OR price_minor > 0)", "price"),
        CheckConstraint("late_minutes BETWEEN 0 AND 480", "late"),
        Index("ix_sessions_fair", "fair_id", "starts_at"),
    )

    id: Mapped[Id]
    fair_id: Mapped[UUID] = mapped_column(ForeignKey(Fair.id))
    place_id: Mapped[UUID] = mapped_column(ForeignKey(Place.id))
    title_en: Mapped[str | None] = mapped_column(String(200))
    title_zh: Mapped[str | None] = mapped_column(String(200))
    starts_at: Mapped[datetime]
    ends_at: Mapped[datetime]
    capacity: Mapped[int]
    slots: Mapped[int]
    slot_minutes: Mapped[int]
    price_minor: Mapped[int | None] = mapped_column(BigInteger)
    currency: Mapped[str | None] = mapped_column(String(3))
    late_minutes: Mapped[int] = mapped_column(default=0, server_default="0")
    started_at: Mapped[datetime | None]
    finished_at: Mapped[datetime | None]
    status: Mapped[SessionStatus] = mapped_column(default=SessionStatus.SCHEDULED)
    created_at: Mapped[datetime]
    version: Mapped[int] = mapped_column(default=1)

    __mapper_args__ = {"version_id_col": version}


class Pitch(Model):
    """An achievement presented in a session: ``position`` counts the slots from 1."""

    __tablename__ = "pitches"
    __table_args__ = (
        CheckConstraint("position >= 1", "position"),
        Index("ix_pitches_session_id", "session_id"),
        Index("ix_pitches_organization_id", "organization_id"),
    )

    id: Mapped[Id]
    session_id: Mapped[UUID] = mapped_column(ForeignKey(Session.id))
    position: Mapped[int]
    starts_at: Mapped[datetime]
    length_minutes: Mapped[int]
    achievement_id: Mapped[UUID] = mapped_column(ForeignKey(Listing.id))
    organization_id: Mapped[UUID] = mapped_column(ForeignKey(Organization.id))
    person_id: Mapped[UUID] = mapped_column(ForeignKey(Person.id))
    fee_id: Mapped[UUID | None] = mapped_column(ForeignKey(Fee.id), unique=True)
    started_at: Mapped[datetime | None]
    finished_at: Mapped[datetime | None]
    status: Mapped[PitchStatus]
    created_at: Mapped[datetime]
    version: Mapped[int] = mapped_column(default=1)

    __mapper_args__ = {"version_id_col": version}
