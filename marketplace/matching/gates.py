"""The hard conditions between a need and an achievement: as lines for people, and as filters of the index.

What is unknown on either side fails nothing. The order of the lines is the order in which people ask.
"""

from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from typing import Any

from tantivy import Occur, Query

from marketplace.core import clock
from marketplace.listings.rules import EVERYWHERE_OVER
from marketplace.matching.parameters import answers
from marketplace.search import clauses
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
    EXCLUSIVITY = "exclusivity"
    LANGUAGES = "languages"
    DEADLINE = "deadline"
    VALID_UNTIL = "valid_until"
    PARAMETER = "parameter"


EXCLUSIVITY = ("non_exclusive", "sole", "exclusive")
"""How far a licence shuts out others, least first: who may grant the further one may grant the nearer ones too."""


@dataclass(frozen=True, slots=True)
class Constraint:
    """One line of reasons. `wanted` is the demand, `offered` what stands against it: a TRL, an amount in minor units
    of the comparison currency, codes, a day (ISO 8601), or the condition of the `parameter` that is named; None or
    empty when it is not stated."""

    code: Code
    status: Status
    wanted: int | str | tuple[str, ...] | None
    offered: int | str | tuple[str, ...] | None
    parameter: str = ""


def constraints(one: ListingDocument, other: ListingDocument, *, today: date | None = None) -> list[Constraint]:
    """Return the lines between a need and an achievement, given in either order.

    Maturity, kinds of deal and price are always shown; the others only where one side says something. `today` is the
    day by which deadlines are judged, the clock's unless given. Raises ValueError when both are of one kind.
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
    lines += _terms(need, achievement)
    lines += _days(need, achievement, today or _today())
    for answer in answers(need.parameters, achievement.parameters):
        status = Status.UNKNOWN if answer.met is None else Status.MET if answer.met else Status.NOT_MET
        offered = answer.offered.condition if answer.offered else None
        lines.append(Constraint(Code.PARAMETER, status, answer.wanted.condition, offered, answer.wanted.name))
    return lines


def passes(one: ListingDocument, other: ListingDocument, *, today: date | None = None) -> bool:
    """Whether no condition between the two is broken; parameters apart, the index's `filters` select exactly these."""
    return all(line.status is not Status.NOT_MET for line in constraints(one, other, today=today))


def filters(listing: ListingDocument, *, today: date | None = None) -> list[tuple[Occur, Query]]:
    """Return the clauses, adding nothing to the score, that select what `listing` can be matched with. (See `conditions`.)"""
    return conditions(listing, clauses, today=today)


def conditions(listing: ListingDocument, parts: Any, *, today: date | None = None) -> list[Any]:
    """Return what selects the listings that `listing` can be matched with, made of `parts`: `search.clauses` of the text index, or
    `search.opensearch.Parts` as JSON.

    The index cannot tell whether parameters are met: whoever reads what it found asks `passes` once more.
    """
    day = today or _today()
    if listing.closes is not None and listing.closes < day:
        return [parts.nothing()]
    need = listing.kind is Kind.NEED
    found: list[Any] = []
    if listing.trl:
        bounds = (listing.trl, None) if need else (None, listing.trl)
        found.append(parts.any_of(parts.within("trl", *bounds), parts.exactly("trl", 0)))
    if listing.deal_kinds:
        found.append(parts.only("deal_kinds", (*listing.deal_kinds, UNKNOWN)))
    if listing.amount_minor is not None:
        amount = min(listing.amount_minor, LARGEST)
        bounds = (None, amount) if need else (amount, None)
        found.append(parts.any_of(parts.within("amount_minor", *bounds), parts.exactly("amount", UNKNOWN)))
    if listing.countries_wanted:
        found.append(parts.only("country", (*listing.countries_wanted, UNKNOWN)))
    found += [parts.never(parts.exactly("country", code)) for code in listing.countries_excluded]
    if listing.country:
        found.append(parts.only("countries_wanted", (listing.country, ANY)))
        found.append(parts.never(parts.exactly("countries_excluded", listing.country)))
    if listing.exclusivity:
        place = EXCLUSIVITY.index(listing.exclusivity)
        codes = EXCLUSIVITY[place:] if need else EXCLUSIVITY[: place + 1]
        found.append(parts.only("exclusivity", (*codes, UNKNOWN)))
    if listing.languages:
        found.append(parts.only("languages", (*listing.languages, UNKNOWN)))
    found.append(parts.any_of(parts.within("closes", day.toordinal(), None), parts.exactly("closes", 0)))
    return found


def _today() -> date:
    return clock.today(EVERYWHERE_OVER)


def _terms(need: ListingDocument, achievement: ListingDocument) -> list[Constraint]:
    """How far a licence must go, and in which languages the two can work."""
    lines = []
    if need.exclusivity:
        met = achievement.exclusivity in EXCLUSIVITY[EXCLUSIVITY.index(need.exclusivity) :]
        offered = (achievement.exclusivity,) if achievement.exclusivity else ()
        lines.append(_line(Code.EXCLUSIVITY, (need.exclusivity,), offered, met=met))
    if need.languages or achievement.languages:
        met = not set(need.languages).isdisjoint(achievement.languages)
        lines.append(_line(Code.LANGUAGES, need.languages, achievement.languages, met=met))
    return lines


def _days(need: ListingDocument, achievement: ListingDocument, today: date) -> list[Constraint]:
    """Whether each of the two still stands; `wanted` is its last day."""
    return [
        Constraint(code, Status.MET if today <= listing.closes else Status.NOT_MET, listing.closes.isoformat(), None)
        for code, listing in ((Code.DEADLINE, need), (Code.VALID_UNTIL, achievement))
        if listing.closes is not None
    ]


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
