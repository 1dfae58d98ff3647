"""What a listing asks for beside its own words: near technology fields, and its terms in the other language.

Both are clauses of the score like any word, so that they stand among the reasons. See docs/rules/matching.md, section 6.
"""

import hashlib
from collections import Counter
from collections.abc import Collection, Iterator, Mapping, Sequence
from itertools import chain

from marketplace.core.i18n import gettext, language
from marketplace.search.documents import ListingDocument
from marketplace.search.glossary import translatable
from marketplace.taxonomy.terms import concepts
from marketplace.taxonomy.vocabularies import SECTORS, WIPO_FIELDS

SAME_FIELD = 0.6
NEAR = 0.4  # together, since each field is near itself: a field in common weighs what a word said once weighs
SAME_SECTOR = 0.2
GLOSSARY = 0.5  # a term in the other language weighs half of one that is said
REPETITION = 8.0  # a term said n times weighs n * 9 / (n + 8)
VERSION = hashlib.sha256(
    repr((SAME_FIELD, NEAR, SAME_SECTOR, GLOSSARY, REPETITION, concepts())).encode()
).hexdigest()[:8]
"""Names the weights and the glossary."""

Asked = tuple[str, str, float]


def expansions(listing: ListingDocument, ranked: Mapping[str, Sequence[str]]) -> list[Asked]:
    """Return the clauses that `listing` adds to the search beside its text, each as ranked field, token and weight.

    `ranked` are its tokens (`ListingDocument.ranked`), which cost more to cut than all else here.
    """
    return [*_codes(listing), *_terms(ranked)]


def makes_a_match(listing: ListingDocument, field: str, token: str) -> bool:
    """Whether another listing matches `listing` by this term alone: by a word or one of its fields, but a field nearby or a
    sector only adds to what matches already."""
    return field != "codes" or _parts(token)[0] == "field"


def nearest(token: str, fields: Collection[str]) -> str:
    """Return under which token of `codes` a listing of `fields` shows that it has `token`: one of the same field for what is
    near it too."""
    kind, code = _parts(token)
    return f"field:{code}" if kind == "near" and code in fields else token


def written(token: str, language: str) -> str:
    """Return the label of a token of the ranked field `codes`. Raises KeyError for one that no classification has."""
    kind, code = _parts(token)
    return {"field": WIPO_FIELDS, "near": WIPO_FIELDS, "sector": SECTORS}[kind].label(code, language)


def named(token: str) -> str:
    """Return in words, for the reader of the page, what a code that two listings share is. Raises KeyError as `written`."""
    name = written(token, language())
    said = {
        "field": gettext("Field: %(name)s", name=name),
        "near": gettext("Near the field: %(name)s", name=name),
        "sector": gettext("Same sector: %(name)s", name=name),
    }
    return said[_parts(token)[0]]


def _parts(token: str) -> tuple[str, str]:
    kind, _, code = token.partition(":")
    return kind, code


def _codes(listing: ListingDocument) -> Iterator[Asked]:
    for code in dict.fromkeys(listing.fields):
        yield "codes", f"field:{code}", SAME_FIELD
        yield "codes", f"near:{code}", NEAR
    for sector in dict.fromkeys(listing.sectors):
        yield "codes", f"sector:{sector}", SAME_SECTOR


def _terms(ranked: Mapping[str, Sequence[str]]) -> Iterator[Asked]:
    """The listing's own words, asked of what others would say in its language."""
    known = translatable()
    said = chain(ranked["words"], ranked["bigrams"])
    for token, count in Counter(token for token in said if token in known).items():
        yield "translations", token, GLOSSARY * count * (REPETITION + 1) / (count + REPETITION)
