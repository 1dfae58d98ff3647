"""How much of a need a match answers: its score as a share of what an ideal text would score."""

from enum import StrEnum

from marketplace.matching.ranking import Clause, Matches
from marketplace.search import bm25
from marketplace.search.reader import Snapshot

FULL = 1_000
SAID = 2  # how often the ideal text, of average length, says each term
GOOD, FAIR = 200, 120


class Band(StrEnum):
    """A strength in words."""

    STRONG = "strong"
    FAIR = "fair"
    WEAK = "weak"


def ideal(matches: Matches) -> float:
    """Return the score of a text of average length that says every term that was asked for `SAID` times."""
    return sum(_ideal(matches.snapshot, clause) for clause in matches.clauses)


def strength(score: float, ideal: float) -> int:
    """Return `score` as a share of `ideal`, in tenths of a percent: 0 to `FULL`."""
    return min(FULL, round(FULL * score / ideal)) if ideal > 0 else 0


def band(strength: int) -> Band:
    """Return the band of a strength."""
    return Band.STRONG if strength >= GOOD else Band.FAIR if strength >= FAIR else Band.WEAK


def _ideal(snapshot: Snapshot, clause: Clause) -> float:
    held, containing = snapshot.searcher.num_docs, snapshot.frequencies(clause.field)[clause.token]
    return clause.weight * bm25.idf(containing, held) * (bm25.K1 + 1) * SAID / (SAID + bm25.K1)
