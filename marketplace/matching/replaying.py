"""Computes a score again, by hand as it were: from two texts, the ranking's version and what the index held of each term.

A `Record` is all that a score depends on, as plain values that can be kept as JSON. Whoever has it needs no index to show that
the score follows from the two texts; and of a record that another ranking wrote, it says so instead of answering wrongly.
"""

from collections import Counter
from dataclasses import asdict, dataclass
from typing import Any

from marketplace.matching.ranking import RANKING, Clause, Matches, match
from marketplace.search import bm25
from marketplace.search.bm25 import Statistics
from marketplace.search.documents import ListingDocument, term, terms
from marketplace.search.reader import Reader


@dataclass(frozen=True, slots=True)
class Asked:
    """One term that was asked for, its weight, and in how many listings of the index it stood."""

    field: str
    token: str
    weight: float
    containing: int
    heard: bool


@dataclass(frozen=True, slots=True)
class Record:
    """What a score follows from: `version` names ranking, index generation and the last change in it, `statistics` of each
    ranked field its listings and their average length, in tokens."""

    version: str
    asked: tuple[Asked, ...]
    statistics: dict[str, tuple[float, float]]

    def to_json(self) -> dict[str, Any]:
        """Return the record as JSON's own types."""
        return asdict(self)

    @classmethod
    def from_json(cls, values: dict[str, Any]) -> "Record":
        """Return the record that `to_json` gave; raises KeyError or TypeError for anything else."""
        asked = tuple(Asked(**one) for one in values["asked"])
        return cls(values["version"], asked, {field: (held, length) for field, (held, length) in values["statistics"].items()})


@dataclass(frozen=True, slots=True)
class Part:
    """What one term in one field adds; `count` is how often the text says it, `heard` as in `ranking.Clause`."""

    field: str
    token: str
    count: int
    points: float
    heard: bool


@dataclass(frozen=True, slots=True)
class Replay:
    """The parts of a score, largest first, and their sum in five significant digits.

    `version` is the record's. `current`: whether this programme ranks by the same rules; if not, the sum holds only as far as
    the texts are cut into terms as they were then.
    """

    version: str
    current: bool
    parts: list[Part]
    score: float


def record(matches: Matches) -> Record:
    """Return what the scores of `matches` follow from."""
    snapshot, of_field = matches.snapshot, dict[str, list[Clause]]()
    for clause in matches.clauses:
        of_field.setdefault(clause.field, []).append(clause)
    statistics = {}
    for field, clauses in of_field.items():
        if known := snapshot.statistics(field, [clause.token for clause in clauses]):
            statistics[field] = (known.documents, known.average_length)
    asked = tuple(
        Asked(clause.field, clause.token, clause.weight, snapshot.frequencies(clause.field)[clause.token], clause.heard)
        for clause in matches.clauses
    )
    return Record(matches.version, asked, statistics)


def replay(record: Record, document: ListingDocument) -> Replay:
    """Return what the text of `document` scores by `record`, without an index."""
    parts = []
    for field, tokens in document.ranked().items():
        if field not in record.statistics:
            continue
        counts, statistics = Counter(terms(field, tokens)), Statistics(*record.statistics[field])
        for one in (asked for asked in record.asked if asked.field == field):
            if count := counts[term(field, one.token)]:
                points = bm25.points(one.weight, one.containing, count, length=len(tokens), of=statistics)
                parts.append(Part(field, one.token, count, points, one.heard))
    parts.sort(key=lambda part: (-part.points, part.field, part.token))
    score = float(f"{sum(part.points for part in parts):.5g}")
    return Replay(record.version, record.version.partition(":")[0] == RANKING, parts, score)


def explain(reader: Reader, listing: ListingDocument, other: ListingDocument) -> Replay:
    """Return why `other` scores what it does for `listing` now, whether or not it is among the best or breaks a condition.

    Raises IndexUnusable."""
    return replay(record(match(reader, listing, limit=1, gated=False)), other)
