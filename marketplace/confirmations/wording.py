"""The seven facts and the answers in words: one line a fact, what differs, and by how much."""

from dataclasses import dataclass
from datetime import date
from typing import Any

from marketplace.confirmations import rules
from marketplace.confirmations.models import Answer, Side
from marketplace.confirmations.queries import SideState, State
from marketplace.core.i18n import gettext as _
from marketplace.core.i18n import language, ngettext
from marketplace.core.layout import day
from marketplace.core.money import currency_name, format_money
from marketplace.taxonomy.vocabularies import DEAL_KINDS


@dataclass(frozen=True, slots=True)
class Line:
    """One fact as a person reads it."""

    fact: str
    label: str
    text: str


@dataclass(frozen=True, slots=True)
class Cell:
    """One side's word on one fact; ``note`` says how it differs, empty when it does not."""

    text: str
    note: str = ""
    missing: bool = False


@dataclass(frozen=True, slots=True)
class Row:
    """One fact: the clerk's, then each side's."""

    line: Line
    cells: dict[Side, Cell]


def labels() -> dict[str, str]:
    return {
        "title": _("Title"), "parties": _("Parties"), "kind": _("Kind"), "total": _("Total amount"), "technology": _("Technology amount"),
        "currency": _("Currency"), "signed_on": _("Date signed"),
    }  # fmt: skip


def stands() -> dict[str, str]:
    """Where a side stands."""
    return {
        "not_asked": _("not asked yet"), "asked": _("asked, no answer yet"), "confirmed": _("confirmed all seven"),
        "differs": _("says something else"), "settled": _("difference settled by a note"),
    }  # fmt: skip


def confirmed_by() -> dict[str, str]:
    return {"both": _("Confirmed by both sides"), "one": _("Confirmed by one side"), "nobody": _("Confirmed by nobody yet")}


def side_names() -> dict[Side, str]:
    return {Side.PROVIDER: _("Party A, provider"), Side.RECIPIENT: _("Party B, recipient")}


def side_name(side: Side) -> str:
    return side_names()[side]


def lines(facts: dict[str, Any]) -> list[Line]:
    """The seven facts in order."""
    named = labels()
    return [Line(fact, named[fact], text(fact, facts[fact], facts["currency"])) for fact in rules.FACTS]


def text(fact: str, value: Any, currency: str) -> str:
    """A fact's value, or a correction's, in the reader's language."""
    if fact == "title":
        return value if isinstance(value, str) else " / ".join(dict.fromkeys(t for t in (value["en"], value["zh"]) if t))
    if fact == "parties":
        return value if isinstance(value, str) else "; ".join(party["name"] for party in value)
    if fact == "kind":
        return str(DEAL_KINDS.label(value, language()))
    if fact in {"total", "technology"}:
        return _("undisclosed") if value is None else format_money(value, currency, locale=language())
    if fact == "currency":
        return f"{value}, {currency_name(value, locale=language())}"
    return day(date.fromisoformat(value)) if value else "–"


def rows(facts: dict[str, Any], state: State) -> list[Row]:
    """Seven facts, three answers."""
    return [Row(line, {side: cell(line, facts, of) for side, of in state.sides.items()}) for line in lines(facts)]


def cell(line: Line, facts: dict[str, Any], of: SideState) -> Cell:
    if of.answer is None:
        return Cell("–", missing=True)
    if line.fact not in of.answer.corrections:
        return Cell(line.text)
    value = of.answer.corrections[line.fact]
    currency = of.answer.corrections.get("currency", facts["currency"])
    return Cell(text(line.fact, value, currency), difference(line.fact, facts[line.fact], value, same_currency=currency == facts["currency"], currency=currency))


def difference(fact: str, clerk: Any, party: Any, *, same_currency: bool, currency: str) -> str:
    """How a correction differs from the clerk's entry."""
    if fact in {"total", "technology"} and isinstance(clerk, int) and isinstance(party, int) and same_currency and clerk != party:
        much = format_money(abs(party - clerk), currency, locale=language())
        return _("%(much)s more than the clerk", much=much) if party > clerk else _("%(much)s less than the clerk", much=much)
    if fact == "signed_on" and clerk and party:
        days = (date.fromisoformat(party) - date.fromisoformat(clerk)).days
        if days > 0:
            return str(ngettext("one day later than the clerk", "%(num)s days later than the clerk", days))
        return str(ngettext("one day earlier than the clerk", "%(num)s days earlier than the clerk", -days))
    return _("differs from the clerk")


def allowed(answer: Answer) -> str:
    """What an answer lets everybody read under the public code."""
    shown = [name for name, yes in ((_("names"), answer.show_names), (_("title"), answer.show_title), (_("amount"), answer.show_amount)) if yes]
    return ", ".join(shown) or _("nothing but status and day")
