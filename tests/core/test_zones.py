"""A fair's clock and the reader's beside it: across changes of the clocks, and where it is another day."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from flask import Flask
from hypothesis import given
from hypothesis import strategies as st

from marketplace.core import i18n, layout, zones

SHANGHAI, BERLIN, NEW_YORK = "Asia/Shanghai", "Europe/Berlin", "America/New_York"


@pytest.fixture(scope="module")
def pages():
    """An application that knows languages, and no database."""
    app = Flask("zones")
    i18n.register(app)
    return app


def at(text: str, zone: str = SHANGHAI) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=ZoneInfo(zone)).astimezone(UTC)


SEEN = [
    # fair's zone, begins and ends on its clock, reader's zone, what stands beside it
    (SHANGHAI, "2026-09-18T10:00", "2026-09-18T11:00", NEW_YORK, "22:00–23:00 New York, the day before"),
    (SHANGHAI, "2026-09-18T10:00", "2026-09-18T11:00", BERLIN, "04:00–05:00 Berlin"),
    (SHANGHAI, "2026-09-18T10:00", "2026-09-18T11:00", "Asia/Hong_Kong", ""),
    (SHANGHAI, "2026-09-18T10:00", "2026-09-18T11:00", SHANGHAI, ""),
    # Berlin puts its clocks back in the night to 25 October 2026, New York on 1 November, Shanghai never does
    (SHANGHAI, "2026-10-24T10:00", "2026-10-24T11:00", BERLIN, "04:00–05:00 Berlin"),
    (SHANGHAI, "2026-10-25T10:00", "2026-10-25T11:00", BERLIN, "03:00–04:00 Berlin"),
    (SHANGHAI, "2026-10-31T13:00", "2026-10-31T14:00", NEW_YORK, "01:00–02:00 New York"),
    (SHANGHAI, "2026-11-02T13:00", "2026-11-02T14:00", NEW_YORK, "00:00–01:00 New York"),
    # the hour that Berlin has twice: both readings are told apart, and two hours of the fair look like one there
    (SHANGHAI, "2026-10-25T08:00", "2026-10-25T08:30", BERLIN, "02:00 CEST–02:30 CEST Berlin"),
    (SHANGHAI, "2026-10-25T09:00", "2026-10-25T09:30", BERLIN, "02:00 CET–02:30 CET Berlin"),
    # the hour that New York leaves out on 8 March 2026
    (SHANGHAI, "2026-03-08T14:30", "2026-03-08T15:30", NEW_YORK, "01:30–03:30 New York"),
    # a fair in Berlin across its own change, seen from a place that has none
    (BERLIN, "2026-10-24T10:00", "2026-10-24T11:00", SHANGHAI, "16:00–17:00 Shanghai"),
    (BERLIN, "2026-10-25T10:00", "2026-10-25T11:00", SHANGHAI, "17:00–18:00 Shanghai"),
    # another day: wholly, at the end only, and at midnight itself
    (SHANGHAI, "2026-09-18T11:30", "2026-09-18T12:30", NEW_YORK, "23:30 the day before – 00:30 New York"),
    (SHANGHAI, "2026-09-18T11:00", "2026-09-18T12:00", NEW_YORK, "23:00–24:00 New York, the day before"),
    (SHANGHAI, "2026-09-18T12:00", "2026-09-18T13:00", NEW_YORK, "00:00–01:00 New York"),
    (NEW_YORK, "2026-09-18T11:30", "2026-09-18T12:30", SHANGHAI, "23:30 Shanghai – 00:30 the day after"),
    (NEW_YORK, "2026-09-18T20:00", "2026-09-18T21:00", SHANGHAI, "08:00–09:00 Shanghai, the day after"),
    # a session that ends at midnight, on the fair's last evening
    (SHANGHAI, "2026-09-20T23:00", "2026-09-21T00:00", NEW_YORK, "11:00–12:00 New York"),
    (SHANGHAI, "2026-09-20T23:00", "2026-09-21T00:00", "Australia/Sydney", "01:00–02:00 Sydney, the day after"),
    # two days apart
    ("Pacific/Kiritimati", "2026-09-18T00:30", "2026-09-18T00:45", "Pacific/Niue", "23:30–23:45 Niue, Sep 16, 2026"),
    # half hours
    (SHANGHAI, "2026-09-18T10:00", "2026-09-18T11:00", "Asia/Kolkata", "07:30–08:30 Kolkata"),
]


@pytest.mark.parametrize(("zone", "start", "end", "there", "text"), SEEN)
def test_what_another_clock_shows(pages, zone, start, end, there, text):
    with pages.test_request_context():
        assert zones.elsewhere(at(start, zone), at(end, zone), zone, there=there) == text


@pytest.mark.parametrize(
    ("start", "end", "text"),
    [
        ("2026-09-18T10:00", "2026-09-18T11:00", "10:00–11:00"),
        ("2026-09-20T23:00", "2026-09-21T00:00", "23:00–24:00"),
        ("2026-09-18T00:00", "2026-09-18T00:15", "00:00–00:15"),
    ],
)
def test_the_fairs_clock_ends_a_day_at_24(pages, start, end, text):
    with pages.test_request_context():
        shown = zones.hours(at(start), at(end), SHANGHAI)
        assert shown.striptags() == text
        assert f'datetime="{at(start).isoformat()}"' in shown


def test_a_page_shows_both_clocks_to_who_chose_one(pages):
    cookie = {"Cookie": f"zone={NEW_YORK}"}
    with pages.test_request_context(headers=cookie):
        assert zones.times(at("2026-09-18T10:00"), at("2026-09-18T11:00"), SHANGHAI).striptags() == (
            "Sep 18, 2026 10:00–11:00 · 22:00–23:00 New York, the day before"
        )
        assert layout.moment(at("2026-09-18T10:00"), SHANGHAI).striptags() == "Sep 18, 2026 10:00 · 22:00 New York, the day before"
    with pages.test_request_context(headers=cookie | {"Accept-Language": "zh"}):
        assert "纽约" in zones.hours(at("2026-09-18T10:00"), at("2026-09-18T11:00"), SHANGHAI)


@pytest.mark.parametrize("value", ["", "fair", "Nowhere/City", "<script>", "UTC\x00", "Etc/GMT+5", "../etc"])
def test_a_zone_that_is_none_shows_the_fairs_clock_alone(pages, value):
    with pages.test_request_context(headers={"Cookie": f"zone={value}"}):
        assert zones.readers_zone() is None
        assert layout.moment(at("2026-09-18T10:00"), SHANGHAI).striptags() == "Sep 18, 2026 10:00"


@pytest.mark.parametrize(("fairs", "shown"), [([], "Sep 18, 2026 02:00 UTC"), ([lambda: None], "Sep 18, 2026 02:00 UTC"), ([lambda: SHANGHAI], "Sep 18, 2026 10:00")])
def test_without_a_zone_it_is_the_fairs_clock_and_utc_only_by_name(pages, monkeypatch, fairs, shown):
    monkeypatch.setattr(zones, "FAIR_ZONE", fairs)
    with pages.test_request_context():
        assert layout.moment(at("2026-09-18T10:00")).striptags() == shown


PLACES = st.sampled_from([SHANGHAI, BERLIN, NEW_YORK, "Asia/Kolkata", "Pacific/Kiritimati", "Pacific/Niue", "Australia/Lord_Howe"])


@given(st.datetimes(datetime(2024, 1, 1), datetime(2030, 1, 1)), st.integers(1, 20), PLACES, PLACES)
def test_nothing_stands_beside_exactly_where_both_clocks_agree(pages, moment, quarters, here, there):
    start = moment.replace(tzinfo=UTC, minute=moment.minute // 15 * 15, second=0, microsecond=0)
    end = start + timedelta(minutes=15 * quarters)
    same = all(one.astimezone(ZoneInfo(here)).replace(tzinfo=None) == one.astimezone(ZoneInfo(there)).replace(tzinfo=None) for one in (start, end))
    with pages.test_request_context():
        assert (zones.elsewhere(start, end, here, there=there) == "") is same


@given(st.datetimes(datetime(2024, 1, 1), datetime(2030, 1, 1)), PLACES)
def test_a_day_ends_where_the_next_begins(moment, zone):
    start = moment.replace(tzinfo=UTC)
    assert zones.day_of(start, zone, ends=True) in {zones.day_of(start, zone), zones.day_of(start, zone) - timedelta(days=1)}
    assert zones.day_of(start + timedelta(microseconds=1), zone, ends=True) == zones.day_of(start, zone)
