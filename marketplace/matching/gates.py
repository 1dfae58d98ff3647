"""The hard conditions between a need and an achievement: as lines for people, and as filters of the index.

What is unknown on either side fails nothing. The order of the lines is the order in which people ask.
"""

from dataclasses import dataclass
from enum import StrEnum

from tantivy import Occur, Query

from marketplace.search.clauses import any_of, exactly, only, within
from marketplace.search.documents import ANY, LARGEST, UNKNOWN, Kind, ListingDocument


class Status(StrEnum):
    """How one condition stands."""

    MET = "met"
    NOT_MET = "not_met"
    UNKNOWN = "unknown"


class Code(StrEnum):
    """Which condition: `country` is the need's wish, `market` the achievement's."""

    TRL = "trl"
    DEAL_KINDS = "deal_kinds"
    PRICE = "price"
    COUNTRY = "country"
    COUNTRY_EXCLUDED = "country_excluded"
    MARKET = "market"
    MARKET_EXCLUDED = "market_excluded"


@dataclass(frozen=True, slots=True)
class Constraint:
    """One line of reasons. `wanted` is the demand, `offered` what stands against it: a TRL, an amount in minor units
    of the comparison currency, or codes; None or empty when it is not stated."""

    code: Code
    status: Status
    wanted: int | tuple[str, ...] | None
    offered: int | tuple[str, ...] | None


def constraints(one: ListingDocument, other: ListingDocument) -> list[Constraint]:
    """Return the lines between a need and an achievement, given in either order.

    Maturity, kinds of deal and price are always shown; wishes about countries only where one side has any.
    Raises ValueError when both are of one kind.
    """
    need, achievement = _sides(one, other)
    lines = [
        _line(Code.TRL, need.trl or None, achievement.trl or None, met=need.trl <= achievement.trl),
        _line(
            Code.DEAL_KINDS,
            need.deal_kinds,
            achievement.deal_kinds,
            met=not set(need.deal_kinds).isdisjoint(achievement.deal_kinds),
        ),
        _price(need.amount_minor, achievement.amount_minor),
    ]
    for party, counterpart, wanted, excluded in (
        (need, achievement, Code.COUNTRY, Code.COUNTRY_EXCLUDED),
        (achievement, need, Code.MARKET, Code.MARKET_EXCLUDED),
    ):
        country = (counterpart.country,) if counterpart.country else ()
        if party.countries_wanted:
            met = counterpart.country in party.countries_wanted
            lines.append(_line(wanted, party.countries_wanted, country, met=met))
        if party.countries_excluded:
            met = counterpart.country not in party.countries_excluded
            lines.append(_line(excluded, party.countries_excluded, country, met=met))
    return lines


def passes(one: ListingDocument, other: ListingDocument) -> bool:
    """Whether no condition between the two is broken; the index's `filters` select exactly these."""
    return all(line.status is not Status.NOT_MET for line in constraints(one, other))


def filters(listing: ListingDocument) -> list[tuple[Occur, Query]]:
    """Return the clauses, adding nothing to the score, that select what `listing` can be matched with."""
    need = listing.kind is Kind.NEED
    clauses: list[tuple[Occur, Query]] = []
    if listing.trl:
        bounds = (listing.trl, None) if need else (None, listing.trl)
        clauses.append(any_of(within("trl", *bounds), exactly("trl", 0)))
    if listing.deal_kinds:
        clauses.append(only("deal_kinds", (*listing.deal_kinds, UNKNOWN)))
    if listing.amount_minor is not None:
        amount = min(listing.amount_minor, LARGEST)
        bounds = (None, amount) if need else (amount, None)
        clauses.append(any_of(within("amount_minor", *bounds), exactly("amount", UNKNOWN)))
    if listing.countries_wanted:
        clauses.append(only("country", (*listing.countries_wanted, UNKNOWN)))
    clauses += [(Occur.MustNot, exactly("country", code)) for code in listing.countries_excluded]
    if listing.country:
        clauses.append(only("countries_wanted", (listing.country, ANY)))
        clauses.append((Occur.MustNot, exactly("countries_excluded", listing.country)))
    return clauses


def _sides(one: ListingDocument, other: ListingDocument) -> tuple[ListingDocument, ListingDocument]:
    if one.kind is other.kind:
        raise ValueError(f"two listings of kind {one.kind} are not matched")
    return (one, other) if one.kind is Kind.NEED else (other, one)


def _line(
    code: Code, wanted: int | tuple[str, ...] | None, offered: int | tuple[str, ...] | None, *, met: bool
) -> Constraint:
    known = wanted not in (None, ()) and offered not in (None, ())
    status = Status.UNKNOWN if not known else Status.MET if met else Status.NOT_MET
    return Constraint(code, status, wanted, offered)


def _price(budget_minor: int | None, price_minor: int | None) -> Constraint:
    met = budget_minor is not None and price_minor is not None and price_minor <= budget_minor
    return _line(Code.PRICE, budget_minor, price_minor, met=met)
