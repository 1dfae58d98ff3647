"""Follow-ups of intents, the one-time links by which a side answers, and the answers, which are never changed."""

from datetime import date, datetime
from enum import StrEnum
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, Index, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from marketplace.accounts.models import Person
from marketplace.contracts.models import Contract, PartyRole
from marketplace.core.appendonly import append_only
from marketplace.core.db import Currency, Id, Minor, Model
from marketplace.fairs.models import Fair

ERASED = "–"
HORIZONS = (30, 90, 180)
"""Days after an intent was signed (or, without a day of signing, declared) on which both sides are asked."""


class Side(StrEnum):
    """Whose word it is; a broker is not asked."""

    PROVIDER = PartyRole.PROVIDER.value
    RECIPIENT = PartyRole.RECIPIENT.value


class Outcome(StrEnum):
    SIGNED = "signed"
    TALKING = "talking"
    DROPPED = "dropped"


class FollowUp(Model):
    """One intent at one horizon. ``asked_at`` null: nobody was asked, because it came due before we looked, or a contract names it already."""

    __tablename__ = "followups"
    __table_args__ = (
        UniqueConstraint("contract_id", "days"),
        CheckConstraint("days IN (30, 90, 180)", "days"),
        Index("ix_followups_fair", "fair_id", "due_on"),
    )

    id: Mapped[Id]
    fair_id: Mapped[UUID] = mapped_column(ForeignKey(Fair.id))
    contract_id: Mapped[UUID] = mapped_column(ForeignKey(Contract.id))
    days: Mapped[int]
    due_on: Mapped[date]
    created_at: Mapped[datetime]
    asked_at: Mapped[datetime | None]


class FollowUpLink(Model):
    """A secret address that answers once for one side. Only its hash is kept; a newer link of the side ends the older ones."""

    __tablename__ = "followup_links"
    __table_args__ = (Index("ix_followup_links_followup", "followup_id", "side"),)

    id: Mapped[Id]
    followup_id: Mapped[UUID] = mapped_column(ForeignKey(FollowUp.id))
    side: Mapped[Side]
    secret_hash: Mapped[str] = mapped_column(String(64), unique=True)
    made_by: Mapped[UUID | None] = mapped_column(ForeignKey(Person.id))
    created_at: Mapped[datetime]
    expires_at: Mapped[datetime]
    ended_at: Mapped[datetime | None]


@append_only
class FollowUpAnswer(Model):
    """What a side said, by link (``person_id`` null) or signed in. The latest one of a side at a horizon is its word.

    Amount and currency are of a signed contract, in minor units; both null there is undisclosed.
    """

    __tablename__ = "followup_answers"
    __table_args__ = (
        CheckConstraint("(amount_minor IS NULL) = (currency IS NULL)", "amount"),
        CheckConstraint("outcome = 'signed' OR (amount_minor IS NULL AND contract_reference IS NULL)", "signed"),
        CheckConstraint("outcome <> 'dropped' OR reason IS NOT NULL", "dropped"),
        CheckConstraint("amount_minor IS NULL OR amount_minor BETWEEN 1 AND 1000000000000000", "bounds"),
        Index("ix_followup_answers_followup", "followup_id", "answered_at"),
    )

    id: Mapped[Id]
    followup_id: Mapped[UUID] = mapped_column(ForeignKey(FollowUp.id))
    side: Mapped[Side]
    outcome: Mapped[Outcome]
    amount_minor: Mapped[Minor | None]
    currency: Mapped[Currency | None]
    contract_reference: Mapped[str | None] = mapped_column(String(60))
    reason: Mapped[str | None] = mapped_column(String(1000))
    person_id: Mapped[UUID | None] = mapped_column(ForeignKey(Person.id))
    answered_at: Mapped[datetime]
    answerer: Mapped["FollowUpAnswerer | None"] = relationship(lazy="joined", passive_deletes="all")

    @property
    def name(self) -> str:
        return self.answerer.name if self.answerer else ERASED


class FollowUpAnswerer(Model):
    """The name of who gave an answer; the row goes when they are erased, the answer stays."""

    __tablename__ = "followup_answerers"

    answer_id: Mapped[UUID] = mapped_column(ForeignKey(FollowUpAnswer.id), primary_key=True)
    name: Mapped[str] = mapped_column(String(120))
