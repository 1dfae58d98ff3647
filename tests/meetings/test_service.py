"""Meetings of two organisations: who asks, who answers, who reads what, and nobody in two places at once."""

from uuid import uuid4

import pytest
from sqlalchemy import select

from marketplace.core import jobs
from marketplace.core.clock import now, shifted
from marketplace.core.db import db, transaction
from marketplace.core.errors import Forbidden, IllegalMove, Invalid, NotFound
from marketplace.core.mail import OUTBOX_SEEN
from marketplace.meetings import answering, noting, queries, requesting, service
from marketplace.meetings.models import MEETING_MOVES, Meeting, MeetingStatus
from marketplace.venue import booking
from marketplace.venue.models import PlaceKind
from tests.factories import actor, make_fair, make_member
from tests.meetings.factories_meetings import Two, bookings
from tests.venue.factories_venue import at, make_place


@pytest.fixture
def two(app):
    return Two()


def test_a_request_books_the_table_and_who_asks_and_an_acceptance_who_comes(two):
    meeting = two.request()
    assert (meeting.status.value, bookings()) == ("requested", 4)
    with transaction():
        answering.accept(meeting.id, by=two.b)
    assert (meeting.status.value, bookings()) == ("confirmed", 6)
    jobs.sweep()
    assert [message["To"] for message in OUTBOX_SEEN] == [two.asked.email, two.asking.email]


@pytest.mark.parametrize("end", ["decline", "cancel"])
def test_whatever_ends_a_meeting_frees_table_and_people(two, end):
    meeting = two.request() if end == "decline" else two.confirmed()
    by = two.b if end == "decline" else two.a
    with transaction():
        getattr(answering, end)(meeting.id, reason="The plane is late.", by=by)
    assert bookings() == 0
    assert two.request().status is MeetingStatus.REQUESTED


def test_the_same_table_at_an_overlapping_time_is_refused_with_three_ways_out(two):
    two.request()
    other = make_place(two.fair, name_en="Table next door")
    with pytest.raises(booking.Taken) as refused:
        two.request(by=two.c, starts_at=at(two.fair, 10, 15))
    assert [error.code for error in refused.value.errors] == ["taken", "free", "free", "free"]
    assert other.name_en in refused.value.errors[1].detail
    assert two.request(by=two.c, starts_at=at(two.fair, 10, 30)).id


def test_nobody_is_in_two_meetings_at_once_and_not_in_a_meeting_and_elsewhere(two):
    two.request()
    with pytest.raises(booking.Taken, match=two.asking.name):
        two.request(place_id=make_place(two.fair).id, organization_id=two.outsider.id)
    meeting = two.request(by=two.c, place_id=make_place(two.fair).id)
    first = db.session.scalars(select(Meeting).where(Meeting.id != meeting.id)).one()
    with transaction():
        answering.accept(first.id, by=two.b)
    with pytest.raises(booking.Taken, match=two.asked.name), transaction():
        answering.accept(meeting.id, by=two.b)
    colleague = make_member(two.company)
    with transaction():
        answering.accept(meeting.id, people=[colleague.id], by=two.b)


@pytest.mark.parametrize(
    ("change", "pointer", "code"),
    [
        (lambda t: {"organization_id": t.agency.id}, "/organization", "own_organization"),
        (lambda t: {"place_id": make_place(t.fair, PlaceKind.HALL).id}, "/place_id", "hall"),
        (lambda t: {"starts_at": at(t.fair, 10, 5)}, "/starts_at", "quarter"),
        (lambda t: {"starts_at": at(t.fair, 10, day=-1)}, "/starts_at", "outside_fair"),
        (lambda t: {"starts_at": at(t.fair, 10, day=4)}, "/starts_at", "past"),
        (lambda t: {"people": [t.asked.id]}, "/people", "people"),
        (lambda t: {"people": [uuid4()]}, "/people", "people"),
    ],
)
def test_what_cannot_be_asked_for(two, change, pointer, code):
    with pytest.raises(Invalid) as refused:
        two.request(**change(two))
    assert [(error.pointer, error.code) for error in refused.value.errors] == [(pointer, code)]


def test_a_place_of_another_fair_and_an_unknown_organisation_are_not_found(two):
    with pytest.raises(NotFound):
        two.request(place_id=make_place(make_fair()).id)
    with pytest.raises(NotFound):
        two.request(organization_id=uuid4())


def test_many_unanswered_requests_are_too_many(two, monkeypatch):
    monkeypatch.setattr(requesting, "MOST_OPEN_REQUESTS", 2)
    two.request(starts_at=at(two.fair, 9))
    two.request(starts_at=at(two.fair, 10))
    with pytest.raises(requesting.TooManyRequests):
        two.request(starts_at=at(two.fair, 11))


def test_only_the_two_sides_read_a_meeting(two):
    meeting = two.request()
    for by in (two.a, two.b):
        assert service.get_meeting(meeting.id, by=by).id == meeting.id
        assert [found.id for found in queries.meetings_of_pair(two.agency.id, two.company.id, by=by)] == [meeting.id]
    for key in (meeting.id, uuid4()):
        with pytest.raises(NotFound):
            service.get_meeting(key, by=two.c)
    assert queries.meetings_of_pair(two.agency.id, two.company.id, by=two.c) == []


def test_who_was_asked_answers_and_who_asked_cancels(two):
    meeting = two.request()
    with pytest.raises(Forbidden), transaction():
        answering.accept(meeting.id, by=two.a)
    with pytest.raises(Forbidden), transaction():
        answering.cancel(meeting.id, reason="x", by=two.b)
    reader = actor(make_member(two.company, "reader"), two.company)
    with pytest.raises(Forbidden), transaction():
        answering.accept(meeting.id, by=reader)
    with transaction():
        answering.decline(meeting.id, reason="No time.", by=two.b)
    with pytest.raises(IllegalMove), transaction():
        answering.accept(meeting.id, by=two.b)


def test_the_outcome_is_shared_and_the_notes_are_not(two):
    meeting = two.confirmed()
    with shifted(meeting.starts_at - now()), transaction():
        noting.record(
            meeting.id, outcome="term_sheet", next_step="Send the draft", due_on=two.fair.closes_on, notes="CANARY: pay up to 3 m", by=two.b
        )
    seen = service.get_meeting(meeting.id, by=two.a)
    assert (seen.status.value, seen.outcome.value, seen.next_step) == ("held", "term_sheet", "Send the draft")
    assert queries.own_note(seen, by=two.a) is None
    with transaction():
        noting.write_notes(meeting.id, "Ours", by=two.a)
    assert [queries.own_note(seen, by=by).text for by in (two.a, two.b)] == ["Ours", "CANARY: pay up to 3 m"]


def test_the_day_counts_what_waits_for_an_answer(two):
    meeting = two.request()
    assert [queries.awaiting_answer(by) for by in (two.a, two.b, two.c)] == [0, 1, 0]
    with transaction():
        answering.accept(meeting.id, by=two.b)
    assert queries.awaiting_answer(two.b) == 0


@pytest.mark.parametrize("start", MeetingStatus)
@pytest.mark.parametrize("end", MeetingStatus)
def test_the_moves_of_a_meeting(start, end):
    allowed = {"requested": "confirmed declined cancelled expired", "confirmed": "held no_show cancelled", "no_show": "confirmed"}
    assert (end in MEETING_MOVES[start]) == (end.value in allowed.get(start.value, "").split())
