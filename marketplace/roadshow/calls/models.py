"""The call for pitches of a fair, applications, reviews, and the changes of the timetable."""

from datetime import date, datetime
from enum import StrEnum
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, Index, PrimaryKeyConstraint, String, UniqueConstraint, Uuid, text
from sqlalchemy.orm import Mapped, mapped_column

from marketplace.accounts.models import Person
from marketplace.core.db import Id, Model
from marketplace.fairs.models import Fair
from marketplace.listings.models import Listing
from marketplace.organizations.models import Organization
from marketplace.roadshow.models import Pitch, Session

POINTS = (1, 2, 3, 4, 5)


class Status(StrEnum):
    """What was decided of an application; its organisation sees it once it is told."""

    SUBMITTED = "submitted"
    WITHDRAWN = "withdrawn"
    SELECTED = "selected"
    WAITING = "waiting"
    REJECTED = "rejected"


class Told(StrEnum):
    """What an organisation was told of its application."""

    SELECTED = "selected"
    WAITING = "waiting"
    REJECTED = "rejected"


class Deed(StrEnum):
    """What was done to the timetable."""

    PLACE = "place"
    MOVE = "move"
    SWAP = "swap"
    TAKE_OUT = "take_out"


MOVES: dict[Status, set[Status]] = {
    Status.SUBMITTED: {Status.SELECTED, Status.WAITING, Status.REJECTED, Status.WITHDRAWN},
    Status.SELECTED: {Status.SUBMITTED, Status.WAITING, Status.REJECTED, Status.WITHDRAWN},
    Status.WAITING: {Status.SUBMITTED, Status.SELECTED, Status.REJECTED, Status.WITHDRAWN},
    Status.REJECTED: {Status.SUBMITTED, Status.SELECTED, Status.WAITING, Status.WITHDRAWN},
    Status.WITHDRAWN: {Status.SUBMITTED},
}


class PitchCall(Model):
    """The invitation to pitch at a fair, from one day to another on the fair's own clock; ``places``: how many are chosen."""

    __tablename__ = "pitch_calls"
    __table_args__ = (
        CheckConstraint("text_en IS NOT NULL OR text_zh IS NOT NULL", "text"),
        CheckConstraint("closes_on >= opens_on", "days"),
        CheckConstraint("places BETWEEN 1 AND 1000", "places"),
    )

    id: Mapped[Id]
    fair_id: Mapped[UUID] = mapped_column(ForeignKey(Fair.id), unique=True)
    text_en: Mapped[str | None] = mapped_column(String(4000))
    text_zh: Mapped[str | None] = mapped_column(String(4000))
    opens_on: Mapped[date]
    closes_on: Mapped[date]
    places: Mapped[int]
    created_at: Mapped[datetime]
    version: Mapped[int] = mapped_column(default=1)

    __mapper_args__ = {"version_id_col": version}


class Criterion(Model):
    """What reviewers look at, and how much it weighs among the others."""

    __tablename__ = "pitch_criteria"
    __table_args__ = (
        UniqueConstraint("call_id", "position"),
        CheckConstraint("name_en IS NOT NULL OR name_zh IS NOT NULL", "name"),
        CheckConstraint("weight BETWEEN 1 AND 100", "weight"),
    )

    id: Mapped[Id]
    call_id: Mapped[UUID] = mapped_column(ForeignKey(PitchCall.id))
    position: Mapped[int]
    name_en: Mapped[str | None] = mapped_column(String(120))
    name_zh: Mapped[str | None] = mapped_column(String(120))
    weight: Mapped[int]


class Reviewer(Model):
    """Somebody who scores the applications of a call; ended at once."""

    __tablename__ = "pitch_reviewers"
    __table_args__ = (
        Index(
            "uq_pitch_reviewers_open", "call_id", "person_id", unique=True,
            sqlite_where=text("ended_at IS NULL"), postgresql_where=text("ended_at IS NULL"),
        ),
        Index("ix_pitch_reviewers_person_id", "person_id"),
    )  # fmt: skip

    id: Mapped[Id]
    call_id: Mapped[UUID] = mapped_column(ForeignKey(PitchCall.id))
    person_id: Mapped[UUID] = mapped_column(ForeignKey(Person.id))
    appointed_by: Mapped[UUID] = mapped_column(ForeignKey(Person.id))
    created_at: Mapped[datetime]
    ended_at: Mapped[datetime | None]


class Application(Model):
    """An own achievement put forward. ``days`` are those it wishes for (ISO), none is any; ``person_id`` presents.

    ``review_count``, ``mean`` and ``spread`` repeat its reviews, in thousandths of a point (docs/rules/selection.md);
    ``waiting_number`` orders the waiting list; ``pitch_id`` is the slot it was given last.
    """

    __tablename__ = "pitch_applications"
    __table_args__ = (
        UniqueConstraint("call_id", "achievement_id"),
        UniqueConstraint("pitch_id"),
        CheckConstraint("(status = 'rejected') = (reason IS NOT NULL)", "reason"),
        CheckConstraint("(status = 'waiting') = (waiting_number IS NOT NULL)", "waiting"),
        CheckConstraint("(told IS NULL) = (told_at IS NULL)", "told_when"),
        CheckConstraint("review_count >= 0 AND (mean = 0) = (review_count = 0) AND mean BETWEEN 0 AND 5000", "mean"),
        Index("ix_pitch_applications_organization_id", "organization_id"),
        Index("ix_pitch_applications_rank", "call_id", "mean", "review_count"),
    )

    id: Mapped[Id]
    call_id: Mapped[UUID] = mapped_column(ForeignKey(PitchCall.id))
    achievement_id: Mapped[UUID] = mapped_column(ForeignKey(Listing.id))
    organization_id: Mapped[UUID] = mapped_column(ForeignKey(Organization.id))
    person_id: Mapped[UUID] = mapped_column(ForeignKey(Person.id))
    pitch_text: Mapped[str] = mapped_column(String(2000))
    language: Mapped[str] = mapped_column(String(2))
    days: Mapped[list[str]]
    status: Mapped[Status] = mapped_column(default=Status.SUBMITTED)
    reason: Mapped[str | None] = mapped_column(String(1000))
    waiting_number: Mapped[int | None]
    told: Mapped[Told | None]
    told_at: Mapped[datetime | None]
    pitch_id: Mapped[UUID | None] = mapped_column(ForeignKey(Pitch.id))
    review_count: Mapped[int] = mapped_column(default=0)
    mean: Mapped[int] = mapped_column(default=0)
    spread: Mapped[int] = mapped_column(default=0)
    applied_at: Mapped[datetime]
    version: Mapped[int] = mapped_column(default=1)

    __mapper_args__ = {"version_id_col": version}


class Review(Model):
    """What one reviewer thinks of one application: ``total`` is the weighted mean of the points, in thousandths."""

    __tablename__ = "pitch_reviews"
    __table_args__ = (
        UniqueConstraint("application_id", "person_id"),
        CheckConstraint("total BETWEEN 1000 AND 5000", "total"),
        Index("ix_pitch_reviews_person_id", "person_id"),
    )

    id: Mapped[Id]
    application_id: Mapped[UUID] = mapped_column(ForeignKey(Application.id))
    person_id: Mapped[UUID] = mapped_column(ForeignKey(Person.id))
    total: Mapped[int]
    comment: Mapped[str | None] = mapped_column(String(2000))
    scored_at: Mapped[datetime]
    version: Mapped[int] = mapped_column(default=1)

    __mapper_args__ = {"version_id_col": version}


class Score(Model):
    """The points a review gives for one criterion."""

    __tablename__ = "pitch_scores"
    __table_args__ = (PrimaryKeyConstraint("review_id", "criterion_id"), CheckConstraint("points BETWEEN 1 AND 5", "points"))

    review_id: Mapped[UUID] = mapped_column(ForeignKey(Review.id))
    criterion_id: Mapped[UUID] = mapped_column(ForeignKey(Criterion.id))
    points: Mapped[int]


class TimetableChange(Model):
    """From which slot to which a pitch went; a place that is missing is the list of those without a slot.

    What was done in one go has one ``batch_id``. A change that was undone, and the one that undid it, have ``undone_at``;
    ``told_at``: when the presenter heard of it.
    """

    __tablename__ = "timetable_changes"
    __table_args__ = (
        CheckConstraint("(from_session_id IS NULL) = (from_position IS NULL)", "from_slot"),
        CheckConstraint("(to_session_id IS NULL) = (to_position IS NULL)", "to_slot"),
        Index("ix_timetable_changes_fair", "fair_id", "at"),
        Index("ix_timetable_changes_pitch_id", "pitch_id"),
    )

    id: Mapped[Id]
    batch_id: Mapped[UUID] = mapped_column(Uuid)
    fair_id: Mapped[UUID] = mapped_column(ForeignKey(Fair.id))
    deed: Mapped[Deed]
    pitch_id: Mapped[UUID] = mapped_column(ForeignKey(Pitch.id))
    application_id: Mapped[UUID | None] = mapped_column(ForeignKey(Application.id))
    from_session_id: Mapped[UUID | None] = mapped_column(ForeignKey(Session.id))
    from_position: Mapped[int | None]
    to_session_id: Mapped[UUID | None] = mapped_column(ForeignKey(Session.id))
    to_position: Mapped[int | None]
    made_by: Mapped[UUID] = mapped_column(ForeignKey(Person.id))
    at: Mapped[datetime]
    undone_at: Mapped[datetime | None]
    told_at: Mapped[datetime | None]
