"""Files of listings as rows of our fields: JSON lines or CSV, plain or gzipped, under our column names or known foreign ones."""

import csv
import gzip
import hashlib
import io
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any, TextIO

import orjson

from marketplace.core.api import strict_loads
from marketplace.core.errors import Malformed
from marketplace.core.i18n import gettext
from marketplace.listings.models import Kind
from marketplace.listings.rules import is_chinese, unguarded
from marketplace.listings.schemas import INPUTS
from marketplace.taxonomy.vocabularies import normalise_country

LONGEST_LINE = 2 * 1024 * 1024
MOST_CHARACTERS = 4 * 1024**3  # of a whole file, unpacked

SEGMENT = "segment"  # of the fair entry, not of the listing
BILINGUAL = {"title": "title", "abstract": "description", "description": "description", "summary": "summary"}
"""Columns of unnamed language; the text decides between ``_en`` and ``_zh``."""

RENAMED: dict[Kind, dict[str, str]] = {
    Kind.ACHIEVEMENT: {"demo_id": "external_id", "org": "source_organization", "org_country": "source_country", "url": "source_url"},
    Kind.NEED: {
        "demo_id": "external_id", "org": "source_organization", "sponsor": "source_organization", "agency": "source_organization",
        "org_country": "source_country", "url": "source_url", "close_date": "deadline", "closes": "deadline",
        "budget_min_eur": "amount_min", "budget_max_eur": "amount_max",
    },
}  # fmt: skip
IGNORED = frozenset({
    "reference", "organization", "source", "source_id", "org_country_source", "research_institution", "agency",
    "sponsor", "branch", "program", "phase", "year", "acronym", "participants", "participant_countries", "programme",
    "topic", "topics", "call", "funding_scheme", "total_cost_eur", "ec_contribution_eur", "start", "end",
    "release_date", "open_date", "file", "action_type", "status", "expected_grants", "keywords", "opens",
})  # fmt: skip
"""Columns that known files have and a listing has no place for."""

_MONTH_DAY_YEAR = re.compile(r"[A-Z][a-z]{2,8} [0-9]{1,2}, [0-9]{4}")


class Unreadable(Exception):
    """The file as a whole cannot be read; nothing of it is imported. The message says where."""


@dataclass(frozen=True, slots=True)
class Row:
    """One row by our field names; ``columns`` names the file's column of each field. ``fault`` is why it cannot be read."""

    number: int
    values: dict[str, Any]
    columns: dict[str, str] = field(default_factory=dict)
    fault: str | None = None


def count(path: Path) -> int:
    """About how many rows the file has, for the progress bar."""
    with _open(path) as lines:
        return sum(1 for line in lines if line.strip())


def read(path: Path, kind: Kind, *, unknown: set[str]) -> Iterator[Row]:
    """The rows, numbered as a spreadsheet counts them (a CSV's header is row 1; line 1 of JSON lines is row 1).

    Columns that nobody knows are added to ``unknown``. Raises Unreadable.
    """
    try:
        with _open(path) as lines:
            yield from _csv_rows(lines, kind, unknown) if _is_csv(path) else _json_rows(lines, kind, unknown)
    except UnicodeDecodeError as error:
        raise Unreadable(gettext("The file is not UTF-8 text (byte %(at)s of a block).", at=error.start)) from error
    except (gzip.BadGzipFile, EOFError) as error:
        raise Unreadable(gettext("The compressed file is damaged or cut off.")) from error


def _is_csv(path: Path) -> bool:
    names = [suffix.lower() for suffix in path.suffixes if suffix.lower() != ".gz"]
    if names and names[-1] in {".csv", ".tsv", ".txt"}:
        return True
    if names and names[-1] in {".jsonl", ".ndjson"}:
        return False
    raise Unreadable(gettext("Name the file .csv or .jsonl (or .csv.gz, .jsonl.gz)."))


def _open(path: Path) -> TextIO:
    raw = gzip.open(path, "rb") if path.suffix.lower() == ".gz" else path.open("rb")  # noqa: SIM115 (closed by the wrapper)
    return io.TextIOWrapper(raw, encoding="utf-8-sig", errors="strict", newline="")  # type: ignore[arg-type]


def _json_rows(lines: TextIO, kind: Kind, unknown: set[str]) -> Iterator[Row]:
    number = seen = 0
    while line := lines.readline(LONGEST_LINE + 1):
        number += 1
        seen += len(line)
        if len(line) > LONGEST_LINE or seen > MOST_CHARACTERS:
            raise Unreadable(gettext("Row %(row)s: the line is too long.", row=number))
        if not line.strip():
            continue
        try:
            found = strict_loads(line)
        except Malformed:
            yield Row(number, {}, fault=gettext("This is not a line of JSON."))
            continue
        if not isinstance(found, dict):
            yield Row(number, {}, fault=gettext("A JSON object is expected."))
            continue
        yield translated(number, found, kind, unknown=unknown)


def _csv_rows(lines: TextIO, kind: Kind, unknown: set[str]) -> Iterator[Row]:
    csv.field_size_limit(LONGEST_LINE)
    first = lines.readline(LONGEST_LINE)
    delimiter = max(",;\t", key=first.count)
    number = 1
    reader = csv.reader(_chained(first, lines), delimiter=delimiter, strict=True)
    try:
        header = [_folded(name) for name in next(reader, [])]
        _check_header(header, kind)
        for cells in reader:
            number += 1
            if not any(cell.strip() for cell in cells):
                continue
            if len(cells) > len(header):
                yield Row(number, {}, fault=gettext("This row has %(has)s cells, the header %(most)s.", has=len(cells), most=len(header)))
                continue
            found = {name: unguarded(cell) for name, cell in zip(header, cells, strict=False) if name}
            yield translated(number, found, kind, unknown=unknown)
    except csv.Error as error:
        raise Unreadable(gettext("Row %(row)s: %(reason)s.", row=number + 1, reason=str(error))) from error


def _chained(first: str, lines: TextIO) -> Iterator[str]:
    seen = 0
    yield first
    for line in lines:
        seen += len(line)
        if seen > MOST_CHARACTERS:
            raise Unreadable(gettext("The file is too large."))
        yield line


def _check_header(header: list[str], kind: Kind) -> None:
    twice = sorted({name for name in header if name and header.count(name) > 1})
    if twice:
        raise Unreadable(gettext("The header names a column twice: %(names)s.", names=", ".join(twice)))
    if not {"title", "title_en", "title_zh"} & set(header):
        raise Unreadable(gettext("No column title, title_en or title_zh. The header has: %(names)s.", names=", ".join(header) or "–"))


def _folded(name: str) -> str:
    return re.sub(r"[\s-]+", "_", name.strip().lower())


def translated(number: int, found: Mapping[str, Any], kind: Kind, *, unknown: set[str]) -> Row:
    """A row of the file by our field names. Our own column names win over foreign ones, the first foreign one over the next."""
    own = INPUTS[kind]._declared_fields
    values: dict[str, Any] = {}
    columns: dict[str, str] = {}
    foreign: list[tuple[str, str, Any]] = []
    for column, value in found.items():
        name = _folded(column)
        if name in own or name == SEGMENT:
            values[name], columns[name] = value, column
        elif name in BILINGUAL:
            language = "zh" if isinstance(value, str) and is_chinese(value) else "en"
            foreign.append((f"{BILINGUAL[name]}_{language}", column, value))
        elif name in RENAMED[kind]:
            foreign.append((RENAMED[kind][name], column, value))
        elif name not in IGNORED:
            unknown.add(column)
    for name, column, value in foreign:
        if values.get(name) in (None, ""):
            values[name], columns[name] = value, column
    if any(_folded(column).endswith("_eur") and name in {"amount_min", "amount_max"} for name, column in columns.items()):
        values["amount_min"], values["amount_max"] = (_amount(values.get(name)) for name in ("amount_min", "amount_max"))
        values["currency"] = "EUR" if values["amount_min"] or values["amount_max"] else None
    if not values.get("country") and values.get("source_country"):
        values["country"], columns["country"] = values["source_country"], columns["source_country"]
    return Row(number, {name: _normal(name, value) for name, value in values.items()}, columns)


def _amount(value: Any) -> Any:
    """Foreign files write 0 where no amount is stated."""
    return None if value in (0, "0", "") else value


def _normal(name: str, value: Any) -> Any:
    """What schemas do not do because people should not: foreign country codes, American dates, numbers for text."""
    if name in {"country", "source_country"} and isinstance(value, str) and value.strip():
        try:
            return normalise_country(value)
        except ValueError:
            return value
    if name in {"deadline", "valid_until"} and isinstance(value, str) and _MONTH_DAY_YEAR.fullmatch(value.strip()):
        for form in ("%B %d, %Y", "%b %d, %Y"):
            try:
                return datetime.strptime(value.strip(), form).date().isoformat()  # noqa: DTZ007
            except ValueError:
                continue
    if name in {"external_id", "amount_min", "amount_max"} and isinstance(value, int) and not isinstance(value, bool):
        return str(value)
    return value


def fingerprint(values: Mapping[str, Any]) -> str:
    """The external id of a row without one: the same row again is the same listing."""
    return "row-" + hashlib.sha256(orjson.dumps(dict(values), option=orjson.OPT_SORT_KEYS, default=str)).hexdigest()[:24]
