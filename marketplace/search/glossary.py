"""What lets listings find each other without a common word: codes of classifications as tokens, and terms in both languages."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import cache
from typing import NamedTuple

from marketplace.search.analysis import analyze, spans
from marketplace.taxonomy.fields import neighbours
from marketplace.taxonomy.terms import concepts

Phrase = tuple[str, ...]


class Term(NamedTuple):
    """A term as the analyzer cuts it, and the `tokens` of all its forms in the other language, each once."""

    phrase: Phrase
    tokens: Phrase


def code_tokens(fields: Iterable[str], sectors: Iterable[str]) -> list[str]:
    """Return the tokens of technology `fields` and their `sectors`, each once: no text is cut into such tokens.

    A field is near itself and its neighbours: so what is in the field is always rarer, and tells more, than what is near it.
    """
    own = list(fields)
    near = [code for field in own for code in (field, *neighbours().get(field, ()))]
    tokens = (f"{kind}:{code}" for kind, codes in (("field", own), ("near", near), ("sector", sectors)) for code in codes)
    return list(dict.fromkeys(tokens))


def translations(texts: Iterable[Sequence[str]]) -> list[str]:
    """Return the other language's tokens for the terms that `texts`, given as tokens, say: as often as they say them.

    Tokens that the texts say themselves are left out: a listing in both languages has nothing to add.
    """
    parts = list(texts)
    found = [token for part in parts for term, _ in terms(part) for token in term.tokens]
    said = {token for part in parts for token in part} if found else set()
    return [token for token in found if token not in said]


def terms(tokens: Sequence[str]) -> Iterator[tuple[Term, int]]:
    """Yield the glossary's terms in `tokens`, each with the place of its first token.

    Where several begin at one place the longest counts alone: a lithium-ion battery is no battery besides.
    """
    begun, free = _begun(), 0
    for place in [place for place, token in enumerate(tokens) if token in begun]:
        if place >= free:
            for term in begun[tokens[place]]:
                free = place + len(term.phrase)
                if tuple(tokens[place:free]) == term.phrase:
                    yield term, place
                    break
            else:
                free = place


def places(text: str) -> Iterator[tuple[Term, int, int]]:
    """Yield the glossary's terms with the characters of `text` they stand for: `(term, start, end)`."""
    cut = list(spans(text))
    for term, place in terms([token for token, _, _ in cut]):
        yield term, cut[place][1], cut[place + len(term.phrase) - 1][2]


@cache
def translatable() -> frozenset[str]:
    """Every token that a translation can have."""
    return frozenset(token for terms in _begun().values() for term in terms for token in term.tokens)


@cache
def _begun() -> Mapping[str, tuple[Term, ...]]:
    """The terms by their first token, the longest first."""
    begun: defaultdict[str, list[Term]] = defaultdict(list)
    for concept in concepts():
        english, chinese = (dict.fromkeys(tuple(analyze(form)) for form in forms) for forms in (concept.en, concept.zh))
        for own, others in ((english, chinese), (chinese, english)):
            tokens = tuple(dict.fromkeys(token for phrase in others for token in phrase))
            for phrase in own:
                begun[phrase[0]].append(Term(phrase, tokens))
    return {first: tuple(sorted(found, key=lambda term: -len(term.phrase))) for first, found in begun.items()}

