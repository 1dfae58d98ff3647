"""Follow-ups as pages and files show them: labels in the reader's language, shares, and the sheet of the fair's intents."""

from collections.abc import Iterable, Iterator
from typing import Any

from marketplace.core.clock import today
from marketplace.core.i18n import gettext as _
from marketplace.core.i18n import language, localized
from marketplace.core.money import format_money
from marketplace.core.shares import percent
from marketplace.core.sheets import Book, Column, Kind, Table
from marketplace.core.sheets.sending import moment_in_words
from marketplace.fairs.models import Fair
from marketplace.followups import rules
from marketplace.followups.models import HORIZONS, FollowUpAnswer, Outcome, Side
from marketplace.followups.queries import Asked, Followed
from marketplace.followups.rules import Intent, Point
from marketplace.taxonomy.vocabularies import CHINA_FIELDS, COUNTRIES

A_REFERENCE = "C-2020-0000"


def words() -> dict[str, dict[str, str]]:
    """The labels of the domain's own codes."""
    return {
        "outcome": {Outcome.SIGNED: _("Signed a contract"), Outcome.TALKING: _("Still talking"), Outcome.DROPPED: _("Dropped")},
        "side": {Side.PROVIDER: _("Provider"), Side.RECIPIENT: _("Recipient")},
        "axis": {"field": _("By technology field"), "agency": _("By agency"), "country": _("By country of the provider")},
    }


def label(axis: str, key: str) -> str:
    """The name of a field, agency or country."""
    if axis == "agency":
        return key or _("no agency")
    vocabulary = CHINA_FIELDS if axis == "field" else COUNTRIES
    return vocabulary.label(key, language()) if key in vocabulary else (key or _("unknown"))


def cells(intents: list[Intent], fair: Fair) -> list[tuple[str, str, list[tuple[str, list[Point]]]]]:
    """(axis, title, [(label, curve)]) for each breakdown."""
    day, titles = today(fair.time_zone), words()["axis"]
    return [
        (axis, titles[axis], [(label(axis, key), points) for key, points in rules.by_axis(intents, axis, today=day)]) for axis in rules.AXES
    ]


def book(fair: Fair, intents: list[Intent], rows: Iterable[Followed]) -> Book:
    """Every intent with both sides' words side by side, then the curve and its breakdowns."""
    name = localized(fair, "name")[0]
    facts = [
        (_("Fair"), name), (_("Filter"), _("intents that are not void")), (_("Time"), moment_in_words(fair.time_zone)),
        (_("Counted"), _("A contract that names the intent, or both sides' word; reported amounts are shown, never added to a total.")),
    ]  # fmt: skip
    day = today(fair.time_zone)
    curves: list[tuple[str, str, list[Point]]] = [("", _("All"), rules.curve(intents, today=day))]
    for _axis, title, found in cells(intents, fair):
        curves += [(title, key, points) for key, points in found]
    tables = [
        Table(title=_("Intents"), columns=_columns(), rows=_lines(fair, rows), counted=_("intents")),
        Table(title=_("Conversion"), columns=_curve_columns(), rows=_curve_lines(curves)),
    ]
    return Book(name=f"conversion-{fair.slug}", title=_("Conversion of intents: %(name)s", name=name), facts=facts, tables=tables)


def _columns() -> list[Column]:
    columns = [
        Column(label=_("No."), weight=12, fits=A_REFERENCE), Column(label=_("Title"), weight=20), Column(label=_("Parties"), weight=20),
        Column(label=_("Begun on"), kind=Kind.DAY, weight=10), Column(label=_("Contract"), weight=12, fits=A_REFERENCE),
    ]  # fmt: skip
    sides = words()["side"]
    for days in HORIZONS:
        columns += [Column(label=_("%(days)s days: %(side)s", days=days, side=sides[side]), weight=15) for side in Side]
    return [*columns, Column(label=_("Silent"), weight=7)]


def _lines(fair: Fair, rows: Iterable[Followed]) -> Iterator[list[Any]]:
    for row in rows:
        contract = row.contract
        begun = rules.begun_on(contract.signed_on, contract.created_at, fair.time_zone)
        by_days = {each.followup.days: each for each in row.asked}
        said = [_word(by_days.get(days), side) for days in HORIZONS for side in Side]
        names = " · ".join(party.name for party in row.parties)
        yield [
            contract.reference, localized(contract, "title")[0], names, begun, row.became.reference if row.became else None, *said,
            _("yes") if any(each.stale for each in row.asked) else None,
        ]  # fmt: skip


def _word(asked: Asked | None, side: Side) -> str | None:
    answer = asked.words.get(side) if asked else None
    return in_words(answer) if answer else None


def in_words(answer: FollowUpAnswer) -> str:
    """An answer on one line: what, how much, which contract, why."""
    parts = [words()["outcome"][answer.outcome]]
    if answer.outcome is Outcome.SIGNED:
        parts.append(format_money(answer.amount_minor, answer.currency or "CNY", locale=language()))
    return ", ".join([*parts, *(text for text in (answer.contract_reference, answer.reason) if text)])


def _curve_columns() -> list[Column]:
    columns = [Column(label=_("Breakdown"), weight=20), Column(label=_("Of"), weight=20)]
    for days in HORIZONS:
        columns += [
            Column(label=_("%(days)s days: observed", days=days), kind=Kind.COUNT), Column(label=_("by contract"), kind=Kind.COUNT),
            Column(label=_("by both sides' word"), kind=Kind.COUNT), Column(label="%", kind=Kind.SHARE),
        ]  # fmt: skip
    return columns


def _curve_lines(curves: list[tuple[str, str, list[Point]]]) -> Iterator[list[Any]]:
    for title, key, points in curves:
        line: list[Any] = [title or _("All intents"), key]
        for point in points:
            line += [point.observed, point.by_contract, point.by_word, percent(point.converted, point.observed)]
        yield line

