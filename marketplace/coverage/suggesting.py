"""Partners to propose: what fits a listing among what the same fair shows, a pair that somebody named, and near misses of the board.

All of it asks the index as any visitor could: what an organisation put away, talks about or drafts is not looked at.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy import Row, select

from marketplace.core.db import db
from marketplace.core.errors import Invalid
from marketplace.core.i18n import gettext
from marketplace.coverage import looking_up
from marketplace.fairs.models import Fair
from marketplace.listings import indexing
from marketplace.listings.models import Kind, Listing
from marketplace.matching import queries as matching
from marketplace.matching import subjects
from marketplace.matching.gates import Constraint, Status, constraints
from marketplace.matching.models import StoredMatch
from marketplace.matching.queries import Match
from marketplace.matching.ranking import Matches, match
from marketplace.matching.strength import ideal, strength
from marketplace.search.documents import ListingDocument
from marketplace.search.index import IndexUnusable

MOST_PARTNERS, MOST_NEAR = 10, 5
AMONG = 8
"""Among so many of the best without conditions a near miss of the board is looked for."""
LEAST = 100
"""Tenths of a percent of the need that a suggested partner answers at least: below, the two share no more than a common word."""
OTHER = {Kind.NEED: Kind.ACHIEVEMENT, Kind.ACHIEVEMENT: Kind.NEED}


@dataclass(frozen=True, slots=True, kw_only=True)
class Pair:
    """A need and an achievement of a fair with the conditions between them, as the public sees both."""

    need: Row[Any]
    achievement: Row[Any]
    lines: list[Constraint]
    strength: int | None

    @property
    def broken(self) -> list[Constraint]:
        return [line for line in self.lines if line.status is Status.NOT_MET]


@dataclass(frozen=True, slots=True)
class Near:
    """An achievement that shares more with a need than whatever fits it, but for the condition that it breaks.

    ``strength`` is how much of the need it would answer, in tenths of a percent.
    """

    row: Row[Any]
    line: Constraint
    strength: int


def pair(fair: Fair, need_id: UUID, achievement_id: UUID) -> Pair:
    """A need and an achievement that the fair shows. Raises NotFound for others, and Invalid when one organisation owns both."""
    need, achievement = looking_up.listing(fair, Kind.NEED, need_id), looking_up.listing(fair, Kind.ACHIEVEMENT, achievement_id)
    if need.organization_id == achievement.organization_id:
        raise Invalid.field("achievement_id", "one_owner", gettext("One organisation owns both: nobody has to be brought together."))
    rates = indexing.latest_rates()
    rows = db.session.execute(indexing.select_public().where(Listing.id.in_((need_id, achievement_id))))
    documents = {row.id: indexing.document(row, [], rates) for row in rows}
    query = select(StoredMatch.strength).where(StoredMatch.need_id == need_id, StoredMatch.achievement_id == achievement_id)
    return Pair(
        need=need, achievement=achievement, lines=constraints(documents[need_id], documents[achievement_id]),
        strength=db.session.scalar(query),
    )  # fmt: skip


def named(fair: Fair, kind: Kind, said: str) -> UUID:
    """The id of a listing that the fair shows, given as its id or its reference. Raises Invalid."""
    try:
        return UUID(said.strip())
    except ValueError:
        found = looking_up.by_reference(fair, kind, said)
    if found is None:
        text = gettext("This fair shows no need with this reference.") if kind is Kind.NEED else gettext("This fair shows no achievement with this reference.")
        raise Invalid.field(f"{kind.value}_id", "listing_not_public", text)
    return found


def partners(fair: Fair, listing: Row[Any]) -> tuple[list[Match], list[Match]]:
    """What fits a listing of the fair best among what the fair shows of other organisations, and what breaks one condition.

    ``listing`` as `looking_up.listing` reads it. Raises Rebuilding.
    """
    subject = subjects.by_reference(listing.reference)
    found = matching.find(subject, limit=MOST_PARTNERS, near=MOST_NEAR, fair=fair.slug)
    worth = [each for each in found.matches if each.strength >= LEAST]
    return _of_others(worth, listing), _of_others(found.near, listing)


def _of_others(matches: Sequence[Match], listing: Row[Any]) -> list[Match]:
    return [each for each in matches if each.row.organization_id != listing.organization_id]


def near_misses(need_ids: Sequence[UUID]) -> dict[UUID, Near] | None:
    """For each need the best public achievement, where it breaks exactly one condition. None while the index is unusable.

    Four queries and one search of the index for each need.
    """
    if not need_ids:
        return {}
    rates = indexing.latest_rates()
    needs = {row.id: indexing.document(row, [], rates) for row in db.session.execute(indexing.select_public().where(Listing.id.in_(need_ids)))}
    try:
        reader = indexing.reader()
        answers = {id: match(reader, need, limit=AMONG, gated=False) for id, need in needs.items()}
    except IndexUnusable:
        return None
    wanted = {hit.id for answer in answers.values() for hit in answer.hits}
    rows = {row.id: row for row in db.session.execute(indexing.select_public().add_columns(*subjects.OWNER).where(Listing.id.in_(wanted)))}
    documents = {id: indexing.document(row, [], rates) for id, row in rows.items()}
    found = {}
    for need_id, answer in answers.items():
        near = _near(needs[need_id], answer, rows, documents)
        if near is not None:
            found[need_id] = near
    return found


def _near(need: ListingDocument, answer: Matches, rows: dict[UUID, Row[Any]], documents: dict[UUID, ListingDocument]) -> Near | None:
    """The first that breaks one condition, unless one that fits stands before it."""
    for hit in answer.hits:
        if hit.id in rows:
            broken = [line for line in constraints(need, documents[hit.id]) if line.status is Status.NOT_MET]
            if len(broken) <= 1:
                return Near(rows[hit.id], broken[0], strength(hit.score, ideal(answer))) if broken else None
    return None
