"""Saved searches, what each person wants to hear of matches, and what they were told."""

from datetime import date, datetime
from enum import StrEnum
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, Index, PrimaryKeyConstraint, String, Text, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from marketplace.accounts.models import Person
from marketplace.core.db import Id, Model
from marketplace.listings.models import Kind, Listing
from marketplace.organizations.models import Organization


class Frequency(StrEnum):
    AT_ONCE = "at_once"
    DAILY = "daily"
    NEVER = "never"


class Least(StrEnum):
    """How strong a match has to be to be told."""

    ANY = "any"
    FAIR = "fair"
    STRONG = "strong"


class Source(StrEnum):
    """What a notice tells: a listing that a search found, a match of an own listing, or how many there are."""

    SEARCH = "search"
    MATCH = "match"
    MATCHES = "matches"


class SavedSearch(Model):
    """A person's search of the catalogue. ``query`` is the canonical query of its address without the order; equal ones share ``key``.

    ``organization_id`` is the one they acted for: when they leave it, or it is not approved, nothing is told. A deleted one is kept
    for a day, to be taken back.
    """

    __tablename__ = "saved_searches"
    __table_args__ = (Index("ix_saved_searches_person", "person_id", "created_at"), Index("ix_saved_searches_key", "kind", "key", "id"))

    id: Mapped[Id]
    person_id: Mapped[UUID] = mapped_column(ForeignKey(Person.id))
    organization_id: Mapped[UUID | None] = mapped_column(ForeignKey(Organization.id))
    kind: Mapped[Kind]
    name: Mapped[str] = mapped_column(String(80))
    query: Mapped[str] = mapped_column(Text)
    sort: Mapped[str] = mapped_column(String(20))
    key: Mapped[str] = mapped_column(String(64))
    frequency: Mapped[Frequency]
    created_at: Mapped[datetime]
    deleted_at: Mapped[datetime | None]
    version: Mapped[int] = mapped_column(default=1)

    __mapper_args__ = {"version_id_col": version}


class MatchAlert(Model):
    """What a member wants to hear of new matches of their organisation's public listings; without a row the default of their role."""

    __tablename__ = "match_alerts"
    __table_args__ = (UniqueConstraint("person_id", "organization_id"),)

    id: Mapped[Id]
    person_id: Mapped[UUID] = mapped_column(ForeignKey(Person.id))
    organization_id: Mapped[UUID] = mapped_column(ForeignKey(Organization.id))
    frequency: Mapped[Frequency]
    least: Mapped[Least]
    version: Mapped[int] = mapped_column(default=1)

    __mapper_args__ = {"version_id_col": version}


class AlertReader(Model):
    """The one row by which mails to a person are kept apart: whoever writes one locks it.

    ``stopped_at``: they want no mail of this kind at all. ``mailed_at`` is the last mail at once, ``digest_on`` the day of the last digest.
    """

    __tablename__ = "alert_readers"

    person_id: Mapped[UUID] = mapped_column(ForeignKey(Person.id), primary_key=True)
    stopped_at: Mapped[datetime | None]
    mailed_at: Mapped[datetime | None]
    digest_on: Mapped[date | None]


class AnnouncedPair(Model):
    """That a person was told of a match, by name or in a number: once for ever."""

    __tablename__ = "announced_pairs"
    __table_args__ = (
        PrimaryKeyConstraint("person_id", "need_id", "achievement_id"),
        Index("ix_announced_pairs_achievement", "person_id", "achievement_id"),
    )

    person_id: Mapped[UUID] = mapped_column(ForeignKey(Person.id))
    need_id: Mapped[UUID] = mapped_column(ForeignKey(Listing.id))
    achievement_id: Mapped[UUID] = mapped_column(ForeignKey(Listing.id))


class Notice(Model):
    """Something new for one person. ``mail_by`` is the mail that still has to tell it: null once it was promised, or needs none.

    ``subject_id`` is the own listing that was matched, ``listing_id`` the one that was found; ``number`` counts where none is named.
    """

    __tablename__ = "alert_notices"
    __table_args__ = (
        UniqueConstraint("search_id", "listing_id"),
        CheckConstraint("(source = 'search') = (search_id IS NOT NULL)", "search"),
        CheckConstraint("(source = 'search') = (subject_id IS NULL)", "subject"),
        CheckConstraint("(source = 'matches') = (listing_id IS NULL)", "listing"),
        CheckConstraint("mail_by <> 'never'", "mail"),
        Index("ix_alert_notices_person", "person_id", "found_at", "id"),
        Index("ix_alert_notices_mail", "mail_by", "person_id", sqlite_where=text("mail_by IS NOT NULL"), postgresql_where=text("mail_by IS NOT NULL")),
    )

    id: Mapped[Id]
    person_id: Mapped[UUID] = mapped_column(ForeignKey(Person.id))
    organization_id: Mapped[UUID | None] = mapped_column(ForeignKey(Organization.id))
    source: Mapped[Source]
    search_id: Mapped[UUID | None] = mapped_column(ForeignKey(SavedSearch.id))
    subject_id: Mapped[UUID | None] = mapped_column(ForeignKey(Listing.id))
    listing_id: Mapped[UUID | None] = mapped_column(ForeignKey(Listing.id))
    number: Mapped[int] = mapped_column(default=1)
    strength: Mapped[int | None]
    found_at: Mapped[datetime]
    mail_by: Mapped[Frequency | None]
    read_at: Mapped[datetime | None]
