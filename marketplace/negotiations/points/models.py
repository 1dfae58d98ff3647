"""Open points of a negotiation, and what each side said about them."""

from datetime import date, datetime
from enum import StrEnum
from uuid import UUID

from sqlalchemy import CheckConstraint, Enum, ForeignKey, Index, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from marketplace.accounts.models import Person
from marketplace.core.db import Id, Model
from marketplace.negotiations.models import Negotiation


class Side(StrEnum):
    """Of a thread. Which organisation that is, the thread says: a merge of organisations moves the thread alone."""

    PROVIDER = "provider"
    RECIPIENT = "recipient"

    @property
    def other(self) -> "Side":
        return Side.RECIPIENT if self is Side.PROVIDER else Side.PROVIDER


class PointStatus(StrEnum):
    OPEN = "open"
    ANSWERED = "answered"
    SETTLED = "settled"


POINT_MOVES: dict[PointStatus, set[PointStatus]] = {
    PointStatus.OPEN: {PointStatus.OPEN, PointStatus.ANSWERED, PointStatus.SETTLED},
    PointStatus.ANSWERED: {PointStatus.ANSWERED, PointStatus.OPEN, PointStatus.SETTLED},
    PointStatus.SETTLED: {PointStatus.OPEN},
}
"""To say more keeps a point where it stands or hands it over; one that was settled is only opened again, with a reason."""


class PointAct(StrEnum):
    SAID = "said"
    SETTLED = "settled"
    REOPENED = "reopened"


class Point(Model):
    """Something the two sides still have to clear up. ``waits_for`` is the side to speak next; None once it is settled."""

    __tablename__ = "negotiation_points"
    __table_args__ = (
        UniqueConstraint("negotiation_id", "number"),
        CheckConstraint("number >= 1", "number"),
        CheckConstraint("(status = 'settled') = (settled_at IS NOT NULL)", "settled"),
        CheckConstraint("(status = 'settled') = (waits_for IS NULL)", "waits_for"),
        Index("ix_negotiation_points_due", "status", "due_on"),
    )

    id: Mapped[Id]
    negotiation_id: Mapped[UUID] = mapped_column(ForeignKey(Negotiation.id))
    number: Mapped[int]
    text: Mapped[str] = mapped_column(String(500))
    raised_by: Mapped[Side]
    raised_by_person_id: Mapped[UUID] = mapped_column(ForeignKey(Person.id))
    raised_at: Mapped[datetime]
    status: Mapped[PointStatus]
    waits_for: Mapped[Side | None] = mapped_column(
        Enum(Side, name="waiting_side", native_enum=False, create_constraint=True, length=40, values_callable=lambda all_: [each.value for each in all_])
    )  # a name of its own beside that of ``raised_by``
    due_on: Mapped[date | None]
    settled_at: Mapped[datetime | None]
    entries: Mapped[int] = mapped_column(default=0)


class PointEntry(Model):
    """What one side said about a point: an answer, a question back, how it was settled, why it is open again. Never edited."""

    __tablename__ = "negotiation_point_entries"
    __table_args__ = (UniqueConstraint("point_id", "number"),)

    id: Mapped[Id]
    point_id: Mapped[UUID] = mapped_column(ForeignKey(Point.id))
    number: Mapped[int]
    act: Mapped[PointAct]
    side: Mapped[Side]
    person_id: Mapped[UUID] = mapped_column(ForeignKey(Person.id))
    text: Mapped[str] = mapped_column(Text)
    at: Mapped[datetime]
