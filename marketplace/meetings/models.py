"""Meetings of two organisations, who comes, and what each side wrote down."""

from datetime import date, datetime
from enum import StrEnum
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, Index, PrimaryKeyConstraint, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from marketplace.accounts.models import Person
from marketplace.core.db import Id, Model
from marketplace.fairs.models import Fair
from marketplace.organizations.models import Organization
from marketplace.venue.models import Place


class MeetingStatus(StrEnum):
    REQUESTED = "requested"
    CONFIRMED = "confirmed"
    DECLINED = "declined"
    CANCELLED = "cancelled"
    HELD = "held"
    NO_SHOW = "no_show"


class Outcome(StrEnum):
    NO_INTEREST = "no_interest"
    INFORMATION = "information_exchanged"
    FOLLOW_UP = "follow_up_meeting"
    NDA = "nda_requested"
    SAMPLE = "sample_or_test"
    INTENT = "letter_of_intent"
    TERMS = "term_sheet"
    CONTRACT = "contract"
    NO_SHOW = "no_show"


MEETING_MOVES: dict[MeetingStatus, set[MeetingStatus]] = {
    MeetingStatus.REQUESTED: {MeetingStatus.CONFIRMED, MeetingStatus.DECLINED, MeetingStatus.CANCELLED},
    MeetingStatus.CONFIRMED: {MeetingStatus.HELD, MeetingStatus.NO_SHOW, MeetingStatus.CANCELLED},
    MeetingStatus.DECLINED: set(),
    MeetingStatus.CANCELLED: set(),
    MeetingStatus.HELD: set(),
    MeetingStatus.NO_SHOW: set(),
}


class Meeting(Model):
    """Two organisations at a place and time. Outcome, next step and its day are shared; notes are each side's own."""

    __tablename__ = "meetings"
    __table_args__ = (
        CheckConstraint("from_organization_id <> to_organization_id", "two_sides"),
        CheckConstraint("length_minutes BETWEEN 15 AND 120", "length"),
        Index("ix_meetings_from", "from_organization_id", "starts_at"),
        Index("ix_meetings_to", "to_organization_id", "starts_at"),
    )

    id: Mapped[Id]
    fair_id: Mapped[UUID] = mapped_column(ForeignKey(Fair.id))
    place_id: Mapped[UUID] = mapped_column(ForeignKey(Place.id))
    from_organization_id: Mapped[UUID] = mapped_column(ForeignKey(Organization.id))
    to_organization_id: Mapped[UUID] = mapped_column(ForeignKey(Organization.id))
    requested_by: Mapped[UUID] = mapped_column(ForeignKey(Person.id))
    topic: Mapped[str] = mapped_column(String(500))
    starts_at: Mapped[datetime]
    length_minutes: Mapped[int]
    status: Mapped[MeetingStatus]
    reason: Mapped[str | None] = mapped_column(String(500))
    answered_at: Mapped[datetime | None]
    outcome: Mapped[Outcome | None]
    next_step: Mapped[str | None] = mapped_column(String(500))
    due_on: Mapped[date | None]
    created_at: Mapped[datetime]
    version: Mapped[int] = mapped_column(default=1)

    __mapper_args__ = {"version_id_col": version}


class MeetingPerson(Model):
    """Who comes, for which side."""

    __tablename__ = "meeting_people"
    __table_args__ = (UniqueConstraint("meeting_id", "person_id"),)

    id: Mapped[Id]
    meeting_id: Mapped[UUID] = mapped_column(ForeignKey(Meeting.id))
    organization_id: Mapped[UUID] = mapped_column(ForeignKey(Organization.id))
    person_id: Mapped[UUID] = mapped_column(ForeignKey(Person.id))


class MeetingNote(Model):
    """What one side wrote down for itself; the other side never sees it."""

    __tablename__ = "meeting_notes"
    __table_args__ = (PrimaryKeyConstraint("meeting_id", "organization_id"),)

    meeting_id: Mapped[UUID] = mapped_column(ForeignKey(Meeting.id))
    organization_id: Mapped[UUID] = mapped_column(ForeignKey(Organization.id))
    text: Mapped[str] = mapped_column(Text)
    changed_by: Mapped[UUID] = mapped_column(ForeignKey(Person.id))
    changed_at: Mapped[datetime]
