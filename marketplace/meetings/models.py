"""Meetings of two organisations, who comes, and what each side wrote down."""

from datetime import date, datetime, timedelta
from enum import StrEnum
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, Index, PrimaryKeyConstraint, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from marketplace.accounts.models import Person
from marketplace.core.clock import now
from marketplace.core.db import Id, Model
from marketplace.fairs.models import Fair
from marketplace.listings.models import Listing
from marketplace.organizations.models import Organization
from marketplace.venue.models import Place


class MeetingStatus(StrEnum):
    REQUESTED = "requested"
    CONFIRMED = "confirmed"
    DECLINED = "declined"
    CANCELLED = "cancelled"
    EXPIRED = "expired"
    HELD = "held"
    NO_SHOW = "no_show"


class Origin(StrEnum):
    """How a meeting came about: asked for, placed by the fair's plan, or taken over from who did not come."""

    REQUESTED = "requested"
    PLANNED = "planned"
    STANDBY = "standby"


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
    MeetingStatus.REQUESTED: {MeetingStatus.CONFIRMED, MeetingStatus.DECLINED, MeetingStatus.CANCELLED, MeetingStatus.EXPIRED},
    MeetingStatus.CONFIRMED: {MeetingStatus.HELD, MeetingStatus.NO_SHOW, MeetingStatus.CANCELLED},
    MeetingStatus.DECLINED: set(),
    MeetingStatus.CANCELLED: set(),
    MeetingStatus.EXPIRED: set(),
    MeetingStatus.HELD: set(),
    MeetingStatus.NO_SHOW: {MeetingStatus.CONFIRMED},
}


class Interpreter(Model):
    """Somebody who interprets at a fair between any two of ``languages`` (ISO 639-1 codes)."""

    __tablename__ = "interpreters"
    __table_args__ = (Index("ix_interpreters_fair_id", "fair_id"), UniqueConstraint("fair_id", "person_id"))

    id: Mapped[Id]
    fair_id: Mapped[UUID] = mapped_column(ForeignKey(Fair.id))
    person_id: Mapped[UUID | None] = mapped_column(ForeignKey(Person.id))
    name: Mapped[str] = mapped_column(String(120))
    languages: Mapped[list[str]]
    left_at: Mapped[datetime | None]
    created_at: Mapped[datetime]


class Absence(Model):
    """A time for which a person, an interpreter or a whole organisation takes no meetings.

    Of a person or interpreter its quarters are booked by ``absence:<id>``; of an organisation it is a conflict that is checked.
    """

    __tablename__ = "absences"
    __table_args__ = (
        CheckConstraint("ends_at > starts_at", "times"),
        CheckConstraint("interpreter_id IS NOT NULL OR organization_id IS NOT NULL", "whose"),
        CheckConstraint("interpreter_id IS NULL OR (organization_id IS NULL AND person_id IS NULL)", "one_kind"),
        Index("ix_absences_organization", "organization_id", "fair_id", "starts_at"),
        Index("ix_absences_person", "person_id", "starts_at"),
        Index("ix_absences_interpreter", "interpreter_id", "starts_at"),
    )

    id: Mapped[Id]
    fair_id: Mapped[UUID] = mapped_column(ForeignKey(Fair.id))
    organization_id: Mapped[UUID | None] = mapped_column(ForeignKey(Organization.id))
    person_id: Mapped[UUID | None] = mapped_column(ForeignKey(Person.id))
    interpreter_id: Mapped[UUID | None] = mapped_column(ForeignKey(Interpreter.id))
    starts_at: Mapped[datetime]
    ends_at: Mapped[datetime]
    reason: Mapped[str | None] = mapped_column(String(200))
    created_by: Mapped[UUID] = mapped_column(ForeignKey(Person.id))
    created_at: Mapped[datetime]


class Meeting(Model):
    """Two organisations at a place and time. Outcome, next step and its day are shared; notes are each side's own.

    ``held_until``: when an unanswered request gives place and people back. ``from_language`` and ``to_language`` are what each
    side speaks (ISO 639-1); where they differ, ``interpreter_id`` interprets. A proposed move holds the new time beside the old
    one (``move:<id>``) until the other side answers or ``move_until``. ``sequence`` counts the changes a calendar must learn
    of (RFC 5545). ``missed_by_id``: who did not come; ``freed_at``: when the rest of its time was given to somebody else.
    ``outcome_by_id`` wrote last what came of it; ``done_at``: when the next step was taken.
    """

    __tablename__ = "meetings"
    __table_args__ = (
        CheckConstraint("from_organization_id <> to_organization_id", "two_sides"),
        CheckConstraint("length_minutes BETWEEN 15 AND 120", "length"),
        Index("ix_meetings_from", "from_organization_id", "starts_at"),
        Index("ix_meetings_to", "to_organization_id", "starts_at"),
        Index("ix_meetings_fair", "fair_id", "starts_at"),
        Index("ix_meetings_place", "place_id", "starts_at"),
        Index("ix_meetings_interpreter", "interpreter_id", "starts_at"),
        Index("ix_meetings_held_until", "status", "held_until"),
        CheckConstraint("(move_to IS NULL) = (move_by_id IS NULL) AND (move_to IS NULL) = (move_to_place_id IS NULL)", "move"),
    )

    id: Mapped[Id]
    fair_id: Mapped[UUID] = mapped_column(ForeignKey(Fair.id))
    place_id: Mapped[UUID] = mapped_column(ForeignKey(Place.id))
    from_organization_id: Mapped[UUID] = mapped_column(ForeignKey(Organization.id))
    to_organization_id: Mapped[UUID] = mapped_column(ForeignKey(Organization.id))
    requested_by: Mapped[UUID] = mapped_column(ForeignKey(Person.id))
    topic: Mapped[str] = mapped_column(String(500))
    listing_id: Mapped[UUID | None] = mapped_column(ForeignKey(Listing.id))
    origin: Mapped[Origin] = mapped_column(default=Origin.REQUESTED, server_default=Origin.REQUESTED.value)
    starts_at: Mapped[datetime]
    length_minutes: Mapped[int]
    from_language: Mapped[str | None] = mapped_column(String(2))
    to_language: Mapped[str | None] = mapped_column(String(2))
    interpreter_id: Mapped[UUID | None] = mapped_column(ForeignKey(Interpreter.id))
    status: Mapped[MeetingStatus]
    held_until: Mapped[datetime | None]
    move_by_id: Mapped[UUID | None] = mapped_column(ForeignKey(Organization.id))
    move_to_place_id: Mapped[UUID | None] = mapped_column(ForeignKey(Place.id))
    move_to: Mapped[datetime | None]
    move_until: Mapped[datetime | None]
    missed_by_id: Mapped[UUID | None] = mapped_column(ForeignKey(Organization.id))
    freed_at: Mapped[datetime | None]
    sequence: Mapped[int] = mapped_column(default=0, server_default="0")
    reason: Mapped[str | None] = mapped_column(String(500))
    answered_at: Mapped[datetime | None]
    outcome: Mapped[Outcome | None]
    next_step: Mapped[str | None] = mapped_column(String(500))
    due_on: Mapped[date | None]
    outcome_by_id: Mapped[UUID | None] = mapped_column(ForeignKey(Organization.id))
    outcome_at: Mapped[datetime | None]
    done_at: Mapped[datetime | None]
    created_at: Mapped[datetime]
    version: Mapped[int] = mapped_column(default=1)

    __mapper_args__ = {"version_id_col": version}

    @property
    def standing(self) -> MeetingStatus:
        """The status as it is at this moment: a request whose hold is over has expired, whether or not it was noted yet."""
        overdue = self.status is MeetingStatus.REQUESTED and (self.held_until or self.starts_at) <= now()
        return MeetingStatus.EXPIRED if overdue else self.status

    @property
    def ends_at(self) -> datetime:
        return self.starts_at + timedelta(minutes=self.length_minutes)

    @property
    def begun(self) -> bool:
        return self.starts_at <= now()

    @property
    def proposed(self) -> datetime | None:
        """The time a side proposed instead, while the other may still agree."""
        return self.move_to if self.move_until is not None and self.move_until > now() else None

    def other_side(self, organization_id: UUID) -> UUID:
        """The organisation that meets this one."""
        return self.to_organization_id if self.from_organization_id == organization_id else self.from_organization_id


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


class Standby(Model):
    """An organisation that waits to meet another at a fair, in case a time comes free.

    ``offered_meeting_id`` is the meeting whose rest is offered, until ``offered_until``; ``meeting_id`` the one that came of it.
    """

    __tablename__ = "standbys"
    __table_args__ = (
        CheckConstraint("organization_id <> for_organization_id", "two_sides"),
        Index("ix_standbys_for", "fair_id", "for_organization_id", "created_at"),
        Index("ix_standbys_organization", "organization_id", "fair_id"),
    )

    id: Mapped[Id]
    fair_id: Mapped[UUID] = mapped_column(ForeignKey(Fair.id))
    organization_id: Mapped[UUID] = mapped_column(ForeignKey(Organization.id))
    for_organization_id: Mapped[UUID] = mapped_column(ForeignKey(Organization.id))
    person_id: Mapped[UUID] = mapped_column(ForeignKey(Person.id))
    topic: Mapped[str] = mapped_column(String(500))
    language: Mapped[str | None] = mapped_column(String(2))
    offered_meeting_id: Mapped[UUID | None] = mapped_column(ForeignKey(Meeting.id))
    offered_until: Mapped[datetime | None]
    meeting_id: Mapped[UUID | None] = mapped_column(ForeignKey(Meeting.id))
    ended_at: Mapped[datetime | None]
    created_at: Mapped[datetime]
