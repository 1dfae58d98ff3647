"""The lines of conditions in words: what is asked, what stands against it, and what would make it fit."""

from collections.abc import Sequence
from datetime import date
from typing import Any

from marketplace.core.i18n import gettext, language
from marketplace.core.layout import day
from marketplace.core.money import short_rounded, to_text
from marketplace.listings import parameters
from marketplace.listings.indexing import COMPARED_IN
from marketplace.listings.models import Kind
from marketplace.listings.views import amounts
from marketplace.matching.gates import Code, Constraint, Status
from marketplace.taxonomy.vocabularies import COUNTRIES, DEAL_KINDS, EXCLUSIVITY, LANGUAGES, Vocabulary

LOOKS = {Status.MET: "ok", Status.NOT_MET: "no", Status.UNKNOWN: "ask"}


def said(line: Constraint, *rows: Any) -> str:
    """One line of reasons as a sentence part, such as "TRL 7, asked for 6".

    ``rows`` are the two listings: without them an amount that could not be converted reads as one that nobody stated.
    """
    if line.code is Code.PRICE and line.status is Status.UNKNOWN and (apart := _not_compared(line, rows)):
        return apart
    words = {
        Code.TRL: _trl, Code.DEAL_KINDS: _kinds, Code.PRICE: _price, Code.EXCLUSIVITY: _exclusivity, Code.LANGUAGES: _languages,
        Code.DEADLINE: _deadline, Code.VALID_UNTIL: _valid_until, Code.PARAMETER: _parameter,
    }  # fmt: skip
    return str(words.get(line.code, _country)(line))


def would_fit(line: Constraint) -> str:
    """What would make a broken condition hold, such as "Fits if TRL 4 is accepted"; of an unknown one, what to ask. Else nothing."""
    if line.status is Status.NOT_MET:
        return str(_fits(line))
    return str(_asks(line)) if line.status is Status.UNKNOWN else ""


def _fits(line: Constraint) -> Any:
    if line.code is Code.DEADLINE:
        return gettext("Fits if the deadline is moved")
    if line.code is Code.VALID_UNTIL:
        return gettext("Fits if it is offered longer")
    if line.code is Code.PARAMETER:
        return gettext("Fits if %(name)s %(offered)s is enough", name=parameters.named(line.parameter), offered=_condition(line.offered))
    if line.code is Code.PRICE:
        return gettext("Fits from a budget of %(price)s", price=_amount(line.offered))
    if line.code is Code.TRL:
        return gettext("Fits if TRL %(level)s is accepted", level=line.offered)
    return _fits_code(line, _codes(line.offered))


def _fits_code(line: Constraint, offered: tuple[str, ...]) -> Any:
    if line.code is Code.DEAL_KINDS:
        return gettext("Fits if the deal may be: %(kinds)s", kinds=_listed(offered, DEAL_KINDS))
    if line.code is Code.EXCLUSIVITY:
        return gettext("Fits with a sole licence") if offered == ("sole",) else gettext("Fits with a licence that is not exclusive")
    if line.code is Code.LANGUAGES:
        return gettext("Fits if one can work in %(languages)s", languages=_listed(offered, LANGUAGES))
    country = _listed(offered, COUNTRIES)
    if line.code is Code.COUNTRY:
        return gettext("Fits if %(country)s is wanted too", country=country)
    if line.code is Code.MARKET:
        return gettext("Fits if it is offered to %(country)s too", country=country)
    return gettext("Fits if %(country)s is not excluded", country=country)


def _asks(line: Constraint) -> Any:
    if line.code is Code.PARAMETER:
        return gettext("Ask whether %(name)s %(wanted)s is met", name=parameters.named(line.parameter), wanted=_condition(line.wanted))
    if line.code is Code.PRICE:
        return gettext("Ask for the price") if line.offered is None else gettext("Ask for the budget")
    if line.code is Code.TRL:
        return gettext("Ask for the maturity") if line.wanted is not None else ""
    return {
        Code.DEAL_KINDS: gettext("Ask for the kinds of deal"),
        Code.EXCLUSIVITY: gettext("Ask how exclusive a licence can be"),
        Code.LANGUAGES: gettext("Ask for the working languages"),
    }.get(line.code, gettext("Ask for the country"))


def standing(status: Status) -> str:
    """How a condition stands, for those who do not see its sign."""
    return str({Status.MET: gettext("Met"), Status.NOT_MET: gettext("Not met"), Status.UNKNOWN: gettext("Unknown")}[status])


def _trl(line: Constraint) -> Any:
    if line.offered is None:
        return gettext("TRL not stated") if line.wanted is None else gettext("TRL not stated, asked for %(level)s", level=line.wanted)
    if line.wanted is None:
        return gettext("TRL %(level)s, no least level asked for", level=line.offered)
    return gettext("TRL %(level)s, asked for %(least)s", level=line.offered, least=line.wanted)


def _kinds(line: Constraint) -> Any:
    wanted, offered = _codes(line.wanted), _codes(line.offered)
    if not wanted or not offered:
        return gettext("Kind of deal not stated")
    common = [code for code in wanted if code in offered]
    if common:
        return _listed(common, DEAL_KINDS)
    return gettext("%(offered)s, asked for %(wanted)s", offered=_listed(offered, DEAL_KINDS), wanted=_listed(wanted, DEAL_KINDS))


def _price(line: Constraint) -> Any:
    budget, price = _amount(line.wanted), _amount(line.offered)
    if price is None:
        return gettext("Price not stated") if budget is None else gettext("Price not stated, budget %(budget)s", budget=budget)
    if budget is None:
        return gettext("From %(price)s, budget not stated", price=price)
    if line.status is Status.MET:
        return gettext("From %(price)s, within %(budget)s", price=price, budget=budget)
    return gettext("From %(price)s, over %(budget)s", price=price, budget=budget)


def _not_compared(line: Constraint, rows: Sequence[Any]) -> str:
    """What is stated in a currency without an exchange rate; empty where nothing is."""
    own = {Kind(row.kind): stated(row) for row in rows}
    if line.offered is None and own.get(Kind.ACHIEVEMENT):
        return gettext("Price %(price)s, no exchange rate to compare it", price=own[Kind.ACHIEVEMENT])
    if line.wanted is None and own.get(Kind.NEED):
        return gettext("Budget %(budget)s, no exchange rate to compare it", budget=own[Kind.NEED])
    return ""


def stated(row: Any) -> str:
    """The price or budget of a listing in its own currency, such as "EUR 2,100,000"; empty when none is stated."""
    minors = {name: getattr(row, f"{name}_minor") for name in ("amount_min", "amount_max")}
    return amounts({name: None if minor is None else to_text(minor, row.currency) for name, minor in minors.items()} | {"currency": row.currency})


def _exclusivity(line: Constraint) -> Any:
    wanted, offered = (_listed(_codes(value), EXCLUSIVITY) for value in (line.wanted, line.offered))
    if not offered:
        return gettext("Exclusivity not stated, asked for: %(wanted)s", wanted=wanted)
    return offered if wanted == offered else gettext("%(offered)s, asked for: %(wanted)s", offered=offered, wanted=wanted)


def _languages(line: Constraint) -> Any:
    wanted, offered = _codes(line.wanted), _codes(line.offered)
    if not offered:
        return gettext("Working languages not stated, asked for: %(wanted)s", wanted=_listed(wanted, LANGUAGES))
    if not wanted:
        return gettext("Works in %(offered)s, working languages of the need not stated", offered=_listed(offered, LANGUAGES))
    common = [code for code in wanted if code in offered]
    if common:
        return gettext("Common working languages: %(common)s", common=_listed(common, LANGUAGES))
    return gettext("Works in %(offered)s, asked for: %(wanted)s", offered=_listed(offered, LANGUAGES), wanted=_listed(wanted, LANGUAGES))


def _deadline(line: Constraint) -> Any:
    if line.status is Status.MET:
        return gettext("Need open until %(day)s", day=_day(line.wanted))
    return gettext("Need was open until %(day)s", day=_day(line.wanted))


def _valid_until(line: Constraint) -> Any:
    if line.status is Status.MET:
        return gettext("Achievement offered until %(day)s", day=_day(line.wanted))
    return gettext("Achievement was offered until %(day)s", day=_day(line.wanted))


def _parameter(line: Constraint) -> Any:
    wanted, offered = _condition(line.wanted), _condition(line.offered)
    if not offered:
        return gettext("%(name)s not stated, asked for %(wanted)s", name=parameters.named(line.parameter), wanted=wanted)
    if line.status is Status.UNKNOWN:
        return gettext("%(name)s %(offered)s leaves open whether it is %(wanted)s", name=parameters.named(line.parameter), offered=offered, wanted=wanted)
    return gettext("%(name)s %(offered)s, asked for %(wanted)s", name=parameters.named(line.parameter), offered=offered, wanted=wanted)


def _country(line: Constraint) -> Any:
    places = _listed(_codes(line.wanted), COUNTRIES)
    if not line.offered:
        return gettext("Country not stated")
    country = _listed(_codes(line.offered), COUNTRIES)
    if line.code is Code.COUNTRY:
        return gettext("Achievement from %(country)s, wanted from %(places)s", country=country, places=places)
    if line.code is Code.COUNTRY_EXCLUDED:
        return gettext("Achievement from %(country)s, not wanted from %(places)s", country=country, places=places)
    if line.code is Code.MARKET:
        return gettext("Need from %(country)s, offered to %(places)s", country=country, places=places)
    return gettext("Need from %(country)s, not offered to %(places)s", country=country, places=places)


def _codes(value: int | str | tuple[str, ...] | None) -> tuple[str, ...]:
    return value if isinstance(value, tuple) else ()


def _listed(codes: Sequence[str], vocabulary: Vocabulary) -> str:
    separator = "、" if language() == "zh" else ", "
    return separator.join(vocabulary.label(code, language()) for code in codes)


def _condition(value: int | str | tuple[str, ...] | None) -> str:
    """``>= 150 °C`` as people write it."""
    return parameters.printed(value) if isinstance(value, str) else ""


def _day(value: int | str | tuple[str, ...] | None) -> str:
    return str(day(date.fromisoformat(value))) if isinstance(value, str) else ""


def _amount(value: int | str | tuple[str, ...] | None) -> str | None:
    """Amounts are compared in one currency, so a converted one is rounded."""
    if not isinstance(value, int):
        return None
    return ("" if language() == "zh" else " ").join(short_rounded(value, COMPARED_IN, locale=language()))
