"""Why two listings match: what each term added to the score, and where in the text it stands."""

from collections import Counter, defaultdict
from collections.abc import Collection, Iterator
from dataclasses import dataclass

from marketplace.matching.ranking import Matches
from marketplace.search.analysis import spans
from marketplace.search.bm25 import points
from marketplace.search.documents import ListingDocument, term


@dataclass(frozen=True, slots=True)
class Contribution:
    """What one term in one field added to a score; all contributions of a hit sum to its score."""

    field: str
    token: str
    points: float


@dataclass(frozen=True, slots=True)
class Term:
    """One term for people: `written` as it stands in the listing, `share` of the score between 0 and 1."""

    token: str
    written: str
    share: float


@dataclass(frozen=True, slots=True)
class Reasons:
    """Why a score is what it is: `terms` are the best ones; `more` other terms hold `more_share` of the score.

    `words` (bigrams among them), `pairs` and `titles` are what each kind of term added; their sum is the score.
    """

    terms: list[Term]
    more: int
    more_share: float
    words: float
    pairs: float
    titles: float


def reasons(matches: Matches, document: ListingDocument, *, limit: int = 8) -> Reasons:
    """Return why the hit `document` has its score, with its `limit` best terms."""
    parts = contributions(matches, document)
    added = _by_term(parts)
    best = _best(added, document, limit)
    of: defaultdict[str, float] = defaultdict(float)
    for part in parts:
        of[part.field] += part.points
    more = len(added) - len(best)
    left = round(max(0.0, 1 - sum(term.share for term in best)), 4) if more else 0.0
    return Reasons(best, more, left, of["words"] + of["bigrams"], of["pairs"], of["title"])


def contributions(matches: Matches, document: ListingDocument) -> list[Contribution]:
    """Return what each term added to the score of the hit `document`, largest first.

    Computed by the formula from the listing's text, which costs a quarter of the engine's own explanation; the two
    agree within 1e-6. A text newer than the index gives the parts of the newer text.
    """
    parts = [part for field, tokens in document.ranked().items() for part in _of_field(matches, field, tokens)]
    return sorted(parts, key=lambda part: (-part.points, part.field, part.token))


def terms(matches: Matches, document: ListingDocument, *, limit: int = 8) -> list[Term]:
    """Return the `limit` words and bigrams that added most; titles and pairs count towards their words."""
    return _best(_by_term(contributions(matches, document)), document, limit)


def _by_term(parts: list[Contribution]) -> dict[str, float]:
    added: defaultdict[str, float] = defaultdict(float)
    for part in parts:
        tokens = part.token.split("_") if part.field == "pairs" else [part.token]
        for token in tokens:
            added[token] += part.points / len(tokens)
    return added


def _best(added: dict[str, float], document: ListingDocument, limit: int) -> list[Term]:
    total = sum(added.values())
    best = sorted(added.items(), key=lambda item: (-item[1], item[0]))[:limit]
    written = _written(document, {token for token, _ in best})
    return [Term(token, written.get(token, token), round(value / total, 4)) for token, value in best]


def marks(text: str, tokens: Collection[str]) -> list[tuple[int, int]]:
    """Return the places in `text` where one of `tokens` stands, as `(start, end)`; what touches is one place."""
    places: list[tuple[int, int]] = []
    for token, start, end in spans(text):
        if token in tokens:
            if places and start <= places[-1][1]:
                places[-1] = (places[-1][0], max(end, places[-1][1]))
            else:
                places.append((start, end))
    return places


def excerpt(text: str, tokens: Collection[str], *, length: int = 240) -> tuple[str, list[tuple[int, int]]]:
    """Return about `length` characters of `text` with the most different `tokens`, and the marks within them.

    The excerpt is cut at spaces where there are any; the earliest of equally good ones is taken.
    """
    found = [(token, start) for token, start, _ in spans(text) if token in tokens]
    begin = min(_best_start(found, length), max(0, len(text) - length))
    end = begin + length
    if begin:
        begin = text.find(" ", begin - 20, begin) + 1 or begin
    if end < len(text):
        end = max(text.rfind(" ", end - 20, end), 0) or end
    cut = text[begin:end]
    return cut, marks(cut, tokens)


def _of_field(matches: Matches, field: str, tokens: list[str]) -> list[Contribution]:
    counts = Counter(term(field, token) for token in tokens)
    mine = [clause for clause in matches.clauses if clause.field == field and counts[term(field, clause.token)]]
    statistics = matches.snapshot.statistics(field, (clause.token for clause in mine))
    if statistics is None:
        return []
    frequencies, parts = matches.snapshot.frequencies(field), []
    for clause in mine:
        count = counts[term(field, clause.token)]
        added = points(clause.weight, frequencies[clause.token], count, length=len(tokens), of=statistics)
        parts.append(Contribution(field, clause.token, added))
    return parts


def _best_start(found: list[tuple[str, int]], length: int) -> int:
    """Where to begin so that most different tokens fall within three quarters of `length`, a bit before the first."""
    inside: Counter[str] = Counter()
    most, best, first = 0, 0, 0
    for token, start in found:
        inside[token] += 1
        while found[first][1] < start - length * 3 // 4:
            inside[found[first][0]] -= 1
            first += 1
        different = sum(1 for count in inside.values() if count)
        if different > most:
            most, best = different, found[first][1]
    return max(0, best - length // 8)


def _written(document: ListingDocument, tokens: Collection[str]) -> dict[str, str]:
    """The first form of each token in the text of `document`."""
    forms: dict[str, str] = {}
    for token, form in _forms(document):
        if token in tokens:
            forms.setdefault(token, form)
    return forms


def _forms(document: ListingDocument) -> Iterator[tuple[str, str]]:
    for text in (*document.titles, *document.texts):
        for token, start, end in spans(text):
            yield token, text[start:end]
