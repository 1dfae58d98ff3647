"""Ranks the listings of one kind against a listing of the other: BM25 over words, bigrams, word pairs and titles.

Chosen by measuring (see docs/rules/matching.md): a word the listing repeats counts more, with diminishing returns;
neighbouring words and words of the other side's title add a little. The hard gates select before, and score nothing.
"""

from collections import Counter
from dataclasses import dataclass
from uuid import UUID

from tantivy import Occur, Query

from marketplace.matching import gates
from marketplace.matching.analysis import is_cjk
from marketplace.matching.bm25 import idf
from marketplace.matching.documents import SCHEMA, ListingDocument
from marketplace.matching.reader import Reader, Snapshot

PAIR_WEIGHT = 0.15
TITLE_WEIGHT = 0.3
REPETITION = 8.0  # a word said n times weighs n * 9 / (n + 8): BM25's k3
MOST_CLAUSES = 200  # of a long listing only the terms that tell most are asked for, or its search costs tenfold


@dataclass(frozen=True, slots=True)
class Clause:
    """One term the search asks for, in one ranked field, and its weight in the score."""

    field: str
    token: str
    weight: float


@dataclass(frozen=True, slots=True)
class Hit:
    """A listing that was found; `score` has five significant digits and compares within one generation only."""

    id: UUID
    score: float


@dataclass(frozen=True, slots=True)
class Matches:
    """The hits of one listing, best first, with what their reasons are computed from."""

    hits: list[Hit]
    clauses: list[Clause]
    snapshot: Snapshot

    @property
    def version(self) -> str:
        """Names the state of the index that gave these scores, to be kept with stored ones."""
        return f"{self.snapshot.generation}:{self.snapshot.seq}"


def match(reader: Reader, listing: ListingDocument, *, limit: int = 20, fair: str = "") -> Matches:
    """Return the best `limit` listings of the other kind that pass the gates, among those published at `fair` if given.

    A listing that shares no term is no match. Raises IndexUnusable when there is no index to read.
    """
    snapshot = reader.snapshot(listing.kind.other)
    clauses = compose(snapshot, listing)
    conditions = gates.filters(listing) + ([gates.only("fairs", (fair,))] if fair else [])
    rows = snapshot.search(_query(clauses, conditions), limit) if clauses else []
    return Matches([Hit(id, score) for score, id, _ in rows], clauses, snapshot)


def compose(snapshot: Snapshot, listing: ListingDocument) -> list[Clause]:
    """Return the terms of `listing` that occur on the other side, those that tell most first, at most MOST_CLAUSES."""
    ranked = listing.ranked()
    tokens = Counter(ranked["words"] + ranked["bigrams"])
    asked = [
        *((("bigrams" if is_cjk(token) else "words"), token, 1.0, count) for token, count in tokens.items()),
        *(("title", token, TITLE_WEIGHT, count) for token, count in tokens.items()),
        *(("pairs", pair, PAIR_WEIGHT, count) for pair, count in Counter(ranked["pairs"]).items()),
    ]
    documents = snapshot.searcher.num_docs
    telling = []
    for field, token, weight, count in asked:
        frequency = snapshot.frequency(field, token)
        if frequency:
            weight *= count * (REPETITION + 1) / (count + REPETITION)
            telling.append((-weight * idf(min(frequency, documents), documents), Clause(field, token, weight)))
    telling.sort(key=lambda pair: (pair[0], pair[1].field, pair[1].token))
    return [clause for _, clause in telling[:MOST_CLAUSES]]


def scored(clauses: list[Clause]) -> Query:
    """Return the query whose score is the sum of what its clauses add."""
    terms = ((Query.term_query(SCHEMA, clause.field, clause.token, "freq"), clause.weight) for clause in clauses)
    return Query.boolean_query([(Occur.Should, Query.boost_query(term, weight)) for term, weight in terms])


def _query(clauses: list[Clause], conditions: list[tuple[Occur, Query]]) -> Query:
    return Query.boolean_query([(Occur.Must, scored(clauses)), *conditions])
