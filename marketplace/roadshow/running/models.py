"""What a pitch is shown with, and who said at the door that it interests them."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, Index, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from marketplace.accounts.models import Person
from marketplace.core.db import Id, Model
from marketplace.organizations.models import Organization
from marketplace.roadshow.models import Pitch


class Slides(Model):
    """The slides of a pitch: one PDF, in place of which another one comes. ``loaded_at``: it lies ready on the machine of the room."""

    __tablename__ = "pitch_slides"
    __table_args__ = (CheckConstraint("(loaded_at IS NULL) = (loaded_by IS NULL)", "loaded"), Index("ix_pitch_slides_sha256", "sha256"))

    pitch_id: Mapped[UUID] = mapped_column(ForeignKey(Pitch.id), primary_key=True)
    name: Mapped[str] = mapped_column(String(130))
    sha256: Mapped[str] = mapped_column(String(64))
    size_bytes: Mapped[int]
    pages: Mapped[int]
    public: Mapped[bool] = mapped_column(default=False)
    uploaded_by: Mapped[UUID] = mapped_column(ForeignKey(Person.id))
    uploaded_at: Mapped[datetime]
    loaded_by: Mapped[UUID | None] = mapped_column(ForeignKey(Person.id))
    loaded_at: Mapped[datetime | None]
    version: Mapped[int] = mapped_column(default=1)

    __mapper_args__ = {"version_id_col": version}


class DoorInterest(Model):
    """Somebody at the door to whom a pitch is of interest.

    ``person_id`` for who is signed in, with the organisation they acted for; ``name``, ``email`` and ``firm`` as typed for who is
    not. ``shares_contact``: the presenter may know who it is, and take it up in their name; else it only counts.
    ``became`` is what it was taken up as ('negotiation:<uuid>').
    """

    __tablename__ = "door_interests"
    __table_args__ = (
        CheckConstraint("(person_id IS NULL) = (email IS NOT NULL) AND (email IS NULL) = (name IS NULL)", "who"),
        CheckConstraint("person_id IS NOT NULL OR shares_contact", "contact"),
        CheckConstraint("(became IS NULL) = (taken_up_at IS NULL) AND (became IS NULL) = (taken_up_by IS NULL)", "taken_up"),
        UniqueConstraint("pitch_id", "person_id"),
        UniqueConstraint("pitch_id", "email"),
        Index("ix_door_interests_person_id", "person_id"),
        Index("ix_door_interests_organization_id", "organization_id"),
        Index("ix_door_interests_email", "email"),
    )

    id: Mapped[Id]
    pitch_id: Mapped[UUID] = mapped_column(ForeignKey(Pitch.id))
    person_id: Mapped[UUID | None] = mapped_column(ForeignKey(Person.id))
    organization_id: Mapped[UUID | None] = mapped_column(ForeignKey(Organization.id))
    name: Mapped[str | None] = mapped_column(String(120))
    email: Mapped[str | None] = mapped_column(String(254))
    firm: Mapped[str | None] = mapped_column(String(200))
    question: Mapped[str | None] = mapped_column(String(500))
    shares_contact: Mapped[bool]
    created_at: Mapped[datetime]
    became: Mapped[str | None] = mapped_column(String(80))
    taken_up_by: Mapped[UUID | None] = mapped_column(ForeignKey(Person.id))
    taken_up_at: Mapped[datetime | None]
