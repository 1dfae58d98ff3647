"""Interpreters: assigned where languages differ, never at two meetings at once, replaced where one is free, and staff read no more than they need."""

from datetime import timedelta

import pytest

from marketplace.core import jobs
from marketplace.core.db import db, transaction
from marketplace.core.errors import DomainError, Duplicate, IllegalMove, Invalid, NotFound
from marketplace.core.mail import OUTBOX_SEEN
from marketplace.meetings import day_queries, interpreters, noshow, requesting
from marketplace.meetings.models import Interpreter
from marketplace.venue import booking
from marketplace.venue.conflicts import Warned
from marketplace.venue.models import Booking
from tests.factories import actor, make_fair, make_member, make_organization, make_person, make_staff
from tests.meetings.factories_day import Running, do, make_interpreter, make_meeting, minute
from tests.venue.factories_venue import at, make_place


@pytest.fixture
def running(app):
    return Running()


def spoken(meeting, one, other):
    meeting.from_language, meeting.to_language = one, other
    db.session.commit()
    return meeting


def booked(one) -> int:
    return db.session.query(Booking).filter_by(resource=booking.interpreter_key(one.id)).count()


@pytest.mark.parametrize(
    ("ours", "theirs", "languages", "assigned"),
    [
        ("zh", "en", ("en", "zh"), True), ("zh", "en", ("de", "en", "zh"), True), ("zh", "en", ("de", "zh"), False),
        ("zh", "zh", ("en", "zh"), False), ("zh", None, ("en", "zh"), False), (None, None, ("en", "zh"), False),
    ],
)  # fmt: skip
def test_an_interpreter_comes_where_the_languages_differ(running, ours, theirs, languages, assigned):
    one = make_interpreter(running.fair, *languages)
    found = do(interpreters.assign, spoken(running.meeting, ours, theirs))
    assert (found is not None and found.id == one.id) is assigned
    assert booked(one) == (2 if assigned else 0)


def test_nobody_interprets_twice_at_once_and_who_has_least_to_do_is_first(running):
    busy, idle = make_interpreter(running.fair), make_interpreter(running.fair, name="Sun Mei")
    early = spoken(make_meeting(running.fair, running.guest, running.host, hour=9), "en", "zh")
    assert do(interpreters.assign, early).id == busy.id
    first = spoken(running.meeting, "en", "zh")
    second, third = (spoken(make_meeting(running.fair, running.guest, running.host), "zh", "en") for _ in range(2))
    assert [getattr(do(interpreters.assign, each), "id", None) for each in (first, second, third)] == [idle.id, busy.id, None]
    assert [line.id for line in day_queries.lacking(running.fair)] == [third.id]
    assert [day_queries.count_lacking(by) for by in (running.manager, running.a)] == [1, 0]


def test_who_is_assigned_is_kept_and_goes_when_nobody_is_needed(running):
    make_interpreter(running.fair)
    chosen = make_interpreter(running.fair, name="Sun Mei")
    meeting = spoken(running.meeting, "en", "zh")
    do(interpreters.choose, meeting.id, chosen.id, by=running.manager)
    assert do(interpreters.assign, meeting).id == chosen.id
    spoken(meeting, "en", "en")
    assert do(interpreters.assign, meeting) is None
    assert (meeting.interpreter_id, booked(chosen)) == (None, 0)


@pytest.mark.parametrize(("given", "field"), [({"languages": ["zh"]}, "languages"), ({"email": "nobody@example.org"}, "email")])
def test_an_interpreter_speaks_two_languages_and_has_an_account_or_none(running, given, field):
    with pytest.raises(Invalid) as refused:
        do(interpreters.add, running.fair.id, **{"name": "Lin Yu", "languages": ["zh", "en"]} | given, by=running.manager)
    assert refused.value.errors[0].pointer == f"/{field}"


def test_an_interpreter_with_an_account_gets_a_mail_for_each_meeting_and_reads_no_topic(running):
    person = make_person()
    one = do(interpreters.add, running.fair.id, name="Lin Yu", languages=["zh", "en"], email=person.email, by=running.manager)
    with pytest.raises(Duplicate):
        do(interpreters.add, running.fair.id, name="Lin Yu", languages=["zh", "en"], email=person.email, by=running.manager)
    meeting = spoken(running.meeting, "en", "zh")
    do(interpreters.choose, meeting.id, one.id, by=running.manager)
    jobs.sweep()
    assert {message["To"] for message in OUTBOX_SEEN} == {person.email, running.sits.email, running.comes.email}
    assert not any(meeting.topic in message.get_content() for message in OUTBOX_SEEN)
    assert [line.id for line in day_queries.work_of([one.id], since=meeting.starts_at)] == [meeting.id]
    assert "topic" not in day_queries.Interpreting.__slots__


@pytest.mark.parametrize("why", ["meets", "presents", "away", "interprets at another fair", "comes to it", "free"])
def test_one_human_is_at_one_place_whether_they_interpret_or_meet(running, why):
    one, meeting = make_interpreter(running.fair, person_id=running.comes.id), spoken(running.meeting, "en", "zh")
    asked = spoken(make_meeting(running.fair, running.host, make_organization(), hosts=[make_member(running.host)], hour=12), "en", "zh")
    span = (asked.starts_at, 30)
    if why == "meets":
        make_meeting(running.fair, running.guest, make_organization(), hosts=[running.comes], hour=12)
    elif why in ("presents", "away"):
        with transaction():
            booking.take([booking.person_key(one.person_id)], span[0], minutes=span[1], holder={"presents": "pitch:1", "away": "absence:1"}[why])
    elif why == "interprets at another fair":
        other = make_fair()
        elsewhere = spoken(make_meeting(other, running.guest, running.host, starts_at=asked.starts_at), "en", "zh")
        do(interpreters.choose, elsewhere.id, make_interpreter(other, person_id=one.person_id).id, by=actor(make_staff(other, "manager")))
    elif why == "comes to it":
        asked = meeting
        with pytest.raises(Invalid) as refused:
            do(interpreters.choose, asked.id, one.id, by=running.manager)
        assert refused.value.errors[0].code == "comes"
    assert [each.id for each in interpreters.available(running.fair.id, ["en", "zh"], starts_at=asked.starts_at, minutes=30, but_for=interpreters.comers(asked))] == (
        [one.id] if why == "free" else []
    )
    assert (do(interpreters.assign, asked) is not None) is (why == "free")
    held = {row.resource for row in db.session.query(Booking).filter_by(holder=f"meeting:{asked.id}")}
    assert (booking.person_key(one.person_id) in held) is (why in ("free", "comes to it"))


def test_who_interprets_cannot_be_asked_to_come_elsewhere_until_somebody_else_does(running):
    one = make_interpreter(running.fair, person_id=running.comes.id)
    asked = spoken(make_meeting(running.fair, running.host, make_organization(), hour=12), "en", "zh")
    do(interpreters.choose, asked.id, one.id, by=running.manager)
    facts = {"organization_id": running.host.id, "place_id": make_place(running.fair).id, "starts_at": asked.starts_at, "length_minutes": 30, "topic": "Pumps"}
    with pytest.raises(booking.Taken):
        do(requesting.request, running.fair.id, **facts, by=running.b)
    with pytest.raises(Warned):
        do(interpreters.absent, one.id, starts_at=asked.starts_at, ends_at=asked.ends_at, by=running.manager)
    do(interpreters.choose, asked.id, None, by=running.manager)
    assert do(requesting.request, running.fair.id, **facts, by=running.b).id
    absence = do(interpreters.absent, one.id, starts_at=asked.starts_at, ends_at=asked.starts_at + timedelta(hours=2), by=running.manager)
    held = db.session.query(Booking).filter_by(holder=f"absence:{absence.id}")
    assert (held.count(), booked(one)) == (8 + 6, 8), "what the person has already stays theirs"


@pytest.mark.parametrize(("meanwhile", "interprets"), [(None, "the same"), ("left", "another"), ("sits elsewhere", "another"), ("all left", "nobody")])
def test_who_came_after_all_has_an_interpreter_who_is_still_there(running, meanwhile, interprets):
    one, meeting = make_interpreter(running.fair), spoken(running.meeting, "en", "zh")
    do(interpreters.assign, meeting)
    other = make_interpreter(running.fair, name="Sun Mei")
    with minute(meeting, 6):
        do(noshow.missed, meeting.id, by=running.a)
        if meanwhile == "sits elsewhere":
            do(interpreters.choose, spoken(make_meeting(running.fair, make_organization(), make_organization()), "en", "zh").id, one.id, by=running.manager)
        elif meanwhile is not None:
            for each in [one, other][: 1 + (meanwhile == "all left")]:
                each.left_at = meeting.starts_at
            db.session.commit()
        do(noshow.came, meeting.id, by=running.a)
    assert meeting.interpreter_id == {"the same": one.id, "another": other.id, "nobody": None}[interprets]
    assert (booked(one), booked(other)) == (2 if interprets == "the same" or meanwhile == "sits elsewhere" else 0, 2 if interprets == "another" else 0)


@pytest.mark.parametrize("why", ["language", "left", "elsewhere", "other fair"])
def test_who_cannot_be_chosen(running, why):
    one, meeting = make_interpreter(running.fair), spoken(running.meeting, "en", "zh")
    if why == "language":
        one.languages = ["de", "en"]
    elif why == "left":
        one.left_at = meeting.created_at
    elif why == "elsewhere":
        do(interpreters.assign, spoken(make_meeting(running.fair, running.guest, running.host), "en", "zh"))
    else:
        one.fair_id = make_fair().id
    db.session.commit()
    statuses = {"language": 422, "left": 404, "elsewhere": 409, "other fair": 404}
    with pytest.raises(DomainError) as refused:
        do(interpreters.choose, meeting.id, one.id, by=running.manager)
    assert refused.value.status == statuses[why]


def test_an_absence_shows_first_what_breaks_and_finds_somebody_else(running):
    one, other = make_interpreter(running.fair), make_interpreter(running.fair, name="Sun Mei")
    meetings = [spoken(make_meeting(running.fair, running.guest, running.host, hour=hour), "en", "zh") for hour in (11, 12, 13)]
    for meeting in meetings[:2]:
        do(interpreters.choose, meeting.id, one.id, by=running.manager)
    clashing = spoken(make_meeting(running.fair, running.guest, running.host, hour=12), "en", "zh")
    do(interpreters.choose, clashing.id, other.id, by=running.manager)
    times = {"starts_at": meetings[0].starts_at, "ends_at": meetings[0].starts_at + timedelta(hours=8)}
    with pytest.raises(Warned) as warned:
        do(interpreters.absent, one.id, **times, by=running.manager)
    assert [error.detail.split(": ")[1] for error in warned.value.errors] == ["Sun Mei is free instead.", "nobody else is free."]
    assert meetings[0].interpreter_id == one.id
    absence = do(interpreters.absent, one.id, **times, accept_warnings=True, by=running.manager)
    assert [meeting.interpreter_id for meeting in meetings] == [other.id, None, None]
    assert booked(one) == 32
    assert [row.id for row, _, away in day_queries.listed(running.fair) if away] == [one.id]
    with pytest.raises(booking.Taken):
        do(interpreters.absent, one.id, **times, by=running.manager)
    do(interpreters.back, absence.id, by=running.manager)
    assert booked(one) == 0


def test_who_leaves_is_replaced(running):
    one, other = make_interpreter(running.fair), make_interpreter(running.fair, name="Sun Mei")
    meeting = spoken(running.meeting, "en", "zh")
    do(interpreters.choose, meeting.id, one.id, by=running.manager)
    with pytest.raises(Warned):
        do(interpreters.leave, one.id, by=running.manager)
    do(interpreters.leave, one.id, accept_warnings=True, by=running.manager)
    assert meeting.interpreter_id == other.id
    with pytest.raises(IllegalMove):
        do(interpreters.change, one.id, name="Lin Yu", languages=["de", "en"], by=running.manager)
    assert [each.id for each in interpreters.speaking(running.fair.id, ["zh"])] == [other.id]


def test_staff_of_another_fair_and_the_two_sides_find_no_interpreter(running):
    one = make_interpreter(running.fair)
    stranger = actor(make_staff(make_fair(), "manager"))
    times = {"starts_at": at(running.fair, 11), "ends_at": at(running.fair, 12)}
    for by in (stranger, running.a):
        for step in (
            lambda by: interpreters.change(one.id, name="X", languages=["en", "zh"], by=by), lambda by: interpreters.absent(one.id, **times, by=by),
            lambda by: interpreters.leave(one.id, by=by), lambda by: interpreters.choose(running.meeting.id, one.id, by=by),
        ):  # fmt: skip
            with pytest.raises(NotFound):
                do(step, by)
    assert db.session.get_one(Interpreter, one.id).name == "Lin Yu"
