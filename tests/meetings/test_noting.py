"""What came of a meeting: written by either side in under a minute, corrected knowingly, kept while it is typed, and followed up."""

from datetime import date, timedelta

import pytest

from marketplace.accounts import erasing
from marketplace.core import jobs
from marketplace.core.clock import now, today
from marketplace.core.db import db
from marketplace.core.errors import DomainError, IllegalMove, NotFound, TooLarge
from marketplace.core.mail import OUTBOX_SEEN
from marketplace.meetings import day_schemas, noting, queries, service, tasks
from marketplace.meetings import today as day
from marketplace.meetings.models import MeetingStatus
from tests.factories import actor, make_member, make_organization
from tests.meetings.factories_day import Running, do, make_meeting, minute, moment
from tests.venue.factories_venue import at


@pytest.fixture
def running(app):
    return Running()


@pytest.fixture
def begun(running):
    with minute(running.meeting, 10):
        yield running


@pytest.mark.parametrize(("minutes", "written"), [(-60, False), (-0.1, False), (0, True), (600, True)])
def test_nothing_has_come_of_a_meeting_before_it_begins(running, minutes, written):
    with minute(running.meeting, minutes):
        do(noting.write_notes, running.meeting.id, "Bring the drawing", by=running.a)
        if written:
            assert do(noting.record, running.meeting.id, outcome="contract", by=running.a).status is MeetingStatus.HELD
        else:
            with pytest.raises(noting.NotBegun):
                do(noting.record, running.meeting.id, outcome="contract", by=running.a)


def test_either_side_writes_it_down_and_knows_what_the_other_wrote(begun):
    running = begun
    meeting = do(noting.record, running.meeting.id, outcome="information_exchanged", notes="CANARY of the host", check_seen=True, by=running.a)
    assert (meeting.status, meeting.outcome_by_id) == (MeetingStatus.HELD, running.host.id)
    with pytest.raises(noting.WrittenMeanwhile):
        do(noting.record, meeting.id, outcome="term_sheet", seen=None, check_seen=True, by=running.b)
    do(noting.record, meeting.id, outcome="term_sheet", next_step="Send the draft", seen=meeting.outcome_at, check_seen=True, by=running.b)
    seen = service.get_meeting(meeting.id, by=running.a)
    assert (seen.outcome.value, seen.next_step, seen.outcome_by_id) == ("term_sheet", "Send the draft", running.guest.id)
    assert queries.own_note(seen, by=running.b) is None
    assert queries.own_note(seen, by=running.a).text == "CANARY of the host"


def test_what_did_not_take_place_has_no_outcome_until_they_came(running):
    with minute(running.meeting, 6):
        do(noting.record, running.meeting.id, outcome="no_show", by=running.a)
        with pytest.raises(IllegalMove):
            do(noting.record, running.meeting.id, outcome="contract", by=running.b)


@pytest.mark.one_database
@pytest.mark.parametrize(
    ("given", "wrong"),
    [
        ({}, "outcome"), ({"next_step": "A call"}, "outcome"), ({"due_in": "7", "notes": "x"}, "outcome"), ({"outcome": "no_show"}, "outcome"),
        ({"outcome": "contract", "due_in": "on", "next_step": "x"}, "due_on"), ({"outcome": "contract", "due_in": "7"}, "next_step"),
        ({"outcome": "contract"}, None), ({"notes": "Only notes"}, None), ({"outcome": "contract", "next_step": "x", "due_in": "7"}, None),
    ],
)  # fmt: skip
def test_what_a_note_needs(app, given, wrong):
    errors = day_schemas.MeetingNoteIn().validate(given)
    assert set(errors) == ({wrong} if wrong else set())


@pytest.mark.one_database
@pytest.mark.parametrize(
    ("chosen", "expected"),
    [("none", None), ("0", date(2020, 9, 17)), ("1", date(2020, 9, 18)), ("14", date(2020, 10, 1)), ("on", date(2021, 1, 1))],
)
def test_one_tap_gives_the_day(chosen, expected):
    assert day_schemas.due_day({"due_in": chosen, "due_on": date(2021, 1, 1)}, date(2020, 9, 17)) == expected


def test_what_is_typed_is_kept_for_this_person_alone_until_it_is_saved(begun):
    running = begun
    colleague = actor(make_member(running.host), running.host)
    do(noting.keep, running.meeting.id, [("csrf_token", "x"), ("notes", "CANARY half a sen")], by=running.a)
    do(noting.keep, running.meeting.id, [("csrf_token", "x"), ("notes", "CANARY half a sentence")], by=running.a)
    assert noting.typed(running.meeting.id, by=running.a) == [("notes", "CANARY half a sentence")]
    assert [noting.typed(running.meeting.id, by=by) for by in (colleague, running.b)] == [[], []]
    outsider = actor(make_member(organization := make_organization()), organization)
    for pairs, by, refusal in (([("notes", "x" * 30_000)], running.a, TooLarge), ([("notes", "\x00")], running.a, DomainError), ([], outsider, NotFound)):
        with pytest.raises(refusal):
            do(noting.keep, running.meeting.id, pairs, by=by)
    do(noting.record, running.meeting.id, outcome="contract", by=running.a)
    assert noting.typed(running.meeting.id, by=running.a) == []


def test_what_is_typed_goes_with_the_person_and_after_thirty_days(running):
    for by in (running.a, running.b):
        do(noting.keep, running.meeting.id, [("notes", "CANARY")], by=by)
    do(erasing.erase, running.sits.id, by=None)
    assert (noting.typed(running.meeting.id, by=running.a), len(noting.typed(running.meeting.id, by=running.b))) == ([], 1)
    with moment(now() + timedelta(days=31)):
        assert noting.typed(running.meeting.id, by=running.b) == []
        tasks.forget()
    assert noting.typed(running.meeting.id, by=running.b) == []


def test_a_next_step_is_due_until_somebody_ticks_it_off(begun):
    running = begun
    first = today(running.fair.time_zone)
    do(noting.record, running.meeting.id, outcome="contract", next_step="Send the draft", due_on=first, by=running.a)
    assert [day.count_steps_due(by) for by in (running.a, running.b)] == [1, 1]
    do(noting.finish_step, running.meeting.id, by=running.b)
    assert day.count_steps_due(running.a) == 0
    with pytest.raises(IllegalMove):
        do(noting.finish_step, running.meeting.id, by=running.a)
    do(noting.record, running.meeting.id, outcome="contract", next_step="Sign it", due_on=first + timedelta(days=3), by=running.a)
    assert (len(db.session.scalars(day.steps(running.a)).all()), day.count_steps_due(running.a)) == (1, 0)


def test_a_meeting_that_is_over_waits_to_be_written_down(running):
    assert day.count_unwritten(running.a) == 0
    with minute(running.meeting, 29):
        assert day.count_unwritten(running.a) == 0
    with minute(running.meeting, 30):
        assert [day.count_unwritten(by) for by in (running.a, running.b)] == [1, 1]
        do(noting.record, running.meeting.id, outcome="no_interest", by=running.a)
        assert day.count_unwritten(running.b) == 0


def mails() -> list[tuple[str, str]]:
    jobs.sweep()
    found = [(message["To"], message.get_content()) for message in OUTBOX_SEEN]
    OUTBOX_SEEN.clear()
    return found


def test_the_day_before_everybody_gets_their_list_once(running):
    make_meeting(running.fair, running.guest, running.host, hour=14, hosts=[running.comes])
    with moment(at(running.fair, 15, day=1)):
        tasks.remind()
        assert mails() == []
    with moment(at(running.fair, 16, 1, day=1)):
        for _ in range(2):
            tasks.remind()
        found = dict(mails())
        assert set(found) == {running.sits.email, running.comes.email}
        assert ("14:00–14:30" in found[running.comes.email], "14:00" in found[running.sits.email]) == (True, False)
    with moment(at(running.fair, 17, day=1)):
        tasks.remind()
        assert mails() == []


def test_who_left_the_organisation_gets_no_list(running):
    from marketplace.organizations.models import Membership

    for row in db.session.query(Membership).filter_by(person_id=running.comes.id):
        row.ended_at = now()
    db.session.commit()
    with moment(at(running.fair, 16, 1, day=1)):
        tasks.remind()
        assert [to for to, _ in mails()] == [running.sits.email]


def test_a_step_is_reminded_of_once_on_its_day_and_again_when_the_day_changes(running):
    due = running.fair.closes_on
    running.meeting.starts_at = now() - timedelta(minutes=1)
    db.session.commit()
    do(noting.record, running.meeting.id, outcome="contract", next_step="Send the draft", due_on=due, notes="CANARY", by=running.a)
    for when, expected in ((at(running.fair, 7), 0), (at(running.fair, 9), 2), (at(running.fair, 10), 0)):
        with moment(when):
            tasks.remind()
            found = [text for _, text in mails()]
            assert (len(found), "CANARY" in "".join(found)) == (expected, False)
    do(noting.record, running.meeting.id, outcome="contract", next_step="Send the draft", due_on=due + timedelta(days=1), by=running.b)
    with moment(at(running.fair, 9) + timedelta(days=1)):
        tasks.remind()
        assert len(mails()) == 2
