"""The parts a query is put together from."""

from collections.abc import Iterable

from tantivy import FieldType, Occur, Query

from marketplace.search.documents import SCHEMA, term


def weighed(field: str, token: str, weight: float) -> Query:
    """Return the query for one token of a ranked field, its score multiplied by `weight`."""
    return Query.boost_query(Query.term_query(SCHEMA, field, term(field, token), "freq"), weight)


def exactly(field: str, value: str | int) -> Query:
    """Return the query for listings whose `field` holds `value`."""
    return Query.term_query(SCHEMA, field, value, "basic")


def within(field: str, low: int | None, high: int | None) -> Query:
    """Return the query for listings whose number `field` lies in `low`-`high`, both included."""
    return Query.range_query(SCHEMA, field, FieldType.Unsigned, low, high)


def only(field: str, values: Iterable[str | int]) -> tuple[Occur, Query]:
    """Return the clause, adding nothing to the score, that `field` holds one of `values`."""
    return unscored(Query.term_set_query(SCHEMA, field, list(values)))


def between(field: str, low: int | None, high: int | None) -> tuple[Occur, Query]:
    """Return the clause, adding nothing to the score, that the number `field` lies in `low`-`high`, both included."""
    return unscored(within(field, low, high))


def any_of(*queries: Query) -> tuple[Occur, Query]:
    """Return the clause, adding nothing to the score, that one of `queries` holds."""
    return unscored(Query.boolean_query([(Occur.Should, query) for query in queries]))


def never(query: Query) -> tuple[Occur, Query]:
    """Return the clause that `query` must not hold."""
    return Occur.MustNot, query


def nothing() -> tuple[Occur, Query]:
    """Return the clause that no listing holds."""
    return Occur.Must, Query.empty_query()


def unscored(query: Query) -> tuple[Occur, Query]:
    """Return the clause that `query` must hold, adding nothing to the score."""
    return Occur.Must, Query.const_score_query(query, 0.0)
