"""Ranks the listings of one kind against a listing of the other: BM25 over words, bigrams, word pairs and titles.

Chosen by measuring (see docs/rules/matching.md): rare terms and those of the title count more, a word the listing repeats
too, with diminishing returns; neighbouring words and words of the other side's title add a little; a short listing also asks
for what the best answers to it have in common. The hard gates select before, and score nothing.
"""

import dataclasses
import hashlib
import re
from collections import Counter
from collections.abc import Iterator, Mapping
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from math import sqrt

from marketplace.matching import fields, gates, widening
from marketplace.matching.fields import expansions
from marketplace.search import bm25, documents, searching
from marketplace.search.analysis import analyze, pairs
from marketplace.search.clauses import only
from marketplace.search.documents import ListingDocument
from marketplace.search.reader import Hit, Reader, Snapshot

PAIR_WEIGHT = 0.2
TITLE_WEIGHT = 0.3
LEAD = 1.5  # what the listing's own title says weighs half as much again
REPETITION = 3.0  # a word said n times weighs n * 4 / (n + 3): BM25's k3
USUAL = 6.0  # a term that tells this much weighs 1, others the root of their share of it: a score grows with idf to the 1.5
MOST_CLAUSES = 64  # of a long listing only the terms that tell most are asked for: more cost more and find nothing better
MOST_BESIDE = 24  # what a listing asks for besides, its fields and terms in the other language: a long text leaves them room
TITLE_WORDS = 10  # a first sentence of more is no title
_SENTENCE = re.compile(r"[.;:!?](?=\s)|[。；！？\n]")
RANKING = hashlib.sha256(
    repr(
        (documents.VERSION, fields.VERSION, widening.VERSION, bm25.K1, bm25.B)
        + (PAIR_WEIGHT, TITLE_WEIGHT, LEAD, REPETITION, USUAL, MOST_CLAUSES, MOST_BESIDE, TITLE_WORDS, _SENTENCE.pattern)
    ).encode()
).hexdigest()[:8]
"""Names the analyzer, the formula and the weights: scores of another one do not compare."""


@dataclass(frozen=True, slots=True)
class Clause:
    """One term the search asks for, in one ranked field, and its weight in the score.

    `heard`: the listing does not say it, but the best answers to it do; it adds to what matches, and makes no match."""

    field: str
    token: str
    weight: float
    heard: bool = False


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
    deciding, near = parted(listing, clauses)
    rows = searching.best(snapshot, deciding, near, conditions=conditions, limit=limit)
    return Matches([Hit(id, score) for score, id, _ in rows], clauses, snapshot)


def parted(listing: ListingDocument, clauses: list[Clause]) -> tuple[list[Clause], list[Clause]]:
    """Return the clauses of which a match has at least one, and those that only add to its score."""
    deciding: list[Clause] = []
    near: list[Clause] = []
    for clause in clauses:
        makes = not clause.heard and fields.makes_a_match(listing, clause.field, clause.token)
        (deciding if makes else near).append(clause)
    return deciding, near


def compose(snapshot: Snapshot, listing: ListingDocument) -> list[Clause]:
    """Return what is asked of the other side: the terms of `listing` that occur there, those that tell most first, at most
    MOST_CLAUSES of its words and MOST_BESIDE of its fields and translations, and after them what a short listing hears from its best answers."""
    own = _own(snapshot, listing)
    return own + [Clause("words", token, weight, heard=True) for token, weight in widening.heard(snapshot, own)]


def weigh(told: float, count: float = 1.0) -> float:
    """Return the weight of a term that tells `told` (see `bm25.idf`) and is said `count` times."""
    return count * (REPETITION + 1) / (count + REPETITION) * sqrt(max(told, 0.0) / USUAL)


def _own(snapshot: Snapshot, listing: ListingDocument) -> list[Clause]:
    ranked, leading = listing.ranked(translated=False), _lead(listing)
    words, bigrams, neighbours = (Counter(ranked[field]) for field in ("words", "bigrams", "pairs"))
    title = set(leading)
    telling = [*_asked(snapshot, "words", words, title, 1.0), *_asked(snapshot, "bigrams", bigrams, title, 1.0)]
    telling = sorted(telling)[:MOST_CLAUSES]
    best = {token for _, _, token, _ in telling}  # titles and pairs of what tells nothing are not even looked up
    titles = {token: count for token, count in (*words.items(), *bigrams.items()) if token in best}
    beside = {pair: count for pair, count in neighbours.items() if best.issuperset(pair.split("_"))}
    telling += _asked(snapshot, "title", titles, title, TITLE_WEIGHT)
    telling += _asked(snapshot, "pairs", beside, set(pairs(leading)), PAIR_WEIGHT)
    others = []
    for field, token, weight in expansions(listing, ranked):
        if containing := snapshot.frequencies(field)[token]:
            told = _told(containing, snapshot.searcher.num_docs)
            weighed = weight if field == "codes" else weight * weigh(told)
            others.append((-weighed * told, field, token, weighed))
    others.sort(key=lambda one: (one[1] != "codes", one))
    chosen = sorted(telling)[:MOST_CLAUSES] + others[:MOST_BESIDE]
    return [Clause(field, token, weight) for _, field, token, weight in sorted(chosen)]


def _asked(
    snapshot: Snapshot, field: str, counts: Mapping[str, int], leads: AbstractSet[str], weight: float
) -> Iterator[tuple[float, str, str, float]]:
    """What each token that occurs in `field` can add, negative so that the most comes first; field, token, and its weight."""
    held, frequencies = snapshot.searcher.num_docs, snapshot.frequencies(field)
    for token, count in counts.items():
        if containing := frequencies[token]:
            told = _told(containing, held)
            weighed = weight * weigh(told, count) * (LEAD if token in leads else 1.0)
            yield -weighed * told, field, token, weighed


def _told(containing: int, held: int) -> float:
    """How much a term tells; `containing` still counts the deleted listings, `held` does not."""
    return bm25.idf(containing, max(containing, held))


def _lead(listing: ListingDocument) -> list[str]:
    """What `listing` is about in its own words: the tokens of its titles, or for want of any those of the first sentence, if
    it is as short as a title and more follows."""
    if tokens := analyze("\n".join(listing.titles)):
        return tokens
    text = "\n".join(listing.texts)
    end = _SENTENCE.search(text)
    if end is None or not text[end.end() :].strip():
        return []
    tokens = analyze(text[: end.start()])
    return tokens if len(tokens) <= TITLE_WORDS else []
