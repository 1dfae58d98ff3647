"""Up to three matches of a need side by side: the same rows for all, what nobody stated left empty, as a page and as a file."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from marketplace.core.i18n import gettext as _
from marketplace.core.i18n import language, localized
from marketplace.core.layout import day
from marketplace.core.sheets import Book, Column, Table
from marketplace.core.sheets.sending import moment_in_words
from marketplace.listings import parameters
from marketplace.listings.owners import name_of
from marketplace.matching import marking, shown
from marketplace.matching.gates import Status
from marketplace.matching.queries import Match
from marketplace.matching.strength import Band
from marketplace.matching.subjects import Subject
from marketplace.taxonomy import vocabularies as v

MOST = 3
Cell = list[str]  # its lines; none: nobody said it, so ask


@dataclass(frozen=True, slots=True)
class Line:
    """One row of the comparison: what it is about, what the need asks for (None where a need is not asked), one cell for each match."""

    label: str
    asked: Cell | None
    cells: list[Cell]


def lines(subject: Subject, matches: Sequence[Match]) -> list[Line]:
    """The rows, in the order in which people ask; the same ones whatever the listings state."""
    need, rows = subject.row, [match.row for match in matches]

    def facts(label: str, read: Callable[[Any], Cell], *, asked: Callable[[Any], Cell] | None = None) -> Line:
        return Line(label, asked(need) if asked else None, [read(row) for row in rows])

    def said(label: str, read: Callable[[Match], Cell]) -> Line:
        return Line(label, None, [read(match) for match in matches])

    return [
        facts(_("Organisation"), _owner),
        facts(_("Summary"), lambda row: _text(row, "summary")),
        facts(_("Advantages"), lambda row: _text(row, "advantages"), asked=lambda row: _text(row, "requirement")),
        facts(_("Field"), _fields, asked=_fields),
        facts(_("Maturity"), lambda row: _level(row.trl), asked=lambda row: _level(row.min_trl, least=True)),
        facts(_("Stage"), lambda row: _codes(v.STAGES, [row.stage])),
        facts(_("Intellectual property"), lambda row: _codes(v.IP_STATUS, [row.ip_status])),
        facts(_("Exclusivity"), lambda row: _codes(v.EXCLUSIVITY, [row.exclusivity]), asked=lambda row: _codes(v.EXCLUSIVITY, [row.exclusivity])),
        facts(_("Kind of deal"), lambda row: _codes(v.DEAL_KINDS, row.deal_kinds), asked=lambda row: _codes(v.DEAL_KINDS, row.deal_kinds)),
        facts(_("Price"), _price, asked=_price),
        facts(_("Parameters"), _parameters, asked=_parameters),
        facts(_("Support and partners"), lambda row: _codes(v.PARTNER_KINDS, row.partner_kinds), asked=lambda row: _codes(v.PARTNER_KINDS, row.partner_kinds)),
        facts(_("Country"), lambda row: _codes(v.COUNTRIES, [row.country]), asked=lambda row: _codes(v.COUNTRIES, [row.country])),
        facts(_("Countries wanted"), lambda row: _codes(v.COUNTRIES, row.target_countries), asked=lambda row: _codes(v.COUNTRIES, row.target_countries)),
        facts(_("Countries excluded"), lambda row: _codes(v.COUNTRIES, row.excluded_countries), asked=lambda row: _codes(v.COUNTRIES, row.excluded_countries)),
        facts(_("Languages"), lambda row: _codes(v.LANGUAGES, row.languages), asked=lambda row: _codes(v.LANGUAGES, row.languages)),
        facts(_("Valid until"), lambda row: _day(row.valid_until), asked=lambda row: _day(row.deadline or row.valid_until)),
        said(_("How much of the need it answers"), lambda match: [strength_of(match)]),
        said(_("Shared words and their part of the score"), _words),
        said(_("Not met"), lambda match: _conditions(match, need, Status.NOT_MET) or [_("nothing")]),
        said(_("Unknown"), lambda match: _conditions(match, need, Status.UNKNOWN) or [_("nothing")]),
    ]


def book(subject: Subject, matches: Sequence[Match], *, zone: str) -> Book:
    """The comparison as a file: the need, then each achievement in a column; an empty cell says "ask"."""
    ask = _("ask")
    titles = [f"{match.row.reference} {localized(match.row, 'title')[0]}" for match in matches]
    columns = [Column(label="", weight=12), Column(label=_("Asked for"), weight=16), *(Column(label=title, weight=20) for title in titles)]
    table_rows = [[line.label, "; ".join(line.asked or []) or None, *("; ".join(cell) or ask for cell in line.cells)] for line in lines(subject, matches)]
    facts = [
        (_("Need"), f"{subject.row.reference} {localized(subject.row, 'title')[0]}"),
        (_("Compared"), "; ".join(match.row.reference for match in matches)),
        (_("Time"), moment_in_words(zone)),
        (_("Source"), _("What the owners publish. “%(ask)s”: not stated.", ask=ask)),
    ]
    table = Table(title=_("Side by side"), columns=columns, rows=table_rows)
    return Book(name=f"compared-{subject.row.reference.lower()}", title=_("Achievements side by side"), facts=facts, tables=[table])


def strength_of(match: Match) -> str:
    """A strength in words."""
    return {Band.STRONG: _("Strong fit"), Band.FAIR: _("Fair fit"), Band.WEAK: _("Weak fit")}[match.band]


def _owner(row: Any) -> Cell:
    country = v.COUNTRIES.label(row.owner_country, language()) if row.owner_country else ""
    name = name_of(row)
    return [f"{name}, {country}" if country else name, *([row.source_organization] if row.source_organization else [])]


def _text(row: Any, name: str) -> Cell:
    text = " ".join(localized(row, name)[0].split())
    return [f"{text[:400].rsplit(' ', 1)[0]} …" if len(text) > 420 else text] if text else []


def _fields(row: Any) -> Cell:
    return [v.WIPO_FIELDS.label(code, language()) for code in row.technology_codes]


def _level(level: int | None, *, least: bool = False) -> Cell:
    if level is None:
        return []
    name = v.TRL.label(str(level), language())
    return [_("TRL %(level)s or higher", level=level) if least else f"TRL {level}", name]


def _codes(vocabulary: v.Vocabulary, codes: Sequence[str | None] | None) -> Cell:
    return [vocabulary.label(code, language()) for code in codes or [] if code]


def _price(row: Any) -> Cell:
    return [line for line in (shown.stated(row), *_codes(v.PRICE_MODES, [row.price_mode])) if line]


def _parameters(row: Any) -> Cell:
    return [f"{name} {condition}" for name, condition, _stored in parameters.lines(row.parameters or [])]


def _day(value: Any) -> Cell:
    return [day(value)] if value else []


def _words(match: Match) -> Cell:
    terms, more, share = marking.named(match, code=language())
    found = [f"{term.written} {term.share:.0%}" for term in terms]
    return [*found, _("%(count)s more %(share)s", count=more, share=f"{share:.0%}")] if more else found


def _conditions(match: Match, need: Any, status: Status) -> Cell:
    return [shown.said(line, match.row, need) for line in match.constraints if line.status is status]
