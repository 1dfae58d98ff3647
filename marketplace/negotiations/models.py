"""The thread of one deal and its stages, its rounds of terms, what is asked of who asks, and the facts handed over at the end."""

from datetime import date, datetime
from enum import StrEnum
from typing import Any
from uuid import UUID

from sqlalchemy import BigInteger, CheckConstraint, Enum, ForeignKey, Index, String, Text, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from marketplace.accounts.models import Person
from marketplace.core.db import Id, Model
from marketplace.fairs.models import Fair
from marketplace.listings.models import Listing
from marketplace.meetings.models import Meeting
from marketplace.organizations.models import Organization


class Stage(StrEnum):
    """Where a thread stands, in the order in which deals usually go; `MOVES` says what may be skipped."""

    INTEREST = "interest"
    TALKING = "talking"
    NDA = "nda"
    EVALUATION = "evaluation"
    TERMS_PROPOSED = "terms_proposed"
    COUNTERED = "countered"
    TERMS_AGREED = "terms_agreed"
    APPROVAL = "approval"
    READY_TO_SIGN = "ready_to_sign"
    SIGNED = "signed"
    PAUSED = "paused"
    DECLINED = "declined"
    WITHDRAWN = "withdrawn"
    LOST = "lost"


_S = Stage
_TERMS = {_S.TERMS_PROPOSED, _S.COUNTERED, _S.TERMS_AGREED}
_OUT = {_S.PAUSED, _S.LOST}
# terms → the same: another round; evaluation → back to what the rounds say; ready → approval: a side finds that it needs one;
# signed → ready to sign: the contract that came of it was edited, so that its evidence no longer fits, or was voided;
# agreed → countered: new terms open what was agreed again, until it is handed over.
MOVES: dict[Stage, set[Stage]] = {
    _S.INTEREST: {_S.TALKING, _S.DECLINED, _S.WITHDRAWN},
    _S.TALKING: {_S.NDA, _S.EVALUATION, _S.TERMS_PROPOSED} | _OUT,
    _S.NDA: {_S.EVALUATION, _S.TERMS_PROPOSED} | _OUT,
    _S.EVALUATION: {_S.TALKING, _S.NDA} | _TERMS | _OUT,
    _S.TERMS_PROPOSED: {_S.EVALUATION} | _TERMS | _OUT,
    _S.COUNTERED: {_S.EVALUATION} | _TERMS | _OUT,
    _S.TERMS_AGREED: {_S.APPROVAL, _S.READY_TO_SIGN, _S.COUNTERED} | _OUT,
    _S.APPROVAL: {_S.READY_TO_SIGN, _S.COUNTERED} | _OUT,
    _S.READY_TO_SIGN: {_S.APPROVAL, _S.SIGNED, _S.COUNTERED} | _OUT,
    _S.SIGNED: {_S.READY_TO_SIGN},
    _S.PAUSED: {_S.TALKING, _S.NDA, _S.EVALUATION, _S.APPROVAL, _S.READY_TO_SIGN, _S.LOST} | _TERMS,  # back to `paused_from`
    _S.DECLINED: set(),
    _S.WITHDRAWN: set(),
    _S.LOST: set(),
}
STOPPED = frozenset({_S.DECLINED, _S.WITHDRAWN, _S.LOST})
"""Ended without a deal."""
ACCEPTED = frozenset(Stage) - {_S.INTEREST, _S.DECLINED, _S.WITHDRAWN}
"""The side that was asked said yes: both know each other, for good."""
PARTNERS = ACCEPTED - {_S.LOST}
"""Accepted and not lost: what an accepted interest opens is open."""


NOT_SAID = "not_said"
"""In `Negotiation.cooperation_wanted` instead of a code: the thread was opened for an asker who chose no kind of cooperation."""


class Reveal(StrEnum):
    """When the side that is asked reads who asks."""

    NOW = "now"
    ON_ACCEPTANCE = "on_acceptance"


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
    RoundStatus.AGREED: {RoundStatus.COUNTERED},  # opened again before the hand-over
    RoundStatus.EXPIRED: set(),
}


class Negotiation(Model):
    """One thread between the provider and the recipient of a technology, from the interest to a hand-over or a reason.

    ``achievement_number`` and ``need_number`` are the versions that were public when it was asked: what both sides talk
    about stays readable to both whatever becomes of the listing. ``open_key`` names the pair while the thread is open, so
    that the database holds one open thread of a pair. ``move_of_id`` repeats `rules.whose_move` for sorting and counting;
    ``due_on`` is the day, at the fair's place, by which that side is expected to move. ``paused_from`` is the stage that a paused
    thread goes back to, at the latest when ``paused_until`` is over. A side with an ``…_approving_since`` waits for its own
    people's approval. ``…_reminded_on`` is the day on which a side was last reminded.
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
        CheckConstraint("stage NOT IN ('declined', 'withdrawn', 'lost', 'signed') OR (open_key IS NULL AND ended_at IS NOT NULL)", "ended"),
        CheckConstraint("(stage = 'paused') = (paused_from IS NOT NULL)", "paused_from"),
        CheckConstraint("(paused_from IS NULL) = (paused_until IS NULL)", "paused_until"),
        CheckConstraint(
            "stage IN ('approval', 'paused') OR (provider_approving_since IS NULL AND recipient_approving_since IS NULL)", "approving"
        ),
        Index("ix_negotiations_provider", "provider_id", "moved_at"),
        Index("ix_negotiations_recipient", "recipient_id", "moved_at"),
        Index("ix_negotiations_fair", "fair_id", "sent_at", "id"),
        Index("ix_negotiations_stage", "fair_id", "stage", "moved_at"),
        Index("ix_negotiations_due_on", "due_on", sqlite_where=text("due_on IS NOT NULL"), postgresql_where=text("due_on IS NOT NULL")),
        Index(
            "ix_negotiations_paused_until", "paused_until",
            sqlite_where=text("paused_until IS NOT NULL"), postgresql_where=text("paused_until IS NOT NULL"),
        ),
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
    asker_kind: Mapped[str | None] = mapped_column(String(30))
    wanted_by: Mapped[date | None]
    reveal: Mapped[Reveal] = mapped_column(default=Reveal.NOW, server_default=Reveal.NOW.value)
    stage: Mapped[Stage]
    decline_reason: Mapped[str | None] = mapped_column(String(30))
    decline_note: Mapped[str | None] = mapped_column(Text)
    lost_reason: Mapped[str | None] = mapped_column(String(30))
    lost_note: Mapped[str | None] = mapped_column(Text)
    lost_by_id: Mapped[UUID | None] = mapped_column(ForeignKey(Organization.id))
    paused_from: Mapped[Stage | None] = mapped_column(
        Enum(Stage, name="paused_stage", native_enum=False, create_constraint=True, length=40, values_callable=lambda all_: [each.value for each in all_])
    )  # a name of its own beside that of ``stage``
    paused_until: Mapped[date | None]
    paused_note: Mapped[str | None] = mapped_column(Text)
    paused_by_id: Mapped[UUID | None] = mapped_column(ForeignKey(Organization.id))
    paused_at: Mapped[datetime | None]
    provider_approving_since: Mapped[datetime | None]
    recipient_approving_since: Mapped[datetime | None]
    sent_at: Mapped[datetime]
    read_at: Mapped[datetime | None]
    answered_at: Mapped[datetime | None]
    ended_at: Mapped[datetime | None]
    moved_at: Mapped[datetime]
    move_of_id: Mapped[UUID | None] = mapped_column(ForeignKey(Organization.id), index=True)
    due_on: Mapped[date | None]
    provider_reminded_on: Mapped[date | None]
    recipient_reminded_on: Mapped[date | None]
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
    (None when undisclosed), currency, exclusivity, royalty_bp (None where nothing was agreed; facts of before may lack both),
    agreed_on (ISO day in the fair's time zone).
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


class ListingQuestion(Model):
    """What the owner of a listing wants answered by everyone who asks about it, beside the set questions; at most three."""

    __tablename__ = "listing_questions"
    __table_args__ = (
        UniqueConstraint("listing_id", "position"),
        CheckConstraint("position BETWEEN 1 AND 3", "position"),
        CheckConstraint("text_en IS NOT NULL OR text_zh IS NOT NULL", "text"),
    )

    id: Mapped[Id]
    listing_id: Mapped[UUID] = mapped_column(ForeignKey(Listing.id))
    position: Mapped[int]
    text_en: Mapped[str | None] = mapped_column(String(300))
    text_zh: Mapped[str | None] = mapped_column(String(300))


class QuestionSet(Model):
    """How often the questions about a listing were changed; a listing without a row never had any."""

    __tablename__ = "listing_question_sets"

    listing_id: Mapped[UUID] = mapped_column(ForeignKey(Listing.id), primary_key=True)
    version: Mapped[int]


class InterestAnswer(Model):
    """The asker's answer to one of the owner's questions, with the question as it read then."""

    __tablename__ = "interest_answers"
    __table_args__ = (UniqueConstraint("negotiation_id", "position"),)

    id: Mapped[Id]
    negotiation_id: Mapped[UUID] = mapped_column(ForeignKey(Negotiation.id))
    position: Mapped[int]
    question_en: Mapped[str | None] = mapped_column(String(300))
    question_zh: Mapped[str | None] = mapped_column(String(300))
    answer: Mapped[str] = mapped_column(Text)


class Pace(Model):
    """What a fair expects of its negotiations, in days; a fair without a row goes by the defaults of the columns.

    ``answer_days`` and ``move_days`` are working days until an interest is answered and any other move is made;
    ``stalled_days`` calendar days without a move after which a thread counts as stalled.
    """

    __tablename__ = "negotiation_paces"
    __table_args__ = (
        CheckConstraint("answer_days BETWEEN 1 AND 60", "answer_days"),
        CheckConstraint("move_days BETWEEN 1 AND 60", "move_days"),
        CheckConstraint("stalled_days BETWEEN 1 AND 180", "stalled_days"),
    )

    fair_id: Mapped[UUID] = mapped_column(ForeignKey(Fair.id), primary_key=True)
    answer_days: Mapped[int] = mapped_column(default=3)
    move_days: Mapped[int] = mapped_column(default=5)
    stalled_days: Mapped[int] = mapped_column(default=10)
    version: Mapped[int] = mapped_column(default=1)

    __mapper_args__ = {"version_id_col": version}
