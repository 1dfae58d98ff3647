"""Finds the best listings for many weighed terms among those that pass conditions, without scoring all of them.

The engine passes over listings that cannot reach the best ones only when a query is nothing but terms. So the terms are asked
for alone, the conditions select among what was found, and only when too few are left is the whole put as one query. Both ways
give the same listings in the same order.
"""

from collections.abc import Iterable, Sequence
from itertools import chain
from typing import Protocol

from tantivy import Occur, Query

from marketplace.search import bm25
from marketplace.search.clauses import only, unscored, weighed
from marketplace.search.reader import SLACK, Row, Scored, Snapshot, rounded

Condition = tuple[Occur, Query]
PER_PLACE, LEAST = 15, 300  # listings looked at for each one asked for, and at least
DEEPER = 8  # times as many, before the whole is put as one query
SCORED_WHOLE = 30_000  # to score so few at once costs less than to look twice


class Weighed(Protocol):
    """A term in one ranked field, and what it weighs."""

    @property
    def field(self) -> str: ...

    @property
    def token(self) -> str: ...

    @property
    def weight(self) -> float: ...


def best(
    snapshot: Snapshot, deciding: Sequence[Weighed], near: Sequence[Weighed], *, conditions: Sequence[Condition], limit: int, passing_most: bool = False
) -> list[Row]:
    """Return the first `limit` listings that have one of the terms `deciding` and pass the `conditions`: (score, id, num).

    When the conditions are `passing_most` listings, fewer are looked at first: what passes costs more to tell than what is best.
    The score is what all terms, `near` ones too, add together, in five significant digits; equals come in the order of their ids.
    Raises IndexUnusable.
    """
    if not deciding:
        return []
    if snapshot.searcher.num_docs > SCORED_WHOLE:
        looked_at = limit * 2 + SLACK if passing_most else max(LEAST, limit * PER_PLACE)
        for most in (looked_at, looked_at * DEEPER):
            rows = _among(snapshot, deciding, near, conditions=conditions, limit=limit, most=most)
            if rows is not None:
                return rows
    return snapshot.search(whole(deciding, near, conditions), limit)


def whole(deciding: Iterable[Weighed], near: Sequence[Weighed], conditions: Iterable[Condition]) -> Query:
    """Return the one query that selects and scores: what `best` finds, found by looking at everything."""
    adding = [(Occur.Should, union(near))] if near else []
    return Query.boolean_query([(Occur.Must, union(deciding)), *adding, *conditions])


def union(clauses: Iterable[Weighed]) -> Query:
    """Return the query whose score is the sum of what its terms add."""
    return Query.boolean_query([(Occur.Should, weighed(one.field, one.token, one.weight)) for one in clauses])


def _among(
    snapshot: Snapshot, deciding: Sequence[Weighed], near: Sequence[Weighed], *, conditions: Sequence[Condition], limit: int, most: int
) -> list[Row] | None:
    """The answer from the `most` best of all listings; None when it may hold others."""
    hits = snapshot.hits(union(chain(deciding, near)), most)
    if not hits:
        return []
    whole, least = len(hits) < most, rounded(hits[-1][0])
    if near and least <= _at_most(snapshot, near):
        conditions = [*conditions, unscored(union(deciding))]
    passing = _passing(snapshot, hits, conditions) if conditions else hits
    if len(passing) > limit:
        edge = rounded(passing[limit - 1][0])
        passing = [hit for place, hit in enumerate(passing) if place < limit or rounded(hit[0]) == edge]
    rows = snapshot.rows(passing)[:limit]
    if not whole and (len(rows) < limit or rows[-1][0] <= least):
        return None
    return rows


def _passing(snapshot: Snapshot, hits: list[Scored], conditions: Sequence[Condition]) -> list[Scored]:
    nums = snapshot.nums([address for _, address in hits])
    selected = snapshot.hits(Query.boolean_query([only("num", nums), *conditions]), len(hits))
    passing = set(snapshot.nums([address for _, address in selected]))
    return [hit for hit, num in zip(hits, nums, strict=True) if num in passing]


def _at_most(snapshot: Snapshot, clauses: Iterable[Weighed]) -> float:
    """More than these terms can add to any listing."""
    held = 2 * snapshot.searcher.num_docs  # deleted listings count too until a rebuild, which comes far earlier
    return sum(one.weight * bm25.idf(snapshot.frequencies(one.field)[one.token], held) * (bm25.K1 + 1) for one in clauses)
