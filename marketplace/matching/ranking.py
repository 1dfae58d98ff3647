"""Ranks the listings of one kind against a listing of the other: BM25 over words, bigrams, word pairs and titles.

Chosen by measuring (see docs/rules/matching.md): a word the listing repeats counts more, with diminishing returns;
neighbouring words and words of the other side's title add a little. The hard gates select before, and score nothing.
"""

import dataclasses
import hashlib
from collections import Counter
from dataclasses import dataclass
from math import log1p

from marketplace.matching import fields, gates
from marketplace.matching.fields import expansions
from marketplace.search import bm25, documents, searching
from marketplace.search.clauses import only
from marketplace.search.documents import ListingDocument
from marketplace.search.reader import Hit, Reader, Snapshot

PAIR_WEIGHT = 0.15
TITLE_WEIGHT = 0.3
REPETITION = 8.0  # a word said n times weighs n * 9 / (n + 8): BM25's k3
MOST_CLAUSES = 128  # of a long listing only the terms that tell most are asked for, or its search costs tenfold
RANKING = hashlib.sha256(
    repr((documents.VERSION, fields.VERSION, bm25.K1, bm25.B, PAIR_WEIGHT, TITLE_WEIGHT, REPETITION, MOST_CLAUSES)).encode()
).hexdigest()[:8]
"""Names the analyzer, the formula and the weights: scores of another one do not compare."""


@dataclass(frozen=True, slots=True)
class Clause:
    """One term the search asks for, in one ranked field, and its weight in the score."""

    field: str
    token: str
    weight: float


@dataclass(frozen=True, slots=True)
class Matches:
    """The hits of one listing, best first, with what their reasons are computed from."""

    hits: list[Hit]
    clauses: list[Clause]
    snapshot: Snapshot
    asked: dict[str, dict[str, list[Clause]]] = dataclasses.field(default_factory=dict, repr=False, compare=False)
    """The clauses by ranked field and term, filled by whoever looks for reasons."""

    @property
    def version(self) -> str:
        """Names the ranking and the state of the index that gave these scores, to be kept with stored ones."""
        return f"{RANKING}:{self.snapshot.generation}:{self.snapshot.seq}"


def match(
    reader: Reader, listing: ListingDocument, *, limit: int = 20, fair: str = "", gated: bool = True
) -> Matches:
    """Return the best `limit` listings of the other kind that pass the gates, among those published at `fair` if given.

    A listing that shares neither a term nor a field is no match. Without `gated` those that break a condition are found too,
    with the same scores. Raises IndexUnusable when there is no index to read.
    """
    snapshot = reader.snapshot(listing.kind.other)
    clauses = compose(snapshot, listing)
    conditions = (gates.filters(listing) if gated else []) + ([only("fairs", (fair,))] if fair else [])
    deciding: list[Clause] = []
    near: list[Clause] = []
    for clause in clauses:
        (deciding if fields.makes_a_match(listing, clause.field, clause.token) else near).append(clause)
    rows = searching.best(snapshot, deciding, near, conditions=conditions, limit=limit)
    return Matches([Hit(id, score) for score, id, _ in rows], clauses, snapshot)


def compose(snapshot: Snapshot, listing: ListingDocument) -> list[Clause]:
    """Return the terms of `listing` that occur on the other side, those that tell most first, at most MOST_CLAUSES."""
    ranked = listing.ranked()
    words, bigrams, neighbours = (Counter(ranked[field]) for field in ("words", "bigrams", "pairs"))
    held = snapshot.searcher.num_docs
    telling = []
    for field, weight, counts in (
        ("words", 1.0, words),
        ("bigrams", 1.0, bigrams),
        ("title", TITLE_WEIGHT, words + bigrams),
        ("pairs", PAIR_WEIGHT, neighbours),
    ):
        frequencies = snapshot.frequencies(field)
        for token, count in counts.items():
            if containing := frequencies[token]:
                weighed = weight * count * (REPETITION + 1) / (count + REPETITION)
                telling.append((-weighed * log1p(held / containing), field, token, weighed))
    for field, token, weight in expansions(listing):
        if containing := snapshot.frequencies(field)[token]:
            telling.append((-weight * log1p(held / containing), field, token, weight))
    telling.sort()
    return [Clause(field, token, weight) for _, field, token, weight in telling[:MOST_CLAUSES]]
