"""Bands of the price or budget in the one currency in which amounts are compared, so that they can be counted and chosen."""

from bisect import bisect_right

BOUNDS = (0, 100_000, 1_000_000, 5_000_000, 20_000_000, 100_000_000)
"""Where each band begins, in whole units of CNY; it ends before the next one begins."""
_MINOR = 100
BANDS = tuple(f"{low}-{high}" for low, high in zip(BOUNDS, (*BOUNDS[1:], ""), strict=True))
"""The codes: ``0-100000`` … ``100000000-``."""


def band(amount_minor: int) -> str:
    """Return the code of the band that an amount of at least 0 lies in: ``band(9_999_999)`` is ``0-100000``."""
    return BANDS[bisect_right(BOUNDS, amount_minor // _MINOR) - 1]


def edges(code: str) -> tuple[int, int | None]:
    """Return where the band begins, and where it ends if it does, in whole units."""
    low, _, high = code.partition("-")
    return int(low), int(high) if high else None
