"""What two answers make of a proposal, what a side may know of it, which moves there are, and the bands of exposure."""

from datetime import UTC, date, datetime
from itertools import product
from types import SimpleNamespace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from marketplace.core.errors import IllegalMove
from marketplace.core.states import check_move
from marketplace.coverage.models import MOVES, Answer, State
from marketplace.coverage.rules import Seen, banded, days_since, is_about, seen, state_of

YES, NO = Answer.INTERESTED, Answer.DECLINED
ALLOWED = {
    ("proposed", "proposed"), ("proposed", "wanted"), ("proposed", "declined"), ("proposed", "talking"), ("proposed", "withdrawn"),
    ("wanted", "wanted"), ("wanted", "proposed"), ("wanted", "declined"), ("wanted", "talking"), ("wanted", "withdrawn"),
    ("declined", "declined"), ("declined", "proposed"), ("declined", "wanted"), ("withdrawn", "proposed"), ("withdrawn", "wanted"),
}  # fmt: skip


@pytest.mark.parametrize(("start", "end"), list(product(State, State)))
def test_only_the_moves_of_the_table_are_made(start, end):
    if (start.value, end.value) in ALLOWED:
        assert check_move(MOVES, start, end) is end
    else:
        with pytest.raises(IllegalMove):
            check_move(MOVES, start, end)


@pytest.mark.parametrize(
    ("answers", "state"),
    [
        ((None, None), State.PROPOSED), ((YES, None), State.PROPOSED), ((YES, YES), State.WANTED), ((NO, None), State.DECLINED),
        ((NO, YES), State.DECLINED), ((NO, NO), State.DECLINED),
    ],
)  # fmt: skip
def test_the_answers_make_the_state_whichever_side_gave_them(answers, state):
    assert state_of(answers) is state_of(reversed(answers)) is state


def test_a_side_cannot_tell_the_others_no_from_its_silence():
    for mine in (None, YES, NO):
        assert seen(state_of((mine, None)), mine) is seen(state_of((mine, NO)), mine)
    assert seen(State.WANTED, YES) is Seen.BOTH
    assert seen(state_of((None, YES)), None) is seen(state_of((None, None)), None) is Seen.WAITING
    assert [seen(state, YES) for state in (State.TALKING, State.WITHDRAWN)] == [Seen.TALKING, Seen.WITHDRAWN]


@settings(max_examples=20)
@given(st.dictionaries(st.integers(0, 600), st.integers(0, 7000)))
def test_the_bands_hold_every_achievement_once(counts):
    assert sum(band.count for band in banded(counts)) == sum(counts.values())


def test_the_bands_end_where_they_say():
    assert [(band.code, band.count) for band in banded({0: 1, 1: 10, 2: 100, 5: 1000, 6: 10_000, 99: 100_000})] == [
        ("0", 1), ("1", 10), ("2-5", 1100), ("6+", 110_000),
    ]  # fmt: skip


def test_days_are_those_of_the_fairs_clock():
    late = datetime(2026, 11, 20, 17, 0, tzinfo=UTC)  # the 21st in Shanghai
    assert days_since(late, date(2026, 11, 22), "Asia/Shanghai") == 1
    assert days_since(late, date(2026, 11, 22), "UTC") == 2
    assert days_since(late, date(2026, 11, 20), "Asia/Shanghai") == 0


@pytest.mark.parametrize(
    ("need", "achievement", "about"),
    [("n", "a", True), (None, "a", True), ("n", None, True), ("n", "x", False), ("x", "a", False), (None, "x", False)],
)
def test_a_thread_is_about_a_pair_when_what_it_names_is_the_pairs(need, achievement, about):
    proposal = SimpleNamespace(fair_id="f", need_id="n", achievement_id="a")
    assert is_about(SimpleNamespace(fair_id="f", need_id=need, achievement_id=achievement), proposal) is about
    assert not is_about(SimpleNamespace(fair_id="g", need_id=need, achievement_id=achievement), proposal)
