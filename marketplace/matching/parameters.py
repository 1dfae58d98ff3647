"""Whether what an achievement reaches meets what a need must have, row by row, across units and word forms."""

from collections.abc import Iterator, Sequence
from fractions import Fraction
from functools import lru_cache
from typing import NamedTuple

from marketplace.listings.parameters import halves
from marketplace.search.analysis import analyze
from marketplace.search.documents import Parameter
from marketplace.taxonomy import units


class Answer(NamedTuple):
    """One row of a need and how it is answered: `met` is None when nobody can tell; `offered` None when nothing is said."""

    wanted: Parameter
    offered: Parameter | None
    met: bool | None


def answers(wanted: Sequence[Parameter], offered: Sequence[Parameter]) -> Iterator[Answer]:
    """How each row of a need is answered by an achievement's rows: by the best of those of the same name."""
    for row in wanted:
        known = [Answer(row, other, _met(row, other)) for other in offered if not names(row.name).isdisjoint(names(other.name))]
        yield min(known, key=lambda answer: _BEST[answer.met], default=Answer(row, None, None))


_BEST = {True: 0, None: 1, False: 2}


@lru_cache(maxsize=8192)
def names(written: str) -> frozenset[str]:
    """What a name is known by: its stems in alphabetical order, so that *temperature of operation* is *operating temperatures*.

    A name in both languages, ``operating temperature / 工作温度``, is known by each.
    """
    return frozenset(" ".join(sorted(set(analyze(half)))) or half.casefold() for half in halves(written) or (written,))


def _met(wanted: Parameter, offered: Parameter) -> bool | None:
    """A value or range is reached: met when a wanted value is among the reached ones. A bound is a promise: met when all it allows
    is wanted, not met when none of it is, else nobody can tell."""
    asked, reached = units.unit(wanted.unit or ""), units.unit(offered.unit or "")
    if asked.dimension != reached.dimension:
        return None
    low, high = _span(wanted, asked)
    least, most = _span(offered, reached)
    if (low is not None and most is not None and most < low) or (high is not None and least is not None and least > high):
        return False
    if offered.operator in {"=", "between"}:
        return True
    inside = (low is None or (least is not None and least >= low)) and (high is None or (most is not None and most <= high))
    return True if inside else None


def _span(row: Parameter, unit: units.Unit) -> tuple[Fraction | None, Fraction | None]:
    """Lowest and highest value in base units; None where there is no end."""
    value = unit.in_base(Fraction(row.value))
    if row.operator == "between":
        return value, unit.in_base(Fraction(row.upper or row.value))
    return (None if row.operator == "<=" else value), (None if row.operator == ">=" else value)
