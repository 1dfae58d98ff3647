"""Moving a meeting: the new time is kept beside the old one until the other side answers."""

from datetime import timedelta

import pytest
from sqlalchemy import select

from marketplace.core import jobs
from marketplace.core.clock import now, shifted
from marketplace.core.db import db, transaction
from marketplace.core.errors import Forbidden, IllegalMove, Invalid, NotFound
from marketplace.core.mail import OUTBOX_SEEN
from marketplace.meetings import answering, moving, tasks
from marketplace.meetings.models import Meeting, MeetingPerson, MeetingStatus
from marketplace.venue import booking
from marketplace.venue.models import Booking
from tests.factories import make_member
from tests.meetings.factories_meetings import Two, bookings
from tests.venue.factories_venue import at, make_place


@pytest.fixture
def two(app):
    return Two()


def propose(two, meeting, *, by=None, **more) -> Meeting:
    with transaction():
        return moving.propose(meeting.id, **({"starts_at": at(two.fair, 15)} | more), by=by or two.a)


def answer(step, meeting, by) -> Meeting:
    with transaction():
        return step(meeting.id, by=by)


def test_both_times_are_kept_until_the_other_side_agrees(two):
    meeting = propose(two, two.confirmed())
    assert (bookings(f"meeting:{meeting.id}"), bookings(f"move:{meeting.id}")) == (6, 6)
    assert (meeting.starts_at, meeting.sequence) == (at(two.fair, 10), 1)
    with pytest.raises(Forbidden):
        answer(moving.agree, meeting, two.a)
    with pytest.raises(NotFound):
        answer(moving.agree, meeting, two.c)
    answer(moving.agree, meeting, two.b)
    assert (meeting.starts_at, meeting.sequence, meeting.proposed, meeting.status) == (at(two.fair, 15), 2, None, MeetingStatus.CONFIRMED)
    assert (bookings(f"meeting:{meeting.id}"), bookings(f"move:{meeting.id}")) == (6, 0)
    assert two.request(by=two.c).starts_at == at(two.fair, 10)


@pytest.mark.parametrize("side", ["a", "b"])
def test_who_proposed_takes_it_back_or_the_other_side_keeps_the_old_time(two, side):
    meeting = propose(two, two.confirmed())
    answer(moving.keep, meeting, getattr(two, side))
    assert (meeting.starts_at, meeting.proposed, bookings(f"move:{meeting.id}"), bookings()) == (at(two.fair, 10), None, 0, 6)
    with pytest.raises(moving.NoMove):
        answer(moving.agree, meeting, two.b)


@pytest.mark.parametrize("then", ["the old time is kept", "the old time is accepted by others", "it lapsed", "it lapsed, another was named"])
def test_who_was_named_with_another_time_comes_to_that_time_only(two, then):
    """Who comes and who is booked are the same people."""
    meeting, colleague = two.request(), make_member(two.company)
    propose(two, meeting, by=two.b, people=[colleague.id])
    if then == "the old time is kept":
        answer(moving.keep, meeting, two.a)
    elif then.startswith("it lapsed"):
        meeting.move_until, meeting.held_until = now() - timedelta(seconds=1), now() + timedelta(hours=1)
        db.session.commit()
        if then == "it lapsed":
            tasks.expire()
        else:
            propose(two, meeting, by=two.b, starts_at=at(two.fair, 16), people=[make_member(two.company).id])
    with transaction():
        answering.accept(meeting.id, by=two.b)
    coming = set(db.session.scalars(select(MeetingPerson.person_id).where(MeetingPerson.meeting_id == meeting.id)))
    booked = {row.resource for row in db.session.scalars(select(Booking).where(Booking.resource.startswith("person:")))}
    assert coming == {two.a.person_id, two.b.person_id} and booked == {booking.person_key(one) for one in coming}


def test_a_second_proposal_after_one_that_lapsed_keeps_its_own_time(two):
    """The clock has not come by: what the first one kept goes, what the second one keeps stays."""
    meeting = propose(two, two.confirmed())
    meeting.move_until = now() - timedelta(seconds=1)
    db.session.commit()
    propose(two, meeting, starts_at=at(two.fair, 16))
    assert bookings(f"move:{meeting.id}") == 6
    answer(moving.agree, meeting, two.b)
    assert (meeting.starts_at, bookings(f"meeting:{meeting.id}"), bookings()) == (at(two.fair, 16), 6, 6)


def test_a_proposal_nobody_answers_lapses_at_once_and_the_clock_clears_it(two):
    meeting = propose(two, two.confirmed())
    with shifted(meeting.move_until - now() + timedelta(seconds=5)):
        assert meeting.proposed is None
        with pytest.raises(moving.NoMove):
            answer(moving.agree, meeting, two.b)
        tasks.expire()
    meeting = db.session.get(Meeting, meeting.id)
    assert (meeting.move_to, meeting.status, bookings(f"move:{meeting.id}")) == (None, MeetingStatus.CONFIRMED, 0)


def test_half_an_hour_later_at_the_same_table_shares_what_both_times_have(two):
    meeting = propose(two, two.confirmed(length_minutes=60), starts_at=at(two.fair, 10, 30))
    assert (bookings(f"meeting:{meeting.id}"), bookings(f"move:{meeting.id}")) == (12, 6)
    answer(moving.agree, meeting, two.b)
    assert (bookings(f"meeting:{meeting.id}"), bookings()) == (12, 12)
    assert two.request(by=two.c, length_minutes=30).id
    with pytest.raises(booking.Taken):
        two.request(by=two.c, starts_at=at(two.fair, 11))


def test_one_s_own_request_moves_at_once_and_the_asked_side_confirms_by_agreeing_with_its_counter(two):
    first = propose(two, two.request())
    assert (first.starts_at, first.status, first.sequence, bookings()) == (at(two.fair, 15), MeetingStatus.REQUESTED, 1, 4)
    colleague = make_member(two.company)
    countered = propose(two, first, by=two.b, starts_at=at(two.fair, 16), people=[colleague.id])
    assert (countered.status, countered.proposed) == (MeetingStatus.REQUESTED, at(two.fair, 16))
    answer(moving.agree, countered, two.a)
    assert (countered.status, countered.starts_at, bookings()) == (MeetingStatus.CONFIRMED, at(two.fair, 16), 6)
    assert bookings() == bookings(f"meeting:{countered.id}")


def test_accepting_the_time_that_was_asked_for_forgets_the_counter(two):
    meeting = propose(two, two.request(), by=two.b)
    with transaction():
        answering.accept(meeting.id, by=two.b)
    assert (meeting.starts_at, meeting.status, meeting.proposed, bookings(), bookings(f"move:{meeting.id}")) == (at(two.fair, 10), MeetingStatus.CONFIRMED, None, 6, 0)


def test_what_ends_a_meeting_frees_both_times(two):
    meeting = propose(two, two.confirmed())
    with transaction():
        answering.cancel(meeting.id, reason="The plane is late.", by=two.b)
    assert bookings() == 0


def test_a_taken_time_is_refused_without_names_of_the_other_side_and_nothing_changes(two):
    meeting = two.confirmed()
    two.request(by=two.b, organization_id=two.outsider.id, starts_at=at(two.fair, 15), place_id=make_place(two.fair).id)
    with pytest.raises(booking.Taken, match="somebody of the other side") as refused:
        propose(two, meeting)
    assert two.asked.name not in str(refused.value.detail)
    assert (meeting.proposed, bookings(f"move:{meeting.id}")) == (None, 0)


@pytest.mark.parametrize(
    ("change", "error"),
    [
        (lambda t: {"starts_at": at(t.fair, 10)}, Invalid),
        (lambda t: {"starts_at": at(t.fair, 15, 5)}, Invalid),
        (lambda t: {"starts_at": at(t.fair, 15, day=-2)}, Invalid),
        (lambda t: {"starts_at": at(t.fair, 15, day=4)}, Invalid),
        (lambda t: {"place_id": make_place(t.fair, "hall").id}, Invalid),
        (lambda t: {"by": t.c}, NotFound),
    ],
)
def test_what_cannot_be_proposed(two, change, error):
    meeting = two.confirmed()
    with pytest.raises(error):
        propose(two, meeting, **change(two))


def test_one_proposal_at_a_time_and_none_for_what_is_over(two):
    meeting = propose(two, two.confirmed())
    with pytest.raises(moving.MoveOpen):
        propose(two, meeting, by=two.b, starts_at=at(two.fair, 16))
    with shifted(at(two.fair, 11) - now()), pytest.raises(IllegalMove):
        propose(two, meeting)


def test_the_side_that_did_not_act_is_told_of_each_step(two):
    meeting = propose(two, two.confirmed())
    answer(moving.keep, meeting, two.b)
    propose(two, meeting)
    answer(moving.agree, meeting, two.b)
    with transaction():
        answering.cancel(meeting.id, reason="The plane is late.", by=two.a)
    jobs.sweep()
    name = two.agency.name_en
    assert [(message["To"], message["Subject"]) for message in OUTBOX_SEEN] == [
        (two.asked.email, f"{name} would like to meet you"), (two.asking.email, "Your meeting is confirmed"),
        (two.asked.email, f"{name} would like to move your meeting"), (two.asking.email, "A meeting stays at its time"),
        (two.asked.email, f"{name} would like to move your meeting"), (two.asking.email, "A meeting was moved"),
        (two.asked.email, "A meeting was cancelled"),
    ]  # fmt: skip
