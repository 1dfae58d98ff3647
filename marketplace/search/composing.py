"""Turns what was typed into terms that rank and conditions that select, with the spellings and synonyms that count as well."""

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from tantivy import Occur, Query

from marketplace.search import asking, spelling
from marketplace.search.analysis import analyze, is_cjk, pairs
from marketplace.search.asking import Unit
from marketplace.search.clauses import exactly, weighed
from marketplace.search.reader import Snapshot

TITLE_WEIGHT = 2.0
PAIR_WEIGHT = 0.5
SYNONYM_WEIGHT = 0.5
"""What a synonym weighs beside the words themselves, however many it takes to say it: who says the very word comes first."""


class Term(NamedTuple):
    """A token in one ranked field, and what it weighs."""

    field: str
    token: str
    weight: float


@dataclass(frozen=True, slots=True)
class Asked:
    """A text as it is searched for. `deciding` and `near` terms rank; `selecting` holds of what is found: all of it, one per unit.

    `rarest` is how many listings at most can be found: those that have the rarest unit.
    """

    text: str
    units: tuple[Unit, ...]
    deciding: tuple[Term, ...]
    near: tuple[Term, ...]
    rarest: int

    @property
    def selecting(self) -> list[Query]:
        """One condition per unit; when nothing in what was typed can be searched for, one that no listing meets."""
        if not self.units:
            return [Query.empty_query() if self.text.strip() else exactly("listing", "yes")]
        return [_says(unit) for unit in self.units]

    @property
    def alone_decides(self) -> bool:
        """Whether a listing that has any of the deciding terms meets every condition."""
        return len(self.units) == 1 and all(len(tokens) == 1 for tokens in _ways(self.units[0]))

    @property
    def words(self) -> list[str]:
        """The tokens searched for, each once."""
        return list(dict.fromkeys(token for unit in self.units for tokens in _ways(unit) for token in tokens))

    @property
    def expanded(self) -> dict[str, list[str]]:
        """By what was typed: the terms of the taxonomy that count as well."""
        return {unit.text: [form.text for form in unit.forms] for unit in self.units if unit.forms and unit.synonyms}

    @property
    def corrected(self) -> dict[str, list[str]]:
        """By a word that no listing says: the words that were searched for in its place."""
        return {unit.text: [form.text for form in unit.forms] for unit in self.units if unit.forms and not unit.synonyms}


def understood(snapshot: Snapshot, text: str) -> Asked:
    """Return `text` as it is searched for in this state of the index: a word that no listing says stands for the nearest that some say."""
    return snapshot.once(("asked", text), lambda: _understood(snapshot, text))


def _understood(snapshot: Snapshot, text: str) -> Asked:
    units = tuple(_spelled(snapshot, unit) for unit in asking.units(text))
    near = tuple(Term("pairs", pair, PAIR_WEIGHT) for pair in dict.fromkeys(pairs(analyze(text)))) if units else ()
    return Asked(text, units, tuple(ranking(units)), near, min((_at_most(snapshot, unit) for unit in units), default=0))


def meant(snapshot: Snapshot, asked: Asked, *, few: bool = False) -> str | None:
    """Return the text with other spellings of its misspelt words, None when there are none; if only a `few` were found, of rare words too."""
    text = asked.text
    for unit in asked.units:
        other = next((form.text for form in unit.forms if not unit.synonyms), None)
        if other is None and few and _is_word(unit):
            other = spelling.commoner(snapshot, unit.text)
        if other is not None:
            text = re.sub(rf"(?<!\w){re.escape(unit.text)}(?!\w)", other, text, count=1)
    return None if text == asked.text else text


def ranking(units: Iterable[Unit]) -> list[Term]:
    """Return the terms that rank by `units`: each token once in each place, by what it weighs most."""
    found: dict[tuple[str, str], float] = {}
    for unit in units:
        synonyms = [SYNONYM_WEIGHT * len(unit.tokens) / len(form.tokens) for form in unit.forms]
        weights = [1.0, *(synonyms if unit.synonyms else [1.0 / place for place in range(1, 1 + len(unit.forms))])]
        for tokens, weight in zip(_ways(unit), weights, strict=True):
            for token in tokens:
                for field, of_field in _places(token):
                    found[field, token] = max(found.get((field, token), 0.0), weight * of_field)
    return [Term(field, token, weight) for (field, token), weight in found.items()]


def _spelled(snapshot: Snapshot, unit: Unit) -> Unit:
    if not _is_word(unit) or spelling.holding(snapshot, unit.tokens[0]):
        return unit
    others = spelling.corrections(snapshot, unit.text)
    return unit.meaning(asking.Form(other, tuple(analyze(other))) for other in others)


def _is_word(unit: Unit) -> bool:
    return len(unit.tokens) == 1 and not unit.forms and not is_cjk(unit.tokens[0])


def _ways(unit: Unit) -> Iterator[Sequence[str]]:
    yield unit.tokens
    yield from (form.tokens for form in unit.forms)


def _places(token: str) -> list[tuple[str, float]]:
    """Where a token may stand. Within a run of Chinese a single character is part of pairs only, so it has a field of its own."""
    if not is_cjk(token):
        return [("words", 1.0), ("title", TITLE_WEIGHT), ("names", 1.0)]
    single = [("characters", 1.0)] if len(token) == 1 else []
    return [("bigrams", 1.0), ("title", TITLE_WEIGHT), ("names", 1.0), *single]


def _says(unit: Unit) -> Query:
    own = _side_by_side(unit.tokens) if unit.joined else _all(_somewhere(token) for token in unit.tokens)
    return _any([own, *(_side_by_side(form.tokens) for form in unit.forms)])


def _side_by_side(tokens: Sequence[str]) -> Query:
    """In a text or in a name. Each pair of neighbours must be there; pairs of characters are neighbours by themselves."""
    if len(tokens) == 1:
        return _somewhere(tokens[0])
    joined = pairs(tokens)
    text = [("bigrams" if is_cjk(token) else "words", token) for token in tokens] + [("pairs", pair) for pair in joined]
    return _any(_all(weighed(field, token, 1.0) for field, token in place) for place in (text, [("names", token) for token in (*tokens, *joined)]))


def _somewhere(token: str) -> Query:
    """The title's words are among those of the text."""
    return _any(weighed(field, token, 1.0) for field, _ in _places(token) if field != "title")


def _all(queries: Iterable[Query]) -> Query:
    return _joined(Occur.Must, queries)


def _any(queries: Iterable[Query]) -> Query:
    return _joined(Occur.Should, queries)


def _joined(how: Occur, queries: Iterable[Query]) -> Query:
    every = list(queries)
    return every[0] if len(every) == 1 else Query.boolean_query([(how, query) for query in every])


def _at_most(snapshot: Snapshot, unit: Unit) -> int:
    fields = [snapshot.frequencies(field) for field in ("words", "bigrams", "names", "characters")]
    return sum(min(sum(field[token] for field in fields) for token in tokens) for tokens in _ways(unit))
