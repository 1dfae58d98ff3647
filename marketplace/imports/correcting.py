"""The file of errors: the rows that were rejected, in the layout they came in, with a last column of reasons; correct it and import it again."""

import csv
from collections.abc import Sequence
from pathlib import Path
from typing import IO, Any, Protocol

import orjson
import xlsxwriter

from marketplace.core.sheets.cells import guarded, unguarded
from marketplace.imports.checking import Fault
from marketplace.imports.columns import REASONS
from marketplace.imports.reading import Form

LONGEST_CELL = 32_767  # that a workbook holds
MEDIA = {
    Form.CSV: ("text/csv", "csv"), Form.JSONL: ("application/x-ndjson", "jsonl"),
    Form.XLSX: ("application/vnd.openxmlformats-officedocument.spreadsheetml.sheet", "xlsx"),
}  # fmt: skip
"""Media type and ending of each form."""


class Writer(Protocol):
    """Rows of a file of errors."""

    def add(self, cells: dict[str, Any], faults: Sequence[Fault]) -> None: ...

    def close(self) -> None: ...


def writer(form: Form, path: Path, columns: Sequence[str], *, delimiter: str = ",") -> Writer:
    names = [name for name in columns if name and name.casefold() != REASONS]
    if form is Form.JSONL:
        return _Json(path)
    return _Workbook(path, names) if form is Form.XLSX else _Csv(path, names, delimiter)


def reason(faults: Sequence[Fault]) -> str:
    """``trl: A whole number is expected. → 7 | currency: …``"""
    return " | ".join(f"{fault.column}: {fault.reason}" + (f" → {fault.suggestion}" if fault.suggestion else "") for fault in faults)


class _Csv:
    def __init__(self, path: Path, names: list[str], delimiter: str):
        self.out: IO[str] = path.open("w", encoding="utf-8-sig", newline="")
        self.names, self.rows = names, csv.writer(self.out, delimiter=delimiter)
        self.rows.writerow([*names, REASONS])

    def add(self, cells: dict[str, Any], faults: Sequence[Fault]) -> None:
        self.rows.writerow([*(guarded(unguarded(str(cells.get(name) or ""))) for name in self.names), guarded(reason(faults))])

    def close(self) -> None:
        self.out.close()


class _Json:
    def __init__(self, path: Path):
        self.out = path.open("wb")

    def add(self, cells: dict[str, Any], faults: Sequence[Fault]) -> None:
        self.out.write(orjson.dumps({**cells, REASONS: [reason([fault]) for fault in faults]}, default=str) + b"\n")

    def close(self) -> None:
        self.out.close()


class _Workbook:
    def __init__(self, path: Path, names: list[str]):
        options = {"constant_memory": True, "strings_to_formulas": False, "strings_to_urls": False, "strings_to_numbers": False}
        self.book = xlsxwriter.Workbook(str(path), options)
        self.sheet, self.names, self.line = self.book.add_worksheet(), names, 0
        head, self.why = self.book.add_format({"bold": True}), self.book.add_format({"font_color": "#9C0006", "text_wrap": True})
        for place, name in enumerate([*names, REASONS]):
            self.sheet.write_string(0, place, name, head)
        self.sheet.freeze_panes(1, 0)

    def add(self, cells: dict[str, Any], faults: Sequence[Fault]) -> None:
        self.line += 1
        for place, name in enumerate(self.names):
            if cells.get(name):
                self.sheet.write_string(self.line, place, guarded(unguarded(str(cells[name])))[:LONGEST_CELL])
        self.sheet.write_string(self.line, len(self.names), guarded(reason(faults))[:LONGEST_CELL], self.why)

    def close(self) -> None:
        self.book.close()
