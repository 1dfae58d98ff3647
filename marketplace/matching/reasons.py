"""Why two listings match: what each term added to the score, and where in the text it stands."""

from collections import Counter, defaultdict
from collections.abc import Callable, Collection, Mapping
from collections.abc import Set as AbstractSet
from dataclasses import dataclass

from marketplace.matching import fields
from marketplace.matching.ranking import Clause, Matches
from marketplace.search import bm25, documents
from marketplace.search.analysis import analyze, first_forms, spans
from marketplace.search.documents import ListingDocument
from marketplace.search.glossary import places
from marketplace.search.glossary import terms as terms_of


@dataclass(frozen=True, slots=True)
class Contribution:
    """What one term in one field added to a score; all contributions of a hit sum to its score."""

    field: str
    token: str
    points: float


@dataclass(frozen=True, slots=True)
class Term:
    """One term for people: `written` as it stands in the listing, `share` of the score between 0 and 1.

    A term that stands there in the other language is one, under the first of its tokens; a field is named in words.
    `heard`: the listing that is matched does not say it, but what fits it best does.
    """

    token: str
    written: str
    share: float
    heard: bool = False


@dataclass(frozen=True, slots=True)
class Reasons:
    """Why a score is what it is: `terms` are the best ones; `more` other terms hold `more_share` of the score.

    `words` (bigrams, translations and what was heard among them), `pairs`, `titles` and `fields` are what each kind of term
    added; their sum is the score.
    """

    terms: list[Term]
    more: int
    more_share: float
    words: float
    pairs: float
    titles: float
    fields: float


def reasons(matches: Matches, document: ListingDocument, *, limit: int = 8) -> Reasons:
    """Return why the hit `document` has its score, with its `limit` best terms."""
    parts = contributions(matches, document)
    added = _by_term(parts, document)
    best = _best(added, matches, document, limit=limit)
    of: defaultdict[str, float] = defaultdict(float)
    for part in parts:
        of[part.field] += part.points
    more = len(added) - len(best)
    left = round(max(0.0, 1 - sum(term.share for term in best)), 4) if more else 0.0
    words = of["words"] + of["bigrams"] + of["translations"]
    return Reasons(best, more, left, words, of["pairs"], of["title"], of["codes"])


def contributions(matches: Matches, document: ListingDocument) -> list[Contribution]:
    """Return what each term added to the score of the hit `document`, largest first.

    Computed by the formula from the listing's text, which costs a quarter of the engine's own explanation; the two
    agree within 1e-6. A text newer than the index gives the parts of the newer text.
    """
    ranked = document.ranked(translated=bool(_asked(matches, "translations")))
    parts = [part for field, tokens in ranked.items() for part in _of_field(matches, field, tokens)]
    return sorted(parts, key=lambda part: (-part.points, part.field, part.token))


def terms(matches: Matches, document: ListingDocument, *, limit: int = 8) -> list[Term]:
    """Return the `limit` words and bigrams that added most; titles and pairs count towards their words."""
    return _best(_by_term(contributions(matches, document), document), matches, document, limit=limit)


def _by_term(parts: list[Contribution], document: ListingDocument) -> dict[str, float]:
    added: defaultdict[str, float] = defaultdict(float)
    first = _first_tokens(document) if any(part.field == "translations" for part in parts) else {}
    of: dict[str, Callable[[str], str]] = {
        "translations": lambda token: first.get(token, token),
        "codes": lambda token: fields.nearest(token, document.fields),
    }
    for part in parts:
        tokens = part.token.split("_") if part.field == "pairs" else [part.token]
        for token in tokens:
            added[of.get(part.field, str)(token)] += part.points / len(tokens)
    return added


def _best(added: dict[str, float], matches: Matches, document: ListingDocument, *, limit: int) -> list[Term]:
    total = sum(added.values())
    best = sorted(added.items(), key=lambda item: (-item[1], item[0]))[:limit]
    named = {token: fields.named(token) for token, _ in best if ":" in token}  # no word has one
    written = named | _written(document, {token for token, _ in best if token not in named})
    heard = {clause.token for clause in matches.clauses if clause.heard}
    return [Term(token, written.get(token, token), round(value / total, 4), token in heard) for token, value in best]


def marks(text: str, tokens: Collection[str]) -> list[tuple[int, int]]:
    """Return the places in `text` where one of `tokens` stands, in whichever language, as `(start, end)`; what touches is
    one place."""
    found: list[tuple[int, int]] = []
    for _, start, end in _standing(text, set(tokens)):
        if found and start <= found[-1][1]:
            found[-1] = (found[-1][0], max(end, found[-1][1]))
        else:
            found.append((start, end))
    return found


def excerpt(text: str, tokens: Collection[str], *, length: int = 240) -> tuple[str, list[tuple[int, int]]]:
    """Return about `length` characters of `text` with the most different `tokens`, and the marks within them.

    The excerpt is cut at spaces where there are any; the earliest of equally good ones is taken.
    """
    found = [(token, start) for token, start, _ in _standing(text, set(tokens))]
    begin = min(_best_start(found, length), max(0, len(text) - length))
    end = begin + length
    if begin:
        begin = text.find(" ", max(0, begin - 20), begin) + 1 or begin
    if end < len(text):
        end = max(text.rfind(" ", max(begin + 1, end - 20), end), 0) or end
    cut = text[begin:end]
    return cut, marks(cut, tokens)


def _of_field(matches: Matches, field: str, tokens: list[str]) -> list[Contribution]:
    asked = _asked(matches, field)
    if not asked:
        return []
    counts = Counter([name for name in documents.terms(field, tokens) if name in asked])
    found = [(clause, count) for name, count in counts.items() for clause in asked[name]]
    statistics = matches.snapshot.statistics(field, (clause.token for clause, _ in found))
    if statistics is None:
        return []
    damping, frequencies = bm25.damping(len(tokens), statistics), matches.snapshot.frequencies(field)
    return [
        Contribution(field, clause.token, bm25.factor(clause.weight, frequencies[clause.token], statistics) * count / (count + damping))
        for clause, count in found
    ]


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


def _standing(text: str, tokens: AbstractSet[str]) -> list[tuple[str, int, int]]:
    """Where each of `tokens` stands in `text`, itself or as a term of the other language, in reading order."""
    own = [(token, start, end) for token, start, end in spans(text) if token in tokens]
    others = [
        (found.tokens[0], start, end)
        for found, start, end in places(text)
        if found.tokens[0] in tokens and tokens.isdisjoint(found.phrase)
    ]
    return sorted([*own, *others], key=lambda one: one[1:])


def _written(document: ListingDocument, tokens: Collection[str]) -> dict[str, str]:
    """The first form of each token in the text of `document`; of a term in the other language, where the whole term stands."""
    found: dict[str, str] = {}
    texts = (*document.titles, *document.texts)
    for text in texts:
        first = first_forms(text)
        found = {token: first[token] for token in tokens if token in first} | found
        if len(found) == len(tokens):
            return found
    for text in texts:
        for said, start, end in places(text):
            if said.tokens[0] in tokens:
                found.setdefault(said.tokens[0], text[start:end])
    return found


def _first_tokens(document: ListingDocument) -> dict[str, str]:
    """The first token of the term by which each token of the other language stands in `document`."""
    first: dict[str, str] = {}
    for text in (*document.titles, *document.texts):
        for found, _ in terms_of(analyze(text)):
            for token in found.tokens:
                first.setdefault(token, found.tokens[0])
    return first


def _asked(matches: Matches, field: str) -> Mapping[str, list[Clause]]:
    """What was asked for in `field`, by term as the index holds it."""
    if field not in matches.asked:
        found = matches.asked[field] = {}
        for clause in matches.clauses:
            if clause.field == field:
                found.setdefault(documents.term(field, clause.token), []).append(clause)
    return matches.asked[field]
