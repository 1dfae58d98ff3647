"""The formula for which the engine's own explanation is the judge (see test_reasons)."""

import pytest

from marketplace.search.bm25 import Statistics, idf, points, quantised


@pytest.mark.parametrize(
    ("length", "remembered"),
    [(0, 0), (1, 1), (39, 39), (40, 40), (41, 40), (42, 42), (55, 54), (59, 56), (60, 60), (100, 96), (500, 472)],
)
def test_the_engine_remembers_a_length_coarsely(length: int, remembered: int) -> None:
    assert quantised(length) == remembered


def test_a_remembered_length_is_never_more_than_an_eighth_short() -> None:
    for length in range(1, 20_000):
        assert length * 7 / 8 <= quantised(length) <= length


def test_the_worked_row_of_the_rule_page() -> None:
    assert idf(10, 1000) == pytest.approx(4.5574, abs=1e-4)
    of = Statistics(documents=1000, average_length=100)
    assert points(1.0, 10, 2, length=96, of=of) == pytest.approx(6.3377, abs=1e-4)
    assert points(1.0, 10, 2, length=472, of=of) == pytest.approx(3.0624, abs=1e-4)
