"""Strength: a share of what the need asks for."""

import pytest

from marketplace.matching.ranking import match
from marketplace.matching.strength import FAIR, FULL, GOOD, Band, band, ideal, strength


@pytest.mark.parametrize(
    ("value", "found"),
    [(0, Band.WEAK), (FAIR - 1, Band.WEAK), (FAIR, Band.FAIR), (GOOD - 1, Band.FAIR), (GOOD, Band.STRONG), (FULL, Band.STRONG)],
)
def test_bands(value, found):
    assert band(value) is found


@pytest.mark.parametrize(("score", "most", "found"), [(0, 10, 0), (5, 10, 500), (1, 3, 333), (12, 10, FULL), (1, 0, 0)])
def test_strength_is_a_share_in_tenths_of_a_percent(score, most, found):
    assert strength(score, most) == found


def test_who_answers_more_of_the_need_is_stronger_and_nobody_answers_more_than_all(achievement, need, indexed):
    texts = ["laser welding of thin steel", "laser welding", "wheat and salt", "laser " * 50 + "welding steel thin " * 50]
    reader = indexed(*(achievement(number, text) for number, text in enumerate([*texts, *["seeds and drought"] * 30], start=1)))
    found = match(reader, need(99, "laser welding of thin steel"), limit=10)
    best = ideal(found)
    values = {hit.id.int: strength(hit.score, best) for hit in found.hits}
    assert values[1] > values[2] > 0
    assert 3 not in values
    assert max(values.values()) < FULL
