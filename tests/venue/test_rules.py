"""Quarters of an hour, the fair's days on the fair's own clock, and the free alternatives that are offered."""

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from marketplace.core.errors import Invalid
from marketplace.venue import rules, schemas

BEIJING = ZoneInfo("Asia/Shanghai")


def utc(text) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


@pytest.mark.parametrize(("minutes", "count"), [(1, 1), (15, 1), (16, 2), (30, 2), (45, 3), (120, 8)])
def test_a_span_covers_every_quarter_it_touches(minutes, count):
    found = rules.cells(utc("2020-09-18T01:00"), minutes)
    assert found == [utc("2020-09-18T01:00") + timedelta(minutes=15 * i) for i in range(count)]


@pytest.mark.parametrize(
    ("text", "right"),
    [("2020-09-18T09:00", True), ("2020-09-18T09:45", True), ("2020-09-18T09:05", False), ("2020-09-18T09:00:01", False)],
)
def test_only_full_quarters_are_on_the_grid(text, right):
    assert rules.on_grid(utc(text)) is right


@pytest.mark.parametrize(
    ("wall", "zone", "moment"),
    [
        ("2020-09-18T09:30", "Asia/Shanghai", "2020-09-18T01:30"),
        ("2020-09-18T00:00", "Asia/Shanghai", "2020-09-17T16:00"),
        ("2020-09-18T09:30", "Asia/Kathmandu", "2020-09-18T03:45"),
        ("2020-09-18T09:30", "America/New_York", "2020-09-18T13:30"),
        ("2020-03-29T01:45", "Europe/Berlin", "2020-03-29T00:45"),
        ("2020-03-29T03:00", "Europe/Berlin", "2020-03-29T01:00"),
        ("2020-10-25T03:00", "Europe/Berlin", "2020-10-25T02:00"),
    ],
)
def test_a_wall_clock_time_is_one_moment(wall, zone, moment):
    assert schemas.resolved("starts_at", datetime.fromisoformat(wall), zone) == utc(moment)


@pytest.mark.parametrize(("wall", "zone"), [("2020-03-29T02:30", "Europe/Berlin"), ("2020-10-25T02:30", "Europe/Berlin")])
def test_a_wall_clock_time_that_is_skipped_or_comes_twice_is_refused_beside_its_field(wall, zone):
    with pytest.raises(Invalid) as refused:
        schemas.resolved("starts_at", datetime.fromisoformat(wall), zone)
    assert [(error.pointer, error.code) for error in refused.value.errors] == [("/starts_at", "moment_ambiguous")]


@pytest.mark.parametrize(
    ("starts", "ends", "zone", "right"),
    [
        ("2020-09-17T16:00", "2020-09-17T16:15", "Asia/Shanghai", True),  # midnight of the first day in Beijing
        ("2020-09-17T15:45", "2020-09-17T16:00", "Asia/Shanghai", False),  # a quarter before it
        ("2020-09-19T15:45", "2020-09-19T16:00", "Asia/Shanghai", True),  # until midnight of the last day
        ("2020-09-19T15:45", "2020-09-19T16:15", "Asia/Shanghai", False),  # beyond it
        ("2020-09-17T16:00", "2020-09-17T16:15", "UTC", False),
        ("2020-09-18T00:00", "2020-09-18T00:15", "UTC", True),
        ("2020-09-20T03:45", "2020-09-20T04:00", "America/New_York", True),
    ],
)
def test_the_fairs_days_are_those_of_its_own_clock(starts, ends, zone, right):
    days = {"opens_on": date(2020, 9, 18), "closes_on": date(2020, 9, 19)}
    assert rules.within_days(utc(starts), utc(ends), **days, time_zone=zone) is right


@pytest.mark.parametrize(("day", "count"), [("2020-03-29", 48), ("2020-10-25", 48), ("2020-06-01", 48)])
def test_offered_times_keep_to_the_day_also_when_clocks_change(day, count):
    found = rules.starts([date.fromisoformat(day)], 15, time_zone="Europe/Berlin")
    assert len(found) == count
    assert (found[0].hour, found[-1].hour, found[-1].minute) == (8, 19, 45)


def wish(hour, minute=0) -> datetime:
    return datetime(2020, 9, 18, hour, minute, tzinfo=BEIJING)


CANDIDATES = rules.starts([date(2020, 9, 18), date(2020, 9, 19)], 30, time_zone="Asia/Shanghai")


def offered(at, taken, *, places=("place:a", "place:b"), people=("person:x",)):
    found = rules.alternatives(at, minutes=30, places=places, people=people, candidates=CANDIDATES, taken=taken)
    return [(place, f"{start:%H:%M}") for place, start in found]


def test_the_same_time_elsewhere_comes_first():
    taken = {("place:a", quarter) for quarter in rules.cells(wish(10), 30)}
    assert offered(wish(10), taken) == [("place:b", "10:00"), ("place:b", "09:45"), ("place:b", "10:15")]


def test_another_place_does_not_help_a_person_who_is_taken():
    taken = {("person:x", quarter) for quarter in rules.cells(wish(10), 30)}
    assert offered(wish(10), taken) == [("place:a", "09:30"), ("place:a", "10:30"), ("place:a", "09:15")]


def test_nothing_is_offered_when_nothing_is_free():
    taken = {("person:x", quarter) for start in CANDIDATES for quarter in rules.cells(start, 30)}
    assert offered(wish(10), taken) == []


@given(st.sets(st.tuples(st.sampled_from(["place:a", "place:b", "person:x"]), st.integers(0, 95))))
def test_what_is_offered_is_free(numbers):
    first = CANDIDATES[0]
    taken = {(resource, first + timedelta(minutes=15 * number)) for resource, number in numbers}
    found = rules.alternatives(wish(12), minutes=30, places=["place:a", "place:b"], people=["person:x"], candidates=CANDIDATES, taken=taken)
    for place, start in found:
        for quarter in rules.cells(start, 30):
            assert (place, quarter) not in taken
            assert ("person:x", quarter) not in taken



@pytest.mark.parametrize(("first", "last", "number"), [(date(2026, 9, 18), date(2026, 9, 18), 1), (date(2026, 9, 18), date(2026, 9, 20), 3), (date(2026, 1, 1), date(2026, 12, 31), 31)])
def test_the_days_of_a_fair(first, last, number):
    assert len(rules.days(first, last)) == number
