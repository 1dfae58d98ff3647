"""Proposals of a pair to its two organisations, what each side answers, and the notes of calls, which are never changed."""

from datetime import date, datetime
from enum import StrEnum
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, Index, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from marketplace.accounts.models import Person
from marketplace.core.appendonly import append_only
from marketplace.core.db import Id, Model
from marketplace.fairs.models import Fair
from marketplace.listings.models import Listing
from marketplace.organizations.models import Organization

ERASED = "–"


class State(StrEnum):
    """What the fair's staff see of a proposal; a side sees only what its own answer and the public tell it (`rules.seen`)."""

    PROPOSED = "proposed"
    WANTED = "wanted"
    DECLINED = "declined"
    TALKING = "talking"
    WITHDRAWN = "withdrawn"


# proposed → proposed: one side answered; declined → declined: the other side, which knows nothing of it, answered too.
MOVES: dict[State, set[State]] = {
    State.PROPOSED: {State.PROPOSED, State.WANTED, State.DECLINED, State.TALKING, State.WITHDRAWN},
    State.WANTED: {State.WANTED, State.PROPOSED, State.DECLINED, State.TALKING, State.WITHDRAWN},
    State.DECLINED: {State.DECLINED, State.PROPOSED, State.WANTED},
    State.WITHDRAWN: {State.PROPOSED, State.WANTED},
    State.TALKING: set(),
}
OPEN = (State.PROPOSED, State.WANTED)


class Side(StrEnum):
    """Who offers the achievement, and who has the need."""

    PROVIDER = "provider"
    RECIPIENT = "recipient"

    @property
    def other(self) -> "Side":
        return Side.RECIPIENT if self is Side.PROVIDER else Side.PROVIDER


class Answer(StrEnum):
    INTERESTED = "interested"
    DECLINED = "declined"


class Proposal(Model):
    """A need and an achievement of a fair that its staff propose to both owners.

    ``open_key`` names fair and pair while the proposal is open, so that the database holds one of them. ``broken`` are the
    codes of the conditions that staff saw broken and proposed it all the same.
    """

    __tablename__ = "proposals"
    __table_args__ = (
        CheckConstraint("(state IN ('proposed', 'wanted')) = (open_key IS NOT NULL)", "open"),
        Index("ix_proposals_fair", "fair_id", "proposed_at", "id"),
        Index("ix_proposals_need", "need_id"),
        Index("ix_proposals_achievement", "achievement_id"),
    )

    id: Mapped[Id]
    fair_id: Mapped[UUID] = mapped_column(ForeignKey(Fair.id))
    need_id: Mapped[UUID] = mapped_column(ForeignKey(Listing.id))
    achievement_id: Mapped[UUID] = mapped_column(ForeignKey(Listing.id))
    state: Mapped[State]
    open_key: Mapped[str | None] = mapped_column(String(120), unique=True)
    broken: Mapped[list[str]]
    proposed_by: Mapped[UUID] = mapped_column(ForeignKey(Person.id))
    proposed_at: Mapped[datetime]
    moved_at: Mapped[datetime]
    version: Mapped[int] = mapped_column(default=1)

    __mapper_args__ = {"version_id_col": version}


class ProposalSide(Model):
    """What the fair's staff write to one side, and its answer. ``version`` counts only what this side may see."""

    __tablename__ = "proposal_sides"
    __table_args__ = (
        UniqueConstraint("proposal_id", "side"),
        CheckConstraint("(answer IS NULL) = (answered_at IS NULL)", "answered"),
        CheckConstraint("answer = 'declined' OR reason IS NULL", "reason"),
        Index("ix_proposal_sides_organization", "organization_id", "proposed_at", "id"),
    )

    id: Mapped[Id]
    proposal_id: Mapped[UUID] = mapped_column(ForeignKey(Proposal.id))
    side: Mapped[Side]
    organization_id: Mapped[UUID] = mapped_column(ForeignKey(Organization.id))
    note_en: Mapped[str | None] = mapped_column(Text)
    note_zh: Mapped[str | None] = mapped_column(Text)
    answer: Mapped[Answer | None]
    reason: Mapped[str | None] = mapped_column(String(30))
    reply: Mapped[str | None] = mapped_column(Text)
    answered_at: Mapped[datetime | None]
    answered_by: Mapped[UUID | None] = mapped_column(ForeignKey(Person.id))
    proposed_at: Mapped[datetime]
    changed_at: Mapped[datetime]
    version: Mapped[int] = mapped_column(default=1)

    __mapper_args__ = {"version_id_col": version}


@append_only
class CallNote(Model):
    """What was said when somebody of an organisation was phoned; for the staff of that fair only."""

    __tablename__ = "call_notes"
    __table_args__ = (Index("ix_call_notes_organization", "fair_id", "organization_id", "written_at"),)

    id: Mapped[Id]
    fair_id: Mapped[UUID] = mapped_column(ForeignKey(Fair.id))
    organization_id: Mapped[UUID] = mapped_column(ForeignKey(Organization.id))
    listing_id: Mapped[UUID | None] = mapped_column(ForeignKey(Listing.id))
    said: Mapped[str] = mapped_column(Text)
    next_on: Mapped[date | None]
    written_by: Mapped[UUID] = mapped_column(ForeignKey(Person.id))
    written_at: Mapped[datetime]
    callee: Mapped["CallNoteName | None"] = relationship(lazy="joined", passive_deletes="all")

    @property
    def spoke_with(self) -> str:
        return self.callee.name if self.callee else ERASED


class CallNoteName(Model):
    """Who was phoned; the row goes when they are erased, the note stays."""

    __tablename__ = "call_note_names"

    note_id: Mapped[UUID] = mapped_column(ForeignKey(CallNote.id), primary_key=True)
    name: Mapped[str] = mapped_column(String(120))
