"""What a short listing hears from its best answers: the words they have in common and it does not say itself.

Pseudo-relevance feedback in J. Rocchio's manner (*The SMART Retrieval System*, 1971): whoever asks in few words leaves much
unsaid. The longer a listing, the less is heard; long ones say enough, and were measured to lose by it.
The answers are those before any condition, so that conditions move no score.
"""

from collections import Counter, defaultdict
from collections.abc import Sequence
from math import sqrt

from tantivy import Query

from marketplace.search import bm25, searching
from marketplace.search.documents import SCHEMA, gist_of
from marketplace.search.reader import Snapshot
from marketplace.search.searching import Weighed

ANSWERS = 8  # the best listings of the other kind are listened to
VOICES = 2  # a word counts when as many of them say it
MOST_WORDS = 12
WEIGHT = 0.8  # what is heard weighs at most so much of what the listing says itself
ENOUGH = 16  # a listing of which so many different terms are known hears nothing, one of half as many half of WEIGHT
VERSION = f"{ANSWERS} {VOICES} {MOST_WORDS} {WEIGHT} {ENOUGH}"


def heard(snapshot: Snapshot, own: Sequence[Weighed]) -> list[tuple[str, float]]:
    """Return the words to ask for beside the terms `own`, each with its weight, the heaviest first; of a long listing none."""
    said = {one.token: one.weight for one in own if one.field == "words"}
    terms = len(said) + sum(1 for one in own if one.field == "bigrams")
    share = WEIGHT * (1 - terms / ENOUGH)
    if not said or share <= 0:
        return []
    common = _common(snapshot, own, said)
    whole = sum(weight for _, weight in common)
    return [(token, share * sum(said.values()) * weight / whole) for token, weight in common]


def _common(snapshot: Snapshot, own: Sequence[Weighed], said: dict[str, float]) -> list[tuple[str, float]]:
    answers = snapshot.search(searching.union(own), ANSWERS)
    weights: defaultdict[str, float] = defaultdict(float)
    voices: Counter[str] = Counter()
    for score, id, _ in answers:
        told = _told(snapshot, str(id))
        length = sqrt(sum(value * value for _, value in told)) or 1.0
        for token, value in told:
            weights[token] += score * value / length
            voices[token] += 1
    shared = [(token, weight) for token, weight in weights.items() if voices[token] >= VOICES and token not in said]
    return sorted(shared, key=lambda one: (-one[1], one[0]))[:MOST_WORDS]


def _told(snapshot: Snapshot, id: str) -> list[tuple[str, float]]:
    """How much each word of a listing tells of it."""
    hits = snapshot.hits(Query.term_query(SCHEMA, "id", id, "basic"), 1)
    held, frequencies = snapshot.searcher.num_docs, snapshot.frequencies("words")
    return [
        (token, count / (count + bm25.K1) * bm25.idf(frequencies[token], max(held, frequencies[token])))
        for _, address in hits
        for token, count in gist_of(snapshot.searcher.doc(address)["gist"][0])
    ]
