"""The matches of one listing with their reasons: found by the index, read from the database in one query, checked again."""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from functools import cache
from typing import Any, NamedTuple
from uuid import UUID

from sqlalchemy import Row, Select, bindparam, select

from marketplace.core.clock import now
from marketplace.core.db import db
from marketplace.core.errors import NotFound, Unavailable
from marketplace.core.i18n import lazy_gettext as _l
from marketplace.fairs.models import Fair
from marketplace.listings import indexing
from marketplace.listings.models import FairEntry, Kind, Listing
from marketplace.matching import spreading
from marketplace.matching.fitting import fitting
from marketplace.matching.gates import Constraint, Status, constraints
from marketplace.matching.models import StoredMatch
from marketplace.matching.ranking import RANKING, Matches, match
from marketplace.matching.reasons import Reasons, contributions, reasons
from marketplace.matching.strength import Band, band, ideal, strength
from marketplace.matching.subjects import OWNER, Subject
from marketplace.search.documents import ListingDocument
from marketplace.search.index import IndexUnusable
from marketplace.search.reader import Hit

MOST = 100
SPOKEN = ("titles", "texts", "fields", "sectors")  # what a listing says of itself, apart from its conditions
NEAR_AMONG = 40  # the best without conditions, among which near misses are looked for
NEAR_FIRST = 10  # of these, how many are read at first: mostly there are enough near misses among them

TERMS = 20  # of a match that are named; a page shows those in its reader's language first
FRESH = timedelta(days=7)
"""How long a match stays new."""


class Rebuilding(Unavailable):
    text = _l("The matches are being computed anew. Try again in a moment.")


@dataclass(frozen=True, slots=True)
class Match:
    """A listing that fits, or nearly; `rank` counts from 1, `strength` is in tenths of a percent. `in_open_fair` and `together`: whether such a fair shows it, and beside the subject.

    `strength` says how much of the need the achievement answers, on the page of either: of an achievement's needs as it is
    stored, and only where it is not, how much of the achievement the need answers. `new`: stored within `FRESH`. `rare`: it
    stands here because it is shown nowhere else.
    """

    row: Row[Any]
    rank: int
    score: float
    reasons: Reasons
    constraints: list[Constraint]
    strength: int
    document: ListingDocument
    together: bool
    in_open_fair: bool
    new: bool
    rare: bool = False

    @property
    def band(self) -> Band:
        return band(self.strength)

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


class Place(NamedTuple):
    """Where an achievement stands among a need's matches."""

    rank: int
    score_milli: int
    ranking: str


def find(
    subject: Subject, *, limit: int = 10, near: int = 0, fair: str = "", without: Collection[UUID] = (), spread: bool = False
) -> Found:  # fmt: skip
    """The best `limit` public listings of the other kind, and at most `near` of the best that break one condition.

    What the index holds but the public does not see any more, or what broke a condition since, is left out, and so are the
    ids `without`. With `spread` the last places of a need's list are given as `spreading` says. A constant number of queries.
    Raises Rebuilding.
    """
    spread = spread and subject.kind is Kind.NEED
    wanted = (max(limit, spreading.DEPTH) if spread else limit) + len(without)
    try:
        gated = fitting(indexing.reader(), subject.document, limit=wanted, fair=fair)
        loose = match(indexing.reader(), subject.document, limit=wanted + NEAR_AMONG, fair=fair, gated=False) if near else None
    except IndexUnusable as error:
        raise Rebuilding() from error
    inside = {hit.id for hit in gated.hits}
    hits = [hit for hit in gated.hits if hit.id not in without]
    rare: set[UUID] = set()
    if spread:
        places = spreading.spread(hits, spreading.exposures(hit.id for hit in hits), shown=limit)
        hits, rare = [place.found for place in places], {place.found.id for place in places if place.rare}
    hits = hits[:limit]
    others = [hit for hit in loose.hits if hit.id not in inside and hit.id not in without][:NEAR_AMONG] if loose else []
    reading = _Reading(subject, [hit.id for hit in (*hits, *others[:NEAR_FIRST])])
    matches = reading.matches(gated, hits, broken=0, most=limit, rare=rare)
    missed = reading.matches(loose, others[:NEAR_FIRST], broken=1, most=near) if loose else []
    if loose and len(missed) < near and len(others) > NEAR_FIRST:
        reading = _Reading(subject, [hit.id for hit in others])
        missed = reading.matches(loose, others, broken=1, most=near)
    snapshot = gated.snapshot
    return Found(Kind(subject.document.kind.other), matches, missed, RANKING, snapshot.generation, snapshot.seq)


def more_like(subject: Subject, liked: Sequence[UUID], *, limit: int = 10, without: Collection[UUID] = ()) -> Found:
    """What is like the listings `liked`, of the other kind: ranked by their texts in place of the subject's, under its conditions.

    They are left out of what is found. Raises NotFound unless all of them are public, and Rebuilding.
    """
    query = indexing.select_public().where(Listing.id.in_(liked), Listing.kind == Kind(subject.document.kind.other))
    rates = indexing.latest_rates()
    read = {row.id: indexing.document(row, [], rates) for row in db.session.execute(query)}
    if not liked or any(id not in read for id in liked):
        raise NotFound()
    documents = [read[id] for id in liked]
    in_place: dict[str, Any] = {name: tuple(dict.fromkeys(part for one in documents for part in getattr(one, name))) for name in SPOKEN}
    return find(replace(subject, document=replace(subject.document, **in_place)), limit=limit, without={*without, *liked})


def these(subject: Subject, ids: Sequence[UUID]) -> list[Match]:
    """Some public listings of the other kind as matches of the subject, in the order of `ids`, whatever they share or break.

    Raises NotFound unless all of them are public, and Rebuilding.
    """
    try:
        of = match(indexing.reader(), subject.document, limit=1)
    except IndexUnusable as error:
        raise Rebuilding() from error
    reading = _Reading(subject, list(ids))
    if any(id not in reading.found or reading.found[id][1].kind is subject.document.kind for id in ids):
        raise NotFound()
    hits = [Hit(id, sum(part.points for part in contributions(of, reading.found[id][1]))) for id in ids]
    return [reading.made(of, hit, rank=rank) for rank, hit in enumerate(hits, start=1)]


def place(need_id: UUID, achievement_id: UUID, *, own: bool) -> Place | None:
    """Where an achievement stands now among the first `MOST` matches of a need, in its newest version where it is one's own."""
    row = db.session.execute((indexing.select_newest() if own else indexing.select_public()).where(Listing.id == need_id)).one_or_none()
    if row is None:
        return None
    try:
        found = fitting(indexing.reader(), indexing.document(row, [], indexing.latest_rates()), limit=MOST)
    except IndexUnusable:
        return None
    for rank, hit in enumerate(found.hits, start=1):
        if hit.id == achievement_id:
            return Place(rank, round(hit.score * 1000), found.version)
    return None


class _Reading:
    """The listings that were found, as they are in the database now."""

    def __init__(self, subject: Subject, ids: list[UUID]) -> None:
        self.subject, rates = subject, indexing.latest_rates()
        rows = db.session.execute(_public(), {"ids": ids})
        self.found: dict[UUID, tuple[Row[Any], ListingDocument]] = {row.id: (row, indexing.document(row, [], rates)) for row in rows}
        self.fairs = open_fairs([subject.id, *self.found])
        self.stored = _stored(subject, list(self.found))
        self.ideal: float | None = None  # of the subject's terms: the same for all its matches

    def matches(self, of: Matches, hits: Iterable[Hit], *, broken: int, most: int, rare: Collection[UUID] = ()) -> list[Match]:
        """The first `most` of `hits` that are public and break `broken` conditions."""
        made: list[Match] = []
        for hit in hits:
            if len(made) == most:
                break
            if hit.id not in self.found:
                continue
            lines = constraints(self.subject.document, self.found[hit.id][1])
            if sum(line.status is Status.NOT_MET for line in lines) == broken:
                made.append(self.made(of, hit, rank=len(made) + 1, lines=lines, rare=hit.id in rare))
        return made

    def made(self, of: Matches, hit: Hit, *, rank: int, lines: list[Constraint] | None = None, rare: bool = False) -> Match:
        """One of the listings that were found, with everything about it."""
        row, document = self.found[hit.id]
        places = self.fairs.get(hit.id, set())
        together = not self.fairs.get(self.subject.id, set()).isdisjoint(places)
        lines = constraints(self.subject.document, document) if lines is None else lines
        if self.ideal is None:
            self.ideal = ideal(of)
        share, found_at = self.stored.get(hit.id, (None, None))
        if share is None or self.subject.kind is Kind.NEED:
            share = strength(hit.score, self.ideal)
        new = found_at is not None and found_at >= now() - FRESH
        why = reasons(of, document, limit=TERMS)
        return Match(row, rank, hit.score, why, lines, share, document, together, bool(places), new, rare)


# The statements are built once: that costs as much as to run one.
@cache
def _public() -> Select[Any]:
    return indexing.select_public().add_columns(*OWNER).where(Listing.id.in_(bindparam("ids", expanding=True)))


@cache
def _stored_of(kind: Kind) -> Select[Any]:
    mine, other = StoredMatch.need_id, StoredMatch.achievement_id
    if kind is Kind.ACHIEVEMENT:
        mine, other = other, mine
    query: Select[Any] = select(other, StoredMatch.strength, StoredMatch.found_at)  # type: ignore[assignment]
    return query.where(mine == bindparam("subject"), other.in_(bindparam("ids", expanding=True)))


@cache
def _shown_in() -> Select[Any]:
    query: Select[Any] = select(FairEntry.listing_id, FairEntry.fair_id)  # type: ignore[assignment]
    shown = (FairEntry.listing_id.in_(bindparam("ids", expanding=True)), FairEntry.published_number.is_not(None), Fair.closed_at.is_(None))
    return query.join(Fair, Fair.id == FairEntry.fair_id).where(*shown)


def _stored(subject: Subject, ids: list[UUID]) -> dict[UUID, tuple[int, datetime]]:
    """Strength of, and moment since when stored, the pairs of the subject that are among the first of a need's."""
    rows = db.session.execute(_stored_of(subject.kind), {"subject": subject.id, "ids": ids})
    return {row[0]: (row[1], row[2]) for row in rows}


def open_fairs(ids: list[UUID]) -> dict[UUID, set[UUID]]:
    """The open fairs that show each listing."""
    found: dict[UUID, set[UUID]] = {}
    for listing_id, fair_id in db.session.execute(_shown_in(), {"ids": ids}):
        found.setdefault(listing_id, set()).add(fair_id)
    return found
