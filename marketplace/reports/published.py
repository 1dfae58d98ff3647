"""What is public as files: the published figures of a fair, and its achievements and needs.

The files of listings that can be imported again are those of `imports.exporting`; only their paper is made here.
"""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any
from uuid import UUID

from marketplace.core.db import db
from marketplace.core.i18n import gettext as _
from marketplace.core.i18n import language, localized
from marketplace.core.money import to_minor
from marketplace.core.sheets import Book, Column, Money, Table
from marketplace.core.sheets import Kind as Cell
from marketplace.core.sheets.sending import moment_in_words, wall_clock
from marketplace.fairs.models import Fair
from marketplace.figures import queries as figures
from marketplace.figures.models import Figure
from marketplace.figures.shown import statement_of
from marketplace.imports import exporting
from marketplace.listings.models import Kind
from marketplace.taxonomy.vocabularies import COUNTRIES, DEAL_KINDS, WIPO_FIELDS

BATCH = 200


def figures_book(fair: Fair) -> Book:
    """Every published figure of a fair, the earliest first. They are never added: they may count the same deals."""
    facts = [
        (_("Fair"), localized(fair, "name")[0]), (_("Filter"), _("all published figures of the fair")), (_("Time"), moment_in_words(fair.time_zone)),
        (_("Sums"), _("None: figures may count the same deals; they are never added.")),
    ]  # fmt: skip
    columns = [
        Column(label=_("Code"), weight=11, fits="F-0000-0000"), Column(label=_("Published"), weight=18), Column(label=_("Scope"), weight=18), Column(label=_("Filter"), weight=14),
        Column(label=_("Cut-off"), weight=18), Column(label=_("Contracts"), kind=Cell.COUNT, weight=8), Column(label=_("Currency"), weight=7),
        Column(label=_("Total amount"), kind=Cell.AMOUNT, weight=16), Column(label=_("Withdrawn"), weight=14), Column(label="SHA-256", weight=22),
    ]  # fmt: skip
    table = Table(title=_("Published figures"), columns=columns, rows=_figures(fair), counted=_("figures"))
    return Book(name=f"figures-{fair.slug}", title=_("Published figures: %(name)s", name=localized(fair, "name")[0]), facts=facts, tables=[table])


def _figures(fair: Fair) -> Iterator[list[Any]]:
    rows = db.session.scalars(figures.listed(fair.id).order_by(*figures.BY_TIME).execution_options(yield_per=BATCH))
    for part in rows.partitions(BATCH):
        notes = figures.withdrawals(figure.id for figure in part)
        for figure in part:
            note = notes.get(figure.id)
            yield _figure(figure, fair, withdrawn=note.reason if note else None)


def _figure(figure: Figure, fair: Fair, *, withdrawn: str | None) -> list[Any]:
    said = statement_of(figure)
    currency = said.facts["currency"]
    return [
        figure.code, wall_clock(fair.time_zone, figure.frozen_at), said.called("scope"), said.called("filter") or None, said.called("cut_off"),
        said.facts["contracts"], currency, Money(said.facts["total_minor"], currency), withdrawn, figure.sha256,
    ]  # fmt: skip


def listings_book(kind: Kind, fair: Fair, *, only: Sequence[UUID] | None, said: str) -> Book:
    """The public listings of a fair, as they are shown there. Prices and budgets are asked or offered, never deal values: no sum."""
    need = kind is Kind.NEED
    title = _("Needs") if need else _("Achievements")
    facts = [
        (_("Fair"), localized(fair, "name")[0]), (_("Filter"), _("all that are public at the fair") if only is None else said), (_("Time"), moment_in_words(fair.time_zone)),
        (_("Sums"), _("None: what is asked or offered is no deal value.")),
    ]  # fmt: skip
    columns = [
        Column(label=_("Reference"), weight=12, fits="A-2020-000000"), Column(label=_("Title"), weight=28), Column(label=_("Organisation"), weight=14),
        Column(label=_("Technology field"), weight=18), Column(label=_("Maturity (TRL)"), weight=7), Column(label=_("Kind of deal"), weight=14),
        Column(label=_("Country"), weight=9), Column(label=_("Currency"), weight=7), Column(label=_("From"), kind=Cell.AMOUNT, weight=12),
        Column(label=_("Up to"), kind=Cell.AMOUNT, weight=12),
    ]  # fmt: skip
    rows = (_listing(row, need=need) for row in exporting.rows(kind, fair=fair, only=only, outside=True))
    name = f"{'needs' if need else 'achievements'}-{fair.slug}"
    heading = _("%(what)s: %(name)s", what=title, name=localized(fair, "name")[0])
    return Book(name=name, title=heading, facts=facts, tables=[Table(title=title, columns=columns, rows=rows, counted=title)])


def _listing(row: Mapping[str, Any], *, need: bool) -> list[Any]:
    def labels(vocabulary: Any, codes: list[str] | None) -> str:
        return "; ".join(vocabulary.label(code, language()) for code in codes or [] if code in vocabulary)

    def money(text: str | None) -> Money | None:
        return None if text is None else Money(to_minor(text, row["currency"]), row["currency"])

    maturity = row["min_trl" if need else "trl"]
    return [
        row["reference"], localized(row, "title")[0], row["organization"], labels(WIPO_FIELDS, row["technology_codes"]),
        None if maturity is None else str(maturity), labels(DEAL_KINDS, row["deal_kinds"]),
        COUNTRIES.label(row["country"], language()) if row["country"] in COUNTRIES else row["country"], row["currency"],
        money(row["amount_min"]), money(row["amount_max"]),
    ]  # fmt: skip
