"""Cells as text: exact amounts, ISO days, and no text that a spreadsheet would run as a formula."""

import re
from datetime import date
from typing import Any

from marketplace.core.money import exponent, to_text
from marketplace.core.sheets import Money

# Spreadsheets skip blanks before a formula, and some take the full-width signs of a Chinese keyboard for the plain ones.
_FORMULA = re.compile("'*[\\s\ufeff\u200b-\u200f\u202a-\u202e\u2060]*[=+\\-@＝＋－﹣＠﹢﹦﹫\t\r\n]")
EXACT_DIGITS = 15
"""A spreadsheet keeps numbers in binary with at most so many decimal digits exact (IEEE 754)."""


def guarded(text: str) -> str:
    """The text with an apostrophe before it where it could be a formula. `unguarded` takes it off again, exactly."""
    return f"'{text}" if _FORMULA.match(text) else text


def unguarded(text: str) -> str:
    """What `guarded` was given."""
    return text[1:] if text.startswith("'") and _FORMULA.match(text) else text


def plain(cell: Any) -> str:
    """A cell as exact, unguarded text: ``1000000.00``, ``2020-09-17``, empty for None."""
    if cell is None:
        return ""
    if isinstance(cell, Money):
        return to_text(cell.minor, cell.currency)
    return cell.isoformat() if isinstance(cell, date) else str(cell)


def safe(cell: Any) -> str:
    """`plain`, with text guarded; our own numbers and days need no guard, not even with a minus sign."""
    return guarded(cell) if isinstance(cell, str) else plain(cell)


def grouped(cell: Any) -> str:
    """`plain` for people: groups of three digits in amounts and counts."""
    if isinstance(cell, int):
        return f"{cell:,}"
    if not isinstance(cell, Money):
        return plain(cell)
    whole, point, decimals = plain(cell).partition(".")
    sign, digits = ("-", whole[1:]) if whole.startswith("-") else ("", whole)
    return f"{sign}{int(digits):,}{point}{decimals}"


def number(cell: Money) -> float | None:
    """The amount as the number nearest to it where that is exact to the last digit in a spreadsheet, else None."""
    if len(str(abs(cell.minor))) > EXACT_DIGITS:
        return None
    return float(cell.minor / 10 ** exponent(cell.currency))
