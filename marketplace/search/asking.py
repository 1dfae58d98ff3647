"""What a visitor typed, taken apart: phrases in quotation marks, terms that have other names, and single words.

No character is an operator but a pair of quotation marks; a mark without its other half means nothing.
"""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from functools import cache

from marketplace.search.analysis import analyze, spans
from marketplace.search.glossary import Phrase, places
from marketplace.taxonomy.terms import concepts

_QUOTED = re.compile(r'["“”„]([^"“”„]*)["“”„]|「([^「」]*)」|『([^『』]*)』|«([^«»]*)»')
MOST_UNITS = 24
"""Further words of a long text are not asked for: nobody types so many on purpose."""


@dataclass(frozen=True, slots=True)
class Form:
    """Another way to say a unit: as written, and its tokens."""

    text: str
    tokens: Phrase


@dataclass(frozen=True, slots=True)
class Unit:
    """A part that must occur: its `tokens`, side by side if `joined`, else anywhere; or, side by side, those of one of `forms`.

    `synonyms` says that the forms come from the taxonomy; otherwise they are spellings that the index holds in place of one that it does not.
    """

    text: str
    tokens: Phrase
    joined: bool = False
    forms: tuple[Form, ...] = ()
    synonyms: bool = True

    @property
    def shown(self) -> str:
        """The unit as one would type it."""
        return f"“{self.text}”" if self.joined else self.text

    def meaning(self, forms: Iterable[Form]) -> "Unit":
        """The same unit, satisfied by other spellings too."""
        return replace(self, forms=tuple(forms), synonyms=False)


def units(text: str) -> list[Unit]:
    """Return the units of `text` in reading order, each once; none when nothing in it can be searched for."""
    found: dict[tuple[Phrase, bool], Unit] = {}
    for part, quoted in _parts(text):
        for unit in _phrase(part) if quoted else _free(part):
            found.setdefault((unit.tokens, unit.joined), unit)
    return list(found.values())[:MOST_UNITS]


def _parts(text: str) -> Iterator[tuple[str, bool]]:
    at = 0
    for quoted in _QUOTED.finditer(text):
        yield text[at : quoted.start()], False
        yield next(group for group in quoted.groups() if group is not None), True
        at = quoted.end()
    yield text[at:], False


def _phrase(part: str) -> Iterator[Unit]:
    if tokens := tuple(analyze(part)):
        yield Unit(" ".join(part.split()), tokens, joined=len(tokens) > 1)


def _free(part: str) -> Iterator[Unit]:
    """Terms of the taxonomy as wholes, and what stands between them word by word: 热泵系统 is 热泵 and 系统."""
    at = 0
    for term, start, end in places(part):
        if start >= at:  # bigrams overlap, and so may terms
            yield from _words(part[at:start])
            yield Unit(part[start:end], term.phrase, forms=tuple(form for form in _forms()[term.phrase] if form.tokens != term.phrase))
            at = end
    yield from _words(part[at:])


def _words(part: str) -> Iterator[Unit]:
    return (Unit(part[start:end], (token,)) for token, start, end in spans(part))


@cache
def _forms() -> dict[Phrase, tuple[Form, ...]]:
    """Every form of the concepts that a phrase stands for, in both languages, by each of those phrases."""
    found: dict[Phrase, dict[Form, None]] = {}
    for concept in concepts():
        every = [Form(form, tuple(analyze(form))) for form in (*concept.en, *concept.zh)]
        distinct = list({form.tokens: form for form in reversed(every)}.values())[::-1]
        for form in distinct:
            found.setdefault(form.tokens, {}).update(dict.fromkeys(distinct))
    return {phrase: tuple(forms) for phrase, forms in found.items()}
