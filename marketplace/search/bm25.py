"""The index's ranking formula, BM25 with k1 1.2 and b 0.75, for choosing terms and for showing what each one adds.

Source: S. Robertson, H. Zaragoza, *The Probabilistic Relevance Framework: BM25 and Beyond* (2009). The engine stores a
text's length in one byte; the formula uses the same coarse length, so that its parts add up to the engine's score.
"""

import math
from dataclasses import dataclass

K1 = 1.2
B = 0.75
_EXACT = 40  # lengths below are kept as they are; above, three bits of mantissa are
_OFFSET = 24


@dataclass(frozen=True, slots=True)
class Statistics:
    """Of one ranked field: how many documents the index holds and how many tokens each has on average."""

    documents: float
    average_length: float


def idf(containing: float, documents: float) -> float:
    """Return how much a term tells that `containing` of `documents` documents have."""
    return math.log(1 + (documents - containing + 0.5) / (containing + 0.5))


def quantised(length: int) -> int:
    """Return the length that the engine remembers for a text of `length` tokens: at most an eighth shorter."""
    if length < _EXACT:
        return length
    rest = length - _OFFSET
    shift = rest.bit_length() - 4
    return (rest >> shift << shift) + _OFFSET


def points(weight: float, containing: float, count: int, *, length: int, of: Statistics) -> float:
    """Return what a query term of `weight` adds to the score of a text of `length` tokens that has it `count` times."""
    return factor(weight, containing, of) * count / (count + damping(length, of))


def factor(weight: float, containing: float, of: Statistics) -> float:
    """Return what a query term adds at most, were it said without end."""
    return weight * idf(containing, of.documents) * (K1 + 1)


def damping(length: int, of: Statistics) -> float:
    """Return what stands beside a term's count in the denominator, alike for all terms of a text of `length` tokens."""
    return K1 * (1 - B + B * quantised(length) / of.average_length)
