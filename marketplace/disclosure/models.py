"""Agreements of secrecy, accesses that an owner closed, and the log of what partners read."""

from datetime import date, datetime
from enum import StrEnum
from uuid import UUID

from sqlalchemy import JSON, CheckConstraint, ForeignKey, Index, String, Text, text
from sqlalchemy.orm import Mapped, mapped_column

from marketplace.accounts.models import Person
from marketplace.core.appendonly import append_only
from marketplace.core.db import Id, Model
from marketplace.listings.levels import Level
from marketplace.listings.models import Listing, ListingFile
from marketplace.negotiations.models import Negotiation
from marketplace.organizations.models import Organization


class Template(StrEnum):
    """Whose secrets an agreement keeps: both sides', the provider's, the recipient's."""

    MUTUAL = "mutual"
    PROVIDER = "provider_discloses"
    RECIPIENT = "recipient_discloses"


class State(StrEnum):
    PROPOSED = "proposed"
    IN_FORCE = "in_force"
    WITHDRAWN = "withdrawn"
    ENDED = "ended"


MOVES: dict[State, set[State]] = {
    State.PROPOSED: {State.IN_FORCE, State.WITHDRAWN},
    State.IN_FORCE: {State.ENDED},
    State.WITHDRAWN: set(),
    State.ENDED: set(),
}


class Agreement(Model):
    """An agreement of secrecy between the two organisations of a thread: never edited; other terms are another agreement.

    In force once both confirmed the text whose hash is ``content_hash``, until ``ends_at`` (not at it) or until a side ended it,
    whichever is first; nobody has to write down that the time is over. ``open_key`` keeps a thread to one that is open.
    """

    __tablename__ = "disclosure_agreements"
    __table_args__ = (
        CheckConstraint("proposed_by_id IN (provider_id, recipient_id)", "proposed_by"),
        CheckConstraint(
            "state NOT IN ('in_force', 'ended') OR (provider_confirmed_at IS NOT NULL AND recipient_confirmed_at IS NOT NULL AND begun_at IS NOT NULL)",
            "both_confirmed",
        ),
        CheckConstraint("(state IN ('withdrawn', 'ended')) = (ended_at IS NOT NULL)", "ended"),
        CheckConstraint("(state IN ('withdrawn', 'ended')) = (open_key IS NULL)", "open"),
        Index("ix_disclosure_agreements_provider", "provider_id", "proposed_at"),
        Index("ix_disclosure_agreements_recipient", "recipient_id", "proposed_at"),
    )

    id: Mapped[Id]
    negotiation_id: Mapped[UUID] = mapped_column(ForeignKey(Negotiation.id), index=True)
    open_key: Mapped[UUID | None] = mapped_column(unique=True)
    provider_id: Mapped[UUID] = mapped_column(ForeignKey(Organization.id))
    recipient_id: Mapped[UUID] = mapped_column(ForeignKey(Organization.id))
    proposed_by_id: Mapped[UUID] = mapped_column(ForeignKey(Organization.id))
    proposed_by_person_id: Mapped[UUID] = mapped_column(ForeignKey(Person.id))
    proposed_at: Mapped[datetime]
    template: Mapped[Template]
    special_terms: Mapped[str | None] = mapped_column(Text)
    ends_on: Mapped[date]
    ends_at: Mapped[datetime]
    text_en: Mapped[str] = mapped_column(Text)
    text_zh: Mapped[str] = mapped_column(Text)
    content_hash: Mapped[str] = mapped_column(String(64))
    state: Mapped[State]
    provider_confirmed_at: Mapped[datetime | None]
    provider_confirmed_by: Mapped[UUID | None] = mapped_column(ForeignKey(Person.id))
    recipient_confirmed_at: Mapped[datetime | None]
    recipient_confirmed_by: Mapped[UUID | None] = mapped_column(ForeignKey(Person.id))
    begun_at: Mapped[datetime | None]
    ended_at: Mapped[datetime | None]
    ended_by_id: Mapped[UUID | None] = mapped_column(ForeignKey(Organization.id))
    version: Mapped[int] = mapped_column(default=1)

    __mapper_args__ = {"version_id_col": version}

    def other_side(self, organization_id: UUID | None) -> UUID:
        """The organisation across the table."""
        return self.recipient_id if organization_id == self.provider_id else self.provider_id


class Closure(Model):
    """An owner closed a listing's reserved parts to one partner; open again when ``reopened_at`` is set."""

    __tablename__ = "disclosure_closures"
    __table_args__ = (
        Index(
            "uq_disclosure_closures_open", "listing_id", "organization_id", unique=True,
            sqlite_where=text("reopened_at IS NULL"), postgresql_where=text("reopened_at IS NULL"),
        ),
    )  # fmt: skip

    id: Mapped[Id]
    listing_id: Mapped[UUID] = mapped_column(ForeignKey(Listing.id))
    organization_id: Mapped[UUID] = mapped_column(ForeignKey(Organization.id))
    closed_at: Mapped[datetime]
    closed_by: Mapped[UUID] = mapped_column(ForeignKey(Person.id))
    reopened_at: Mapped[datetime | None]
    reopened_by: Mapped[UUID | None] = mapped_column(ForeignKey(Person.id))


@append_only
class Read(Model):
    """One request that showed a partner something of the upper two levels: which groups of fields of a version, or which file."""

    __tablename__ = "disclosure_reads"
    __table_args__ = (Index("ix_disclosure_reads_listing", "listing_id", "at", "id"),)

    id: Mapped[Id]
    at: Mapped[datetime]
    listing_id: Mapped[UUID] = mapped_column(ForeignKey(Listing.id))
    number: Mapped[int]
    level: Mapped[Level]
    groups: Mapped[list[str]] = mapped_column(JSON)
    file_id: Mapped[UUID | None] = mapped_column(ForeignKey(ListingFile.id))
    person_id: Mapped[UUID] = mapped_column(ForeignKey(Person.id))
    organization_id: Mapped[UUID] = mapped_column(ForeignKey(Organization.id))
