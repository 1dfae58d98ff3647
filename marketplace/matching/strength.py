"""How much of a need a match answers: its score as a share of the most that its heaviest terms could bring.

Scores of different needs do not compare, shares do: on `topics_awards` the share tells known awards from other hits among the
first ten with an AUC of .83 (the bare score .79). With `GOOD` one in three is a known award (of all among the first thirty one in
thirty, and others are unjudged), which covers half of all known ones; with `FAIR` one in six, and three quarters.
"""

from enum import StrEnum
from heapq import nlargest

from marketplace.matching.ranking import Clause, Matches
from marketplace.search import bm25
from marketplace.search.reader import Snapshot

FULL = 1_000
HEAVIEST = 16  # terms of a need that an ideal text would say without end; with more of them long needs would never be answered
GOOD, FAIR = 400, 300


class Band(StrEnum):
    """A strength in words."""

    STRONG = "strong"
    FAIR = "fair"
    WEAK = "weak"


def ideal(matches: Matches) -> float:
    """Return the most that the `HEAVIEST` terms of a listing could bring together; what it only heard from answers is left out."""
    return sum(nlargest(HEAVIEST, (_most(matches.snapshot, clause) for clause in matches.clauses if not clause.heard)))


def strength(score: float, ideal: float) -> int:
    """Return `score` as a share of `ideal`, in tenths of a percent: 0 to `FULL`."""
    return min(FULL, round(FULL * score / ideal)) if ideal > 0 else 0


def band(strength: int) -> Band:
    """Return the band of a strength."""
    return Band.STRONG if strength >= GOOD else Band.FAIR if strength >= FAIR else Band.WEAK


def _most(snapshot: Snapshot, clause: Clause) -> float:
    containing = snapshot.frequencies(clause.field)[clause.token]
    return clause.weight * bm25.idf(containing, max(containing, snapshot.searcher.num_docs)) * (bm25.K1 + 1)
