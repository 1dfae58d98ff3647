"""What a word that the index does not hold may have meant: words of public listings, near in writing, frequent ones first.

The vocabulary is what the listings of one index say now, so that nothing is proposed that a visitor cannot read there.
"""

import re

from rapidfuzz import process
from rapidfuzz.distance import OSA
from tantivy import Occur, Query

from marketplace.search.analysis import analyze
from marketplace.search.clauses import weighed
from marketplace.search.documents import LONGEST_SPELLED
from marketplace.search.reader import Snapshot

SHORTEST = 4  # characters: of shorter words too many others are near
TWO_FROM = 7  # from so many characters on, two slips are one word still
MOST = 3
RARE = 3  # listings
COMMONER = 20  # times
_WORD = re.compile(r"[^\W\d_]+")
_NEAR = 12  # candidates that are looked at closer
_VOCABULARY = 30_000  # the commonest words, where the first letter may be the wrong one


def holding(snapshot: Snapshot, token: str) -> int:
    """Return how many public listings say `token` in text or names; exactly when few do, else deleted ones may count."""
    counted = max(snapshot.frequencies(name)[token] for name in ("words", "names"))
    return counted if counted == 0 or counted > RARE else _alive(snapshot, token)


def corrections(snapshot: Snapshot, word: str) -> tuple[str, ...]:
    """Return at most `MOST` words of public listings that `word` may be a slip of, the likeliest first, in lower case.

    One slip (a letter left out, added, changed, or two neighbours swapped) for words of `SHORTEST` letters, two from `TWO_FROM`.
    """
    written = word.lower()
    if not SHORTEST <= len(written) <= LONGEST_SPELLED or not _WORD.fullmatch(written):
        return ()
    return snapshot.once(("corrections", written), lambda: _corrections(snapshot, written))


def commoner(snapshot: Snapshot, word: str) -> str | None:
    """Return a near word that far more listings say than `word`, which few do: the few may have made the same slip."""
    frequencies = snapshot.frequencies("words")
    known = max(sum(frequencies[token] for token in analyze(word)), 1)
    likely = (other for other in corrections(snapshot, word)[:1] if known <= RARE)
    return next((other for other in likely if frequencies[analyze(other)[0]] >= COMMONER * known), None)


def _corrections(snapshot: Snapshot, word: str) -> tuple[str, ...]:
    """Words as they are written come before words that are near but for their endings, those before a slip in the first letter."""
    alike, stem = _vocabulary(snapshot, word[0]), (analyze(word) or [word])[0]
    by_stem = {other: (analyze(other) or [""])[0] for other in alike}
    return (
        _nearest(snapshot, word, {other: other for other in alike}, alike)
        or _nearest(snapshot, word, by_stem, alike, written=stem)
        or _nearest(snapshot, word, {other: other for other in _vocabulary(snapshot, "")}, _vocabulary(snapshot, ""))
    )


def _nearest(snapshot: Snapshot, word: str, compared: dict[str, str], told: dict[str, int], *, written: str = "") -> tuple[str, ...]:
    """The nearest first, of equally near ones what more listings say; one of each stem."""
    slips = 2 if len(word) >= TWO_FROM else 1
    near = process.extract(written or word, compared, scorer=OSA.distance, score_cutoff=slips, limit=None)
    ranked = sorted((int(distance), -told[other], other) for _, distance, other in near)
    own, found = analyze(word), dict[str, str]()
    for _, _, other in ranked[:_NEAR]:
        token = next(iter(analyze(other)), "")
        if token and [token] != own and token not in found and _alive(snapshot, token):
            found[token] = other
    return tuple(found.values())[:MOST]


def _vocabulary(snapshot: Snapshot, beginning: str) -> dict[str, int]:
    """How many listings say each word that begins so: all of a first letter, else the commonest."""
    most = None if beginning else _VOCABULARY
    return snapshot.once(("vocabulary", beginning), lambda: dict(snapshot.searcher.terms_with_prefix("spelled", beginning, limit=most)))


def _alive(snapshot: Snapshot, token: str) -> int:
    return snapshot.count(Query.boolean_query([(Occur.Should, weighed(name, token, 1.0)) for name in ("words", "names")]))
