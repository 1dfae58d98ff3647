"""CSV as RFC 4180 has it, in UTF-8 with a mark at the beginning, by which spreadsheets know that it is UTF-8."""

import csv
from io import TextIOWrapper
from typing import IO, Any

from marketplace.core.sheets import Book, Tally
from marketplace.core.sheets.cells import guarded, safe


def write(book: Book, out: IO[bytes]) -> None:
    """Title and facts, then each table with its heading, count and sums; every line has the same number of fields."""
    text = TextIOWrapper(out, encoding="utf-8", newline="")
    text.write("\ufeff")
    writer = csv.writer(text)
    width = max([2, *(len(table.columns) for table in book.tables)])

    def line(*fields: str) -> None:
        writer.writerow([*fields, *[""] * (width - len(fields))])

    line(guarded(book.title))
    for label, said in book.facts:
        line(guarded(label), guarded(said))
    for table in book.tables:
        tally = Tally(table)
        line()
        if len(book.tables) > 1:
            line(guarded(table.title))
        line(*(guarded(column.label) for column in table.columns))
        for row in tally.passing():
            line(*(safe(cell) for cell in row))
        closing: list[tuple[str, Any]] = list(tally.closing())
        if closing:
            line()
        for label, value in closing:
            line(guarded(label), safe(value))
    text.flush()
    text.detach()
