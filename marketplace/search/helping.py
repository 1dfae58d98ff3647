"""What helps when nothing was found: what each part left out would give, and what says some of it, in either language."""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from uuid import UUID

from marketplace.search.catalogue import FACETS, TREE, Filters, kept, selection
from marketplace.search.composing import Asked, Term, ranking
from marketplace.search.reader import Snapshot
from marketplace.search.searching import best

TRANSLATION_WEIGHT = 0.5
MOST_UNITS = 8


@dataclass(frozen=True, slots=True)
class Without:
    """How many listings are found without one part: a word or phrase as typed, or a facet by its name in the index (or ``fair``)."""

    total: int
    unit: str | None = None
    facet: str | None = None


def without(snapshot: Snapshot, asked: Asked, filters: Filters) -> list[Without]:
    """Return what each part left out would give, most first; only what gives something."""
    found = [*_fewer_words(snapshot, asked, filters), *_fewer_filters(snapshot, asked, filters)]
    return sorted((one for one in found if one.total), key=lambda one: -one.total)


def near(snapshot: Snapshot, asked: Asked, filters: Filters, *, limit: int) -> list[UUID]:
    """Return listings that say some of what was typed, or, in the other language, what it means; best first."""
    terms = [*ranking(asked.units), *(Term("translations", token, TRANSLATION_WEIGHT) for token in asked.words)]
    return [id for _, id, _ in best(snapshot, terms, asked.near, conditions=kept(filters), limit=limit)] if asked.units else []


def _fewer_words(snapshot: Snapshot, asked: Asked, filters: Filters) -> Iterable[Without]:
    units = asked.units[:MOST_UNITS]
    if len(units) < 2:
        return
    for left_out in units:
        rest = replace(asked, units=tuple(unit for unit in asked.units if unit is not left_out))
        yield Without(snapshot.count(selection(rest, filters)), unit=left_out.shown)


def _fewer_filters(snapshot: Snapshot, asked: Asked, filters: Filters) -> Iterable[Without]:
    for facet in FACETS:
        if getattr(filters, facet):
            yield Without(snapshot.count(selection(asked, filters, without=TREE if facet in TREE else (facet,))), facet=facet)
    if filters.fair:
        yield Without(snapshot.count(selection(asked, replace(filters, fair="", segments=()))), facet="fair")
