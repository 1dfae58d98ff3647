"""The thread of one deal, its rounds of terms, and the facts handed over when both sides agree."""

from datetime import datetime
from enum import StrEnum
from typing import Any
from uuid import UUID

from sqlalchemy import BigInteger, CheckConstraint, ForeignKey, Index, String, Text, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from marketplace.accounts.models import Person
from marketplace.core.db import Id, Model
from marketplace.fairs.models import Fair
from marketplace.listings.models import Listing
from marketplace.meetings.models import Meeting
from marketplace.organizations.models import Organization


class Stage(StrEnum):
    INTEREST = "interest"
    DECLINED = "declined"
    WITHDRAWN = "withdrawn"
    TALKING = "talking"
    AGREED = "agreed"
    LOST = "lost"


MOVES: dict[Stage, set[Stage]] = {
    Stage.INTEREST: {Stage.TALKING, Stage.DECLINED, Stage.WITHDRAWN},
    Stage.TALKING: {Stage.AGREED, Stage.LOST},
    Stage.AGREED: {Stage.LOST},  # an approval or the money may still fail, until the facts are handed over
    Stage.DECLINED: set(),
    Stage.WITHDRAWN: set(),
    Stage.LOST: set(),
}


class RoundStatus(StrEnum):
    OPEN = "open"
    COUNTERED = "countered"
    WITHDRAWN = "withdrawn"
    AGREED = "agreed"
    EXPIRED = "expired"


ROUND_MOVES: dict[RoundStatus, set[RoundStatus]] = {
    RoundStatus.OPEN: {RoundStatus.COUNTERED, RoundStatus.WITHDRAWN, RoundStatus.AGREED, RoundStatus.EXPIRED},
    RoundStatus.COUNTERED: set(),
    RoundStatus.WITHDRAWN: set(),
    RoundStatus.AGREED: set(),
    RoundStatus.EXPIRED: set(),
}


class Negotiation(Model):
    """One thread between the provider and the recipient of a technology, from the interest to a hand-over or a reason.

    ``achievement_number`` and ``need_number`` are the versions that were public when it was asked: what both sides talk
    about stays readable to both whatever becomes of the listing. ``open_key`` names the pair while the thread is open, so
    that the database holds one open thread of a pair. ``move_of_id`` repeats `rules.whose_move` for sorting and counting.
    """

    __tablename__ = "negotiations"
    __table_args__ = (
        CheckConstraint("achievement_id IS NOT NULL OR need_id IS NOT NULL", "listing"),
        CheckConstraint("(achievement_id IS NULL) = (achievement_number IS NULL)", "achievement_version"),
        CheckConstraint("(need_id IS NULL) = (need_number IS NULL)", "need_version"),
        CheckConstraint("provider_id <> recipient_id", "two_sides"),
        CheckConstraint("asked_by_id IN (provider_id, recipient_id)", "asked_by"),
        CheckConstraint("answered_by_id IN (provider_id, recipient_id) AND answered_by_id <> asked_by_id", "answered_by"),
        CheckConstraint("(stage = 'declined') = (decline_reason IS NOT NULL)", "decline_reason"),
        CheckConstraint("(stage = 'lost') = (lost_reason IS NOT NULL)", "lost_reason"),
        CheckConstraint("stage NOT IN ('declined', 'withdrawn', 'lost') OR (open_key IS NULL AND ended_at IS NOT NULL)", "ended"),
        Index("ix_negotiations_provider", "provider_id", "moved_at"),
        Index("ix_negotiations_recipient", "recipient_id", "moved_at"),
        Index("ix_negotiations_fair", "fair_id", "sent_at", "id"),
    )

    id: Mapped[Id]
    reference: Mapped[str] = mapped_column(String(20), unique=True)
    fair_id: Mapped[UUID] = mapped_column(ForeignKey(Fair.id))
    achievement_id: Mapped[UUID | None] = mapped_column(ForeignKey(Listing.id))
    achievement_number: Mapped[int | None]
    need_id: Mapped[UUID | None] = mapped_column(ForeignKey(Listing.id))
    need_number: Mapped[int | None]
    provider_id: Mapped[UUID] = mapped_column(ForeignKey(Organization.id))
    recipient_id: Mapped[UUID] = mapped_column(ForeignKey(Organization.id))
    asked_by_id: Mapped[UUID] = mapped_column(ForeignKey(Organization.id))
    answered_by_id: Mapped[UUID] = mapped_column(ForeignKey(Organization.id))
    asked_by_person_id: Mapped[UUID] = mapped_column(ForeignKey(Person.id))
    open_key: Mapped[str | None] = mapped_column(String(160), unique=True)
    cooperation_wanted: Mapped[str] = mapped_column(String(30))
    question: Mapped[str] = mapped_column(Text)
    about_us: Mapped[str | None] = mapped_column(Text)
    expected_volume: Mapped[str | None] = mapped_column(String(200))
    stage: Mapped[Stage]
    decline_reason: Mapped[str | None] = mapped_column(String(30))
    decline_note: Mapped[str | None] = mapped_column(Text)
    lost_reason: Mapped[str | None] = mapped_column(String(30))
    lost_note: Mapped[str | None] = mapped_column(Text)
    lost_by_id: Mapped[UUID | None] = mapped_column(ForeignKey(Organization.id))
    sent_at: Mapped[datetime]
    read_at: Mapped[datetime | None]
    answered_at: Mapped[datetime | None]
    ended_at: Mapped[datetime | None]
    moved_at: Mapped[datetime]
    move_of_id: Mapped[UUID | None] = mapped_column(ForeignKey(Organization.id), index=True)
    version: Mapped[int] = mapped_column(default=1)

    __mapper_args__ = {"version_id_col": version}

    def other_side(self, organization_id: UUID | None) -> UUID:
        """The organisation across the table."""
        return self.recipient_id if organization_id == self.provider_id else self.provider_id


class Round(Model):
    """Terms that one side put on the table. Never edited: terms change by a new round.

    Empty means "left open"; ``undisclosed`` says that the amount is agreed outside and will not be stated.
    ``amount_minor`` and ``technology_amount_minor`` are minor units of ``currency``; ``royalty_bp`` hundredths of a percent.
    A round is *expired* when its time ran out or when the talks ended while it was open.
    """

    __tablename__ = "negotiation_rounds"
    __table_args__ = (
        UniqueConstraint("negotiation_id", "number"),
        Index(
            "uq_negotiation_rounds_open", "negotiation_id", unique=True,
            sqlite_where=text("status = 'open'"), postgresql_where=text("status = 'open'"),
        ),
        Index("ix_negotiation_rounds_valid_until", "status", "valid_until"),
        CheckConstraint("number >= 1", "number"),
        CheckConstraint("amount_minor IS NULL OR (amount_minor > 0 AND currency IS NOT NULL AND NOT undisclosed)", "amount"),
        CheckConstraint(
            "technology_amount_minor IS NULL OR (amount_minor IS NOT NULL AND technology_amount_minor BETWEEN 1 AND amount_minor)",
            "technology_amount",
        ),
        CheckConstraint("royalty_bp IS NULL OR royalty_bp BETWEEN 0 AND 10000", "royalty"),
    )  # fmt: skip

    id: Mapped[Id]
    negotiation_id: Mapped[UUID] = mapped_column(ForeignKey(Negotiation.id))
    number: Mapped[int]
    organization_id: Mapped[UUID] = mapped_column(ForeignKey(Organization.id))
    person_id: Mapped[UUID] = mapped_column(ForeignKey(Person.id))
    amount_minor: Mapped[int | None] = mapped_column(BigInteger)
    technology_amount_minor: Mapped[int | None] = mapped_column(BigInteger)
    currency: Mapped[str | None] = mapped_column(String(3))
    undisclosed: Mapped[bool] = mapped_column(default=False)
    kind: Mapped[str | None] = mapped_column(String(30))
    exclusivity: Mapped[str | None] = mapped_column(String(20))
    royalty_bp: Mapped[int | None]
    valid_until: Mapped[datetime | None]
    note: Mapped[str | None] = mapped_column(Text)
    status: Mapped[RoundStatus]
    made_at: Mapped[datetime]
    answered_at: Mapped[datetime | None]
    answered_by_person_id: Mapped[UUID | None] = mapped_column(ForeignKey(Person.id))


class Handover(Model):
    """What the contract desk gets of a thread: these facts and nothing else. The desk never reads the other two tables.

    ``facts``: title_en, title_zh, parties [{role, name, country, organization_id}], kind, total_minor, technology_minor
    (None when undisclosed), currency, agreed_on (ISO day in the fair's time zone).
    """

    __tablename__ = "negotiation_handovers"

    id: Mapped[Id]
    negotiation_id: Mapped[UUID] = mapped_column(ForeignKey(Negotiation.id), unique=True)
    reference: Mapped[str] = mapped_column(String(20))
    fair_id: Mapped[UUID] = mapped_column(ForeignKey(Fair.id), index=True)
    facts: Mapped[dict[str, Any]]
    handed_at: Mapped[datetime]
    handed_by: Mapped[UUID] = mapped_column(ForeignKey(Person.id))
    organization_id: Mapped[UUID] = mapped_column(ForeignKey(Organization.id))
    taken_at: Mapped[datetime | None]
    taken_by: Mapped[UUID | None] = mapped_column(ForeignKey(Person.id))


class NegotiationMeeting(Model):
    """A meeting of the two sides that belongs to this thread; a meeting belongs to one thread at most."""

    __tablename__ = "negotiation_meetings"

    meeting_id: Mapped[UUID] = mapped_column(ForeignKey(Meeting.id), primary_key=True)
    negotiation_id: Mapped[UUID] = mapped_column(ForeignKey(Negotiation.id), index=True)
    linked_by: Mapped[UUID] = mapped_column(ForeignKey(Person.id))
    linked_at: Mapped[datetime]
