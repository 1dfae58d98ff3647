"""Files as rows of cells by the names of their columns, one at a time: CSV, JSON lines and workbooks alike. Knows no listing.

Rows are numbered as a spreadsheet counts them: a header is row 1, line 1 of JSON lines is row 1. A row that cannot be read is a
row with a ``fault``; a file that cannot be read as a whole raises `Unreadable`, which says where.
"""

import csv
import gzip
import io
import zlib
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from itertools import islice
from pathlib import Path
from typing import Any, TextIO

from marketplace.core.api import strict_loads
from marketplace.core.errors import Malformed
from marketplace.core.i18n import gettext
from marketplace.imports import workbook
from marketplace.imports.sniffing import MOST_BYTES, Form, Source, Unreadable, WrongType, inspect, opened

LONGEST_LINE = 2 * 1024 * 1024
MOST_COLUMNS = 400
HEADER_ROWS = 200
"""So many lines of JSON are looked at for the names of columns."""

__all__ = ["Form", "Raw", "Source", "Table", "Unreadable", "WrongType", "inspect", "table"]


@dataclass(frozen=True, slots=True)
class Raw:
    """One row: its cells by the file's own columns, text (JSON lines: any value)."""

    number: int
    cells: dict[str, Any]
    fault: str | None = None


@dataclass(slots=True)
class Table:
    """A file that is being read. ``sheets`` are a workbook's, ``sheet`` the one that is read."""

    source: Source
    columns: list[str]
    rows: Iterator[Raw]
    sheets: list[str] = field(default_factory=list)
    sheet: str | None = None


@contextmanager
def table(path: Path, source: Source, *, sheet: str | None = None, most: int = MOST_BYTES) -> Iterator[Table]:
    """Open a file whose type is known (`inspect`). ``most`` bounds the bytes that come out of a packed one. Raises Unreadable."""
    if source.form is Form.XLSX:
        with workbook.rows(path, sheet) as (sheets, name, found):
            number, header = next(found, (1, []))
            columns = _header(header, number)
            yield Table(source, columns, _cells(columns, found), sheets, name)
        return
    try:
        with opened(path, packed=source.packed) as raw:
            text = io.TextIOWrapper(io.BufferedReader(_Bounded(raw, most), 1 << 16), encoding=source.encoding, errors="strict", newline="")
            yield _of_json(text, source) if source.form is Form.JSONL else _of_csv(text, source)
    except UnicodeDecodeError as error:
        raise Unreadable(gettext("The file is not %(encoding)s text throughout: a byte %(byte)s is out of place.", encoding=source.encoding.upper(), byte=f"0x{error.object[error.start]:02X}")) from error
    except (gzip.BadGzipFile, EOFError, zlib.error) as error:
        raise Unreadable(gettext("The compressed file is damaged or cut off.")) from error


class _Bounded(io.RawIOBase):
    """A file that refuses to give more than ``most`` bytes."""

    def __init__(self, file: Any, most: int):
        super().__init__()
        self.file, self.left = file, most

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        found = self.file.read(len(buffer))
        self.left -= len(found)
        if self.left < 0:
            raise Unreadable(gettext("The file is too large."))
        buffer[: len(found)] = found
        return len(found)


def _of_json(lines: TextIO, source: Source) -> Table:
    """The first lines are read ahead for the names of columns."""
    rows = _json_rows(lines)
    ahead = list(islice(rows, HEADER_ROWS))
    columns = list(dict.fromkeys(name for row in ahead for name in row.cells))
    return Table(source, columns[:MOST_COLUMNS], _after(ahead, rows))


def _after(ahead: list[Raw], rows: Iterator[Raw]) -> Iterator[Raw]:
    yield from ahead
    yield from rows


def _json_rows(lines: TextIO) -> Iterator[Raw]:
    number = 0
    while line := lines.readline(LONGEST_LINE + 1):
        number += 1
        if len(line) > LONGEST_LINE:
            raise Unreadable(gettext("Row %(row)s: the line is too long.", row=number))
        if not line.strip():
            continue
        try:
            found = strict_loads(line)
        except Malformed:
            yield Raw(number, {}, gettext("This is not a line of JSON."))
            continue
        if not isinstance(found, dict):
            yield Raw(number, {}, gettext("A JSON object is expected."))
        elif len(found) > MOST_COLUMNS:
            yield Raw(number, {}, gettext("At most %(most)s columns.", most=MOST_COLUMNS))
        else:
            yield Raw(number, found)


def _of_csv(lines: TextIO, source: Source) -> Table:
    """Raises Unreadable."""
    csv.field_size_limit(LONGEST_LINE)
    records = _records(lines, source.delimiter)
    number, header = next(records, (1, []))
    columns = _header(header, number)
    return Table(source, columns, _cells(columns, records))


def _records(lines: TextIO, delimiter: str) -> Iterator[tuple[int, list[str]]]:
    """Rows that are not empty with their numbers; ``sep=`` is no row. Raises Unreadable with the row and the column at which it breaks."""
    seen = _Remembering(lines)
    reader = csv.reader(seen, delimiter=delimiter, strict=True)
    number, header = 0, list[str]()
    try:
        for cells in reader:
            said_first = number == 0 and bool(seen.lines) and seen.lines[0].lower().startswith("sep=")
            seen.lines.clear()
            if said_first:
                continue
            number += 1
            if any(cell.strip() for cell in cells):
                header = header or cells
                yield number, cells
    except csv.Error as error:
        reason = gettext("a quotation mark is opened and never closed") if "unexpected end" in str(error) or "limit" in str(error) else gettext("a quotation mark is out of place")
        raise Unreadable(gettext("Row %(row)s, column %(column)s: %(reason)s.", row=number + 1, column=_broken_at(seen.lines, delimiter, header), reason=reason)) from error


class _Remembering:
    """Lines as they pass, kept until the record they belong to is whole."""

    def __init__(self, lines: TextIO):
        self.source, self.lines = lines, list[str]()

    def __iter__(self) -> Iterator[str]:
        while line := self.source.readline(LONGEST_LINE + 1):
            if len(self.lines) < 1000:
                self.lines.append(line)
            yield line


def _broken_at(lines: list[str], delimiter: str, header: list[str]) -> str:
    """The column in which a record breaks: the last that can still be read of it, or the first with a stray quotation mark."""
    place, quoted = 0, False
    text = "".join(lines)[:LONGEST_LINE]
    for before, character, after in zip(" " + text, text, text[1:] + "\n", strict=False):
        if character == '"':
            if quoted and before != '"' and after not in (delimiter, "\r", "\n", '"'):
                break
            quoted = not quoted
        elif character == delimiter and not quoted:
            place += 1
    return header[place].strip() if place < len(header) and header[place].strip() else str(place + 1)


def _header(cells: Iterable[str], number: int) -> list[str]:
    """The names of columns; blank ones are columns without a name. Raises Unreadable for none, too many, or a name that stands there twice."""
    names = [" ".join(cell.split()) for cell in cells]
    while names and not names[-1]:
        names.pop()
    if not names:
        raise Unreadable(gettext("The file has no header: its first row names the columns."))
    if len(names) > MOST_COLUMNS:
        raise Unreadable(gettext("Row %(row)s: %(has)s columns; at most %(most)s.", row=number, has=len(names), most=MOST_COLUMNS))
    folded = [name.casefold() for name in names if name]
    if twice := sorted({name for name in names if name and folded.count(name.casefold()) > 1}):
        raise Unreadable(gettext("The header names a column twice: %(names)s.", names=", ".join(twice)))
    return names


def _cells(columns: list[str], records: Iterator[tuple[int, list[str]]]) -> Iterator[Raw]:
    width = len(columns)
    for number, cells in records:
        if len(cells) > width and any(cell.strip() for cell in cells[width:]):
            fault = gettext("This row has %(has)s cells, the header %(most)s.", has=len(cells), most=width)
            yield Raw(number, {name: cell for name, cell in zip(columns, cells, strict=False) if name}, fault)
            continue
        yield Raw(number, {name: cell for name, cell in zip(columns, cells, strict=False) if name})
