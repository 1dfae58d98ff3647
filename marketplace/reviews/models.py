"""Who is reading what, what was decided, and the notes that went with it."""

from datetime import datetime
from enum import StrEnum
from typing import Any
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, Index, String
from sqlalchemy.orm import Mapped, mapped_column

from marketplace.accounts.models import Person
from marketplace.core.appendonly import append_only
from marketplace.core.db import Id, Model
from marketplace.fairs.models import Fair
from marketplace.listings.checks.findings import Severity
from marketplace.listings.models import FairEntry

GENERAL = "general"
"""The field of a note that is about the whole listing."""
LONGEST_NOTE = 1_000


class Verdict(StrEnum):
    PUBLISHED = "published"
    SENT_BACK = "sent_back"
    UNDONE = "undone"


class ReviewClaim(Model):
    """That a reviewer is reading an entry, until ``expires_at``. One row per entry, so that of two who take it one gets it."""

    __tablename__ = "review_claims"
    __table_args__ = (Index("ix_review_claims_person", "person_id"),)

    entry_id: Mapped[UUID] = mapped_column(ForeignKey(FairEntry.id), primary_key=True)
    person_id: Mapped[UUID] = mapped_column(ForeignKey(Person.id))
    claimed_at: Mapped[datetime]
    expires_at: Mapped[datetime]


@append_only
class ReviewDecision(Model):
    """One decision on version ``number`` of an entry; a decision that is taken back has a second row that names it in ``undoes_id``.

    ``overridden`` says that a blocker which the checks found was looked at and let pass, for the ``reason``. ``entry_version`` is
    the entry's after the decision, ``before`` what it was before: enough to take it back as long as nothing else happened.
    """

    __tablename__ = "review_decisions"
    __table_args__ = (
        CheckConstraint("(verdict = 'undone') = (undoes_id IS NOT NULL)", "undoes"),
        CheckConstraint("NOT overridden OR reason IS NOT NULL", "overridden"),
        Index("ix_review_decisions_entry", "entry_id", "at"),
        Index("ix_review_decisions_fair", "fair_id", "at"),
        Index("ix_review_decisions_person", "by_id", "at"),
    )

    id: Mapped[Id]
    entry_id: Mapped[UUID] = mapped_column(ForeignKey(FairEntry.id))
    fair_id: Mapped[UUID] = mapped_column(ForeignKey(Fair.id))
    number: Mapped[int]
    verdict: Mapped[Verdict]
    by_id: Mapped[UUID] = mapped_column(ForeignKey(Person.id))
    at: Mapped[datetime]
    waited_since: Mapped[datetime | None]
    reason: Mapped[str | None] = mapped_column(String(2000))
    note_count: Mapped[int] = mapped_column(default=0)
    overridden: Mapped[bool] = mapped_column(default=False)
    undoes_id: Mapped[UUID | None] = mapped_column(ForeignKey("review_decisions.id"), unique=True)
    entry_version: Mapped[int]
    before: Mapped[dict[str, Any]]


class ReviewNote(Model):
    """A note of a decision about a field, in one language or both. Its owner ticks ``done_at``; nothing else ever changes."""

    __tablename__ = "review_notes"
    __table_args__ = (
        CheckConstraint("text_en IS NOT NULL OR text_zh IS NOT NULL", "text"),
        Index("ix_review_notes_decision", "decision_id"),
        Index("ix_review_notes_entry", "entry_id"),
    )

    id: Mapped[Id]
    decision_id: Mapped[UUID] = mapped_column(ForeignKey(ReviewDecision.id))
    entry_id: Mapped[UUID] = mapped_column(ForeignKey(FairEntry.id))
    number: Mapped[int]
    position: Mapped[int]
    field: Mapped[str] = mapped_column(String(40))
    severity: Mapped[Severity]
    code: Mapped[str | None] = mapped_column(String(40))
    text_en: Mapped[str | None] = mapped_column(String(LONGEST_NOTE))
    text_zh: Mapped[str | None] = mapped_column(String(LONGEST_NOTE))
    done_at: Mapped[datetime | None]
    done_by: Mapped[UUID | None] = mapped_column(ForeignKey(Person.id))
