"""A total as a page shows it: labels in the reader's language, shares, and the counting rule in words."""

from dataclasses import dataclass
from datetime import date
from typing import Any

from flask_babel import format_date

from marketplace.core.i18n import gettext as _
from marketplace.core.i18n import language
from marketplace.core.money import short_rounded
from marketplace.core.shares import percent
from marketplace.ledger.models import ContractClass, Mark, Scope, Status, View
from marketplace.ledger.queries import Row, Total
from marketplace.ledger.rules import CONFIDENTIAL, Amounts
from marketplace.reports.models import Section
from marketplace.taxonomy.vocabularies import CHINA_FIELDS, COUNTRIES, DEAL_KINDS


@dataclass(frozen=True, slots=True)
class Cell:
    """One line of a breakdown. ``width`` is its bar, 0 to 100; ``share`` in percent of the headline, printed."""

    label: str
    amounts: Amounts
    width: float
    share: str
    confidential: bool


@dataclass(frozen=True, slots=True)
class Beside:
    """A line of a total. ``based``: its amounts are in the fair's currency; else only ``by_currency`` says them. A line without
    value (intent, framework) is counted only. A mark stands on contracts that the headline counts already."""

    code: str
    label: str
    amounts: Amounts
    by_currency: dict[str, Amounts]
    based: bool = True
    has_value: bool = True
    is_headline: bool = False
    is_mark: bool = False


@dataclass(frozen=True, slots=True)
class Breakdown:
    axis: str
    title: str
    cells: list[Cell]
    whole: Amounts


def label(axis: str, key: str) -> str:
    """The name of a cell; a code that the vocabulary does not have is shown as it is."""
    if key == CONFIDENTIAL:
        return _("Confidential deals, not broken down")
    if axis == "month":
        return format_date(date.fromisoformat(key + "-01"), "yyyy-MM") if key else _("no day of signing")
    vocabulary = {"kind": DEAL_KINDS, "field": CHINA_FIELDS, "country": COUNTRIES}[axis]
    return vocabulary.label(key, language()) if key in vocabulary else (key or _("unknown"))


def breakdowns(total: Total) -> list[Breakdown]:
    """The four breakdowns, each summing to the headline."""
    titles = {
        "field": _("By technology field"), "kind": _("By kind of deal"), "country": _("By country of the provider"),
        "month": _("By month of signing"),
    }  # fmt: skip
    whole = total.headline.amounts
    found = []
    for axis, title in titles.items():
        cells = total.breakdowns.get(axis, {})
        if axis == "month":
            cells = dict(sorted(cells.items()))
        most = max((a.base_total_minor for a in cells.values()), default=0) or 1
        lines = [
            Cell(
                label(axis, key), a, round(100 * a.base_total_minor / most, 1),
                percent(a.base_total_minor, whole.base_total_minor) if whole.base_total_minor else "0.0", key == CONFIDENTIAL,
            )
            for key, a in cells.items()
        ]  # fmt: skip
        found.append(Breakdown(axis, title, lines, whole))
    return found


def beside(total: Total) -> list[Beside]:
    """Every class, status and mark in the order of the page: only one line is the headline, and nothing is added to it."""
    contract, labels = ContractClass.CONTRACT, mark_labels()
    declared, signed, void = (total.row(contract, status) for status in (Status.DECLARED, Status.SIGNED, Status.VOID))
    head = total.headline
    marks = [(mark, total.marks.get(mark, Amounts())) for mark in Mark]
    return [
        Beside("intent", _("Intent (LOI, MoU)"), _all(total, ContractClass.INTENT), {}, has_value=False),
        Beside("framework", _("Framework"), _all(total, ContractClass.FRAMEWORK), {}, has_value=False),
        Beside("declared", _("Declared"), declared.amounts, declared.by_currency, based=False),
        Beside("signed", _("Signed"), signed.amounts, foreign(signed, total.currency)),
        Beside("verified", _("Verified"), head.amounts, foreign(head, total.currency), is_headline=True),
        *(Beside(mark.value, labels[mark], amounts, {}, is_mark=True) for mark, amounts in marks),
        Beside("void", _("Void"), void.amounts, void.by_currency, based=False),
    ]


def mark_labels() -> dict[Mark, str]:
    """What the marks beside the status are called."""
    return {Mark.IN_FORCE: _("come into force"), Mark.REGISTERED: _("registered with the authority"), Mark.PERFORMED: _("performed")}


def foreign(row: Row, base: str) -> dict[str, Amounts]:
    """The original currencies of a line, where it is not the fair's alone."""
    return row.by_currency if set(row.by_currency) - {base} else {}


def _all(total: Total, contract_class: ContractClass) -> Amounts:
    rows = [total.row(contract_class, status) for status in Status if status is not Status.VOID]
    return sum((row.amounts for row in rows), Amounts())


def section_titles() -> dict[Section, str]:
    """What the parts of the record are called."""
    return {
        Section.OFFERED: _("On offer and wanted"), Section.DEALS: _("Deals"), Section.PEOPLE: _("People"), Section.PROGRAMME: _("Programme"),
        Section.DISPLAY: _("Display"), Section.RELEASED: _("Released"), Section.AUDIENCE: _("Audience"),
    }  # fmt: skip


def big_number(total: Total) -> tuple[str, str]:
    """("17.848", "billion yuan")."""
    return short_rounded(total.headline.amounts.base_total_minor, total.currency, locale=language())


def rule_in_words(scope: Scope, view: View) -> list[str]:
    """What the scope counts and what it does not, in sentences."""
    rule = scope.rule
    every = set(rule["kinds"]) == set(DEAL_KINDS.codes)
    kinds = _("every kind of deal") if every else ", ".join(DEAL_KINDS.label(kind, language()) for kind in rule["kinds"])
    places = {"at_fair": _("signed at the fair"), "before": _("prepared or signed before"), "after": _("signed as a follow-up")}
    where = ", ".join(places[place] for place in ("at_fair", "before", "after") if place in rule["places"])
    days = _days(rule)
    sentences = [
        _("Counted: the total amount of each contract (%(kinds)s; %(where)s%(days)s), once its evidence is on file and a second person has compared it.",
          kinds=kinds, where=where, days=days),
        _("Foreign amounts at the published rate of the day of signing."),
        _("Not counted: letters of intent, frameworks, planned investment, and whatever is declared or signed but not verified."),
    ]  # fmt: skip
    if view is View.PUBLIC:
        sentences.append(_("Deals whose parties agree to be named count at once; confidential ones enter in batches of at least three."))
    return sentences


def _days(rule: dict[str, Any]) -> str:
    first, last = rule.get("from"), rule.get("to")
    if first and last:
        return _(" from %(first)s to %(last)s", first=_date(first), last=_date(last))
    if first:
        return _(" from %(first)s on", first=_date(first))
    return _(" until %(last)s", last=_date(last)) if last else ""


def _date(text: str) -> str:
    return str(format_date(date.fromisoformat(text), "medium"))


def version_of(total: Total) -> str:
    """What an ETag of a page of this total depends on."""
    return f"{total.fair.version}-{total.scope.id}-{total.view}-{total.as_of_seq}-{language()}"
