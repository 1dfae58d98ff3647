"""One page of the catalogue: rows from the database, found by the index when there is something to look for."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import Any
from uuid import UUID

from sqlalchemy import func, select

from marketplace.core import pages
from marketplace.core.db import db
from marketplace.core.errors import Malformed, Unavailable
from marketplace.core.i18n import lazy_gettext as _l
from marketplace.core.i18n import localized
from marketplace.fairs.models import Fair
from marketplace.ledger.models import Rate
from marketplace.listings import queries
from marketplace.listings.drafting_schemas import UNKNOWN
from marketplace.listings.indexing import reader
from marketplace.listings.models import Kind
from marketplace.search import catalogue, completing, composing, documents, helping
from marketplace.search.catalogue import Filters, Sort
from marketplace.search.composing import Asked
from marketplace.search.helping import Without
from marketplace.search.index import IndexUnusable
from marketplace.search.reader import Snapshot
from marketplace.taxonomy.vocabularies import WIPO_FIELDS

FACETS = {
    "sector": "sectors", "field": "fields", "trl": "trl", "deal_kind": "deal_kinds", "country": "country", "ip_status": "ip_status",
    "price": "price", "segment": "segments", "organization": "organization",
}  # fmt: skip
"""Names in addresses, and in the index."""
PARAMETERS = {inside: name for name, inside in FACETS.items()}
MOST_OWNERS = 50
FEW, NEAR = 3, 5
"""So few hits make one doubt the spelling; so many near ones are shown where there is none."""


class Rebuilding(Unavailable):
    text = _l("The search is being built anew. Try again in a moment; the list without a search works.")


@dataclass(frozen=True, slots=True)
class Found:
    """A page. ``total`` and ``facets`` are None when not asked for, or while the index is being built.

    ``asked`` is the text as it was searched for, None without one; ``meant`` another spelling of it that finds more. Where nothing
    was found, ``instead`` says what each part left out would give and ``near`` holds what says some of it.
    """

    rows: list[dict[str, Any]]
    next: str | None
    total: int | None
    facets: dict[str, dict[str, int]] | None
    asked: Asked | None = None
    meant: str | None = None
    instead: tuple[Without, ...] = ()
    near: tuple[dict[str, Any], ...] = ()
    rates_of: date | None = None

    @property
    def words(self) -> list[str]:
        """The tokens searched for."""
        return self.asked.words if self.asked else []


def browse(kind: Kind, query: dict[str, Any], *, fair: Fair | None, bound_to: str, facets: bool = False, texts: bool = False) -> Found:
    """``query`` as `CatalogueIn` loads it. Without words, filters or another order, the database alone answers.

    Raises Malformed (cursor; segments without a fair), Gone, Rebuilding.
    """
    if query["segment"] and fair is None:
        raise Malformed()
    filters, text, sort = _filters(query, fair), query["q"] or "", Sort(query["sort"])
    plain = not text and sort in {Sort.RELEVANCE, Sort.NEWEST} and filters == _filters(_BLANK, fair)
    try:
        found = _newest(kind, query, fair, bound_to=bound_to, texts=texts) if plain else _search(kind, query, fair, filters, bound_to=bound_to, texts=texts)
        return _counted(found, kind, text, filters) if facets else found
    except IndexUnusable as error:
        if not plain:
            raise Rebuilding() from error
        return _newest(kind, query, fair, bound_to=bound_to, texts=texts)


def _newest(kind: Kind, query: dict[str, Any], fair: Fair | None, *, bound_to: str, texts: bool) -> Found:
    limit, after = query["limit"], _place(query, bound_to)
    rows = queries.public_rows(kind, fair=fair, before=after, limit=limit + 1, texts=texts)
    following = rows[limit - 1]["num"] if len(rows) > limit else None
    return Found(rows[:limit], _cursor(following, bound_to), None, None)


def _search(kind: Kind, query: dict[str, Any], fair: Fair | None, filters: Filters, *, bound_to: str, texts: bool) -> Found:
    text, inside, after = query["q"] or "", documents.Kind(kind.value), _place(query, bound_to)
    page = catalogue.search(
        reader(), inside, text=text, filters=filters, sort=Sort(query["sort"]), limit=query["limit"], after=after, facets=(), count=False
    )
    rows = queries.rows_by_id([hit.id for hit in page.hits], fair=fair, texts=texts, all_texts=bool(text))
    few = not after and len(rows) <= FEW
    meant = composing.meant(reader().snapshot(inside), page.asked, few=few) if text else None
    near: tuple[dict[str, Any], ...] = ()
    if texts and not rows and not after:
        ids = helping.near(reader().snapshot(inside), page.asked, filters, limit=NEAR)
        near = tuple(queries.rows_by_id(ids, fair=fair, texts=True, all_texts=True))
    return Found(rows, _cursor(page.next, bound_to), None, None, page.asked if text else None, meant, near=near)


def suggest(kind: Kind, typed: str, *, limit: int) -> list[dict[str, str]]:
    """What may be meant by the beginning of a search: ``{"text", "kind"}`` of terms, words and titles; nothing while the index is built."""
    try:
        snapshot = reader().snapshot(documents.Kind(kind.value))
    except IndexUnusable:
        return []
    found = [(text, "term") for text in completing.terms(snapshot, typed, limit=limit // 2)]
    found += [(text, "word") for text in completing.words(snapshot, typed, limit=limit // 2)]
    rows = queries.rows_by_id(completing.titled(snapshot, typed, limit=limit))
    found += [(localized(row, "title")[0], "title") for row in rows]
    distinct = {text.casefold(): {"text": text, "kind": what} for text, what in reversed(found)}
    return list(distinct.values())[::-1][:limit]


def _place(query: dict[str, Any], bound_to: str) -> int | None:
    return pages.unpack(query["cursor"], bound_to)[0] if query["cursor"] else None


def _cursor(following: int | None, bound_to: str) -> str | None:
    return None if following is None else pages.pack([following], bound_to)


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


_BLANK: dict[str, Any] = {name: [] for name in FACETS}


def _filters(query: dict[str, Any], fair: Fair | None) -> Filters:
    """A sector stands for its fields."""
    of_sectors = (code for code, term in WIPO_FIELDS.items() if term.group in query["sector"]) if query["sector"] else ()
    return Filters(
        trl=tuple(0 if level == UNKNOWN else int(level) for level in query["trl"]),
        deal_kinds=tuple(query["deal_kind"]),
        country=tuple(query["country"]),
        fields=tuple(dict.fromkeys((*query["field"], *of_sectors))),
        ip_status=tuple(query["ip_status"]),
        price=tuple(query["price"]),
        segments=tuple(f"{fair.slug}/{code}" for code in query["segment"]) if fair else (),
        organization=tuple(query["organization"]),
        fair=fair.slug if fair else "",
    )


def _counted(found: Found, kind: Kind, text: str, filters: Filters) -> Found:
    """With total and facets, computed once for each state of the index; a segment's count only for the fair that is shown."""
    snapshot = reader().snapshot(documents.Kind(kind.value))
    asked = composing.understood(snapshot, text)
    total, counted = snapshot.once(("counted", text, filters), lambda: catalogue.counts(snapshot, asked, filters, tuple(FACETS.values())))
    facets = {name: _values(name, counted[inside], filters) for name, inside in FACETS.items()}
    instead = () if total or found.rows else tuple(helping.without(snapshot, asked, filters))
    return replace(found, total=total, facets=facets, instead=instead, rates_of=_rates_of(snapshot))


def _values(name: str, values: dict[str, int], filters: Filters) -> dict[str, int]:
    if name == "trl":
        return {UNKNOWN if level == "0" else level: number for level, number in values.items()}
    if name == "segment":
        return {code.split("/", 1)[1]: number for code, number in values.items() if filters.fair and code.startswith(f"{filters.fair}/")}
    if name == "organization":  # who is not named is not counted either
        named = [code for code in values if code != UNKNOWN]
        return {code: values[code] for place, code in enumerate(named) if place < MOST_OWNERS or code in filters.organization}
    return values


def _rates_of(snapshot: Snapshot) -> date | None:
    """The day of the exchange rates: an index takes the latest."""
    return snapshot.once("rates_of", lambda: db.session.scalar(select(func.max(Rate.day))))
