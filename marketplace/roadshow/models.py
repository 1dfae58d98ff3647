"""Places, sessions, pitches and meetings, and the one table that makes double booking impossible."""

from datetime import date, datetime
from enum import StrEnum
from uuid import UUID

from sqlalchemy import BigInteger, CheckConstraint, ForeignKey, Index, PrimaryKeyConstraint, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from marketplace.accounts.models import Person
from marketplace.core.db import Id, Model
from marketplace.fairs.models import Fair
from marketplace.listings.models import Listing
from marketplace.organizations.models import Organization
from marketplace.payments.models import Fee


class PlaceKind(StrEnum):
    HALL = "hall"
    ROOM = "room"
    TABLE = "table"
    ONLINE = "online"


class SessionStatus(StrEnum):
    SCHEDULED = "scheduled"
    CANCELLED = "cancelled"


class PitchStatus(StrEnum):
    HELD = "held"
    CONFIRMED = "confirmed"
    CANCELLED = "cancelled"


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


SESSION_MOVES: dict[SessionStatus, set[SessionStatus]] = {
    SessionStatus.SCHEDULED: {SessionStatus.CANCELLED},
    SessionStatus.CANCELLED: set(),
}
PITCH_MOVES: dict[PitchStatus, set[PitchStatus]] = {
    PitchStatus.HELD: {PitchStatus.CONFIRMED, PitchStatus.CANCELLED},
    PitchStatus.CONFIRMED: {PitchStatus.CANCELLED},
    PitchStatus.CANCELLED: set(),
}
MEETING_MOVES: dict[MeetingStatus, set[MeetingStatus]] = {
    MeetingStatus.REQUESTED: {MeetingStatus.CONFIRMED, MeetingStatus.DECLINED, MeetingStatus.CANCELLED},
    MeetingStatus.CONFIRMED: {MeetingStatus.HELD, MeetingStatus.NO_SHOW, MeetingStatus.CANCELLED},
    MeetingStatus.DECLINED: set(),
    MeetingStatus.CANCELLED: set(),
    MeetingStatus.HELD: set(),
    MeetingStatus.NO_SHOW: set(),
}


class Place(Model):
    """Where something happens at a fair: a hall, a room, a table, or an online room with its link."""

    __tablename__ = "places"
    __table_args__ = (
        CheckConstraint("name_en IS NOT NULL OR name_zh IS NOT NULL", "name"),
        CheckConstraint("capacity >= 1", "capacity"),
        CheckConstraint("kind <> 'online' OR link IS NOT NULL", "link"),
        Index("ix_places_fair_id", "fair_id"),
    )

    id: Mapped[Id]
    fair_id: Mapped[UUID] = mapped_column(ForeignKey(Fair.id))
    kind: Mapped[PlaceKind]
    name_en: Mapped[str | None] = mapped_column(String(120))
    name_zh: Mapped[str | None] = mapped_column(String(120))
    capacity: Mapped[int]
    link: Mapped[str | None] = mapped_column(String(500))
    created_at: Mapped[datetime]


class Session(Model):
    """Pitches one after another in one place. ``capacity``: people who find room; ``slots``: pitches, ``slot_minutes`` each.

    ``price_minor`` is what a pitch slot costs; empty, it is free.
    """

    __tablename__ = "sessions"
    __table_args__ = (
        CheckConstraint("title_en IS NOT NULL OR title_zh IS NOT NULL", "title"),
        CheckConstraint("ends_at > starts_at", "times"),
        CheckConstraint("slots >= 0 AND slot_minutes >= 15", "slots"),
        CheckConstraint("(price_minor IS NULL) = (currency IS NULL) AND (price_minor IS NULL OR price_minor > 0)", "price"),
        Index("ix_sessions_fair", "fair_id", "starts_at"),
    )

    id: Mapped[Id]
    fair_id: Mapped[UUID] = mapped_column(ForeignKey(Fair.id))
    place_id: Mapped[UUID] = mapped_column(ForeignKey(Place.id))
    title_en: Mapped[str | None] = mapped_column(String(200))
    title_zh: Mapped[str | None] = mapped_column(String(200))
    starts_at: Mapped[datetime]
    ends_at: Mapped[datetime]
    capacity: Mapped[int]
    slots: Mapped[int]
    slot_minutes: Mapped[int]
    price_minor: Mapped[int | None] = mapped_column(BigInteger)
    currency: Mapped[str | None] = mapped_column(String(3))
    status: Mapped[SessionStatus] = mapped_column(default=SessionStatus.SCHEDULED)
    created_at: Mapped[datetime]
    version: Mapped[int] = mapped_column(default=1)

    __mapper_args__ = {"version_id_col": version}


class Pitch(Model):
    """An achievement presented in a session: ``position`` counts the slots from 1."""

    __tablename__ = "pitches"
    __table_args__ = (
        CheckConstraint("position >= 1", "position"),
        Index("ix_pitches_session_id", "session_id"),
        Index("ix_pitches_organization_id", "organization_id"),
    )

    id: Mapped[Id]
    session_id: Mapped[UUID] = mapped_column(ForeignKey(Session.id))
    position: Mapped[int]
    starts_at: Mapped[datetime]
    length_minutes: Mapped[int]
    achievement_id: Mapped[UUID] = mapped_column(ForeignKey(Listing.id))
    organization_id: Mapped[UUID] = mapped_column(ForeignKey(Organization.id))
    person_id: Mapped[UUID] = mapped_column(ForeignKey(Person.id))
    fee_id: Mapped[UUID | None] = mapped_column(ForeignKey(Fee.id), unique=True)
    status: Mapped[PitchStatus]
    created_at: Mapped[datetime]
    version: Mapped[int] = mapped_column(default=1)

    __mapper_args__ = {"version_id_col": version}


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


class Booking(Model):
    """One resource for one quarter of an hour: its key makes a second holder impossible, on every database.

    ``resource``: 'place:<uuid>', 'person:<uuid>' or 'slot:<session uuid>:<position>'; ``cell``: where the quarter begins;
    ``holder``: 'session:<uuid>', 'pitch:<uuid>' or 'meeting:<uuid>'.
    """

    __tablename__ = "bookings"
    __table_args__ = (PrimaryKeyConstraint("resource", "cell"), Index("ix_bookings_holder", "holder"))

    resource: Mapped[str] = mapped_column(String(80))
    cell: Mapped[datetime]
    holder: Mapped[str] = mapped_column(String(60))
