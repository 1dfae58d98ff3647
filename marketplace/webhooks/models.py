"""The addresses an organisation names, what was told to each, and how each try went."""

from datetime import datetime
from enum import StrEnum
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, Index, String, Text, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from marketplace.accounts.models import Person
from marketplace.core.db import Id, Model
from marketplace.organizations.models import Organization


class Event(StrEnum):
    """What can be told. A new one is added at the end; none is ever renamed: programs elsewhere know these words."""

    LISTING_PUBLISHED = "listing.published"
    LISTING_SENT_BACK = "listing.sent_back"
    LISTING_WITHDRAWN = "listing.withdrawn"
    LISTING_EXPIRED = "listing.expired"
    INTEREST_RECEIVED = "interest.received"
    INTEREST_ACCEPTED = "interest.accepted"
    INTEREST_DECLINED = "interest.declined"
    NEGOTIATION_ROUND = "negotiation.round"
    NEGOTIATION_AGREED = "negotiation.agreed"
    NEGOTIATION_LOST = "negotiation.lost"
    TEST = "test"
    NEGOTIATION_STAGE_CHANGED = "negotiation.stage_changed"


class State(StrEnum):
    WAITING = "waiting"
    DELIVERED = "delivered"
    FAILED = "failed"


MOVES: dict[State, set[State]] = {
    State.WAITING: {State.WAITING, State.DELIVERED, State.FAILED},
    State.DELIVERED: {State.WAITING},  # sent again
    State.FAILED: {State.WAITING},
}


class Off(StrEnum):
    """Why an endpoint is switched off."""

    OWNER = "owner"
    FAILING = "failing"
    GONE = "gone"


class Endpoint(Model):
    """An address that hears of ``events``. Its secrets are derived, not kept (`signing`): ``secret_number`` says which one signs.

    The one before signs beside it until ``old_secret_until``. ``failing_since`` is the first failure after the last success; an
    endpoint that let us wait is left alone until ``rests_until``, longer each of the ``slow`` times in a row. One that was deleted keeps its log.
    """

    __tablename__ = "webhook_endpoints"
    __table_args__ = (
        CheckConstraint("(disabled_at IS NULL) = (disabled_because IS NULL)", "disabled"),
        Index("ix_webhook_endpoints_open", "organization_id", sqlite_where=text("ended_at IS NULL"), postgresql_where=text("ended_at IS NULL")),
        Index(
            "uq_webhook_endpoints_url", "organization_id", "url", unique=True,
            sqlite_where=text("ended_at IS NULL"), postgresql_where=text("ended_at IS NULL"),
        ),
    )  # fmt: skip

    id: Mapped[Id]
    organization_id: Mapped[UUID] = mapped_column(ForeignKey(Organization.id))
    url: Mapped[str] = mapped_column(String(500))
    description: Mapped[str | None] = mapped_column(String(120))
    events: Mapped[list[str]]
    secret_number: Mapped[int] = mapped_column(default=1)
    secret_check: Mapped[str] = mapped_column(String(16))
    old_secret_until: Mapped[datetime | None]
    created_by: Mapped[UUID | None] = mapped_column(ForeignKey(Person.id))
    created_at: Mapped[datetime]
    failing_since: Mapped[datetime | None]
    slow: Mapped[int] = mapped_column(default=0)
    rests_until: Mapped[datetime | None]
    disabled_at: Mapped[datetime | None]
    disabled_because: Mapped[Off | None]
    ended_at: Mapped[datetime | None]
    version: Mapped[int] = mapped_column(default=1)

    __mapper_args__ = {"version_id_col": version}


class Delivery(Model):
    """One event for one endpoint: ``body`` is sent as it stands here, however often. ``turn`` counts the promises to send it:
    a job of an earlier turn does nothing. ``tries`` counts those since it was last asked for."""

    __tablename__ = "webhook_deliveries"
    __table_args__ = (
        UniqueConstraint("endpoint_id", "event_id"),
        Index("ix_webhook_deliveries_log", "endpoint_id", "created_at"),
        CheckConstraint("(state = 'waiting') = (done_at IS NULL)", "done"),
    )

    id: Mapped[Id]
    endpoint_id: Mapped[UUID] = mapped_column(ForeignKey(Endpoint.id))
    event_id: Mapped[UUID]
    event: Mapped[str] = mapped_column(String(40))
    body: Mapped[str] = mapped_column(Text)
    created_at: Mapped[datetime] = mapped_column(index=True)
    state: Mapped[State] = mapped_column(default=State.WAITING)
    turn: Mapped[int] = mapped_column(default=1)
    tries: Mapped[int] = mapped_column(default=0)
    next_at: Mapped[datetime | None]
    done_at: Mapped[datetime | None]


class Attempt(Model):
    """One try: the status of the answer and how it began, or why there was none (``fault``)."""

    __tablename__ = "webhook_attempts"

    id: Mapped[Id]
    delivery_id: Mapped[UUID] = mapped_column(ForeignKey(Delivery.id), index=True)
    at: Mapped[datetime]
    status: Mapped[int | None]
    answer: Mapped[str | None] = mapped_column(String(1000))
    fault: Mapped[str | None] = mapped_column(String(40))
    milliseconds: Mapped[int]
