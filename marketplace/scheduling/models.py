"""Who takes meetings for whom, what organisations wish, plans made of it, and changes that a plan has to take."""

from datetime import date, datetime
from enum import StrEnum
from typing import Any
from uuid import UUID

from sqlalchemy import JSON, CheckConstraint, ForeignKey, Index, PrimaryKeyConstraint, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from marketplace.accounts.models import Person
from marketplace.core.db import Id, Model
from marketplace.fairs.models import Fair
from marketplace.listings.models import Listing
from marketplace.meetings.models import Interpreter, Meeting
from marketplace.organizations.models import Organization
from marketplace.venue.models import Place


class Presence(StrEnum):
    """Where somebody takes meetings: at the fair, online, or both."""

    ON_SITE = "on_site"
    ONLINE = "online"
    EITHER = "either"


class Wanted(StrEnum):
    """How much an organisation wishes to meet another."""

    MUST = "must"
    LIKE = "like"
    NO = "no"


class PlanState(StrEnum):
    """Being computed; there to be looked at; agreed and told; given up; could not be computed."""

    COMPUTING = "computing"
    READY = "ready"
    PUBLISHED = "published"
    CANCELLED = "cancelled"
    FAILED = "failed"


PLAN_MOVES: dict[PlanState, set[PlanState]] = {
    PlanState.COMPUTING: {PlanState.READY, PlanState.CANCELLED, PlanState.FAILED},
    PlanState.READY: {PlanState.PUBLISHED, PlanState.CANCELLED},
    PlanState.PUBLISHED: set(),
    PlanState.CANCELLED: set(),
    PlanState.FAILED: set(),
}


class ChangeKind(StrEnum):
    """What is not there for a time."""

    PLACE = "place"
    PERSON = "person"
    ORGANIZATION = "organization"
    INTERPRETER = "interpreter"


class ChangeState(StrEnum):
    """Repairs are being computed; wait for a choice; one was chosen; given up; could not be computed."""

    COMPUTING = "computing"
    READY = "ready"
    APPLIED = "applied"
    CANCELLED = "cancelled"
    FAILED = "failed"


CHANGE_MOVES: dict[ChangeState, set[ChangeState]] = {
    ChangeState.COMPUTING: {ChangeState.READY, ChangeState.CANCELLED, ChangeState.FAILED},
    ChangeState.READY: {ChangeState.APPLIED, ChangeState.CANCELLED},
    ChangeState.APPLIED: set(),
    ChangeState.CANCELLED: set(),
    ChangeState.FAILED: set(),
}


class MeetingCall(Model):
    """That a fair plans meetings from wishes: until when these are taken, and the times its plan may use.

    ``days`` are ISO days of the fair, ``hours`` pairs of "HH:MM" on its wall clock; ``pause_minutes`` lie between two slots.
    ``seconds``: how long a plan may be computed.
    """

    __tablename__ = "meeting_calls"
    __table_args__ = (
        CheckConstraint("length_minutes BETWEEN 15 AND 120", "length"),
        CheckConstraint("pause_minutes BETWEEN 0 AND 60", "pause"),
        CheckConstraint("seconds BETWEEN 5 AND 300", "seconds"),
    )

    fair_id: Mapped[UUID] = mapped_column(ForeignKey(Fair.id), primary_key=True)
    closes_on: Mapped[date]
    days: Mapped[list[str]]
    hours: Mapped[list[list[str]]] = mapped_column(JSON)
    length_minutes: Mapped[int]
    pause_minutes: Mapped[int] = mapped_column(default=0)
    seconds: Mapped[int] = mapped_column(default=60)
    created_at: Mapped[datetime]
    version: Mapped[int] = mapped_column(default=1)

    __mapper_args__ = {"version_id_col": version}


class Delegate(Model):
    """Somebody who takes meetings for an organisation at a fair: in which languages (ISO 639-1) and where."""

    __tablename__ = "delegates"
    __table_args__ = (UniqueConstraint("fair_id", "person_id"), Index("ix_delegates_organization", "organization_id", "fair_id"))

    id: Mapped[Id]
    fair_id: Mapped[UUID] = mapped_column(ForeignKey(Fair.id))
    organization_id: Mapped[UUID] = mapped_column(ForeignKey(Organization.id))
    person_id: Mapped[UUID] = mapped_column(ForeignKey(Person.id))
    languages: Mapped[list[str]]
    presence: Mapped[Presence]
    created_at: Mapped[datetime]


class MeetingWish(Model):
    """What an organisation wishes of another at a fair. The other side never learns of it but by a meeting that comes of it.

    ``topic``: what both sides read of a meeting that comes of it. ``person_id``: the colleague who shall go, a delegate; whoever
    has least to do otherwise.
    """

    __tablename__ = "meeting_wishes"
    __table_args__ = (
        UniqueConstraint("fair_id", "organization_id", "about_organization_id"),
        CheckConstraint("organization_id <> about_organization_id", "two_sides"),
        Index("ix_meeting_wishes_organization", "organization_id", "fair_id"),
        Index("ix_meeting_wishes_about", "about_organization_id", "fair_id"),
    )

    id: Mapped[Id]
    fair_id: Mapped[UUID] = mapped_column(ForeignKey(Fair.id))
    organization_id: Mapped[UUID] = mapped_column(ForeignKey(Organization.id))
    about_organization_id: Mapped[UUID] = mapped_column(ForeignKey(Organization.id))
    listing_id: Mapped[UUID | None] = mapped_column(ForeignKey(Listing.id))
    wanted: Mapped[Wanted]
    topic: Mapped[str] = mapped_column(String(300))
    person_id: Mapped[UUID | None] = mapped_column(ForeignKey(Person.id))
    said_by: Mapped[UUID] = mapped_column(ForeignKey(Person.id))
    said_at: Mapped[datetime]


class MeetingPlan(Model):
    """One computation of a fair's plan. ``progress`` and ``result`` hold [people with a meeting, weight] as ``best``, ``bound``
    and ``greedy``, and counts. ``worker`` computes it now and was alive at ``beat_at``."""

    __tablename__ = "meeting_plans"
    __table_args__ = (Index("ix_meeting_plans_fair", "fair_id", "created_at"), Index("ix_meeting_plans_at_work", "state", "beat_at"))

    id: Mapped[Id]
    fair_id: Mapped[UUID] = mapped_column(ForeignKey(Fair.id))
    state: Mapped[PlanState]
    asked_by: Mapped[UUID] = mapped_column(ForeignKey(Person.id))
    seconds: Mapped[int]
    stage: Mapped[str | None] = mapped_column(String(20))
    progress: Mapped[dict[str, Any]] = mapped_column(default=dict)
    result: Mapped[dict[str, Any]] = mapped_column(default=dict)
    worker: Mapped[UUID | None]
    beat_at: Mapped[datetime | None]
    created_at: Mapped[datetime]
    finished_at: Mapped[datetime | None]
    published_at: Mapped[datetime | None]
    published_by: Mapped[UUID | None] = mapped_column(ForeignKey(Person.id))
    version: Mapped[int] = mapped_column(default=1)

    __mapper_args__ = {"version_id_col": version}


class PlannedMeeting(Model):
    """A meeting as a plan has it; ``meeting_id`` since it was published. A wish that was taken back since is not named any more."""

    __tablename__ = "planned_meetings"
    __table_args__ = (PrimaryKeyConstraint("plan_id", "number"), CheckConstraint("from_organization_id <> to_organization_id", "two_sides"))

    plan_id: Mapped[UUID] = mapped_column(ForeignKey(MeetingPlan.id))
    number: Mapped[int]
    from_organization_id: Mapped[UUID] = mapped_column(ForeignKey(Organization.id))
    to_organization_id: Mapped[UUID] = mapped_column(ForeignKey(Organization.id))
    from_person_id: Mapped[UUID] = mapped_column(ForeignKey(Person.id))
    to_person_id: Mapped[UUID] = mapped_column(ForeignKey(Person.id))
    place_id: Mapped[UUID] = mapped_column(ForeignKey(Place.id))
    starts_at: Mapped[datetime]
    length_minutes: Mapped[int]
    interpreter_id: Mapped[UUID | None] = mapped_column(ForeignKey(Interpreter.id))
    from_language: Mapped[str | None] = mapped_column(String(2))
    to_language: Mapped[str | None] = mapped_column(String(2))
    wish_id: Mapped[UUID | None] = mapped_column(ForeignKey(MeetingWish.id), index=True)
    weight: Mapped[int]
    meeting_id: Mapped[UUID | None] = mapped_column(ForeignKey(Meeting.id))


class PlanChange(Model):
    """Something that is not there for a time, what that breaks, and the repairs to choose from.

    ``subject_id`` is a place, person, organisation or interpreter. ``broken``: ids of meetings. ``repairs``: by kind, a list of what
    happens to each meeting that is touched (`changing.Step`), with the version it had, so that one is refused that changed since.
    """

    __tablename__ = "plan_changes"
    __table_args__ = (
        CheckConstraint("ends_at > starts_at", "times"),
        Index("ix_plan_changes_fair", "fair_id", "created_at"),
        Index("ix_plan_changes_at_work", "state", "beat_at"),
    )

    id: Mapped[Id]
    fair_id: Mapped[UUID] = mapped_column(ForeignKey(Fair.id))
    kind: Mapped[ChangeKind]
    subject_id: Mapped[UUID]
    starts_at: Mapped[datetime]
    ends_at: Mapped[datetime]
    reason: Mapped[str] = mapped_column(String(200))
    state: Mapped[ChangeState]
    broken: Mapped[list[str]]
    repairs: Mapped[dict[str, Any]] = mapped_column(default=dict)
    chosen: Mapped[str | None] = mapped_column(String(20))
    worker: Mapped[UUID | None]
    beat_at: Mapped[datetime | None]
    asked_by: Mapped[UUID] = mapped_column(ForeignKey(Person.id))
    created_at: Mapped[datetime]
    finished_at: Mapped[datetime | None]
    version: Mapped[int] = mapped_column(default=1)

    __mapper_args__ = {"version_id_col": version}
