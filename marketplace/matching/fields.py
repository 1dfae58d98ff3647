"""What a listing asks for beside its own words: near technology fields, and its terms in the other language.

Both are clauses of the score like any word, so that they stand among the reasons. See docs/rules/matching.md, section 6.
"""

import hashlib
from collections import Counter
from collections.abc import Iterator

from marketplace.core.i18n import gettext, language
from marketplace.search.analysis import analyze
from marketplace.search.documents import ListingDocument
from marketplace.search.glossary import code_tokens, translatable
from marketplace.taxonomy.fields import neighbours
from marketplace.taxonomy.terms import concepts
from marketplace.taxonomy.vocabularies import SECTORS, WIPO_FIELDS

SAME_FIELD = 1.0  # a field in common weighs what a word said once weighs
NEIGHBOUR = 0.4
SAME_SECTOR = 0.2
GLOSSARY = 0.5  # a term in the other language weighs half of one that is said
REPETITION = 8.0  # a term said n times weighs n * 9 / (n + 8)
VERSION = hashlib.sha256(
    repr((SAME_FIELD, NEIGHBOUR, SAME_SECTOR, GLOSSARY, REPETITION, neighbours(), concepts())).encode()
).hexdigest()[:8]
"""Names the weights, the distances between fields and the glossary."""

Asked = tuple[str, str, float]


def expansions(listing: ListingDocument) -> list[Asked]:
    """Return the clauses that `listing` adds to the search beside its text, each as ranked field, token and weight."""
    return [*_codes(listing), *_terms(listing)]


def makes_a_match(listing: ListingDocument, field: str, token: str) -> bool:
    """Whether another listing matches `listing` by this term alone: by a word or one of its fields, but a neighbouring
    field or a sector only adds to what matches already."""
    return field != "codes" or token in code_tokens(listing.fields, ())


def written(token: str, language: str) -> str:
    """Return the label of a token of the ranked field `codes`. Raises KeyError for one that no classification has."""
    kind, _, code = token.partition(":")
    return {"field": WIPO_FIELDS, "sector": SECTORS}[kind].label(code, language)


def named(token: str, weight: float) -> str:
    """Return in words, for the reader of the page, what a code that two listings share is; `weight` is its clause's."""
    name = written(token, language())
    if token.startswith("sector:"):
        return gettext("Same sector: %(name)s", name=name)
    if weight < SAME_FIELD:
        return gettext("Field nearby: %(name)s", name=name)
    return gettext("Field: %(name)s", name=name)


def _codes(listing: ListingDocument) -> Iterator[Asked]:
    near = {code for field in listing.fields for code in neighbours()[field]}.difference(listing.fields)
    for tokens, weight in (
        (code_tokens(listing.fields, ()), SAME_FIELD),
        (code_tokens(sorted(near, key=int), ()), NEIGHBOUR),
        (code_tokens((), listing.sectors), SAME_SECTOR),
    ):
        yield from (("codes", token, weight) for token in tokens)


def _terms(listing: ListingDocument) -> Iterator[Asked]:
    """The listing's own words, asked of what others would say in its language."""
    known = translatable()
    said = (token for text in (*listing.titles, *listing.texts) for token in analyze(text))
    for token, count in Counter(token for token in said if token in known).items():
        yield "translations", token, GLOSSARY * count * (REPETITION + 1) / (count + REPETITION)
