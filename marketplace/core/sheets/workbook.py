"""XLSX: a worksheet for each table, written row by row, so that a hundred thousand rows need no more memory than ten."""

import re
from datetime import UTC, date, datetime
from typing import IO, Any

import xlsxwriter
from xlsxwriter.format import Format
from xlsxwriter.workbook import Workbook
from xlsxwriter.worksheet import Worksheet

from marketplace.core.clock import now
from marketplace.core.money import exponent
from marketplace.core.sheets import Book, Money, Table, Tally, TooManyRows
from marketplace.core.sheets.cells import guarded, number, plain

MOST_ROWS = 1_000_000
FIRST_DAY = date(1900, 3, 1)
"""Before it spreadsheets count a day that never was."""
_NOT_IN_NAMES = re.compile(r"[\[\]:*?/\\\x00-\x1f]")


class _Formats:
    """The looks of cells, made once a workbook."""

    def __init__(self, workbook: Workbook):
        self.workbook = workbook
        self.title = workbook.add_format({"bold": True, "font_size": 14})
        self.label = workbook.add_format({"font_color": "#555555"})
        self.head = workbook.add_format({"bold": True, "bottom": 1, "text_wrap": True, "valign": "top", "bg_color": "#EDF1F4"})
        self.text = workbook.add_format({"valign": "top"})
        self.right = workbook.add_format({"valign": "top", "align": "right"})
        self.day = workbook.add_format({"num_format": "yyyy-mm-dd", "valign": "top", "align": "left"})
        self.count = workbook.add_format({"num_format": "#,##0", "valign": "top"})
        self._amounts: dict[int, Format] = {}

    def amount(self, currency: str) -> Format:
        places = exponent(currency)
        if places not in self._amounts:
            pattern = "#,##0" + ("." + "0" * places if places else "")
            self._amounts[places] = self.workbook.add_format({"num_format": pattern, "valign": "top"})
        return self._amounts[places]


def write(book: Book, out: IO[bytes]) -> None:
    """Raises TooManyRows beyond a million rows, ValueError for a text longer than a cell holds (32,767 characters)."""
    options = {"constant_memory": True, "strings_to_formulas": False, "strings_to_urls": False, "strings_to_numbers": False}
    workbook = xlsxwriter.Workbook(out, options)
    workbook.set_properties({"title": book.title, "created": now().astimezone(UTC).replace(tzinfo=None)})
    formats, names = _Formats(workbook), set[str]()
    try:
        for table in book.tables:
            worksheet = workbook.add_worksheet(sheet_name(table.title, names))
            _table(worksheet, book, table, formats)
    finally:
        workbook.close()  # also after a fault: it takes its temporary files away


def sheet_name(title: str, taken: set[str]) -> str:
    """A name that Excel allows and that is not in ``taken``, to which it is added: at most 31 characters, some never."""
    kept = _NOT_IN_NAMES.sub(" ", title).strip(" '")[:31].strip(" '") or "Table"
    name, again = kept, 1
    while name.casefold() in taken or name.casefold() == "history":
        again += 1
        name = f"{kept[: 30 - len(str(again))]} {again}"
    taken.add(name.casefold())
    return name


def _table(worksheet: Worksheet, book: Book, table: Table, formats: _Formats) -> None:
    for place, column in enumerate(table.columns):
        worksheet.set_column(place, place, max(8, min(60, column.weight * 1.4)))
    _text(worksheet, 0, 0, book.title, formats.title)
    line = 1
    for label, said in book.facts:
        _text(worksheet, line, 0, label, formats.label)
        _text(worksheet, line, 1, said, formats.text)
        line += 1
    if len(book.tables) > 1:
        _text(worksheet, line + 1, 0, table.title, formats.title)
        line += 1
    head = line + 1
    for place, column in enumerate(table.columns):
        _text(worksheet, head, place, column.label, formats.head)
    tally, line = Tally(table), head
    for row in tally.passing():
        line += 1
        if line > MOST_ROWS:
            raise TooManyRows()
        for place, cell in enumerate(row):
            _cell(worksheet, line, place, cell, formats, right=table.columns[place].to_the_right)
    if line > head:
        worksheet.autofilter(head, 0, line, len(table.columns) - 1)
    worksheet.freeze_panes(head + 1, 0)
    line += 1
    for label, value in tally.closing():
        line += 1
        _text(worksheet, line, 0, label, formats.label)
        _cell(worksheet, line, 1, value, formats, right=True)
    _for_paper(worksheet, head)


def _for_paper(worksheet: Worksheet, head: int) -> None:
    worksheet.set_landscape()
    worksheet.set_paper(9)  # A4
    worksheet.fit_to_pages(1, 0)
    worksheet.repeat_rows(head)
    worksheet.set_footer("&P / &N")


def _text(worksheet: Worksheet, line: int, place: int, text: str, look: Format) -> None:
    if worksheet.write_string(line, place, guarded(text), look):
        raise ValueError(f"a cell of {len(text)} characters at row {line}")


def _cell(worksheet: Worksheet, line: int, place: int, cell: Any, formats: _Formats, *, right: bool) -> None:
    if cell is None:
        return
    if isinstance(cell, Money):
        exact = number(cell)
        if exact is None:  # more digits than a spreadsheet keeps: as text, to the last one
            worksheet.write_string(line, place, plain(cell), formats.right)
        else:
            worksheet.write_number(line, place, exact, formats.amount(cell.currency))
    elif isinstance(cell, int):
        worksheet.write_number(line, place, cell, formats.count)
    elif isinstance(cell, date) and not isinstance(cell, datetime) and cell >= FIRST_DAY:
        worksheet.write_datetime(line, place, cell, formats.day)
    else:
        _text(worksheet, line, place, plain(cell), formats.right if right else formats.text)
