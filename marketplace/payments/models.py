"""Fees owed to a fair, and the events by which Stripe told us about them."""

from datetime import datetime
from enum import StrEnum
from uuid import UUID

from sqlalchemy import BigInteger, CheckConstraint, ForeignKey, Index, LargeBinary, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from marketplace.accounts.models import Person
from marketplace.core.db import Currency, Id, Minor, Model
from marketplace.fairs.models import Fair
from marketplace.organizations.models import Organization


class FeeStatus(StrEnum):
    HELD = "held"
    PAID = "paid"
    RELEASED = "released"
    REFUND_DUE = "refund_due"
    REFUNDED = "refunded"
    FAILED = "failed"


MOVES: dict[FeeStatus, set[FeeStatus]] = {
    FeeStatus.HELD: {FeeStatus.PAID, FeeStatus.RELEASED, FeeStatus.FAILED},
    FeeStatus.PAID: {FeeStatus.REFUND_DUE, FeeStatus.REFUNDED},
    FeeStatus.RELEASED: {FeeStatus.REFUND_DUE},
    FeeStatus.REFUND_DUE: {FeeStatus.REFUNDED, FeeStatus.FAILED},
    FeeStatus.REFUNDED: {FeeStatus.FAILED},
    FeeStatus.FAILED: {FeeStatus.REFUND_DUE, FeeStatus.REFUNDED},
}


class Fee(Model):
    """One amount for one thing (``subject``, such as 'pitch_slot:<uuid>'), payable by card until ``held_until``.

    ``failed``: Stripe refused the Checkout or the refund, and a person has to look. ``closed_at``: from then on its Checkout
    cannot be paid any more, so nothing has to be asked about it.
    """

    __tablename__ = "fees"
    __table_args__ = (
        CheckConstraint("amount_minor > 0", "amount"),
        CheckConstraint("refunded_minor BETWEEN 0 AND amount_minor", "refunded"),
        CheckConstraint("status NOT IN ('paid', 'refund_due', 'refunded') OR paid_at IS NOT NULL", "paid"),
        Index("ix_fees_fair", "fair_id", "created_at"),
        Index("ix_fees_own", "organization_id", "created_at"),
        Index("ix_fees_held", "status", "held_until"),
    )

    id: Mapped[Id]
    fair_id: Mapped[UUID] = mapped_column(ForeignKey(Fair.id))
    organization_id: Mapped[UUID] = mapped_column(ForeignKey(Organization.id))
    person_id: Mapped[UUID] = mapped_column(ForeignKey(Person.id))
    subject: Mapped[str] = mapped_column(String(80), unique=True)
    description_en: Mapped[str] = mapped_column(String(300))
    description_zh: Mapped[str] = mapped_column(String(300))
    amount_minor: Mapped[Minor]
    currency: Mapped[Currency]
    status: Mapped[FeeStatus] = mapped_column(default=FeeStatus.HELD)
    held_until: Mapped[datetime]
    checkout_id: Mapped[str | None] = mapped_column(String(255), unique=True)
    checkout_url: Mapped[str | None] = mapped_column(Text)
    payment_intent: Mapped[str | None] = mapped_column(String(255), unique=True)
    paid_at: Mapped[datetime | None]
    closed_at: Mapped[datetime | None]
    refund_id: Mapped[str | None] = mapped_column(String(255))
    refund_attempts: Mapped[int] = mapped_column(default=0)
    refunded_minor: Mapped[int] = mapped_column(BigInteger, default=0)
    refunded_by: Mapped[UUID | None] = mapped_column(ForeignKey(Person.id))
    created_at: Mapped[datetime]
    version: Mapped[int] = mapped_column(default=1)

    __mapper_args__ = {"version_id_col": version}


class WebhookEvent(Model):
    """One event of Stripe's, kept as it came; its id is unique for ever, so that it has one effect."""

    __tablename__ = "webhook_events"

    id: Mapped[str] = mapped_column(String(255), primary_key=True)
    type: Mapped[str] = mapped_column(String(120))
    created: Mapped[datetime]
    livemode: Mapped[bool]
    payload: Mapped[bytes] = mapped_column(LargeBinary)
    received_at: Mapped[datetime]
    processed_at: Mapped[datetime | None]
    outcome: Mapped[str | None] = mapped_column(String(40))
    fee_id: Mapped[UUID | None] = mapped_column(ForeignKey(Fee.id), index=True)
