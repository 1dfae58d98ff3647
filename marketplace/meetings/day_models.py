"""Tables of the meeting day: what somebody types and has not saved, and which reminders were sent."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import JSON, ForeignKey, Index, PrimaryKeyConstraint, String
from sqlalchemy.orm import Mapped, mapped_column

from marketplace.accounts.models import Person
from marketplace.core.db import Model
from marketplace.meetings.models import Meeting
from marketplace.organizations.models import Organization


class MeetingTyped(Model):
    """What a person types about a meeting, for them alone until it is saved; ``fields`` are pairs of name and text, as a form posts them."""

    __tablename__ = "meeting_typed"
    __table_args__ = (
        PrimaryKeyConstraint("meeting_id", "organization_id", "person_id"),
        Index("ix_meeting_typed_saved_at", "saved_at"),
        Index("ix_meeting_typed_person_id", "person_id"),
    )

    meeting_id: Mapped[UUID] = mapped_column(ForeignKey(Meeting.id))
    organization_id: Mapped[UUID] = mapped_column(ForeignKey(Organization.id))
    person_id: Mapped[UUID] = mapped_column(ForeignKey(Person.id))
    fields: Mapped[list[Any]] = mapped_column(JSON)
    saved_at: Mapped[datetime]


class MeetingReminder(Model):
    """A mail that was sent once: ``about`` is 'day:<fair>:<day>' or 'step:<meeting>:<day>'; its key makes a second one impossible."""

    __tablename__ = "meeting_reminders"
    __table_args__ = (PrimaryKeyConstraint("person_id", "about"),)

    person_id: Mapped[UUID] = mapped_column(ForeignKey(Person.id))
    about: Mapped[str] = mapped_column(String(80))
    sent_at: Mapped[datetime]
