"""Coverage in words: labels of lists, states and answers, the sentence of the figures, and the board as a file."""

from collections.abc import Iterator
from typing import Any

from marketplace.core.clock import today
from marketplace.core.i18n import gettext as _
from marketplace.core.i18n import language, localized
from marketplace.core.i18n import lazy_gettext as _l
from marketplace.core.shares import in_percent, percent
from marketplace.core.sheets import Book, Column, Kind, Table
from marketplace.core.sheets.sending import moment_in_words, no_filter
from marketplace.coverage import board, looking_up, queries, rules, suggesting
from marketplace.coverage.board import Figures, List
from marketplace.coverage.counted import Filter
from marketplace.coverage.models import Answer, Side, State
from marketplace.coverage.rules import Seen
from marketplace.fairs.models import Fair
from marketplace.matching import shown as conditions
from marketplace.taxonomy.vocabularies import COUNTRIES, DISMISS_REASONS, ORGANIZATION_KINDS, WIPO_FIELDS

A_REFERENCE = "A-2020-000000"
LISTS = {
    List.NEEDS: _l("Needs without a good match"),
    List.NEVER: _l("Achievements never shown"),
    List.ONCE: _l("Achievements shown once"),
    List.NO_INTEREST: _l("Shown, but nobody asked"),
    List.NO_CONTACT: _l("Organisations without a contact"),
    List.SILENT: _l("Silent for two days"),
    List.CALLS: _l("To be called today"),
}
EXPLAINED = {
    List.NEEDS: _l("Nothing that keeps their conditions answers enough of them. The best there is stands beside each, and what almost fits with the one condition that it breaks."),
    List.NEVER: _l("They stand in no need's first ten."),
    List.ONCE: _l("They stand in one need's first ten."),
    List.NO_INTEREST: _l("They stand in the first ten of a need, and nobody asked about them at this fair."),
    List.NO_CONTACT: _l("No question of or to them was answered here, and no meeting agreed."),
    List.SILENT: _l("They had a contact here, and none in the last two days."),
    List.CALLS: _l("The last call note names today or an earlier day."),
}
STATES = {
    State.PROPOSED: _l("proposed"), State.WANTED: _l("both interested"), State.DECLINED: _l("one side is not interested"),
    State.TALKING: _l("they talk"), State.WITHDRAWN: _l("withdrawn"),
}  # fmt: skip
STATE_CHIPS = {State.PROPOSED: "submitted", State.WANTED: "published", State.DECLINED: "back", State.TALKING: "verified", State.WITHDRAWN: "withdrawn"}
SEEN = {
    Seen.WAITING: _l("waits for your answer"), Seen.INTERESTED: _l("you are interested"), Seen.DECLINED: _l("you are not interested"),
    Seen.BOTH: _l("both interested"), Seen.TALKING: _l("you talk"), Seen.WITHDRAWN: _l("withdrawn by the fair"),
}  # fmt: skip
SEEN_CHIPS = {
    Seen.WAITING: "submitted", Seen.INTERESTED: "draft", Seen.DECLINED: "back", Seen.BOTH: "published", Seen.TALKING: "verified",
    Seen.WITHDRAWN: "withdrawn",
}  # fmt: skip
ANSWERS = {Answer.INTERESTED: _l("interested"), Answer.DECLINED: _l("not interested")}
SIDES = {Side.PROVIDER: _l("The achievement's side"), Side.RECIPIENT: _l("The need's side")}
BANDS = {
    "0": _l("in no need's first ten"), "1": _l("in one need's first ten"), "2-5": _l("in the first ten of 2 to 5 needs"),
    "6+": _l("in the first ten of 6 or more needs"),
}  # fmt: skip
BAND_SIGNS = {"0": "0", "1": "1", "2-5": "2–5", "6+": "6+"}


def reason(code: str | None) -> str:
    return DISMISS_REASONS.label(code, language()) if code else ""


def fields(codes: list[str]) -> str:
    """Fields of technology by name; more than two are cut."""
    separator = "；" if language() == "zh" else "; "
    names = [WIPO_FIELDS.label(code, language()) for code in codes]
    return separator.join(names[:2]) + (" …" if len(names) > 2 else "")


def country(code: str | None) -> str:
    return COUNTRIES.label(code, language()) if code else ""


def answer_of(side: Any) -> str:
    """A side's answer on one line: what, why, and in which words."""
    if side.answer is None:
        return str(_("no answer yet"))
    parts = [str(ANSWERS[side.answer]), reason(side.reason), side.reply or ""]
    return (" · ").join(part for part in parts if part)


def in_words(where: Filter) -> str:
    """The filter in words."""
    parts = [WIPO_FIELDS.label(where.field, language())] if where.field else []
    parts += [country(where.country)] if where.country else []
    return ", ".join(parts) or no_filter()


def strength(tenths: int | None) -> str:
    return "–" if tenths is None else f"{in_percent(tenths)} %"


def book(fair: Fair, name: List, where: Filter, found: Figures) -> Book:
    """One list whole, and the figures of all."""
    title = _("Coverage: %(name)s", name=localized(fair, "name")[0])
    facts = [
        (_("Fair"), localized(fair, "name")[0]), (_("List"), str(LISTS[name])), (_("Filter"), in_words(where)),
        (_("Time"), moment_in_words(fair.time_zone)), (_("Order"), _("the oldest silence first")),
    ]  # fmt: skip
    tables = [
        Table(title=str(LISTS[name]), columns=_columns(name), rows=_lines(fair, name, where), counted=_("rows")),
        Table(title=_("Figures"), columns=[Column(label=_("Figure"), weight=30), Column(label=_("Count"), kind=Kind.COUNT), Column(label="%", kind=Kind.SHARE)], rows=_figures(found)),
    ]
    return Book(name=f"coverage-{fair.slug}-{name.value.replace('_', '-')}", title=title, facts=facts, tables=tables)


def _columns(name: List) -> list[Column]:
    days = [Column(label=_("Days"), kind=Kind.COUNT, weight=6)]
    if name.of == "organizations":
        return [
            Column(label=_("Organisation"), weight=26), Column(label=_("Kind"), weight=10), Column(label=_("Country"), weight=10),
            Column(label=_("Listings"), kind=Kind.COUNT, weight=8), Column(label=_("Published"), kind=Kind.DAY, weight=10),
            Column(label=_("Last contact"), kind=Kind.DAY, weight=10), Column(label=_("Call again on"), kind=Kind.DAY, weight=10), *days,
        ]  # fmt: skip
    columns = [
        Column(label=_("Reference"), weight=12, fits=A_REFERENCE), Column(label=_("Title"), weight=26), Column(label=_("Organisation"), weight=18),
        Column(label=_("Fields"), weight=16), Column(label=_("Country"), weight=8), Column(label=_("Published"), kind=Kind.DAY, weight=10), *days,
    ]  # fmt: skip
    best = [
        Column(label=_("Best match"), weight=12, fits=A_REFERENCE), Column(label=_("Answers of the need"), kind=Kind.SHARE, weight=8),
        Column(label=_("Almost fits"), weight=12, fits=A_REFERENCE), Column(label=_("What it breaks"), weight=18),
    ]  # fmt: skip
    return columns + best if name is List.NEEDS else columns


def _lines(fair: Fair, name: List, where: Filter) -> Iterator[list[Any]]:
    day, zone = today(fair.time_zone), fair.time_zone
    for part in board.every(fair, name, where):
        ids = [row.id for row in part]
        if name.of == "organizations":
            calls = queries.next_calls(fair, ids)
            for row in part:
                yield [
                    localized(row, "name")[0], ORGANIZATION_KINDS.label(row.kind.value, language()), country(row.country), row.listings,
                    rules.day_of(row.since, zone), rules.day_of(row.last, zone) if row.last else None,
                    calls[row.id][1] if row.id in calls else None, rules.days_since(row.silent_since, day, zone),
                ]  # fmt: skip
            continue
        best = looking_up.best_of(ids) if name is List.NEEDS else {}
        near = (suggesting.near_misses(ids) or {}) if name is List.NEEDS else {}
        for row in part:
            line = [
                row.reference, localized(row, "title")[0], localized(row, "name")[0], fields(row.technology_codes), country(row.country),
                rules.day_of(row.published_at, zone), rules.days_since(row.published_at, day, zone),
            ]  # fmt: skip
            yield line + _best(best.get(row.id), near.get(row.id)) if name is List.NEEDS else line


def _best(best: Any, near: suggesting.Near | None) -> list[Any]:
    first = [best.reference, in_percent(best.strength)] if best else [None, None]
    return first + ([near.row.reference, conditions.said(near.line)] if near else [None, None])


def _figures(found: Figures) -> Iterator[list[Any]]:
    yield [_("Needs"), found.needs, None]
    yield [_("Needs with a good match"), found.with_good_match, percent(found.with_good_match, found.needs)]
    yield [str(LISTS[List.NEEDS]), found.without_good_match, percent(found.without_good_match, found.needs)]
    yield [_("Needs not compared yet"), found.unmatched, percent(found.unmatched, found.needs)]
    yield [_("Achievements"), found.achievements, None]
    for band in found.bands:
        yield [_("Achievements %(band)s", band=BANDS[band.code]), band.count, percent(band.count, found.achievements)]
    yield [str(LISTS[List.NO_INTEREST]), found.no_interest, percent(found.no_interest, found.achievements)]
    yield [_("Organisations with listings"), found.organizations, None]
    for name in (List.NO_CONTACT, List.SILENT, List.CALLS):
        yield [str(LISTS[name]), found.of(name), percent(found.of(name), found.organizations)]
