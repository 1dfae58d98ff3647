"""Rows of a file as rows of our fields: columns by their names or by a mapping, labels as codes, days and amounts as people write them."""

import hashlib
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any

import orjson

from marketplace.core.i18n import gettext
from marketplace.core.sheets.cells import unguarded
from marketplace.imports import columns as c
from marketplace.imports import reading, words
from marketplace.imports.reading import Raw, Source, Unreadable
from marketplace.listings.models import Kind
from marketplace.listings.rules import is_chinese

EURO_BUDGET = ("budget_min_eur", "budget_max_eur")


@dataclass(frozen=True, slots=True)
class Row:
    """One row by our field names; ``columns`` names the file's column of each field. ``fault`` is why it cannot be read, ``cells`` are as they stood."""

    number: int
    values: dict[str, Any]
    columns: dict[str, str] = field(default_factory=dict)
    fault: str | None = None
    cells: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class _Column:
    """Where the cells of a column go: ``own`` field, or a ``foreign`` name that gives way to an own one; ``by_text`` decides its language."""

    field: str
    own: bool
    by_text: bool = False
    in_euro: bool = False


class Translator:
    """Translates the rows of one file. ``unknown`` are the columns that nobody knows; ``mapping`` says what they are, by their names."""

    def __init__(self, kind: Kind, mapping: Mapping[str, str | None] | None = None):
        self.kind, self.mapping = kind, dict(mapping or {})
        self.unknown: set[str] = set()
        self._columns: dict[str, _Column | None] = {}

    def row(self, raw: Raw) -> Row:
        """Own columns win over foreign ones, the first foreign one over the next."""
        if raw.fault is not None:
            return Row(raw.number, {}, fault=raw.fault, cells=raw.cells)
        values: dict[str, Any] = {}
        columns: dict[str, str] = {}
        foreign: list[tuple[str, str, Any]] = []
        in_euro = False
        for name, cell in raw.cells.items():
            column = self._columns[name] if name in self._columns else self._learn(name)
            if column is None:
                continue
            value = unguarded(cell) if isinstance(cell, str) else cell
            if column.own:
                values[column.field], columns[column.field] = value, name
            elif column.by_text:
                foreign.append((f"{column.field}_{'zh' if isinstance(value, str) and is_chinese(value) else 'en'}", name, value))
            else:
                in_euro |= column.in_euro
                foreign.append((column.field, name, value))
        for target, name, value in foreign:
            if values.get(target) in (None, ""):
                values[target], columns[target] = value, name
        if in_euro:
            _in_euro(values, columns)
        if not values.get("country") and values.get("source_country"):
            values["country"], columns["country"] = values["source_country"], columns["source_country"]
        return Row(raw.number, {name: _normal(name, value) for name, value in values.items()}, columns, cells=raw.cells)

    def _learn(self, name: str) -> _Column | None:
        """What a column is, once a file."""
        target = self.mapping[name] if name in self.mapping else c.meant(name, self.kind)
        found: _Column | None = None
        if target is None:
            if name not in self.mapping and not c.ignored(name):
                self.unknown.add(name)
        elif target in c.BILINGUAL:
            found = _Column(c.BILINGUAL[target], own=False, by_text=True)
        elif target in c.RENAMED[self.kind]:
            found = _Column(c.RENAMED[self.kind][target], own=False, in_euro=target in EURO_BUDGET)
        else:
            found = _Column(target, own=True)
        self._columns[name] = found
        return found


@contextmanager
def rows(path: Path, kind: Kind, *, unknown: set[str], source: Source | None = None, mapping: Mapping[str, str | None] | None = None, sheet: str | None = None) -> Iterator[Iterator[Row]]:
    """The translated rows of a file. Columns that nobody knows are added to ``unknown``. Raises WrongType, Unreadable (also without a title)."""
    with reading.table(path, source or reading.inspect(path), sheet=sheet) as table:
        translator = Translator(kind, mapping)
        translator.unknown = unknown
        require_title(table, kind, mapping)
        yield (translator.row(raw) for raw in table.rows)


def require_title(table: reading.Table, kind: Kind, mapping: Mapping[str, str | None] | None) -> None:
    """Raises Unreadable when no column of a spreadsheet holds a title; lines of JSON have columns of their own each."""
    if table.source.form is not reading.Form.JSONL and c.lacks_title((mapping or {}).get(name, c.meant(name, kind)) for name in table.columns if name):
        raise Unreadable(gettext("No column title, title_en or title_zh. The header has: %(names)s.", names=", ".join(table.columns[:40]) or "–"))


def _in_euro(values: dict[str, Any], columns: dict[str, str]) -> None:
    """Budgets in euro of foreign files, which write 0 where no amount is stated."""
    for name in ("amount_min", "amount_max"):
        if c.folded(columns.get(name, "")) in EURO_BUDGET and values.get(name) in (0, "0", ""):
            values[name] = None
    if not values.get("currency"):
        values["currency"] = "EUR" if values.get("amount_min") or values.get("amount_max") else None


def _normal(name: str, value: Any) -> Any:
    """What schemas do not do because people should not: labels for codes, other codes of countries, other ways to write days, numbers for text."""
    if isinstance(value, str):
        if name in words.VOCABULARIES and value:
            return words.coded(name, value)
        if name in {"deadline", "valid_until"} and value:
            return _day(value.strip())
        return value
    if isinstance(value, int) and not isinstance(value, bool) and name in {"external_id", "amount_min", "amount_max"}:
        return str(value)
    return value


def _day(text: str) -> str:
    """ISO 8601 of a day that can be read in one way only: with the year first, or with the month in words."""
    for form in ("%Y/%m/%d", "%Y.%m.%d", "%Y年%m月%d日", "%B %d, %Y", "%b %d, %Y", "%d %B %Y", "%d %b %Y"):
        if len(text) >= 8 and text[4:5] != "-":
            try:
                return datetime.strptime(text, form).date().isoformat()  # noqa: DTZ007
            except ValueError:
                continue
    return text


def fingerprint(values: Mapping[str, Any]) -> str:
    """The external id of a row without one: the same row again is the same listing."""
    return "row-" + hashlib.sha256(orjson.dumps(dict(values), option=orjson.OPT_SORT_KEYS, default=str)).hexdigest()[:24]
