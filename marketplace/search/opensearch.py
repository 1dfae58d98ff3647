"""The same documents and the same query as JSON of OpenSearch, for whoever outgrows one machine. Nothing here calls a server.

Text is cut into terms on our side, so the mapping's analyzer only splits at white space, and both engines rank by BM25 with the
same numbers. What differs: a field that a listing leaves empty does not count in that field's averages there, and scores lack
the constant factor k1 + 1 where the engine leaves it out; orders agree but for near equals.
"""

from collections.abc import Iterable, Sequence
from typing import Any

from marketplace.search import bm25
from marketplace.search.documents import CODES, NUMBERS, ORDERS, RANKED, ListingDocument, term, values
from marketplace.search.searching import Weighed

Json = dict[str, Any]
LEFT_OUT = ("gist", "spelled", "id_high", "id_low")  # what only the local index needs


class Parts:
    """`search.clauses` as JSON: conditions are (section of a bool query, clause)."""

    @staticmethod
    def exactly(field: str, value: str | int) -> Json:
        return {"term": {field: value}}

    @staticmethod
    def within(field: str, low: int | None, high: int | None) -> Json:
        bounds = {name: bound for name, bound in (("gte", low), ("lte", high)) if bound is not None}
        return {"range": {field: bounds}}

    @staticmethod
    def only(field: str, values: Iterable[str | int]) -> tuple[str, Json]:
        return "filter", {"terms": {field: list(values)}}

    @staticmethod
    def any_of(*queries: Json) -> tuple[str, Json]:
        return "filter", {"bool": {"should": list(queries), "minimum_should_match": 1}}

    @staticmethod
    def never(query: Json) -> tuple[str, Json]:
        return "must_not", query

    @staticmethod
    def nothing() -> tuple[str, Json]:
        return "must_not", {"match_all": {}}


def mapping() -> Json:
    """Return settings and mappings of an index: `PUT /listings` takes them. Needs and achievements each get an index of their own."""
    ranked = {"type": "text", "analyzer": "whitespace", "similarity": "listings", "index_options": "freqs"}
    searched = {"type": "text", "analyzer": "whitespace", "index_options": "freqs"}
    properties: Json = {"id": {"type": "keyword"}} | dict.fromkeys(RANKED, ranked) | dict.fromkeys(("names", "characters"), searched)
    properties |= dict.fromkeys(CODES, {"type": "keyword"})
    properties |= {name: {"type": "long"} for name in (*NUMBERS, *ORDERS) if name not in LEFT_OUT}
    similarity = {"listings": {"type": "BM25", "k1": bm25.K1, "b": bm25.B}}
    return {"settings": {"index": {"similarity": similarity}}, "mappings": {"dynamic": "strict", "properties": properties}}


def document(listing: ListingDocument) -> Json:
    """Return the document of a listing."""
    return {name: value for name, value in values(listing).items() if name not in LEFT_OUT}


def bulk(listing: ListingDocument) -> tuple[Json, Json]:
    """Return the two lines that put a listing into its index by `POST /_bulk`."""
    held = document(listing)
    return {"index": {"_index": f"{listing.kind.value}s", "_id": held["id"]}}, held


def query(
    deciding: Sequence[Weighed], near: Sequence[Weighed], *, conditions: Iterable[tuple[str, Json]] = (), limit: int = 20
) -> Json:
    """Return the body of `POST /achievements/_search` (or needs): what `searching.best` finds for the same terms."""
    sections: dict[str, list[Json]] = {
        "must": [{"bool": {"should": [_weighed(one) for one in deciding], "minimum_should_match": 1}}],
        "should": [_weighed(one) for one in near],
        "filter": [],
        "must_not": [],
    }
    for section, clause in conditions:
        sections[section].append(clause)
    whole = {name: clauses for name, clauses in sections.items() if clauses}
    return {"size": limit, "_source": False, "query": {"bool": whole}, "sort": [{"_score": "desc"}, {"id": "asc"}]}


def _weighed(one: Weighed) -> Json:
    return {"term": {one.field: {"value": term(one.field, one.token), "boost": one.weight}}}
