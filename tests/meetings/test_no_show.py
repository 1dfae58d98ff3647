"""Who does not come is missed after five minutes, and the rest of the time goes to who waits, in order, without a gap for others."""

from datetime import timedelta

import pytest

from marketplace.core import jobs
from marketplace.core.clock import now
from marketplace.core.db import db
from marketplace.core.errors import DomainError, Duplicate, IllegalMove, Invalid, NotFound
from marketplace.core.mail import OUTBOX_SEEN
from marketplace.meetings import answering, day_queries, moving, noshow, standby, tasks
from marketplace.meetings.models import Absence, Meeting, MeetingStatus, Origin, Standby
from marketplace.venue import booking
from marketplace.venue.models import Booking
from tests.factories import actor, make_member, make_organization
from tests.meetings.factories_day import Running, do, make_meeting, make_standby, minute
from tests.venue.factories_venue import make_place


@pytest.fixture
def running(app):
    return Running()


def held(meeting) -> set[str]:
    """The kinds of resources that a meeting has booked."""
    return {row.resource for row in db.session.query(Booking).filter_by(holder=f"meeting:{meeting.id}")}


@pytest.mark.parametrize(
    ("minutes", "answer"), [(-60, "refused"), (0, "refused"), (4.9, "refused"), (5, "offered"), (26, "free"), (600, "free")]
)  # fmt: skip
def test_they_have_five_minutes(running, minutes, answer):
    running.waits()
    with minute(running.meeting, minutes):
        if answer == "refused":
            with pytest.raises(noshow.NotYetMissed):
                do(noshow.missed, running.meeting.id, by=running.a)
        else:
            meeting = do(noshow.missed, running.meeting.id, by=running.a)
            assert (meeting.missed_by_id, meeting.freed_at is None) == (running.guest.id, answer == "offered")


@pytest.mark.parametrize("side", ["a", "b"])
def test_either_side_that_is_there_says_so_and_without_a_list_everything_is_free(running, side):
    sequence = running.meeting.sequence
    with minute(running.meeting, 6):
        meeting = do(noshow.missed, running.meeting.id, by=getattr(running, side))
        assert meeting.missed_by_id == (running.guest if side == "a" else running.host).id
        assert (meeting.status.value, meeting.outcome.value, meeting.sequence) == ("no_show", "no_show", sequence + 1)
        assert (held(meeting), meeting.freed_at is None) == (set(), False)
        jobs.sweep()
    assert [message["To"] for message in OUTBOX_SEEN] == [(running.comes if side == "a" else running.sits).email]
    with minute(running.meeting, 6), pytest.raises(IllegalMove):
        do(noshow.missed, running.meeting.id, by=running.a)


def test_a_missed_meeting_forgets_the_time_that_was_proposed_for_it(running):
    later = running.meeting.starts_at + timedelta(hours=1)
    with minute(running.meeting, -60):
        do(moving.propose, running.meeting.id, starts_at=later, accept_warnings=True, by=running.a)
    holder = Booking.holder == f"move:{running.meeting.id}"
    assert db.session.query(Booking).filter(holder).count() > 0
    with minute(running.meeting, 6):
        assert do(noshow.missed, running.meeting.id, by=running.a).move_to is None
    assert db.session.query(Booking).filter(holder).count() == 0


def test_who_is_called_from_the_list_has_five_minutes_of_their_own(running):
    begun = running.meeting.starts_at
    called = make_meeting(running.fair, running.host, running.guest, origin=Origin.STANDBY, starts_at=begun + timedelta(hours=2),
                          answered_at=begun + timedelta(hours=2, minutes=7))  # fmt: skip
    with minute(called, 10), pytest.raises(noshow.NotYetMissed):
        do(noshow.missed, called.id, by=running.b)
    with minute(called, 12):
        assert do(noshow.missed, called.id, by=running.b).status is MeetingStatus.NO_SHOW


def test_what_is_over_is_not_called_off(running):
    with minute(running.meeting, running.meeting.length_minutes), pytest.raises(IllegalMove):
        do(answering.cancel, running.meeting.id, reason="We were not there.", by=running.b)


def test_a_request_is_not_accepted_once_its_time_is_over(running):
    asked = make_meeting(running.fair, running.host, running.guest, status=MeetingStatus.REQUESTED, held_until=running.meeting.ends_at + timedelta(hours=9),
                         starts_at=running.meeting.starts_at + timedelta(hours=2))  # fmt: skip
    with minute(asked, asked.length_minutes), pytest.raises(answering.TooLate):
        do(answering.accept, asked.id, by=running.b)


def test_the_rest_goes_to_who_waits_longest_and_the_table_stays_taken_meanwhile(running):
    first, comes = running.waits()
    second, later = running.waits()
    elsewhere = make_standby(running.fair, make_organization(), running.guest)
    with minute(running.meeting, 6):
        do(noshow.missed, running.meeting.id, by=running.a)
        assert held(running.meeting) == {booking.place_key(running.table.id), booking.person_key(running.sits.id)}
        assert [each.row.id for each in day_queries.offers(by=comes)] == [first.id]
        assert day_queries.offers(by=later) == []
        with pytest.raises(standby.OfferOver):
            do(standby.accept, second.id, by=later)
        with pytest.raises(NotFound):
            do(standby.accept, first.id, by=later)
        meeting = do(standby.accept, first.id, by=comes)
    assert (meeting.status, meeting.origin, meeting.length_minutes) == (MeetingStatus.CONFIRMED, Origin.STANDBY, 30)
    assert (meeting.starts_at, meeting.place_id) == (running.meeting.starts_at, running.table.id)
    assert held(meeting) == {booking.place_key(running.table.id), booking.person_key(running.sits.id), booking.person_key(comes.person_id)}
    assert held(running.meeting) == set()
    for row, over in ((first, True), (second, False), (elsewhere, False)):
        db.session.refresh(row)
        assert (row.ended_at is not None) is over
    with minute(running.meeting, 7):
        with pytest.raises(NotFound):
            do(standby.accept, first.id, by=comes)
        jobs.sweep()
    told = [(message["To"], str(message["Subject"])) for message in OUTBOX_SEEN]
    assert told[1:] == [(comes.email, f"{running.host.name_en} has time for you now"), (running.sits.email, f"{meeting_name(meeting)} comes instead")]


def meeting_name(meeting: Meeting) -> str:
    from marketplace.organizations.models import Organization

    return db.session.get_one(Organization, meeting.from_organization_id).name_en


@pytest.mark.parametrize(("offered", "accepted", "begins"), [(6, 7, 0), (6, 12, None), (14, 16, 15), (24, 28, 15)])
def test_the_meeting_that_comes_of_it_begins_with_the_running_quarter(running, offered, accepted, begins):
    first, comes = running.waits()
    with minute(running.meeting, offered):
        do(noshow.missed, running.meeting.id, by=running.a)
    with minute(running.meeting, accepted):
        if begins is None:
            with pytest.raises(standby.OfferOver):
                do(standby.accept, first.id, by=comes)
            return
        meeting = do(standby.accept, first.id, by=comes)
    assert (meeting.starts_at - running.meeting.starts_at, meeting.length_minutes) == (timedelta(minutes=begins), 30 - begins)


def test_an_offer_stands_five_minutes_then_the_next_is_asked_and_at_last_the_table_is_free(running):
    (first, comes), (second, later) = running.waits(), running.waits()
    with minute(running.meeting, 6):
        do(noshow.missed, running.meeting.id, by=running.a)
    with minute(running.meeting, 10.9):
        tasks.offers()
        assert day_queries.count_offers(comes) == 1
    with minute(running.meeting, 11.1):
        with pytest.raises(standby.OfferOver):
            do(standby.accept, first.id, by=comes)
        tasks.offers()
        tasks.offers()
        assert (day_queries.count_offers(comes), day_queries.count_offers(later)) == (0, 1)
        do(standby.pass_on, second.id, by=later)
    db.session.refresh(running.meeting)
    assert running.meeting.freed_at is not None
    assert held(running.meeting) == set()
    assert [each.place for each in day_queries.own_places(by=later)] == [2]


def test_who_leaves_while_asked_lets_the_next_one_come(running):
    (first, comes), (_, later) = running.waits(), running.waits()
    with minute(running.meeting, 6):
        do(noshow.missed, running.meeting.id, by=running.a)
        do(standby.leave, first.id, by=comes)
        assert [each.place for each in day_queries.offers(by=later)] == [1]


@pytest.mark.parametrize("why", ["busy", "away", "missed", "too late", "not wanted"])
def test_who_is_not_asked(running, why):
    row, comes = running.waits()
    minutes, offer = 6, True
    if why == "busy":
        host = make_organization()
        make_meeting(running.fair, host, db.session.get_one(type(host), row.organization_id), guests=[db.session.get_one(type(running.sits), comes.person_id)])
    elif why == "away":
        db.session.add(Absence(
            fair_id=running.fair.id, organization_id=row.organization_id, starts_at=running.meeting.starts_at,
            ends_at=running.meeting.ends_at, created_by=comes.person_id, created_at=now(),
        ))  # fmt: skip
        db.session.commit()
    elif why == "missed":
        row.organization_id = running.guest.id
        db.session.commit()
    elif why == "too late":
        minutes = 26
    else:
        offer = False
    with minute(running.meeting, minutes):
        do(noshow.missed, running.meeting.id, offer=offer, by=running.a)
        assert day_queries.count_offers(comes) == 0
    assert held(running.meeting) == set()


def test_who_sits_elsewhere_by_then_cannot_come(running):
    row, comes = running.waits()
    with minute(running.meeting, 6):
        do(noshow.missed, running.meeting.id, by=running.a)
        host, person = make_organization(), db.session.get_one(type(running.sits), comes.person_id)
        make_meeting(running.fair, host, db.session.get_one(type(host), row.organization_id), guests=[person])
        with pytest.raises(booking.Taken):
            do(standby.accept, row.id, by=comes)
        assert day_queries.count_offers(comes) == 1


@pytest.mark.parametrize("given", [False, True])
def test_they_come_after_all_unless_the_time_was_given_away(running, given):
    row, comes = running.waits()
    with minute(running.meeting, 6):
        do(noshow.missed, running.meeting.id, by=running.a)
        with pytest.raises(IllegalMove):
            do(noshow.came, running.meeting.id, by=running.b)
        if given:
            do(standby.accept, row.id, by=comes)
            with pytest.raises(IllegalMove):
                do(noshow.came, running.meeting.id, by=running.a)
            return
        meeting = do(noshow.came, running.meeting.id, by=running.a)
        assert (meeting.status, meeting.missed_by_id, meeting.outcome) == (MeetingStatus.CONFIRMED, None, None)
        assert booking.person_key(running.comes.id) in held(meeting)
        with pytest.raises(standby.OfferOver):
            do(standby.accept, row.id, by=comes)


def test_they_come_after_all_but_the_table_is_taken(running):
    with minute(running.meeting, 6):
        do(noshow.missed, running.meeting.id, by=running.a)
        make_meeting(running.fair, make_organization(), make_organization(), running.table)
        with pytest.raises(booking.Taken):
            do(noshow.came, running.meeting.id, by=running.a)


def test_one_waits_once_for_another_and_not_for_oneself_or_for_everybody(running, monkeypatch):
    organization = make_organization()
    by = actor(make_member(organization), organization)

    def join(other):
        return do(standby.join, running.fair.id, organization_id=other.id, topic="Pumps", language="en", by=by)

    row = join(running.host)
    monkeypatch.setattr(standby, "MOST_WAITING", 1)
    for other, refusal in ((running.host, Duplicate), (organization, Invalid), (running.guest, Invalid)):
        with pytest.raises(refusal):
            join(other)
    assert [(each.place, each.other.id) for each in day_queries.own_places(by=by)] == [(1, running.host.id)]
    assert [each.other.id for each in day_queries.waiting_for(running.fair.id, by=running.a)] == [organization.id]
    assert day_queries.waiting_for(running.fair.id, by=running.b) == []
    with pytest.raises(NotFound):
        do(standby.leave, row.id, by=running.a)
    do(standby.leave, row.id, by=by)
    assert day_queries.own_places(by=by) == []


def test_lists_end_with_the_fair(running):
    row, by = running.waits()
    with minute(running.meeting, 60 * 60):
        assert (day_queries.own_places(by=by), day_queries.waiting_for(running.fair.id, by=running.a)) == ([], [])
        tasks.forget()
        assert db.session.get_one(Standby, row.id, populate_existing=True).ended_at is not None


def test_of_two_missed_meetings_each_time_is_offered_to_somebody_else(running):
    (_, one), (_, other) = running.waits(), running.waits()
    colleague, guest = make_member(running.host), make_organization()
    second = make_meeting(running.fair, running.host, guest, make_place(running.fair), hosts=[colleague])
    with minute(running.meeting, 6):
        for meeting in (running.meeting, second):
            do(noshow.missed, meeting.id, by=running.a)
        assert [each.meeting.id for by in (one, other) for each in day_queries.offers(by=by)] == [running.meeting.id, second.id]


def test_a_row_that_waits_is_closed_to_others(running):
    row, _ = running.waits()
    for step in (standby.accept, standby.pass_on, standby.leave):
        with pytest.raises(DomainError) as refused:
            do(step, row.id, by=running.b)
        assert refused.value.status == 404
    assert db.session.get_one(Standby, row.id).ended_at is None
