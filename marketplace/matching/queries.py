"""The matches of one listing with their reasons: found by the index, read from the database in one query, checked again."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy import Row, select

from marketplace.core.db import db
from marketplace.core.errors import Unavailable
from marketplace.core.i18n import lazy_gettext as _l
from marketplace.fairs.models import Fair
from marketplace.listings import indexing
from marketplace.listings.models import FairEntry, Kind, Listing
from marketplace.matching.gates import Constraint, Status, constraints
from marketplace.matching.ranking import RANKING, Matches, match
from marketplace.matching.reasons import Reasons, reasons
from marketplace.matching.subjects import OWNER, Subject
from marketplace.search.documents import ListingDocument
from marketplace.search.index import IndexUnusable
from marketplace.search.reader import Hit

MOST = 100
NEAR_AMONG = 40  # the best without conditions, among which near misses are looked for


class Rebuilding(Unavailable):
    text = _l("The matches are being computed anew. Try again in a moment.")


@dataclass(frozen=True, slots=True)
class Match:
    """A listing that fits, or nearly; `rank` counts from 1. `in_open_fair` and `together`: whether such a fair shows it, and beside the subject."""

    row: Row[Any]
    rank: int
    score: float
    reasons: Reasons
    constraints: list[Constraint]
    together: bool
    in_open_fair: bool

    @property
    def id(self) -> UUID:
        return UUID(str(self.row.id))


@dataclass(frozen=True, slots=True)
class Found:
    """Matches, best first; `near` share as much but break exactly one condition. Scores of another `version` do not compare."""

    kind: Kind
    matches: list[Match]
    near: list[Match]
    version: str
    generation: str
    seq: int


def find(subject: Subject, *, limit: int = 10, near: int = 0, fair: str = "") -> Found:
    """The best `limit` public listings of the other kind, and at most `near` of the best that break one condition.

    What the index holds but the public does not see any more, or what broke a condition since, is left out. A constant
    number of queries. Raises Rebuilding.
    """
    try:
        gated = match(indexing.reader(), subject.document, limit=limit, fair=fair)
        loose = match(indexing.reader(), subject.document, limit=limit + NEAR_AMONG, fair=fair, gated=False) if near else None
    except IndexUnusable as error:
        raise Rebuilding() from error
    inside = {hit.id for hit in gated.hits}
    others = [hit for hit in loose.hits if hit.id not in inside] if loose else []
    reading = _Reading(subject, [*inside, *(hit.id for hit in others)])
    matches = reading.matches(gated, gated.hits, broken=0, most=limit)
    missed = reading.matches(loose, others, broken=1, most=near) if loose else []
    snapshot = gated.snapshot
    return Found(Kind(subject.document.kind.other), matches, missed, RANKING, snapshot.generation, snapshot.seq)


class _Reading:
    """The listings that were found, as they are in the database now."""

    def __init__(self, subject: Subject, ids: list[UUID]) -> None:
        self.subject, rates = subject, indexing.latest_rates()
        rows = db.session.execute(indexing.select_public().add_columns(*OWNER).where(Listing.id.in_(ids)))
        self.found: dict[UUID, tuple[Row[Any], ListingDocument]] = {row.id: (row, indexing.document(row, [], rates)) for row in rows}
        self.fairs = _open_fairs([subject.id, *self.found])

    def matches(self, of: Matches, hits: Iterable[Hit], *, broken: int, most: int) -> list[Match]:
        """The first `most` of `hits` that are public and break `broken` conditions."""
        made: list[Match] = []
        for hit in hits:
            if len(made) == most:
                break
            if hit.id not in self.found:
                continue
            row, document = self.found[hit.id]
            lines = constraints(self.subject.document, document)
            if sum(line.status is Status.NOT_MET for line in lines) == broken:
                places = self.fairs.get(hit.id, set())
                together = not self.fairs.get(self.subject.id, set()).isdisjoint(places)
                made.append(Match(row, len(made) + 1, hit.score, reasons(of, document, limit=5), lines, together, bool(places)))
        return made


def _open_fairs(ids: list[UUID]) -> dict[UUID, set[UUID]]:
    """The open fairs that show each listing."""
    query = (
        select(FairEntry.listing_id, FairEntry.fair_id)
        .join(Fair, Fair.id == FairEntry.fair_id)
        .where(FairEntry.listing_id.in_(ids), FairEntry.published_number.is_not(None), Fair.closed_at.is_(None))
    )
    found: dict[UUID, set[UUID]] = {}
    for listing_id, fair_id in db.session.execute(query):
        found.setdefault(listing_id, set()).add(fair_id)
    return found
