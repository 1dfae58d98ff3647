"""What is on now and what comes next (docs/rules/running.md), codes of doors, and orders in which nobody is at two places."""

from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from marketplace.roadshow.running.rules import Planned, another_order, door_code, of_door, running_order

pytestmark = pytest.mark.one_database
IDS = [UUID(int=n + 1) for n in range(3)]


def t(clock: str) -> datetime:
    hour, minute = clock.split(":")
    return datetime(2026, 11, 20, int(hour), int(minute), tzinfo=UTC)


def turns(at: str, *marks: str, late: int = 0, over: bool = False) -> str:
    """Three pitches of 15 minutes from 10:00, with marks such as '10:02-10:14', '10:16-' or ''; as 'done 10:02, …'."""
    planned = []
    for number, mark in enumerate([*marks, "", "", ""][:3]):
        started, _, finished = mark.partition("-")
        planned.append(Planned(
            id=IDS[number], starts_at=t("10:00") + timedelta(minutes=15 * number), minutes=15,
            started_at=t(started) if started else None, finished_at=t(finished) if finished else None,
        ))  # fmt: skip
    found = running_order(planned, late_minutes=late, over=over, at=t(at))
    return ", ".join(f"{turn.standing.value} {turn.starts_at:%H:%M} +{turn.late_minutes}" for turn in found)


@pytest.mark.parametrize(
    ("at", "marks", "late", "expected"),
    [
        ("09:50", (), 0, "next 10:00 +0, later 10:15 +0, later 10:30 +0"),
        ("10:20", (), 0, "done 10:00 +0, on_now 10:15 +0, next 10:30 +0"),
        ("10:45", (), 0, "done 10:00 +0, done 10:15 +0, done 10:30 +0"),
        ("10:05", (), 10, "next 10:10 +10, later 10:25 +10, later 10:40 +10"),
        ("10:12", (), 10, "on_now 10:10 +10, next 10:25 +10, later 10:40 +10"),
        ("10:10", ("10:04-",), 0, "on_now 10:04 +4, next 10:19 +4, later 10:34 +4"),
        ("10:22", ("10:04-",), 0, "on_now 10:04 +4, next 10:22 +7, later 10:37 +7"),
        ("10:12", ("10:00-10:11",), 0, "done 10:00 +0, next 10:15 +0, later 10:30 +0"),
        ("10:20", ("10:00-10:15",), 0, "done 10:00 +0, next 10:20 +5, later 10:35 +5"),
        ("10:20", ("", "10:18-"), 0, "done 10:00 +0, on_now 10:18 +3, next 10:33 +3"),
        ("10:20", ("10:00-", "10:18-"), 0, "done 10:00 +0, on_now 10:18 +3, next 10:33 +3"),
        ("10:40", ("10:00-10:15", "10:15-10:30", "10:30-10:39"), 0, "done 10:00 +0, done 10:15 +0, done 10:30 +0"),
    ],
)  # fmt: skip
def test_a_mark_weighs_more_than_the_clock(at, marks, late, expected):
    assert turns(at, *marks, late=late) == expected


def test_nothing_comes_after_a_session_that_is_over():
    assert turns("10:20", "10:00-10:14", over=True) == "done 10:00 +0, done 10:15 +0, done 10:30 +0"


MOMENTS = st.integers(-60, 120)


@given(at=MOMENTS, late=st.integers(0, 60), marks=st.lists(st.tuples(MOMENTS, st.integers(1, 30), st.booleans()) | st.none(), max_size=6))
def test_at_most_one_is_on_and_one_next_and_nobody_waits_in_the_past(at, late, marks):
    zero, moment = t("10:00"), t("10:00") + timedelta(minutes=at)
    planned = []
    for number, mark in enumerate(marks):
        started = zero + timedelta(minutes=mark[0]) if mark else None
        finished = started + timedelta(minutes=mark[1]) if mark and mark[2] else None
        planned.append(Planned(id=UUID(int=number), starts_at=zero + timedelta(minutes=15 * number), minutes=15, started_at=started, finished_at=finished))
    found = running_order(planned, late_minutes=late, over=False, at=moment)
    standings = [turn.standing.value for turn in found]
    assert standings.count("on_now") <= 1 and standings.count("next") <= 1
    order = ["done", "on_now", "next", "later"]
    waiting = [turn for turn in found if turn.standing.value in ("next", "later")]
    assert all(turn.starts_at >= moment for turn in waiting)
    assert all(one.ends_at <= other.starts_at for one, other in zip(waiting, waiting[1:], strict=False))
    assert [order.index(each) for each in standings] == sorted(order.index(each) for each in standings)


@given(st.uuids())
def test_a_code_of_a_door_leads_back(thing_id):
    assert of_door(door_code(thing_id)) == of_door(door_code(thing_id).upper()) == thing_id


@pytest.mark.parametrize("code", ["", "short", "z" * 26, "8" + "0" * 25, "u" * 26, "0" * 27, "０" * 26])
def test_what_is_no_code_leads_nowhere(code):
    assert of_door(code) is None


@pytest.mark.parametrize(
    ("now_at", "possible", "expected"),
    [
        ({"a": 1, "b": 2}, {"a": {1, 2}, "b": {1, 2}}, {"a": 1, "b": 2}),
        ({"a": 1, "b": 2}, {"a": {2}, "b": {1, 2}}, {"a": 2, "b": 1}),
        ({"a": 1, "b": 2}, {"a": {2, 3}, "b": {1, 2}}, {"a": 3, "b": 2}),
        ({"a": 1, "b": 2, "c": 3}, {"a": {2}, "b": {3}, "c": {1, 3}}, {"a": 2, "b": 3, "c": 1}),
        ({"a": 1, "b": 2}, {"a": {2}, "b": {2}}, None),
        ({"a": 1}, {"a": set()}, None),
    ],
)
def test_who_can_stay_stays_where_all_can_be_placed(now_at, possible, expected):
    assert another_order(now_at, possible) == expected
