"""The tables of docs/rules/scheduling.md, and hours as people write them."""

from datetime import date

import pytest

from marketplace.scheduling import rules
from marketplace.scheduling.models import Presence, Wanted

pytestmark = pytest.mark.one_database
MUST, LIKE, NO = Wanted.MUST, Wanted.LIKE, Wanted.NO


@pytest.mark.parametrize(("sides", "strength", "weight"), [
    ([MUST], 0, 1000), ([LIKE], 0, 300), ([LIKE], 620, 362), ([LIKE], 1000, 400), ([MUST, LIKE], 500, 1350), ([MUST, MUST], 900, 2000), ([MUST, NO], 900, 0),
])  # fmt: skip
def test_what_a_wish_weighs(sides, strength, weight):
    assert rules.weight(sides, strength=strength) == weight


@pytest.mark.parametrize(("text", "hours"), [
    ("9:00-12:00, 13:30–17:00", [["09:00", "12:00"], ["13:30", "17:00"]]), ("20:00-24:00", [["20:00", "24:00"]]), ("9:00-10:00;10:00-11:00", [["09:00", "10:00"], ["10:00", "11:00"]]),
    ("", None), ("9 to 5", None), ("9:10-10:00", None), ("12:00-9:00", None), ("9:00-12:00, 11:00-13:00", None), ("9:00-25:00", None),
])  # fmt: skip
def test_hours_are_read_or_refused(text, hours):
    if hours is None:
        with pytest.raises(ValueError):
            rules.parse_hours(text)
    else:
        assert rules.parse_hours(text) == hours
        assert rules.parse_hours(rules.hours_text(hours)) == hours


@pytest.mark.parametrize(("day", "zone", "hours", "clocks"), [
    (date(2026, 3, 29), "Europe/Berlin", ["01:00", "04:00"], ["00:00", "00:30", "01:00", "01:30"]),  # two hours on that night
    (date(2026, 5, 1), "Asia/Shanghai", ["09:00", "10:15"], ["01:00", "01:30"]),
    (date(2026, 5, 1), "Asia/Shanghai", ["23:00", "24:00"], ["15:00", "15:30"]),
])  # fmt: skip
def test_slots_follow_the_clock_of_the_fair(day, zone, hours, clocks):
    assert [f"{start:%H:%M}" for start in rules.slots([day], [hours], length_minutes=30, pause_minutes=0, time_zone=zone)] == clocks


@pytest.mark.parametrize(("one", "other", "between"), [
    (["zh", "en"], ["de", "en"], ("en", "en")), (["zh"], ["de", "en"], ("zh", "de")), ([], ["de"], (None, "de")),
])  # fmt: skip
def test_two_speak_what_both_know_else_each_their_own(one, other, between):
    assert rules.languages_between(one, other) == between


@pytest.mark.parametrize(("one", "other", "where"), [
    (Presence.ON_SITE, Presence.EITHER, (True, False)), (Presence.EITHER, Presence.EITHER, (True, True)), (Presence.ONLINE, Presence.ON_SITE, (False, True)),
])  # fmt: skip
def test_where_two_may_meet(one, other, where):
    assert rules.where(one, other) == rules.where(other, one) == where
