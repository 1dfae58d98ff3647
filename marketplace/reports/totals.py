"""The total as a file: the headline, everything beside it, and each breakdown; and the record of what was published."""

from collections.abc import Iterator, Sequence
from typing import Any

from marketplace.core.i18n import gettext as _
from marketplace.core.i18n import localized
from marketplace.core.sheets import Book, Column, Kind, Money, Table
from marketplace.core.sheets.sending import moment_in_words, no_filter
from marketplace.fairs.models import Fair
from marketplace.ledger.models import View
from marketplace.ledger.queries import Total
from marketplace.reports import figure
from marketplace.reports.figure import Beside, Breakdown
from marketplace.reports.record import Line, in_words


def total_book(total: Total) -> Book:
    """The total of a scope at its moment. The lines beside the headline are never added; each breakdown sums to it."""
    fair, scope = total.fair, total.scope
    view = _("every deal, for the staff of the fair") if total.view is View.STAFF else _("the public view: open deals, and confidential ones in batches")
    facts = [
        (_("Fair"), localized(fair, "name")[0]),
        (_("Scope"), _("%(name)s (%(code)s), number %(number)s", name=localized(scope, "name")[0], code=scope.code, number=scope.number)),
        (_("Filter"), view),
        (_("As of"), _("number %(seq)s, %(moment)s", seq=total.as_of_seq, moment=moment_in_words(fair.time_zone, total.as_of))),
        (_("Time"), moment_in_words(fair.time_zone)),
        (_("Rule"), " ".join(figure.rule_in_words(scope, total.view))),
    ]
    tables = [
        Table(title=_("Total and beside"), columns=_beside_columns(), rows=_beside_lines(total)),
        *(Table(title=each.title, columns=_cell_columns(each), rows=_cells(each, total.currency), counted=_("lines")) for each in figure.breakdowns(total)),
    ]
    return Book(name=f"total-{fair.slug}-{scope.code}", title=_("Fair total: %(name)s", name=localized(fair, "name")[0]), facts=facts, tables=tables)


def _beside_columns() -> list[Column]:
    return [
        Column(label=_("Class and status"), weight=26), Column(label=_("Count"), kind=Kind.COUNT, weight=8),
        Column(label=_("undisclosed"), kind=Kind.COUNT, weight=8), Column(label=_("Currency"), weight=8),
        Column(label=_("Total amount"), kind=Kind.AMOUNT, weight=18), Column(label=_("of which technology amount"), kind=Kind.AMOUNT, weight=18),
        Column(label=_("Note"), weight=34),
    ]  # fmt: skip


def _beside_lines(total: Total) -> Iterator[list[Any]]:
    """A line for each class, status and mark; below it a line for each original currency where there is more than the fair's."""
    for line in figure.beside(total):
        a = line.amounts
        based = line.based and line.has_value
        yield [
            line.label, a.count, a.count - a.disclosed if line.has_value else None, total.currency if based else None,
            Money(a.base_total_minor, total.currency) if based else None, Money(a.base_technology_minor, total.currency) if based else None, _note(line),
        ]  # fmt: skip
        for currency, each in line.by_currency.items() if line.has_value else ():
            yield [
                f"    {_('in %(currency)s', currency=currency)}", each.count, each.count - each.disclosed, currency,
                Money(each.total_minor, currency), Money(each.technology_minor, currency), None,
            ]  # fmt: skip


def _note(line: Beside) -> str:
    if line.is_headline:
        return _("The headline: the only line that is the fair total.")
    if not line.has_value:
        return _("No deal value; counted only.")
    if line.is_mark:
        return _("Of the verified contracts; beside the total, never added.")
    return _("Beside the total, never added.") if line.based else _("Each currency apart: no rate before signing. Never added.")


def _cell_columns(breakdown: Breakdown) -> list[Column]:
    return [
        Column(label=breakdown.title, weight=40), Column(label=_("Contracts"), kind=Kind.COUNT, weight=12), Column(label=_("Currency"), weight=10),
        Column(label=_("Amount"), kind=Kind.AMOUNT, weight=24, summed=True), Column(label=_("Share, %"), kind=Kind.SHARE, weight=10),
    ]  # fmt: skip


def _cells(breakdown: Breakdown, currency: str) -> Iterator[list[Any]]:
    for cell in breakdown.cells:
        yield [cell.label, cell.amounts.count, currency, Money(cell.amounts.base_total_minor, currency), cell.share]


def record_book(fair: Fair, lines: Sequence[Line]) -> Book:
    """The published figures, each with scope and source, and our own beside. Nothing is added: the scopes may overlap."""
    titles = figure.section_titles()
    facts = [
        (_("Fair"), localized(fair, "name")[0]), (_("Filter"), no_filter()), (_("Time"), moment_in_words(fair.time_zone)),
        (_("Sums"), _("None: two scopes may overlap; they are never added.")),
    ]  # fmt: skip
    columns = [
        Column(label=_("Part"), weight=10), Column(label=_("Figure"), weight=22), Column(label=_("As published"), weight=18),
        Column(label=_("Our ledger"), weight=18), Column(label=_("Equal"), weight=8), Column(label=_("Scope"), weight=24), Column(label=_("Source"), weight=24),
    ]  # fmt: skip
    rows = (
        [
            titles[line.figure.section], localized(line.figure, "label")[0], localized(line.figure, "value")[0],
            in_words(line, fair.base_currency) if line.ours else None, (_("yes") if line.ours.matches else _("no")) if line.ours else None,
            localized(line.figure, "scope")[0], localized(line.figure, "source")[0],
        ]
        for line in lines
    )  # fmt: skip
    table = Table(title=_("Record of the fair"), columns=columns, rows=rows, counted=_("figures"))
    return Book(name=f"record-{fair.slug}", title=_("Record: %(name)s", name=localized(fair, "name")[0]), facts=facts, tables=[table])
