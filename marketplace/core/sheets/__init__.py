"""One description of a list or report, written as CSV, XLSX or PDF: what it is, its filter, its moment, its rows, count and sums.

A *book* has a title, the facts that a reader must know (filter in words, scope, moment) and one or more *tables*. Rows may be
a generator: each is read once, and the count and the sums, one for each currency, are of the rows that were really written.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from marketplace.core.errors import DomainError
from marketplace.core.i18n import gettext as _
from marketplace.core.i18n import lazy_gettext as _l


class Kind(StrEnum):
    """How a column reads. A cell of AMOUNT is `Money`; of COUNT an int; of DAY a date; TEXT and SHARE are text. None is empty."""

    TEXT = "text"
    AMOUNT = "amount"
    COUNT = "count"
    DAY = "day"
    SHARE = "share"


@dataclass(frozen=True, slots=True)
class Money:
    """Whole minor units of a currency; a table names the currency in a column of its own."""

    minor: int
    currency: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Column:
    """``weight`` is its share of the width, ``fits`` a text that has to stand on one line of it; ``summed`` puts its sums,
    currency by currency, under the table."""

    label: str
    kind: Kind = Kind.TEXT
    weight: int = 10
    summed: bool = False
    fits: str = ""

    @property
    def to_the_right(self) -> bool:
        """Whether its cells stand at the right edge."""
        return self.kind in {Kind.AMOUNT, Kind.COUNT, Kind.SHARE}


@dataclass(frozen=True, slots=True, kw_only=True)
class Table:
    """``counted`` says what its rows are, for the count under it; None leaves the count out (a report of a few lines)."""

    title: str
    columns: Sequence[Column]
    rows: Iterable[Sequence[Any]]
    counted: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Book:
    """``name`` begins the file's name and is ASCII; ``facts`` are (label, text) in the order in which they are printed."""

    name: str
    title: str
    facts: Sequence[tuple[str, str]]
    tables: Sequence[Table]


@dataclass(slots=True)
class Tally:
    """What was written of a table: how many rows, and the sum of each summed column in each currency."""

    table: Table
    count: int = 0
    sums: dict[tuple[int, str], int] = field(default_factory=dict)

    def passing(self) -> Iterator[Sequence[Any]]:
        """The rows of the table, each once, counted as they go by. Raises ValueError for a row of another width."""
        width = len(self.table.columns)
        summed = [place for place, column in enumerate(self.table.columns) if column.summed]
        for row in self.table.rows:
            if len(row) != width:
                raise ValueError(f"a row of {len(row)} cells in a table of {width} columns")
            self.count += 1
            for place in summed:
                cell = row[place]
                if isinstance(cell, Money):
                    key = (place, cell.currency)
                    self.sums[key] = self.sums.get(key, 0) + cell.minor
            yield row

    def closing(self) -> list[tuple[str, int | Money]]:
        """The lines under the table: the count, then each sum with its currency named; currencies are never added."""
        lines: list[tuple[str, int | Money]] = []
        if self.table.counted is not None:
            lines.append((_("Count: %(what)s", what=self.table.counted), self.count))
        for (place, currency), minor in sorted(self.sums.items()):
            label = _("Sum in %(currency)s: %(what)s", currency=currency, what=self.table.columns[place].label)
            lines.append((label, Money(minor, currency)))
        return lines


class TooManyRows(DomainError):
    """The format cannot hold so many rows."""

    status, slug, title = 422, "too-many-rows", _l("Too many rows for this format")
    text = _l("A PDF holds at most %(most)s rows. Narrow the filter, or take XLSX or CSV.", most="5,000")
