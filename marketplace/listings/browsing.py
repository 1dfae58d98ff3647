"""One page of the catalogue: rows from the database, found by the index when there is something to look for."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any
from uuid import UUID

from marketplace.core import pages
from marketplace.core.errors import Malformed, Unavailable
from marketplace.core.i18n import lazy_gettext as _l
from marketplace.fairs.models import Fair
from marketplace.listings import queries
from marketplace.listings.indexing import reader
from marketplace.listings.models import Kind
from marketplace.listings.schemas import UNKNOWN
from marketplace.search import catalogue, documents
from marketplace.search.catalogue import Filters, Sort
from marketplace.search.index import IndexUnusable

FACETS = {"field": "fields", "trl": "trl", "deal_kind": "deal_kinds", "country": "country", "ip_status": "ip_status", "segment": "segments"}
"""Names in addresses, and in the index."""


class Rebuilding(Unavailable):
    text = _l("The search is being built anew. Try again in a moment; the list without a search works.")


@dataclass(frozen=True, slots=True)
class Found:
    """A page. ``total`` and ``facets`` are None when not asked for, or while the index is being built; ``words`` were searched."""

    rows: list[dict[str, Any]]
    next: str | None
    total: int | None
    facets: dict[str, dict[str, int]] | None
    words: list[str]


def browse(kind: Kind, query: dict[str, Any], *, fair: Fair | None, bound_to: str, facets: bool = False, texts: bool = False) -> Found:
    """``query`` as `CatalogueIn` loads it. Without words, filters or another order, the database alone answers.

    Raises Malformed (cursor; segments without a fair), Gone, Rebuilding.
    """
    if query["segment"] and fair is None:
        raise Malformed()
    filters = _filters(query, fair)
    text, sort, limit = query["q"] or "", Sort(query["sort"]), query["limit"]
    after = pages.unpack(query["cursor"], bound_to)[0] if query["cursor"] else None
    plain = not text and sort is not Sort.MATURITY and filters == _filters(_BLANK, fair)
    try:
        if plain:
            rows = queries.public_rows(kind, fair=fair, before=after, limit=limit + 1, texts=texts)
            following = rows[limit - 1]["num"] if len(rows) > limit else None
            rows, words = rows[:limit], []
        else:
            page = catalogue.search(
                reader(), documents.Kind(kind.value), text=text, filters=filters, sort=sort, limit=limit, after=after, facets=(), count=False
            )
            rows = queries.rows_by_id([hit.id for hit in page.hits], fair=fair, texts=texts)
            following, words = page.next, page.words
        total, counted = _counts(kind, text, filters) if facets else (None, None)
    except IndexUnusable as error:
        if not plain:
            raise Rebuilding() from error
        total = counted = None
    cursor = None if following is None else pages.pack([following], bound_to)
    return Found(rows, cursor, total, counted, words)


def among(kind: Kind, query: dict[str, Any], *, fair: Fair | None, ids: Sequence[UUID], limit: int) -> list[UUID]:
    """At most ``limit`` of the listings ``ids`` that the catalogue would show for ``query``, on whichever page, best first.

    Raises Malformed (segments without a fair), Rebuilding.
    """
    if query["segment"] and fair is None:
        raise Malformed()
    try:
        return catalogue.among(reader(), documents.Kind(kind.value), text=query["q"] or "", filters=_filters(query, fair), ids=ids, limit=limit)
    except IndexUnusable as error:
        raise Rebuilding() from error


_BLANK: dict[str, Any] = {name: [] for name in FACETS} | {"organization": None}


def _filters(query: dict[str, Any], fair: Fair | None) -> Filters:
    return Filters(
        trl=tuple(0 if level == UNKNOWN else int(level) for level in query["trl"]),
        deal_kinds=tuple(query["deal_kind"]),
        country=tuple(query["country"]),
        fields=tuple(query["field"]),
        ip_status=tuple(query["ip_status"]),
        segments=tuple(f"{fair.slug}/{code}" for code in query["segment"]) if fair else (),
        fair=fair.slug if fair else "",
        organization=query["organization"] or "",
    )


def _counts(kind: Kind, text: str, filters: Filters) -> tuple[int, dict[str, dict[str, int]]]:
    """Total and facets, computed once for each state of the index; a segment's count only for the fair that is shown."""
    snapshot = reader().snapshot(documents.Kind(kind.value))
    total, counted = _counted(snapshot.generation, snapshot.seq, kind, text, filters)
    found = {}
    for name, inside in FACETS.items():
        values = counted.get(inside, {})
        if name == "trl":
            values = {UNKNOWN if level == "0" else level: number for level, number in values.items()}
        if name == "segment":
            values = {code.split("/", 1)[1]: number for code, number in values.items() if filters.fair and code.startswith(f"{filters.fair}/")}
        found[name] = values
    return total, found


@lru_cache(maxsize=256)
def _counted(generation: str, seq: int, kind: Kind, text: str, filters: Filters) -> tuple[int, dict[str, dict[str, int]]]:
    page = catalogue.search(
        reader(), documents.Kind(kind.value), text=text, filters=filters, limit=1, facets=tuple(FACETS.values())
    )
    return page.total or 0, page.facets
