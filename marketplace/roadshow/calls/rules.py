"""What points make: the total of a review, the mean and spread of several. As in docs/rules/selection.md."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import TypeVar

K = TypeVar("K")
THOUSAND = 1000


@dataclass(frozen=True, slots=True)
class Standing:
    """What the reviews of an application say together: how many, their mean and their spread in thousandths of a point."""

    count: int
    mean: int
    spread: int


def total(points: Mapping[K, int], weights: Mapping[K, int]) -> int:
    """The weighted mean of the points of one review, in thousandths, half to even. Both have the same keys; weights are positive."""
    weight = sum(weights.values())
    return round(Fraction(THOUSAND * sum(points[key] * weights[key] for key in weights), weight))


def standing(totals: Sequence[int]) -> Standing:
    """The mean of the totals, half to even, and the distance between the highest and the lowest; nothing without a review."""
    if not totals:
        return Standing(0, 0, 0)
    return Standing(len(totals), round(Fraction(sum(totals), len(totals))), max(totals) - min(totals))


def in_points(thousandths: int) -> str:
    """As people read it: ``4.25``; two digits, half to even."""
    return f"{round(Fraction(thousandths, 10)) // 100}.{round(Fraction(thousandths, 10)) % 100:02d}"
