"""Prints the cells of one sheet as lines of JSON: a program of its own, so that a hostile workbook harms nobody else.

    python -I cells.py WORKBOOK [SHEET]

The first line is ``{"sheets": [names], "sheet": name}``, each further one ``[row, [text, …]]`` of a row that is not empty; rows
count from 1. It takes at most `MEMORY` and `SECONDS`, gives way to others, and imports nothing of the product.
"""

import json
import os
import resource
import sys
from datetime import date, datetime, time, timedelta
from decimal import Decimal

MEMORY = 1024 * 1024 * 1024
SECONDS = 60
NO_SUCH_SHEET, TOO_LARGE = 3, 4
MOST_CELLS = 20_000_000


def text(cell: object) -> str:
    """A cell as a spreadsheet shows it without a format of its own: 15 digits of a number, ISO 8601 of a day or moment."""
    if isinstance(cell, bool):
        return "true" if cell else "false"
    if isinstance(cell, float):
        return shown(cell)
    if isinstance(cell, datetime):
        return cell.date().isoformat() if cell.time() == time() else cell.isoformat(sep=" ", timespec="seconds")
    if isinstance(cell, (date, time)):
        return cell.isoformat()
    return str(cell) if isinstance(cell, (str, int, timedelta)) else ""


def shown(number: float) -> str:
    """``0.30000000000000004`` is 0.3: a spreadsheet computes with 15 digits and shows no more of them."""
    if number != number or number in (float("inf"), float("-inf")):
        return ""
    plain = format(Decimal(format(number, ".15g")), "f")
    plain = plain.rstrip("0").rstrip(".") if "." in plain else plain
    return "0" if plain == "-0" else plain


def main(path: str, wanted: str | None) -> int:
    """Exit codes: 0, `NO_SUCH_SHEET`, `TOO_LARGE`; anything else is a workbook that cannot be read."""
    os.nice(5)
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
    resource.setrlimit(resource.RLIMIT_CPU, (SECONDS, SECONDS + 5))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    from python_calamine import CalamineWorkbook

    book = CalamineWorkbook.from_path(path)
    if not book.sheet_names or (wanted is not None and wanted not in book.sheet_names):
        sys.stdout.write(json.dumps({"sheets": book.sheet_names, "sheet": None}) + "\n")
        return NO_SUCH_SHEET
    name = wanted if wanted is not None else book.sheet_names[0]
    sheet = book.get_sheet_by_name(name)
    if sheet.height * sheet.width > MOST_CELLS:
        return TOO_LARGE
    sys.stdout.write(json.dumps({"sheets": book.sheet_names, "sheet": name}) + "\n")
    if sheet.start is None:
        return 0
    left = sheet.start[1]  # the rows come from the first one on, their cells from the first column that has any
    for number, row in enumerate(sheet.iter_rows(), start=1):
        found = [text(cell) for cell in row]
        while found and not found[-1]:
            found.pop()
        if found:
            sys.stdout.write(json.dumps([number, [""] * left + found]) + "\n")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1], sys.argv[2] if len(sys.argv) > 2 else None))
