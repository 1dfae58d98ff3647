"""The secret addresses under which calendars of people, organisations, interpreters and places are fetched."""

from datetime import datetime
from enum import StrEnum
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, Index, String
from sqlalchemy.orm import Mapped, mapped_column

from marketplace.accounts.models import Person
from marketplace.core.db import Id, Model
from marketplace.meetings.models import Interpreter
from marketplace.organizations.models import Organization
from marketplace.venue.models import Place


class Whose(StrEnum):
    """Whose schedule a calendar holds."""

    ME = "me"
    ORGANIZATION = "organization"
    INTERPRETER = "interpreter"
    PLACE = "place"


class CalendarFeed(Model):
    """An address for a calendar program, made by one person: it gives what this person may see at that moment, until it is revoked.

    Only the hash of its secret is kept. ``fetched_at`` is noted at most once an hour.
    """

    __tablename__ = "calendar_feeds"
    __table_args__ = (
        CheckConstraint("(whose = 'organization') = (organization_id IS NOT NULL)", "organization"),
        CheckConstraint("(whose = 'interpreter') = (interpreter_id IS NOT NULL)", "interpreter"),
        CheckConstraint("(whose = 'place') = (place_id IS NOT NULL)", "place"),
        Index("ix_calendar_feeds_person_id", "person_id"),
    )

    id: Mapped[Id]
    person_id: Mapped[UUID] = mapped_column(ForeignKey(Person.id))
    whose: Mapped[Whose]
    organization_id: Mapped[UUID | None] = mapped_column(ForeignKey(Organization.id))
    interpreter_id: Mapped[UUID | None] = mapped_column(ForeignKey(Interpreter.id))
    place_id: Mapped[UUID | None] = mapped_column(ForeignKey(Place.id))
    name: Mapped[str] = mapped_column(String(80))
    secret_hash: Mapped[str] = mapped_column(String(64), unique=True)
    created_at: Mapped[datetime]
    fetched_at: Mapped[datetime | None]
    revoked_at: Mapped[datetime | None]
