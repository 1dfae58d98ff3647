"""An unanswered request keeps its time for a while only, and gives it back by itself."""

from datetime import UTC, datetime, timedelta

import pytest

from marketplace.core import jobs
from marketplace.core.clock import now, shifted
from marketplace.core.db import db, transaction
from marketplace.core.errors import IllegalMove
from marketplace.core.mail import OUTBOX_SEEN
from marketplace.meetings import answering, moving, queries, requesting, rules, tasks
from marketplace.meetings.models import Meeting, MeetingStatus
from tests.meetings.factories_meetings import Two, bookings
from tests.venue.factories_venue import at, make_place


@pytest.fixture
def two(app):
    return Two()


def utc(text) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


@pytest.mark.parametrize(
    ("asked", "starts", "until"),
    [
        ("2020-09-10T08:00", "2020-09-18T10:00", "2020-09-11T08:00"),  # long before: a day
        ("2020-09-17T18:00", "2020-09-18T10:00", "2020-09-18T08:00"),  # the day before: until two hours before
        ("2020-09-18T07:15", "2020-09-18T10:00", "2020-09-18T08:00"),
        ("2020-09-18T07:45", "2020-09-18T10:00", "2020-09-18T08:15"),  # shortly before: half an hour all the same
        ("2020-09-18T09:30", "2020-09-18T10:00", "2020-09-18T10:00"),
        ("2020-09-18T09:50", "2020-09-18T10:00", "2020-09-18T10:00"),  # but never beyond its beginning
    ],
)
def test_a_time_is_kept_for_a_day_but_not_into_the_last_two_hours_and_half_an_hour_unless_it_begins(asked, starts, until):
    assert rules.held_until(utc(asked), utc(starts)) == utc(until)


def later(meeting) -> timedelta:
    """Until just after the hold is over."""
    return meeting.held_until - now() + timedelta(seconds=5)


def test_a_request_has_expired_at_once_when_its_hold_is_over(two):
    meeting = two.request()
    with shifted(later(meeting)):
        assert (meeting.status, meeting.standing) == (MeetingStatus.REQUESTED, MeetingStatus.EXPIRED)
        assert queries.awaiting_answer(two.b) == 0
        for status, found in (("requested", 0), ("expired", 1)):
            assert len(db.session.scalars(queries.own_meetings(two.a).where(queries.standing(status))).all()) == found
        with pytest.raises(answering.TooLate), transaction():
            answering.accept(meeting.id, by=two.b)
        with pytest.raises(IllegalMove), transaction():
            answering.decline(meeting.id, reason="Too late.", by=two.b)
        with pytest.raises(answering.TooLate), transaction():
            moving.propose(meeting.id, starts_at=at(two.fair, 14), by=two.a)


def test_what_is_overdue_gives_way_to_the_next_one_before_any_clock_has_come_by(two):
    first = two.request(starts_at=at(two.fair, 10), length_minutes=60)
    with shifted(later(first)):
        second = two.request(by=two.c, starts_at=at(two.fair, 10, 30))
        db.session.refresh(first)
        assert (first.status, first.sequence) == (MeetingStatus.EXPIRED, 1)
        assert (bookings(f"meeting:{first.id}"), bookings(f"meeting:{second.id}")) == (0, 4)


def test_the_clock_frees_what_is_overdue_and_tells_who_asked_once(two):
    meeting = two.request()
    with shifted(later(meeting)):
        tasks.expire()
        tasks.expire()
        jobs.sweep()
    assert (db.session.get(Meeting, meeting.id).status, bookings()) == (MeetingStatus.EXPIRED, 0)
    told = [message["Subject"] for message in OUTBOX_SEEN if message["To"] == two.asking.email]
    assert told == ["Your request to meet was not answered in time"]


def test_the_clock_leaves_what_may_still_be_answered_and_what_was(two):
    open_one, agreed = two.request(), two.confirmed(place_id=make_place(two.fair).id, starts_at=at(two.fair, 12))
    tasks.expire()
    assert (open_one.status, agreed.status, agreed.held_until) == (MeetingStatus.REQUESTED, MeetingStatus.CONFIRMED, None)
    with shifted(timedelta(days=1, minutes=1)):
        tasks.expire()
    assert db.session.get(Meeting, agreed.id).status is MeetingStatus.CONFIRMED


def test_open_requests_that_have_expired_do_not_count(two, monkeypatch):
    monkeypatch.setattr(requesting, "MOST_OPEN_REQUESTS", 1)
    meeting = two.request()
    with pytest.raises(requesting.TooManyRequests):
        two.request(starts_at=at(two.fair, 12))
    with shifted(later(meeting)):
        assert two.request(starts_at=at(two.fair, 12)).id
