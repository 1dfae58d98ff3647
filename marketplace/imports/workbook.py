"""The rows of a workbook's sheet, read by a process of its own with limits of memory and time (`cells.py`)."""

import json
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from marketplace.core.i18n import gettext
from marketplace.imports import cells
from marketplace.imports.sniffing import Unreadable

Record = tuple[int, list[str]]
MOST_SHEETS_NAMED = 10


@contextmanager
def rows(path: Path, sheet: str | None) -> Iterator[tuple[list[str], str, Iterator[Record]]]:
    """The names of its sheets, the one that is read (the first unless named), and its rows that are not empty. Raises Unreadable."""
    command = [sys.executable, "-I", str(Path(cells.__file__)), str(path), *([sheet] if sheet else [])]
    child = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True, encoding="utf-8")
    try:
        assert child.stdout is not None  # a pipe was asked for
        first = child.stdout.readline()
        try:
            said = json.loads(first)
        except ValueError:
            said = {"sheets": [], "sheet": None}
        if said["sheet"] is None:
            _check(child, said["sheets"], sheet)
        yield said["sheets"], said["sheet"], _records(child, said["sheets"], sheet)
    finally:
        child.kill()
        child.wait()
        if child.stdout is not None:
            child.stdout.close()


def _records(child: "subprocess.Popen[str]", sheets: list[str], sheet: str | None) -> Iterator[Record]:
    assert child.stdout is not None  # a pipe was asked for
    for line in child.stdout:
        number, found = json.loads(line)
        yield number, found
    _check(child, sheets, sheet, ended=True)


def _check(child: "subprocess.Popen[str]", sheets: list[str], sheet: str | None, *, ended: bool = False) -> None:
    """Raises Unreadable unless the child came to a good end."""
    code = child.wait()
    if code == 0 and ended:
        return
    if code == cells.NO_SUCH_SHEET:
        named = ", ".join(sheets[:MOST_SHEETS_NAMED])
        raise Unreadable(gettext("The workbook has no sheet “%(sheet)s”. It has: %(sheets)s.", sheet=sheet or "", sheets=named or "–"))
    if code == cells.TOO_LARGE or code < 0:
        raise Unreadable(gettext("The workbook is too large to be read: delete empty rows and columns that have a format, or save it as CSV."))
    raise Unreadable(gettext("The workbook is damaged or cut off."))
