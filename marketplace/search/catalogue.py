"""The catalogue's search: every part of what was typed must be said, titles count most, codes filter and are counted beside.

But for quotation marks the text has no operators: every character means itself or nothing, so that no input can fail.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from uuid import UUID

from tantivy import Occur, Query

from marketplace.search.clauses import between, only, unscored
from marketplace.search.composing import Asked, understood
from marketplace.search.documents import LARGEST, Kind
from marketplace.search.reader import Hit, Reader, Row, Snapshot
from marketplace.search.searching import best, whole

FACETS = ("trl", "deal_kinds", "country", "fields", "sectors", "ip_status", "segments", "year", "price", "organization")
TREE = ("fields", "sectors")
"""Counted together: a choice in one of them does not narrow the other."""
_MOST_VALUES = 1_000  # of one facet
_BROAD = 30_000  # listings: to score fewer at once costs less than to look at the best first


class Sort(StrEnum):
    """Orders of the catalogue. Without a text to rank by, relevance means newest."""

    RELEVANCE = "relevance"
    NEWEST = "newest"
    MATURITY = "maturity"
    PRICE = "price"
    CLOSING = "closing"


_BY = {Sort.NEWEST: "num", Sort.MATURITY: "trl", Sort.PRICE: "cheapest", Sort.CLOSING: "soonest"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Filters:
    """What the visitor chose: one of the values within a facet, and all facets. Here unknown is a value to choose.

    `amount_max_minor` keeps what is known to cost at most that much, `amount_min_minor` needs known to have as much.
    `price` are codes of `search.bands`.
    """

    trl: tuple[int, ...] = ()
    deal_kinds: tuple[str, ...] = ()
    country: tuple[str, ...] = ()
    fields: tuple[str, ...] = ()
    sectors: tuple[str, ...] = ()
    ip_status: tuple[str, ...] = ()
    segments: tuple[str, ...] = ()
    year: tuple[int, ...] = ()
    price: tuple[str, ...] = ()
    organization: tuple[str, ...] = ()
    fair: str = ""
    trl_min: int = 0
    amount_min_minor: int | None = None
    amount_max_minor: int | None = None


@dataclass(frozen=True, slots=True)
class Page:
    """One page of the catalogue. `next` is the `after` of the following page, None on the last. `total` is None when not asked
    for. `facets` count, for each value, the listings that choosing it would show beside what is chosen in other facets.
    `asked` is the text as it was searched for: without units, though a text was typed, nothing in it can be found."""

    hits: list[Hit]
    total: int | None
    next: int | None
    facets: dict[str, dict[str, int]]
    asked: Asked

    @property
    def words(self) -> list[str]:
        """The tokens searched for."""
        return self.asked.words


def search(
    reader: Reader,
    kind: Kind,
    *,
    text: str = "",
    filters: Filters = Filters(),
    sort: Sort = Sort.RELEVANCE,
    limit: int = 20,
    after: int | None = None,
    facets: Sequence[str] = FACETS,
    count: bool = True,
) -> Page:
    """Return one page of the listings of `kind`.

    `after` is the `next` of the page before: sorted by newest it is a place among the listings and survives changes
    between two pages, otherwise it is a number of listings to pass over. To `count` all that
    is found costs a second search. Raises IndexUnusable, and ValueError for a limit below 1 or a negative `after`.
    """
    if limit < 1 or (after or 0) < 0:
        raise ValueError("limit must be at least 1 and after at least 0")
    snapshot = reader.snapshot(kind)
    asked, filters = understood(snapshot, text), _narrowing(snapshot, filters)
    sort = Sort.NEWEST if sort is Sort.RELEVANCE and not asked.units else sort
    selected = selection(asked, filters)
    total = snapshot.count(selected) if count else None
    if sort is Sort.NEWEST:
        hits, following = _newest(snapshot, selected, limit, after)
    else:
        last = min((after or 0) + limit, LARGEST)
        wanted = min(last, snapshot.searcher.num_docs) + 1
        rows = snapshot.search(selected, wanted, order_by=_BY[sort]) if sort in _BY else _ranked(snapshot, asked, filters, wanted)
        hits, following = [Hit(id, 0.0 if sort in _BY else key) for key, id, _ in rows[after or 0 : last]], last if len(rows) > last else None
    return Page(hits, total, following, _facets(snapshot, asked, filters, facets), asked)


def among(reader: Reader, kind: Kind, *, text: str = "", filters: Filters = Filters(), ids: Sequence[UUID], limit: int) -> list[UUID]:
    """Return at most `limit` of the listings `ids` of `kind` that a search finds, best first: the cost is that of `ids`, not of the index.

    Raises IndexUnusable.
    """
    snapshot = reader.snapshot(kind)
    asked = understood(snapshot, text)
    conditions = [only("id", [str(id) for id in ids]), *_conditions(asked, filters)]
    query = whole(asked.deciding, asked.near, conditions) if asked.units else Query.boolean_query(conditions)
    return [id for _, id, _ in snapshot.search(query, limit)]


def counts(snapshot: Snapshot, asked: Asked, filters: Filters, facets: Sequence[str] = FACETS) -> tuple[int, dict[str, dict[str, int]]]:
    """Return how many listings are found, and the facets, as a `Page` has them."""
    filters = _narrowing(snapshot, filters)
    return snapshot.count(selection(asked, filters)), _facets(snapshot, asked, filters, facets)


def _narrowing(snapshot: Snapshot, filters: Filters) -> Filters:
    """The filters without a fair that shows every listing: that is no filter, and often there is only one fair."""
    if not filters.fair:
        return filters
    everything = understood(snapshot, "")
    others = snapshot.once(
        ("outside", filters.fair), lambda: snapshot.count(selection(everything, Filters())) - snapshot.count(selection(everything, Filters(fair=filters.fair)))
    )
    return filters if others else replace(filters, fair="")


def selection(asked: Asked, filters: Filters, *, without: Sequence[str] = ()) -> Query:
    """Return the query, adding nothing to a score, for what is found; some facets of `filters` left out."""
    return Query.boolean_query(_conditions(asked, filters, without=without))


def _conditions(asked: Asked, filters: Filters, *, without: Sequence[str] = ()) -> list[tuple[Occur, Query]]:
    return [*map(unscored, asked.selecting), *kept(filters, without=without)]


def _ranked(snapshot: Snapshot, asked: Asked, filters: Filters, wanted: int) -> list[Row]:
    """By score. Only for one broad word among nearly everything it costs less to look at the best first than at all that has it."""
    if asked.alone_decides and asked.rarest > _BROAD and filters == Filters(fair=filters.fair):
        return best(snapshot, asked.deciding, asked.near, conditions=kept(filters), limit=wanted, passing_most=True)
    conditions = kept(filters) if asked.alone_decides else _conditions(asked, filters)
    return snapshot.search(whole(asked.deciding, asked.near, conditions), wanted)


def kept(filters: Filters, *, without: Sequence[str] = ()) -> list[tuple[Occur, Query]]:
    """Return the clauses of `filters`, some facets left out."""
    facets = [facet for facet in FACETS if facet not in without]
    clauses = [only(facet, _known(values)) for facet in facets if (values := getattr(filters, facet))]
    if filters.fair:
        clauses.append(only("fairs", _known((filters.fair,))))
    if filters.trl_min > 0:
        clauses.append(between("trl", min(filters.trl_min, LARGEST), None))
    amounts = (filters.amount_min_minor, filters.amount_max_minor)
    if amounts != (None, None):
        low, high = (None if amount is None else min(max(amount, 0), LARGEST) for amount in amounts)
        clauses += [only("amount", ("known",)), between("amount_minor", low, high)]
    return clauses


def _known(values: tuple[str, ...] | tuple[int, ...]) -> list[str | int]:
    """Leave out what no listing can have, which the engine refuses: text that is no text, numbers out of range."""
    return [
        value
        for value in values
        if (0 <= value <= LARGEST if isinstance(value, int) else not any("\ud800" <= c <= "\udfff" for c in value))
    ]


def _newest(snapshot: Snapshot, query: Query, limit: int, after: int | None) -> tuple[list[Hit], int | None]:
    if after == 0:
        return [], None
    if after is not None:
        query = Query.boolean_query([(Occur.Must, query), between("num", None, min(after, LARGEST) - 1)])
    rows = snapshot.search(query, limit + 1, order_by="num")
    hits = [Hit(id, 0.0) for _, id, _ in rows[:limit]]
    return hits, rows[limit - 1][2] if len(rows) > limit else None


def _facets(snapshot: Snapshot, asked: Asked, filters: Filters, names: Sequence[str]) -> dict[str, dict[str, int]]:
    """A facet with a choice of its own is counted without it, so that a second value shows what it would add."""
    together = [TREE if name == TREE[0] else (name,) for name in names if name not in TREE[1:] or TREE[0] not in names]
    chosen = [group for group in together if any(getattr(filters, name) for name in group)]
    free = tuple(name for group in together if group not in chosen for name in group)
    counted: dict[str, dict[str, int]] = {}
    for group in filter(None, (free, *chosen)):
        wanted = {name: {"terms": {"field": name, "size": _MOST_VALUES}} for name in group}
        found = snapshot.searcher.aggregate(selection(asked, filters, without=group), wanted)
        for name, result in found.items():
            counted[name] = {str(bucket["key"]): bucket["doc_count"] for bucket in result["buckets"]}
    return {name: counted[name] for name in names}
