"""Plausible prices and budgets in the currency of a country, as whole minor units."""

import random
from dataclasses import dataclass

from marketplace.core.money import exponent
from marketplace.demo.vocabulary import names

_YUAN = {
    "development": (800_000, 12_000_000),
    "transfer": (500_000, 40_000_000),
    "licence": (300_000, 20_000_000),
    "consulting": (80_000, 900_000),
    "service": (120_000, 3_000_000),
    "equity_contribution": (2_000_000, 60_000_000),
    "joint_venture": (5_000_000, 90_000_000),
    "industrial_cooperation": (3_000_000, 80_000_000),
}
"""The usual span of a price in yuan by kind of deal."""


@dataclass(frozen=True, slots=True)
class Price:
    """A span in minor units of ``currency``; all None where nothing is stated."""

    low_minor: int | None
    high_minor: int | None
    currency: str | None


UNSTATED = Price(None, None, None)


def currency_for(country: str, rng: random.Random) -> str:
    """Mostly yuan, since the fair is in China; otherwise what is usual in ``country``."""
    known: dict[str, str] = names()["currency_of"]
    return "CNY" if rng.random() < 0.45 else known.get(country, known["*"])


def span(kind: str, currency: str, rng: random.Random) -> Price:
    """A span for one kind of deal, both ends rounded to two significant digits of whole units."""
    low, high = _YUAN[kind]
    yuan = low * (high / low) ** rng.random()
    wider = rng.choice((1.25, 1.5, 2, 3))
    return Price(_rounded(yuan, currency), _rounded(yuan * wider, currency), currency)


def _rounded(yuan: float, currency: str) -> int:
    units = int(yuan * names()["units_per_yuan"][currency])
    step: int = 10 ** max(len(str(units)) - 2, 0)
    minor_per_unit: int = 10 ** exponent(currency)
    return max(units // step, 1) * step * minor_per_unit
