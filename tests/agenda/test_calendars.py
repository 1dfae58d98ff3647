"""Calendars behind secret addresses: what is in them, what changes in them, and who may fetch them."""

from datetime import UTC, datetime, timedelta

import pytest
from icalendar import Calendar
from sqlalchemy import update

from marketplace.agenda import calendars, queries, reading, rules, service
from marketplace.agenda.models import CalendarFeed, Whose
from marketplace.core import audit
from marketplace.core.clock import now, shifted
from marketplace.core.db import db, transaction
from marketplace.core.errors import Invalid, NotFound
from marketplace.meetings.models import Meeting, MeetingStatus
from marketplace.organizations.models import Membership
from tests.agenda.factories_agenda import make_interpreter, make_meeting, make_pitch
from tests.counting import counted
from tests.factories import actor, form_token, make_fair, make_member, make_organization, make_person, make_staff, sign_in
from tests.roadshow.factories_roadshow import make_session
from tests.venue.factories_venue import at, make_place


@pytest.fixture
def two(client):
    """An agency and a company that meet, with one person each, at a fair in Shanghai."""

    class Two:
        fair = make_fair(current=True)
        agency, company = make_organization(), make_organization()
        asking, asked = make_member(agency), make_member(company)
        table = make_place(fair, name_en="Table 12")
        meeting = make_meeting(fair, agency, company, place=table, people=[(agency, asking), (company, asked)])

    return Two


def address(person, whose=Whose.ME, thing=None, *, organization=None) -> str:
    with transaction():
        _, secret = service.open_feed(whose, thing.id if thing else None, name="Fair", by=actor(person, organization))
    return f"/calendar/{secret}.ics"


def events(answer) -> list:
    assert answer.status_code == 200, answer.text[:300]
    return list(Calendar.from_ical(answer.data).walk("VEVENT"))


def test_a_meeting_is_an_event_in_the_zone_of_the_fair(client, two):
    found = Calendar.from_ical(client.get(address(two.asking)).data)
    (one,) = found.walk("VEVENT")
    start = at(two.fair, 10)
    assert (one["UID"], one["SEQUENCE"], one["STATUS"]) == (str(two.meeting.id), 0, "CONFIRMED")
    assert one["DTSTART"].params["TZID"] == "Asia/Shanghai"
    assert one["DTSTART"].to_ical().decode() == f"{start:%Y%m%dT100000}"
    assert (one["DTSTART"].dt, one["DTEND"].dt) == (start, start + timedelta(minutes=30))
    assert "METHOD" not in found
    assert one["DTSTAMP"].dt == one["LAST-MODIFIED"].dt
    assert (one["SUMMARY"], one["LOCATION"]) == (f"Meeting with {two.company.name_en}", "Table 12")
    assert "Licence of the pump" in one["DESCRIPTION"]
    (zone,) = found.walk("VTIMEZONE")
    assert zone["TZID"] == "Asia/Shanghai"
    assert [part["TZOFFSETTO"].to_ical() for part in zone.subcomponents] == ["+0800"]


def test_an_event_keeps_its_uid_through_changes_and_is_cancelled_not_forgotten(client, two):
    url = address(two.asking)
    first = client.get(url)
    same = client.get(url, headers={"If-None-Match": first.headers["ETag"]})
    assert (same.status_code, first.headers["Cache-Control"]) == (304, "private, no-cache")
    uid = events(first)[0]["UID"]
    with transaction():
        meeting = db.session.get_one(Meeting, two.meeting.id)
        meeting.starts_at, meeting.sequence = at(two.fair, 15), 1
        audit.record("meetings.move", f"meeting:{meeting.id}", by=actor(two.asked))
    changed = client.get(url, headers={"If-None-Match": first.headers["ETag"]})
    (moved,) = events(changed)
    assert (moved["UID"], moved["SEQUENCE"], moved["DTSTART"].dt) == (uid, 1, at(two.fair, 15))
    assert moved["LAST-MODIFIED"].dt >= events(first)[0]["LAST-MODIFIED"].dt
    with transaction():
        db.session.execute(update(Meeting).values(status=MeetingStatus.CANCELLED, sequence=2))
    (gone,) = events(client.get(url))
    assert (gone["UID"], gone["SEQUENCE"], gone["STATUS"], gone["TRANSP"]) == (uid, 2, "CANCELLED", "TRANSPARENT")


@pytest.mark.parametrize(
    ("status", "held", "shown"),
    [
        (MeetingStatus.REQUESTED, 60, "TENTATIVE"), (MeetingStatus.REQUESTED, -1, "CANCELLED"), (MeetingStatus.HELD, 60, "CONFIRMED"),
        (MeetingStatus.NO_SHOW, 60, "CONFIRMED"), (MeetingStatus.DECLINED, 60, "CANCELLED"), (MeetingStatus.EXPIRED, 60, "CANCELLED"),
    ],
)  # fmt: skip
def test_each_status_has_its_own_in_a_calendar(client, two, status, held, shown):
    with transaction():
        db.session.execute(update(Meeting).values(status=status, held_until=now() + timedelta(minutes=held)))
    assert [one["STATUS"] for one in events(client.get(address(two.asking)))] == [shown]


def test_what_a_side_writes_for_itself_changes_no_byte_for_the_other(client, two):
    url = address(two.asked)
    before = client.get(url)

    def later(action: str) -> None:
        with shifted(timedelta(minutes=5)), transaction():
            audit.record(action, f"meeting:{two.meeting.id}", by=actor(two.asking))

    for action in ("meetings.notes", "meetings.outcome", "meetings.step_done"):
        later(action)
    assert client.get(url).data == before.data
    assert client.get(url).headers["ETag"] == before.headers["ETag"]
    later("meetings.keep_time")  # the control: a step that both sides see
    assert events(client.get(url))[0]["DTSTAMP"].dt > events(before)[0]["DTSTAMP"].dt


def test_nobody_but_the_two_sides_reads_the_topic(client, two):
    interpreting = make_person()
    one = make_interpreter(two.fair, person_id=interpreting.id)
    manager = make_staff(two.fair, "manager")
    with transaction():
        db.session.execute(update(Meeting).values(interpreter_id=one.id, topic="CANARY-TOPIC", from_language="en", to_language="zh"))
    both = f"{two.agency.name_en} – {two.company.name_en}"
    for url in (address(interpreting, Whose.INTERPRETER, one), address(manager, Whose.PLACE, two.table)):
        answer = client.get(url)
        (seen,) = events(answer)
        assert (seen["SUMMARY"], "CANARY" in answer.text, two.asking.name in answer.text) == (both, False, False)
        assert ("English – Chinese" in seen["DESCRIPTION"], "Li Wen" in seen["DESCRIPTION"]) == (True, True)
    for url in (address(two.asked), address(two.asked, Whose.ORGANIZATION, two.company)):
        assert "CANARY-TOPIC" in client.get(url).text


def test_pitches_and_sessions_are_events_too(client, two):
    session = make_session(two.fair, starts_at=at(two.fair, 14), ends_at=at(two.fair, 15), title_en="Batteries")
    pitch = make_pitch(two.fair, two.agency, two.asking, session=session)
    by_uid = {one["UID"]: one for one in events(client.get(address(two.asking)))}
    assert "Batteries" in by_uid[str(pitch.id)]["DESCRIPTION"]
    (public,) = events(client.get(f"/roadshow/sessions/{session.id}.ics"))
    assert (public["UID"], public["SUMMARY"], public["DTSTART"].dt) == (str(session.id), "Batteries", at(two.fair, 14))
    with transaction():
        session.late_minutes = 15
        db.session.add(session)
    (late,) = events(client.get(f"/roadshow/sessions/{session.id}.ics"))
    assert (late["SEQUENCE"], late["DTSTART"].dt) == (1, at(two.fair, 14, 15))
    assert {one["UID"]: one["SEQUENCE"] for one in events(client.get(address(two.asking)))}[str(pitch.id)] == 1


def test_one_event_is_a_file_of_its_own_for_the_two_sides(client, two):
    url = f"/schedule/meetings/{two.meeting.id}.ics"
    sign_in(client, two.asked, two.company)
    answer = client.get(url)
    assert (answer.mimetype, answer.headers["Content-Disposition"]) == ("text/calendar", 'attachment; filename="meeting.ics"')
    assert [one["SUMMARY"] for one in events(answer)] == [f"Meeting with {two.agency.name_en}"]
    outsider = make_organization()
    sign_in(client, make_member(outsider), outsider)
    assert client.get(url).status_code == 404


def test_the_words_are_in_the_language_of_the_person(client, two):
    two.asking.language = "zh"
    two.company.name_zh = "恒源公司"
    db.session.commit()
    assert "恒源公司" in events(client.get(address(two.asking)))[0]["SUMMARY"]


def test_an_address_ends_with_the_right_behind_it(client, two):
    urls = [address(two.asking), address(two.asking, Whose.ORGANIZATION, two.agency)]
    assert [len(events(client.get(url))) for url in urls] == [1, 1]
    db.session.execute(update(Membership).where(Membership.person_id == two.asking.id).values(ended_at=now()))
    db.session.commit()
    assert events(client.get(urls[0])) == []
    assert client.get(urls[1]).status_code == 404
    two.asking.disabled_at = now()
    db.session.commit()
    assert client.get(urls[0]).status_code == 404


def test_an_interpreter_who_left_reads_no_more(client, two):
    interpreting = make_person()
    one = make_interpreter(two.fair, person_id=interpreting.id)
    url = address(interpreting, Whose.INTERPRETER, one)
    assert client.get(url).status_code == 200
    one.left_at = now()
    db.session.commit()
    assert client.get(url).status_code == 404


def test_an_address_is_made_once_shown_and_revoked_by_its_owner_alone(client, two):
    sign_in(client, two.asking, two.agency)
    page = "/schedule/calendars"
    fields = form_token(client, page) | {"whose": f"organization:{two.agency.id}", "name": "All of us"}
    made = client.post(page, data=fields)
    answer = client.get(made.headers["Location"])
    assert (made.status_code, client.post(page, data=fields).headers["Location"]) == (303, made.headers["Location"])  # sent once more
    url = answer.text.split("data-secret>")[1].split("<")[0].removeprefix("http://127.0.0.1:5000")
    feed = db.session.query(CalendarFeed).one()
    assert url.rpartition("/")[2].removesuffix(".ics") not in str(vars(feed)) + client.get(page).text
    assert len(events(client.get(url))) == 1
    assert "All of us" in client.get(page).text
    other = client.application.test_client()
    sign_in(other, two.asked, two.company)
    assert other.post(f"{page}/{feed.id}/revoke", data=form_token(other, page)).status_code == 404
    assert client.post(f"{page}/{feed.id}/revoke", data=form_token(client, page)).status_code == 303
    unknown = client.get(f"/calendar/{'x' * 43}.ics")
    assert (client.get(url).status_code, unknown.status_code) == (404, 404)


@pytest.mark.parametrize("whose", ["organization", "place", "interpreter", "nobody"])
def test_nobody_makes_an_address_for_what_is_not_theirs(client, two, whose):
    things = {"organization": two.company.id, "place": two.table.id, "interpreter": make_interpreter(two.fair).id, "nobody": two.fair.id}
    sign_in(client, two.asking, two.agency)
    page = "/schedule/calendars"
    answer = client.post(page, data=form_token(client, page) | {"whose": f"{whose}:{things[whose]}", "name": "x"})
    assert answer.status_code == (422 if whose == "nobody" else 404)
    assert db.session.query(CalendarFeed).count() == 0


def test_a_person_has_so_many_addresses_and_no_more(app, monkeypatch):
    monkeypatch.setattr(service, "MOST_OPEN", 2)
    person = make_person()
    for _ in range(2):
        address(person)
    with pytest.raises(Invalid):
        address(person)
    with transaction():
        service.revoke(service.mine(by=actor(person))[0].id, by=actor(person))
    address(person)


def test_a_schedule_is_read_with_the_same_queries_however_long_it_is(app, two):
    window = reading.Within(since=now() - timedelta(days=400), until=now() + timedelta(days=400))

    def count() -> int:
        db.session.expire_all()
        by = actor(two.asking, two.agency)
        with counted() as seen:
            lines = queries.with_changes(queries.mine(window, by=by) + queries.organizations(window, by=by) + queries.places(window))
        assert lines
        return len(seen)

    before = count()
    for n in range(4):
        other = make_organization()
        make_meeting(two.fair, two.agency, other, people=[(two.agency, two.asking), (other, make_member(other))], starts_at=at(two.fair, 11 + n))
        make_pitch(two.fair, two.agency, two.asking)
    assert count() == before


def test_what_begins_at_the_borders_of_the_fair_is_in_it_and_nothing_beyond(app, two):
    first, last = two.fair.opens_on, two.fair.closes_on
    since, until = rules.span_of(first, last, two.fair.time_zone)
    wanted = reading.Within(since=since, until=until, fair_id=two.fair.id)
    people = [(two.agency, two.asking)]
    db.session.query(Meeting).filter_by(id=two.meeting.id).update({"status": MeetingStatus.CANCELLED})
    moments = {"before": since - timedelta(minutes=30), "first": since, "last": until - timedelta(minutes=30), "after": until}
    for name, moment in moments.items():
        make_meeting(two.fair, two.agency, two.company, people=people, starts_at=moment, topic=name)
    assert sorted(line.topic for line in queries.mine(wanted, by=actor(two.asking, two.agency))) == ["first", "last"]
    ends = [line.ends_at for line in queries.mine(wanted, by=actor(two.asking)) if line.topic == "last"]
    assert ends == [until]


def test_the_zone_of_a_fair_that_changes_its_clocks_is_told_with_both_its_times(client):
    fair = make_fair(time_zone="Europe/Berlin", opens_on=datetime(2026, 10, 24).date(), closes_on=datetime(2026, 10, 26).date())
    one, other = make_organization(), make_organization()
    person = make_member(one)
    for day in (24, 25, 26):
        make_meeting(fair, one, other, people=[(one, person)], starts_at=datetime(2026, 10, day, 10, tzinfo=at(fair, 10).tzinfo))
    with transaction():
        line = queries.mine(reading.Within(since=datetime(2026, 10, 1, tzinfo=UTC), until=datetime(2026, 11, 1, tzinfo=UTC)), by=actor(person))
    with client.application.test_request_context():
        body = calendars.calendar(line, fairs={fair.id: fair}, own={one.id}, name="x", base="https://fair.example.org")
    found = Calendar.from_ical(body)
    offsets = [each["DTSTART"].dt.utcoffset() for each in found.walk("VEVENT")]
    assert offsets == [timedelta(hours=2), timedelta(hours=1), timedelta(hours=1)]
    assert {each["DTSTART"].to_ical()[-6:] for each in found.walk("VEVENT")} == {b"100000"}
    assert {part["TZOFFSETTO"].to_ical() for part in found.walk("VTIMEZONE")[0].subcomponents} == {"+0100", "+0200"}


def test_only_own_things_are_single_files(app, two):
    stranger = actor(make_member(make_organization()))
    pitch = make_pitch(two.fair, two.agency, two.asking)
    for read, thing in ((queries.meeting, two.meeting), (queries.pitch, pitch)):
        with pytest.raises(NotFound):
            read(thing.id, by=stranger)
