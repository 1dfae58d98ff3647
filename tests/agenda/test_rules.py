"""Days, quarters, what is on, and what cannot hold: on plain lines, without a database."""

from datetime import UTC, date, datetime, timedelta
from uuid import uuid4
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from marketplace.agenda import rules, shown
from marketplace.agenda.rules import Kind, Line, State, Trouble
from marketplace.venue.models import Place, PlaceKind
from marketplace.venue.rules import CELL

SHANGHAI, BERLIN = "Asia/Shanghai", "Europe/Berlin"
FAIR = uuid4()


def at(text: str, zone: str = SHANGHAI) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=ZoneInfo(zone)).astimezone(UTC)


def line(start: str | datetime, end: str | datetime, *holders: str, zone: str = SHANGHAI, **more) -> Line:
    begins, ends = (each if isinstance(each, datetime) else at(f"2026-09-18T{each}", zone) for each in (start, end))
    return Line(**{
        "kind": Kind.MEETING, "id": uuid4(), "fair_id": FAIR, "starts_at": begins, "ends_at": ends, "state": State.CONFIRMED, "holders": frozenset(holders),
    } | more)  # fmt: skip


@pytest.mark.parametrize(
    ("start", "end", "zone", "day"),
    [
        # at the borders of a fair from 18 to 20 September: the first and the last minute of its days
        ("2026-09-18T00:00", "2026-09-18T00:30", SHANGHAI, date(2026, 9, 18)),
        ("2026-09-20T23:30", "2026-09-21T00:00", SHANGHAI, date(2026, 9, 20)),
        ("2026-09-19T23:45", "2026-09-20T00:15", SHANGHAI, date(2026, 9, 19)),
        # the night in which Berlin has 25 hours
        ("2026-10-25T23:00", "2026-10-26T00:00", BERLIN, date(2026, 10, 25)),
        ("2026-10-25T00:00", "2026-10-25T01:00", BERLIN, date(2026, 10, 25)),
    ],
)
def test_a_line_belongs_to_the_day_on_which_it_begins_on_the_fairs_clock(start, end, zone, day):
    there = line(at(start, zone), at(end, zone))
    assert list(rules.by_day([there], zone)) == [day]
    since, until = rules.span_of(day, day, zone)
    assert since <= there.starts_at < until


@pytest.mark.parametrize(
    ("day", "zone", "hours"),
    [
        (date(2026, 9, 18), SHANGHAI, 24), (date(2026, 10, 25), BERLIN, 25), (date(2026, 3, 29), BERLIN, 23), (date(2026, 10, 25), SHANGHAI, 24),
        (date(2026, 11, 1), "America/New_York", 25), (date(2026, 4, 5), "Australia/Lord_Howe", 24.5),
    ],
)  # fmt: skip
def test_a_day_is_as_long_as_its_clocks_make_it(day, zone, hours):
    since, until = rules.span_of(day, day, zone)
    assert until - since == timedelta(hours=hours)
    assert rules.span_of(day, day + timedelta(days=1), zone)[1] > until


@given(st.dates(date(2024, 1, 1), date(2030, 1, 1)), st.sampled_from([SHANGHAI, BERLIN, "America/New_York", "Asia/Kolkata"]))
def test_one_day_ends_where_the_next_begins(day, zone):
    assert rules.span_of(day, day, zone)[1] == rules.span_of(day + timedelta(days=1), day + timedelta(days=1), zone)[0]


@pytest.mark.parametrize(
    ("moment", "now", "later"),
    [
        ("09:00", [], "a"), ("10:00", ["a"], "b"), ("10:29", ["a"], "b"), ("10:30", ["b"], "d"), ("12:14", [], "d"), ("12:15", ["d"], None), ("13:15", [], None),
    ],
)  # fmt: skip
def test_what_is_on_now_and_what_comes_next(moment, now, later):
    lines = [
        line("10:00", "10:30", title_en="a"), line("10:30", "11:00", title_en="b"), line("10:30", "11:00", title_en="c", state=State.CANCELLED),
        line("12:00", "13:00", title_en="d", late=15), line("10:30", "11:00", title_en="e", over=True),
    ]  # fmt: skip
    turn = rules.turn(lines, at(f"2026-09-18T{moment}"))
    assert ([each.title_en for each in turn.now], turn.next and turn.next.title_en) == (now, later)


EAST, WEST = (Place(id=uuid4(), kind=PlaceKind.TABLE, name_en=name, capacity=4) for name in ("East", "West"))


def ten_minutes(one: Place, other: Place) -> int:
    return 0 if one is other else 10


@pytest.mark.parametrize(
    ("one", "other", "troubles"),
    [
        (line("10:00", "10:30", "place:t"), line("10:30", "11:00", "place:t"), []),
        (line("10:00", "10:45", "place:t"), line("10:30", "11:00", "place:t"), [Trouble.PLACE]),
        (line("10:00", "10:30", "place:t", late=15), line("10:30", "11:00", "place:t"), [Trouble.PLACE]),
        (line("10:00", "10:30", "place:t", late=15), line("10:30", "11:00", "place:t", late=15), []),
        (line("10:00", "10:45", "place:t"), line("10:30", "11:00", "place:t", state=State.CANCELLED), []),
        (line("10:00", "10:45", "place:t", over=True), line("10:30", "11:00", "place:t"), []),
        (line("10:00", "11:00", "place:t"), line("10:15", "10:30", "place:u"), []),
        (line("10:00", "10:30", "person:p"), line("10:15", "10:45", "person:p"), [Trouble.PERSON]),
        (line("10:00", "10:30", "interpreter:i"), line("10:15", "10:45", "interpreter:i", "person:p"), [Trouble.INTERPRETER]),
        (line("10:00", "10:30", "person:p", place=EAST), line("10:30", "11:00", "person:p", place=WEST), [Trouble.WALKING]),
        (line("10:00", "10:30", "person:p", place=EAST), line("10:30", "11:00", "person:p", place=EAST), []),
        (line("10:00", "10:30", "person:p", place=EAST), line("10:45", "11:00", "person:p", place=WEST), []),
        (line("10:00", "10:30", "interpreter:i", place=EAST), line("10:30", "11:00", "interpreter:i", place=WEST), [Trouble.WALKING]),
        (line("10:00", "10:30", "person:p", kind=Kind.ABSENCE), line("10:00", "10:30", "person:p"), [Trouble.PERSON]),
    ],
)
def test_what_cannot_hold_is_seen(one, other, troubles):
    assert [clash.trouble for clash in rules.clashes([other, one], ten_minutes)] == troubles


def test_a_long_line_stands_in_the_way_of_each_later_one():
    whole, first, second = line("09:00", "12:00", "place:t"), line("09:30", "10:00", "place:t"), line("11:00", "11:30", "place:t")
    assert [(clash.one, clash.other) for clash in rules.clashes([second, first, whole], ten_minutes)] == [(whole, first), (whole, second)]


QUARTERS = st.lists(st.tuples(st.integers(-4, 50), st.integers(1, 12)), max_size=12)


@given(QUARTERS)
def test_a_row_of_a_grid_has_no_gap_and_leaves_no_line_out(spans):
    begins, quarters = at("2026-09-18T08:00"), 48
    lines = [line(begins + CELL * first, begins + CELL * (first + length)) for first, length in spans]
    row = rules.blocks(lines, begins, quarters)
    assert [block.at for block in row] == [begins + CELL * sum(each.length for each in row[:n]) for n in range(len(row))]
    assert sum(block.length for block in row) == quarters
    seen = {each.id for block in row for each in block.lines}
    assert seen == {each.id for each in lines if each.ends_at > begins and each.starts_at < begins + CELL * quarters}
    for block in row:
        assert all(each.starts_at < block.at + CELL * block.length and each.ends_at > block.at for each in block.lines)


@pytest.mark.parametrize(
    ("lines", "hours"),
    [
        ([], ("08:00", "19:00")),
        ([("06:45", "07:30")], ("06:00", "19:00")),
        ([("23:00", "2026-09-19T00:00")], ("08:00", "23:00")),
        ([("00:00", "00:15")], ("00:00", "19:00")),
    ],
)
def test_a_grid_shows_working_hours_and_whatever_lies_outside_them(lines, hours):
    day = date(2026, 9, 18)
    found = [line(start, at(end) if "T" in end else end) for start, end in lines]
    grid = shown.grid([shown.Column(title="x", lines=found, day=day)], SHANGHAI, at("2026-09-18T08:20"))
    assert (grid.hours[0], grid.hours[-1]) == hours
    assert len(grid.rows) == 4 * len(grid.hours)
    assert {each.id for row in grid.rows for block in row if block for each in block.lines} == {each.id for each in found}


def test_days_of_different_length_stand_beside_each_other_by_the_clock():
    days = [date(2026, 10, 24), date(2026, 10, 25), date(2026, 10, 26)]
    lines = [line(at(f"{day}T09:00", BERLIN), at(f"{day}T09:30", BERLIN)) for day in days]
    grid = shown.grid([shown.Column(title=str(day), lines=[each], day=day) for day, each in zip(days, lines, strict=True)], BERLIN, at("2026-01-01T00:00"))
    assert [[block.lines[0].id for block in row if block and block.lines] for row in grid.rows][4] == [each.id for each in lines]
    assert grid.now is None
