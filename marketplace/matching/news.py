"""Which stored matches are news to an organisation: found lately, among the first of a list, and nothing said of them yet."""

from collections.abc import Sequence
from typing import Any, NamedTuple
from uuid import UUID

from sqlalchemy import ColumnElement, Select, func, or_, select
from sqlalchemy.orm import InstrumentedAttribute

from marketplace.core.access import Actor
from marketplace.core.clock import now
from marketplace.core.db import db
from marketplace.listings.models import Kind, Listing
from marketplace.matching.feedback import unsaid
from marketplace.matching.models import StoredMatch
from marketplace.matching.queries import FRESH
from marketplace.matching.strength import GOOD

AMONG = 10
"""A stored match counts for the other side when the achievement is among the first so many of the need's."""


class Tally(NamedTuple):
    """Of one listing: the strong ones among its stored matches, and those that are new."""

    strong: int = 0
    new: int = 0


def tallies(listings: Sequence[tuple[Kind, UUID]], *, by: Actor) -> dict[UUID, Tally]:
    """How many strong and new matches each of one's own listings has; one query for each kind of listing that there is."""
    found: dict[UUID, Tally] = {}
    for kind, mine in ((Kind.NEED, StoredMatch.need_id), (Kind.ACHIEVEMENT, StoredMatch.achievement_id)):
        ids = [listing_id for of, listing_id in listings if of is kind]
        if not ids or by.organization_id is None:
            continue
        query = (
            select(mine, func.count().filter(StoredMatch.strength >= GOOD), func.count().filter(_fresh()))
            .where(mine.in_(ids), StoredMatch.rank <= AMONG, unsaid(by.organization_id))
            .group_by(mine)
        )
        found |= {listing_id: Tally(strong, new) for listing_id, strong, new in db.session.execute(query)}
    return found


def count(*, by: Actor) -> int:
    """How many new matches the own listings have together. One query."""
    if by.organization_id is None:
        return 0
    parts = [_new(mine, by.organization_id, kind) for kind, mine in ((Kind.NEED, StoredMatch.need_id), (Kind.ACHIEVEMENT, StoredMatch.achievement_id))]
    return db.session.scalar(select(parts[0].scalar_subquery() + parts[1].scalar_subquery())) or 0


def with_news(*, by: Actor) -> ColumnElement[bool]:
    """For queries of own listings: those that have a new match."""
    if by.organization_id is None:
        raise ValueError("without an organisation nothing is new")
    conditions = (_fresh(), StoredMatch.rank <= AMONG, unsaid(by.organization_id))
    side = or_(StoredMatch.need_id == Listing.id, StoredMatch.achievement_id == Listing.id)
    return select(StoredMatch.id).where(side, *conditions).exists()


def _new(mine: InstrumentedAttribute[UUID], organization_id: UUID, kind: Kind) -> Select[Any]:
    own = select(Listing.id).where(Listing.organization_id == organization_id, Listing.kind == kind)
    return select(func.count()).select_from(StoredMatch).where(mine.in_(own), StoredMatch.rank <= AMONG, _fresh(), unsaid(organization_id))


def _fresh() -> ColumnElement[bool]:
    return StoredMatch.found_at >= now() - FRESH
