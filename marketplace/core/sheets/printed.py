"""PDF: A4 across, the heading of a table on each of its pages, page x of y, Chinese and English."""

from collections.abc import Sequence
from typing import IO, Any

from reportlab.lib.pagesizes import A4, landscape
from reportlab.pdfgen.canvas import Canvas

from marketplace.core.i18n import gettext as _
from marketplace.core.i18n import html_lang
from marketplace.core.sheets import Book, Column, Kind, Table, Tally, TooManyRows, typeset
from marketplace.core.sheets.cells import grouped

MOST_ROWS = 5_000
WIDTH, HEIGHT = landscape(A4)
LEFT, TOP, BOTTOM = 36.0, HEIGHT - 36.0, 40.0
BODY, TITLE, SMALL = 8.0, 15.0, 7.0
LINE, PADDING, GAP, BESIDE = 10.5, 3.0, 8.0, 8.0
A_DAY = "2020-09-17"
INK, DIM, RULE, SHADE = (0.1, 0.12, 0.15), (0.35, 0.38, 0.42), (0.75, 0.78, 0.8), (0.93, 0.945, 0.955)


def write(book: Book, out: IO[bytes]) -> None:
    """Raises TooManyRows: thousands of pages are for a spreadsheet."""
    typeset.prepare()
    paper = _Paper(book, out)
    paper.front()
    rows = 0
    for table in book.tables:
        rows += paper.table(table, most=MOST_ROWS - rows)
    paper.end()


class _Paper:
    """A document while it is written: pages are numbered as they fill, their total is filled in at the end."""

    def __init__(self, book: Book, out: IO[bytes]):
        self.book = book
        self.canvas = Canvas(out, pagesize=(WIDTH, HEIGHT), pageCompression=1, pdfVersion=(1, 5))
        self.canvas.setTitle(book.title)
        self.canvas.setCreator("")
        self.canvas.setProducer("")
        self.canvas.setCatalogEntry("Lang", html_lang())
        self.y, self.page = TOP, 1
        self.columns: list[tuple[Column, float, float]] = []

    def front(self) -> None:
        """The title and the facts, on the first page."""
        self.text(self.book.title, size=TITLE, bold=True, lead=TITLE + 7)
        for label, said in self.book.facts:
            start = LEFT + 96
            self.ink(DIM)
            typeset.draw(self.canvas, label, x=LEFT, y=self.y - BODY, size=BODY)
            self.ink(INK)
            for line in typeset.wrapped(said, WIDTH - LEFT - start, BODY):
                typeset.draw(self.canvas, line, x=start, y=self.y - BODY, size=BODY)
                self.y -= LINE + 1
        self.y -= GAP

    def text(self, text: str, *, size: float, bold: bool = False, lead: float = LINE) -> None:
        for line in typeset.wrapped(text, WIDTH - 2 * LEFT, size, bold=bold):
            self.room(lead)
            typeset.draw(self.canvas, line, x=LEFT, y=self.y - size, size=size, bold=bold)
            self.y -= lead

    def ink(self, colour: tuple[float, float, float]) -> None:
        self.canvas.setFillColorRGB(*colour)

    def room(self, height: float) -> bool:
        """Begin a new page when so much does not fit on this one; True when it did."""
        if self.y - height >= BOTTOM:
            return False
        self.turn()
        return True

    def turn(self) -> None:
        self._foot()
        self.canvas.showPage()
        self.page, self.y = self.page + 1, TOP
        self.ink(INK)
        if self.columns:
            self._head()

    def _foot(self) -> None:
        self.ink(DIM)
        typeset.draw(self.canvas, typeset.wrapped(self.book.title, WIDTH * 0.6, SMALL)[0], x=LEFT, y=24, size=SMALL)
        start = WIDTH - LEFT - 90
        typeset.draw(self.canvas, _("Page %(number)s of", number=self.page), x=start, y=24, size=SMALL)
        self.canvas.saveState()
        self.canvas.translate(start + typeset.width(_("Page %(number)s of", number=self.page) + " ", SMALL), 24)
        self.canvas.doForm("pages")
        self.canvas.restoreState()

    def end(self) -> None:
        self._foot()
        self.canvas.showPage()
        self.canvas.beginForm("pages", lowerx=-5, lowery=-5, upperx=90, uppery=20)
        self.canvas.setFillColorRGB(*DIM)
        typeset.draw(self.canvas, str(self.page), x=0, y=0, size=SMALL)
        self.canvas.endForm()
        self.canvas.save()

    def table(self, table: Table, *, most: int) -> int:
        """Write a table; how many rows it had. Raises TooManyRows beyond ``most``."""
        if len(self.book.tables) > 1:
            self.room(TITLE + 4 * LINE)
            self.text(table.title, size=BODY + 3, bold=True, lead=BODY + 10)
        self.columns = _placed(table.columns)
        if not self.room(4 * LINE):
            self._head()
        tally = Tally(table)
        for row in tally.passing():
            if tally.count > most:
                raise TooManyRows()
            self._row(row)
        self.columns = []
        self._closing(tally)
        return tally.count

    def _head(self) -> None:
        lines = [typeset.wrapped(column.label, wide, BODY, bold=True) for column, _x, wide in self.columns]
        height = max(len(each) for each in lines) * LINE + 2 * PADDING
        self.canvas.setFillColorRGB(*SHADE)
        self.canvas.rect(LEFT, self.y - height, WIDTH - 2 * LEFT, height, stroke=0, fill=1)
        self.ink(INK)
        self._cells(lines, bold=True)
        self.y -= height

    def _row(self, row: Sequence[Any]) -> None:
        lines = [typeset.wrapped(grouped(cell), wide, BODY) for cell, (_column, _x, wide) in zip(row, self.columns, strict=True)]
        while lines and any(lines):
            high = max(len(each) for each in lines)
            if high * LINE + 2 * PADDING > self.y - BOTTOM and self.y < TOP - 6 * LINE:
                self.turn()
            fits = max(1, int((self.y - BOTTOM - 2 * PADDING) // LINE))
            self._cells([each[:fits] for each in lines])
            self.y -= min(high, fits) * LINE + 2 * PADDING
            lines = [each[fits:] for each in lines]
        self.canvas.setStrokeColorRGB(*RULE)
        self.canvas.setLineWidth(0.4)
        self.canvas.line(LEFT, self.y, WIDTH - LEFT, self.y)

    def _cells(self, lines: list[list[str]], *, bold: bool = False) -> None:
        for each, (column, x, wide) in zip(lines, self.columns, strict=True):
            y = self.y - PADDING - BODY
            for line in each:
                indent = wide - typeset.width(line, BODY, bold=bold) if column.to_the_right else 0
                typeset.draw(self.canvas, line, x=x + indent, y=y, size=BODY, bold=bold)
                y -= LINE

    def _closing(self, tally: Tally) -> None:
        self.y -= PADDING
        for label, value in tally.closing():
            self.text(f"{label}: {grouped(value)}", size=BODY, bold=True, lead=LINE + 2)
        self.y -= GAP


def _placed(columns: Sequence[Column]) -> list[tuple[Column, float, float]]:
    """(column, its left edge, its width) across the page: what has to fit on a line first, the rest in the proportion of the weights."""
    least = [_least(column) for column in columns]
    room = WIDTH - 2 * LEFT
    if sum(least) > room:
        least = [room / len(columns) / 2] * len(columns)  # too many for one line each: by weight, none below half of an equal part
    shares, free = least, set(range(len(columns)))
    while True:
        weight = sum(columns[place].weight for place in free)
        rest = room - sum(least[place] for place in range(len(columns)) if place not in free)
        shares = [rest * column.weight / weight if place in free else least[place] for place, column in enumerate(columns)]
        narrow = {place for place in free if shares[place] < least[place]}
        if not narrow or narrow == free:
            break
        free -= narrow
    x, found = LEFT, []
    for column, share in zip(columns, shares, strict=True):
        found.append((column, x + BESIDE / 2 - 1, share - BESIDE))
        x += share
    return found


def _least(column: Column) -> float:
    """The width that a column's day, what has to fit, and the longest word of its heading need."""
    cell = column.fits or (A_DAY if column.kind is Kind.DAY else "")
    words = [typeset.width(word, BODY, bold=True) for word in column.label.split() if word.isascii()]
    return max([typeset.width(cell, BODY), *words]) + BESIDE + 1
