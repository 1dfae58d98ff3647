"""What points make: the tables of docs/rules/selection.md, and laws that hold for any points."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from marketplace.roadshow.calls import rules
from marketplace.roadshow.calls.models import MOVES, Status

pytestmark = pytest.mark.one_database
TOTALS = [
    ((5, 5), (3, 1), 5000), ((1, 1), (3, 1), 1000), ((4, 2), (3, 1), 3500), ((4, 2), (1, 1), 3000), ((5, 4, 3), (1, 1, 1), 4000),
    ((5, 4, 4), (1, 1, 1), 4333), ((5, 5, 4), (1, 1, 1), 4667),
]  # fmt: skip
STANDINGS = [((), (0, 0, 0)), ((3500,), (1, 3500, 0)), ((3500, 4500), (2, 4000, 1000)), ((4333, 4334), (2, 4334, 1)), ((1000, 5000, 3000), (3, 3000, 4000))]
WRITTEN = [(4333, "4.33"), (4335, "4.34"), (4345, "4.34"), (5000, "5.00"), (1000, "1.00"), (0, "0.00"), (999, "1.00")]


@pytest.mark.parametrize(("points", "weights", "total"), TOTALS)
def test_a_total_is_the_weighted_mean(points, weights, total):
    assert rules.total(dict(enumerate(points)), dict(enumerate(weights))) == total


@pytest.mark.parametrize(("totals", "standing"), STANDINGS)
def test_a_standing_is_count_mean_and_spread(totals, standing):
    found = rules.standing(totals)
    assert (found.count, found.mean, found.spread) == standing


@pytest.mark.parametrize(("thousandths", "text"), WRITTEN)
def test_points_are_written_with_two_digits(thousandths, text):
    assert rules.in_points(thousandths) == text


@given(st.lists(st.tuples(st.integers(1, 5), st.integers(1, 100)), min_size=1, max_size=8))
def test_a_total_lies_between_the_lowest_and_the_highest_points(rows):
    points, weights = dict(enumerate(row[0] for row in rows)), dict(enumerate(row[1] for row in rows))
    total = rules.total(points, weights)
    assert 1000 * min(points.values()) <= total <= 1000 * max(points.values())
    assert rules.total(points, {key: 7 * weight for key, weight in weights.items()}) == total, "only the weights beside each other count"


def test_every_state_has_its_moves_and_only_its_organisation_leaves_and_returns():
    assert set(MOVES) == set(Status)
    assert MOVES[Status.WITHDRAWN] == {Status.SUBMITTED}
    assert all(Status.WITHDRAWN in moves for status, moves in MOVES.items() if status is not Status.WITHDRAWN)
