"""The lines of conditions in words: what is asked, and what stands against it."""

from collections.abc import Sequence
from typing import Any

from marketplace.core.i18n import gettext, language
from marketplace.core.money import short_rounded
from marketplace.listings.indexing import COMPARED_IN
from marketplace.matching.gates import Code, Constraint, Status
from marketplace.taxonomy.vocabularies import COUNTRIES, DEAL_KINDS, Vocabulary

LOOKS = {Status.MET: "ok", Status.NOT_MET: "no", Status.UNKNOWN: "ask"}


def said(line: Constraint) -> str:
    """One line of reasons as a sentence part, such as "TRL 7, asked for 6"."""
    words = {Code.TRL: _trl, Code.DEAL_KINDS: _kinds, Code.PRICE: _price}
    return str(words.get(line.code, _country)(line))


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


def _codes(value: int | tuple[str, ...] | None) -> tuple[str, ...]:
    return value if isinstance(value, tuple) else ()


def _listed(codes: Sequence[str], vocabulary: Vocabulary) -> str:
    separator = "、" if language() == "zh" else ", "
    return separator.join(vocabulary.label(code, language()) for code in codes)


def _amount(value: int | tuple[str, ...] | None) -> str | None:
    """Amounts are compared in one currency, so a converted one is rounded."""
    if not isinstance(value, int):
        return None
    return ("" if language() == "zh" else " ").join(short_rounded(value, COMPARED_IN, locale=language()))
