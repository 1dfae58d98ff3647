"""A share in percent: computed exactly, printed with one decimal, rounded once, half to even (`docs/rules/rounding.md`)."""

from fractions import Fraction


def tenths(part: int, whole: int) -> int:
    """Tenths of a percent. Raises ZeroDivisionError for a whole of nothing."""
    return round(Fraction(1000 * part, whole))


def percent(part: int, whole: int) -> str:
    """``98.2`` for 17,518,650 of 17,848,000; a dash where there is nothing to share."""
    return in_percent(tenths(part, whole)) if whole else "–"


def in_percent(tenths_of_percent: int) -> str:
    """``98.2`` for 982."""
    whole, rest = divmod(abs(tenths_of_percent), 10)
    return f"{'-' if tenths_of_percent < 0 else ''}{whole}.{rest}"
