"""What the matching remembers: the best matches of every public need, what organisations said of a pair, and what became of it."""

from datetime import datetime
from enum import StrEnum
from typing import Any
from uuid import UUID

from sqlalchemy import BigInteger, CheckConstraint, ForeignKey, Index, Integer, String, Text, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from marketplace.accounts.models import Person
from marketplace.core.db import Id, Model
from marketplace.listings.models import Listing
from marketplace.organizations.models import Organization

KEPT = 20
"""How many matches of a need are stored: the length of the list that has to be the same on every database."""


class Verdict(StrEnum):
    SHORTLISTED = "shortlisted"
    DISMISSED = "dismissed"


class Outcome(StrEnum):
    """What became of a pair, in the order in which it happens."""

    INTEREST = "interest"
    MEETING = "meeting"
    CONTRACT = "contract"


class StoredMatch(Model):
    """A public achievement among the first `KEPT` of a public need, as the ranking named in ``ranking`` found it.

    Rebuildable: the public listings, the index and the ranking decide it, and nothing that anybody did or saw. ``score_milli``
    is the score in thousandths, ``strength`` the share of the need that the achievement answers, in tenths of a percent.
    ``found_at`` is kept while the pair stays; it makes a match "new".
    """

    __tablename__ = "matches"
    __table_args__ = (
        UniqueConstraint("need_id", "achievement_id"),
        CheckConstraint(f"rank BETWEEN 1 AND {KEPT}", "rank"),
        CheckConstraint("strength BETWEEN 0 AND 1000", "strength"),
        Index("ix_matches_achievement", "achievement_id", "rank"),
        Index("ix_matches_found", "found_at"),
    )

    id: Mapped[Id]
    need_id: Mapped[UUID] = mapped_column(ForeignKey(Listing.id))
    achievement_id: Mapped[UUID] = mapped_column(ForeignKey(Listing.id))
    rank: Mapped[int]
    score_milli: Mapped[int]
    strength: Mapped[int]
    ranking: Mapped[str] = mapped_column(String(80))  # ranking:generation:seq
    found_at: Mapped[datetime]
    computed_at: Mapped[datetime]


class MatchedNeed(Model):
    """That a public need was matched, by which ranking and state of the index, and how weak its last match is.

    A need without a row, with another ranking or generation, or ``stale``, waits to be matched again. ``weakest_milli`` is the
    score that a further achievement has to reach: that of the last of `KEPT` matches, 0 while there are fewer. ``asked`` is
    what a new achievement is held against, by ranked field: {term as the index holds it: weight}, and in ``unheard`` the terms,
    between spaces, that no achievement had and that were therefore not asked for.
    """

    __tablename__ = "matched_needs"
    __table_args__ = (Index("ix_matched_needs_stale", "stale", sqlite_where=text("stale"), postgresql_where=text("stale")),)

    need_id: Mapped[UUID] = mapped_column(ForeignKey(Listing.id), primary_key=True)
    ranking: Mapped[str] = mapped_column(String(20))
    generation: Mapped[str] = mapped_column(String(40))
    seq: Mapped[int] = mapped_column(BigInteger)
    held: Mapped[int]
    weakest_milli: Mapped[int]
    stale: Mapped[bool]
    computed_at: Mapped[datetime]
    asked: Mapped[dict[str, Any]]  # these last: some kilobytes, which who looks at the others need not read
    unheard: Mapped[dict[str, Any]]


class WaitingRematch(Model):
    """A listing that the index has taken in and whose stored matches still have to follow; deleted when they have."""

    __tablename__ = "waiting_rematches"

    id: Mapped[int] = mapped_column(BigInteger().with_variant(Integer, "sqlite"), primary_key=True, autoincrement=True)
    listing_id: Mapped[UUID] = mapped_column(ForeignKey(Listing.id))
    asked_at: Mapped[datetime]


class MatchVerdict(Model):
    """What an organisation says of a pair, for itself: kept on its list, or put away with one of six reasons.

    ``score_milli`` and ``ranking`` are those of the moment, so that a ranking can be learnt from and replayed.
    """

    __tablename__ = "match_verdicts"
    __table_args__ = (
        UniqueConstraint("organization_id", "need_id", "achievement_id"),
        CheckConstraint("(verdict = 'dismissed') = (reason IS NOT NULL)", "reason"),
        Index("ix_match_verdicts_achievement", "achievement_id"),
        Index("ix_match_verdicts_need", "need_id"),
    )

    id: Mapped[Id]
    organization_id: Mapped[UUID] = mapped_column(ForeignKey(Organization.id))
    need_id: Mapped[UUID] = mapped_column(ForeignKey(Listing.id))
    achievement_id: Mapped[UUID] = mapped_column(ForeignKey(Listing.id))
    verdict: Mapped[Verdict]
    reason: Mapped[str | None] = mapped_column(String(30))
    note: Mapped[str | None] = mapped_column(Text)
    rank: Mapped[int | None]
    score_milli: Mapped[int | None]
    ranking: Mapped[str | None] = mapped_column(String(80))
    person_id: Mapped[UUID] = mapped_column(ForeignKey(Person.id))
    said_at: Mapped[datetime]
    version: Mapped[int] = mapped_column(default=1)

    __mapper_args__ = {"version_id_col": version}


class MatchOutcome(Model):
    """That a pair came to an interest, a meeting or a contract: the first time of each, for learning and for coverage."""

    __tablename__ = "match_outcomes"
    __table_args__ = (UniqueConstraint("need_id", "achievement_id", "outcome"), Index("ix_match_outcomes_achievement", "achievement_id"))

    id: Mapped[Id]
    need_id: Mapped[UUID] = mapped_column(ForeignKey(Listing.id))
    achievement_id: Mapped[UUID] = mapped_column(ForeignKey(Listing.id))
    outcome: Mapped[Outcome]
    rank: Mapped[int | None]
    score_milli: Mapped[int | None]
    ranking: Mapped[str | None] = mapped_column(String(80))
    happened_at: Mapped[datetime]
