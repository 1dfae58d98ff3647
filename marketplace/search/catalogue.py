"""The catalogue's search: every word must occur, titles count most, codes filter and are counted beside.

The text has no operators: every character means itself or nothing, so that no input can fail.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from uuid import UUID

from tantivy import Occur, Query

from marketplace.search.analysis import analyze, is_cjk, pairs
from marketplace.search.clauses import between, exactly, only, unscored, weighed
from marketplace.search.documents import LARGEST, Kind
from marketplace.search.reader import Hit, Reader, Snapshot

TITLE_WEIGHT = 2.0
PAIR_WEIGHT = 0.5
FACETS = ("trl", "deal_kinds", "country", "fields", "sectors", "ip_status", "segments", "year")
_MOST_VALUES = 1_000  # of one facet
_EVERYTHING = exactly("listing", "yes")


class Sort(StrEnum):
    """Orders of the catalogue. Without a text to rank by, relevance means newest."""

    RELEVANCE = "relevance"
    NEWEST = "newest"
    MATURITY = "maturity"


@dataclass(frozen=True, slots=True, kw_only=True)
class Filters:
    """What the visitor chose: one of the values within a facet, and all facets. Here unknown is a value to choose.

    `amount_max_minor` keeps what is known to cost at most that much, `amount_min_minor` needs known to have as much.
    """

    trl: tuple[int, ...] = ()
    deal_kinds: tuple[str, ...] = ()
    country: tuple[str, ...] = ()
    fields: tuple[str, ...] = ()
    sectors: tuple[str, ...] = ()
    ip_status: tuple[str, ...] = ()
    segments: tuple[str, ...] = ()
    year: tuple[int, ...] = ()
    fair: str = ""
    organization: str = ""
    trl_min: int = 0
    amount_min_minor: int | None = None
    amount_max_minor: int | None = None


@dataclass(frozen=True, slots=True)
class Page:
    """One page of the catalogue. `next` is the `after` of the following page, None on the last. `words` are the tokens
    searched for: none, though a text was typed, means that nothing in it can be found. `total` is None when not asked
    for. `facets` count, for each value, the listings that choosing it would show beside what is chosen in other facets."""

    hits: list[Hit]
    total: int | None
    next: int | None
    facets: dict[str, dict[str, int]]
    words: list[str]


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
    words = list(dict.fromkeys(analyze(text)))
    clauses = _words(words, analyze(text)) if words else [(Occur.Must, _nothing_or_all(text))]
    by_newest = sort is Sort.NEWEST or (sort is Sort.RELEVANCE and not words)
    query = Query.boolean_query([*clauses, *_filters(filters)])
    total = snapshot.count(query) if count else None
    if by_newest:
        hits, following = _newest(snapshot, query, limit, after)
    else:
        hits, following = _passing_over(snapshot, query, limit, after or 0, sort)
    return Page(hits, total, following, _facets(snapshot, clauses, filters, facets), words)


def among(reader: Reader, kind: Kind, *, text: str = "", filters: Filters = Filters(), ids: Sequence[UUID], limit: int) -> list[UUID]:
    """Return at most `limit` of the listings `ids` of `kind` that a search finds, best first: the cost is that of `ids`, not of the index.

    Raises IndexUnusable.
    """
    words = list(dict.fromkeys(analyze(text)))
    clauses = _words(words, analyze(text)) if words else [(Occur.Must, _nothing_or_all(text))]
    query = Query.boolean_query([only("id", [str(id) for id in ids]), *clauses, *_filters(filters)])
    return [id for _, id, _ in reader.snapshot(kind).search(query, limit)]


def _words(words: list[str], tokens: list[str]) -> list[tuple[Occur, Query]]:
    clauses = [(Occur.Must, _word(word)) for word in words]
    return clauses + [(Occur.Should, weighed("pairs", pair, PAIR_WEIGHT)) for pair in dict.fromkeys(pairs(tokens))]


def _word(word: str) -> Query:
    fields = [("bigrams" if is_cjk(word) else "words", 1.0), ("title", TITLE_WEIGHT), ("names", 1.0)]
    places = [weighed(field, word, weight) for field, weight in fields]
    if is_cjk(word) and len(word) == 1:  # within a run it is part of bigrams only
        places.append(Query.const_score_query(exactly("characters", word), 1.0))
    return Query.boolean_query([(Occur.Should, place) for place in places])


def _nothing_or_all(text: str) -> Query:
    return Query.empty_query() if text.strip() else unscored(_EVERYTHING)[1]


def _filters(filters: Filters, *, without: Sequence[str] = ()) -> list[tuple[Occur, Query]]:
    facets = [facet for facet in FACETS if facet not in without]
    clauses = [only(facet, _known(values)) for facet in facets if (values := getattr(filters, facet))]
    clauses += [only(name, _known((value,))) for name, value in _belonging(filters).items() if value]
    if filters.trl_min > 0:
        clauses.append(between("trl", min(filters.trl_min, LARGEST), None))
    amounts = (filters.amount_min_minor, filters.amount_max_minor)
    if amounts != (None, None):
        low, high = (None if amount is None else min(max(amount, 0), LARGEST) for amount in amounts)
        clauses += [only("amount", ("known",)), between("amount_minor", low, high)]
    return clauses


def _belonging(filters: Filters) -> Mapping[str, str]:
    return {"fairs": filters.fair, "organization": filters.organization}


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


def _passing_over(
    snapshot: Snapshot, query: Query, limit: int, passed: int, sort: Sort
) -> tuple[list[Hit], int | None]:
    last = min(passed + limit, LARGEST)
    order_by = "trl" if sort is Sort.MATURITY else None
    rows = snapshot.search(query, last + 1, order_by=order_by)
    hits = [Hit(id, 0.0 if order_by else key) for key, id, _ in rows[passed:last]]
    return hits, last if len(rows) > last else None


def _facets(
    snapshot: Snapshot, clauses: list[tuple[Occur, Query]], filters: Filters, names: Sequence[str]
) -> dict[str, dict[str, int]]:
    """A facet with a choice of its own is counted without it, so that a second value shows what it would add."""
    chosen = {name for name in names if getattr(filters, name)}
    counted: dict[str, dict[str, int]] = {}
    for group in [[name for name in names if name not in chosen], *([name] for name in names if name in chosen)]:
        query = Query.boolean_query([*clauses, *_filters(filters, without=group)])
        wanted = {name: {"terms": {"field": name, "size": _MOST_VALUES}} for name in group}
        found = snapshot.searcher.aggregate(query, wanted) if wanted else {}
        for name, result in found.items():
            counted[name] = {str(bucket["key"]): bucket["doc_count"] for bucket in result["buckets"]}
    return {name: counted[name] for name in names}
