"""Schedules by clicks: one's own day and grid, colleagues, both clocks, the board of rooms, cards, and the API."""

import re
from datetime import timedelta
from zoneinfo import ZoneInfo

import pytest
from icalendar import Calendar

from marketplace.agenda import queries, service
from marketplace.agenda.models import Whose
from marketplace.agenda.reading import Within
from marketplace.core.clock import now, shifted
from marketplace.core.db import db, transaction
from marketplace.listings.models import Listing
from marketplace.meetings.models import MeetingStatus
from marketplace.venue.models import Closure, PlaceKind, Walk
from tests.agenda.factories_agenda import make_interpreter, make_meeting, make_pitch
from tests.counting import asked_by
from tests.factories import (
    PASSWORD,
    actor,
    api,
    form_token,
    make_fair,
    make_member,
    make_organization,
    make_staff,
    make_token,
    save,
    sign_in,
)
from tests.roadshow.factories_roadshow import make_session
from tests.venue.factories_venue import at, make_place


@pytest.fixture
def fair(app):
    return make_fair(current=True)


@pytest.fixture
def ours(fair):
    return make_organization(name_en="Ours Ltd")


@pytest.fixture
def theirs(fair):
    return make_organization(name_en="Theirs Ltd")


def last_day(fair) -> str:
    return fair.closes_on.isoformat()


def address_of_feed(person, organization) -> str:
    with transaction():
        _, secret = service.open_feed(Whose.ME, None, name="Fair", by=actor(person, organization))
    return f"/calendar/{secret}.ics"


def text_of(page: str) -> str:
    """What is read on a page: without tags, blanks made one."""
    return " ".join(re.sub(r"<[^>]+>", " ", page).split())


def test_a_day_shows_what_one_has_to_be_at_on_both_clocks(client, fair, ours, theirs):
    me, colleague = make_member(ours), make_member(ours, "editor")
    make_meeting(fair, ours, theirs, people=[(ours, me)], topic="Pump of Monday")
    make_meeting(fair, theirs, ours, people=[(ours, colleague)], topic="Of a colleague", starts_at=at(fair, 11))
    make_meeting(fair, ours, theirs, people=[(ours, me)], topic="Called off", starts_at=at(fair, 12), status=MeetingStatus.CANCELLED)
    sign_in(client, me, ours)
    page = text_of(client.get(f"/schedule?day={last_day(fair)}").text)
    assert ("Meeting with Theirs Ltd" in page, "Pump of Monday" in page, "10:00 – 10:30" in page) == (True, True, True)
    assert ("Of a colleague" in page, "Called off" in page, "New York" in page) == (False, False, False)
    client.set_cookie("zone", "America/New_York")
    seen = text_of(client.get(f"/schedule?day={last_day(fair)}").text)
    there = at(fair, 10).astimezone(ZoneInfo("America/New_York"))
    assert f"10:00 – 10:30 · {there:%H:%M}–{there + timedelta(minutes=30):%H:%M} New York, the day before" in seen
    whole = text_of(client.get("/schedule/organization?view=all").text)
    assert ("Pump of Monday" in whole, "Of a colleague" in whole) == (True, True)


def test_a_grid_has_a_column_for_each_colleague_and_for_each_day(client, fair, ours, theirs):
    me, colleague = make_member(ours, name="Ann Me"), make_member(ours, "editor", name="Bo Colleague")
    namesake = make_member(ours, "editor", name="Ann Me")
    make_meeting(fair, ours, theirs, people=[(ours, me), (ours, colleague), (ours, namesake)])
    make_pitch(fair, ours, me, session=make_session(fair, starts_at=at(fair, 14), ends_at=at(fair, 15)))
    sign_in(client, me, ours)
    grid = client.get(f"/schedule/organization?view=grid&day={last_day(fair)}").text
    assert re.findall(r'<th scope="col">([^<]+)</th>', grid) == ["Time", "Ann Me", "Ann Me", "Bo Colleague", "nobody named"]
    assert grid.partition('class="time-grid')[2].count("Meeting with Theirs Ltd") == 3
    mine = client.get("/schedule?view=grid").text
    assert mine.count('<th scope="col"><a href="/schedule?') == 5
    assert ("Meeting with Theirs Ltd" in mine, "Pitch: Achievement" in mine) == (True, True)


def test_too_little_time_for_the_way_is_seen_before_one_is_late(client, fair, ours, theirs):
    me = make_member(ours)
    halls = sorted((make_place(fair, PlaceKind.HALL) for _ in range(2)), key=lambda hall: hall.id)
    save(Walk(one_hall_id=halls[0].id, other_hall_id=halls[1].id, minutes=8))
    near, far = (make_place(fair, hall_id=hall.id) for hall in halls)
    make_meeting(fair, ours, theirs, people=[(ours, me)], place=near)
    make_meeting(fair, ours, theirs, people=[(ours, me)], place=far, starts_at=at(fair, 10, 30))
    sign_in(client, me, ours)
    assert client.get(f"/schedule?day={last_day(fair)}").text.count("Too little time for the way") == 2


@pytest.mark.parametrize(("query", "status"), [("day=2001-01-01", 404), ("day=x", 400), ("view=x", 400), ("fair=nowhere", 404), ("day=2026-02-30", 400), ("other=1", 200)])
def test_a_day_that_is_none_of_the_fairs(client, fair, ours, query, status):
    sign_in(client, make_member(ours), ours)
    assert client.get(f"/schedule?{query}").status_code == status


def test_an_interpreter_sees_who_meets_where_and_no_topic(client, fair, ours, theirs):
    interpreting, asking = make_member(make_organization()), make_member(ours)
    one = make_interpreter(fair, person_id=interpreting.id)
    make_meeting(fair, ours, theirs, people=[(ours, asking)], topic="CANARY-TOPIC", interpreter_id=one.id, from_language="en", to_language="zh")
    sign_in(client, interpreting)
    page = client.get(f"/schedule/interpreting?day={last_day(fair)}").text
    assert ("Ours Ltd – Theirs Ltd" in page, "English – Chinese" in page, "CANARY-TOPIC" in page) == (True, True, False)
    sign_in(client, asking, ours)
    assert "You do not interpret at this fair" in client.get("/schedule/interpreting").text


def test_the_board_shows_what_cannot_hold_in_red_and_never_a_topic(client, fair, ours, theirs):
    table, stage, me = make_place(fair, name_en="Table X"), make_place(fair, PlaceKind.HALL, name_en="Stage"), make_member(ours)
    make_meeting(fair, ours, theirs, people=[(ours, me)], place=table, topic="CANARY-TOPIC")
    make_session(fair, stage, starts_at=at(fair, 13), ends_at=at(fair, 14), late_minutes=30, title_en="Late one")
    after = make_session(fair, stage, starts_at=at(fair, 14), ends_at=at(fair, 15), title_en="Right after")
    manager = make_staff(fair, "manager")
    sign_in(client, manager)
    board = f"/staff/rooms?day={last_day(fair)}"
    page = client.get(board).text
    assert ("1 thing cannot hold" in page, "The place is wanted twice" in page, "CANARY" in page) == (True, True, False)
    assert (f"/staff/roadshow/sessions/{after.id}/move" in page, "Ours Ltd – Theirs Ltd" in page) == (True, True)
    save(Closure(place_id=table.id, starts_at=at(fair, 9), ends_at=at(fair, 11), reason="Water", closed_by=manager.id, created_at=now()))
    page = client.get(board).text
    assert ("2 things cannot hold" in page, "Closed: Water" in page, f"place={table.id}" in page) == (True, True, True)
    assert "Table X" not in client.get(f"{board}&hall={stage.id}").text.partition('class="room-grid')[2]
    assert client.get(f"{board}&hall={table.id}").status_code == 404


def test_a_pitch_that_was_started_is_on_now_whatever_was_announced(client, fair, ours, theirs):
    stage, presenter, other = make_place(fair, PlaceKind.HALL, name_en="Stage"), make_member(ours), make_member(theirs)
    noon = {"starts_at": at(fair, 12, 45), "ends_at": at(fair, 13, 15), "slots": 2}
    session = make_session(fair, stage, late_minutes=15, started_at=at(fair, 12, 31), title_en="Noon stage", **noon)
    make_session(fair, stage, starts_at=at(fair, 14), ends_at=at(fair, 15), title_en="Afternoon")
    make_pitch(fair, ours, presenter, session=session, started_at=at(fair, 12, 31))
    make_pitch(fair, theirs, other, session=session, position=2, starts_at=at(fair, 13))
    make_meeting(fair, ours, theirs, people=[(ours, presenter)], place=make_place(fair), starts_at=at(fair, 13))
    manager = make_staff(fair, "manager")
    feed = address_of_feed(presenter, ours)
    with shifted(at(fair, 12, 33) - now()):
        sign_in(client, manager)
        board = client.get("/staff/rooms").text
        rows = dict(re.findall(r'<th scope="row"><a [^>]*>([^<]+)</a></th>\s*<td data-label="Now">(.*?)</td>', board, re.S))
        assert ("Noon stage" in rows["Stage"], "12:31" in rows["Stage"]) == (True, True)
        assert "cannot hold" not in board
        sign_in(client, presenter, ours)
        mine = client.get("/schedule").text
        assert ("Somebody is wanted twice" in mine, "12:31" in mine) == (False, True)
        starts = [event["DTSTART"].dt for event in Calendar.from_ical(client.get(feed).data).walk("VEVENT") if "Pitch" in event["SUMMARY"]]
        assert starts == [at(fair, 13)], "a calendar keeps to what was announced"
    with shifted(at(fair, 12, 50) - now()):
        (line,) = [each for each in queries.organizations(Within(since=at(fair, 8), until=at(fair, 20)), by=actor(other, theirs)) if each.kind.value == "pitch"]
        assert (line.begins, line.late) == (at(fair, 13, 15), 15), "who waits begins when it was announced"


def test_the_board_does_not_say_whose_an_anonymous_pitch_is(client, fair, ours, theirs):
    me = make_member(ours)
    pitch = make_pitch(fair, ours, me)
    make_meeting(fair, ours, theirs, people=[(ours, me)], starts_at=pitch.starts_at)
    sign_in(client, make_staff(fair, "manager"))
    board = f"/staff/rooms?day={last_day(fair)}"
    assert "Somebody is wanted twice" in client.get(board).text
    listing = db.session.get_one(Listing, pitch.achievement_id)
    listing.anonymous, listing.shown_owner_id = True, None
    db.session.commit()
    assert "Somebody is wanted twice" not in client.get(board).text


def test_cards_and_the_page_of_a_table_say_who_meets_and_when(client, fair, ours, theirs):
    table, me = make_place(fair, name_en="Table X"), make_member(ours)
    make_place(fair, name_en="Table Empty")
    make_meeting(fair, ours, theirs, people=[(ours, me)], place=table, topic="CANARY-TOPIC", starts_at=at(fair, 23, 30))
    client.set_cookie("zone", "America/New_York")
    sign_in(client, make_staff(fair, "manager"))
    cards = client.get(f"/staff/rooms/cards?day={last_day(fair)}").text
    assert ("23:30–24:00" in cards, "New York" in cards) == (True, False)
    for address in (f"/staff/rooms/cards?day={last_day(fair)}", f"/staff/rooms/{table.id}"):
        page = client.get(address).text
        assert ("Table X" in page, "Ours Ltd – Theirs Ltd" in page, "CANARY" in page, "Table Empty" in page) == (True, True, False, False)


def test_the_board_reads_the_same_number_of_times_for_any_number_of_rooms(client, fair, ours, theirs):
    me = make_member(ours)
    sign_in(client, make_staff(fair, "manager"))
    address = f"/staff/rooms?day={last_day(fair)}"

    make_meeting(fair, ours, theirs, people=[(ours, me)])
    before = asked_by(client, address)
    for n in range(5):
        make_meeting(fair, ours, theirs, people=[(ours, me)], starts_at=at(fair, 11 + n), interpreter_id=make_interpreter(fair).id)
        make_session(fair, starts_at=at(fair, 9), ends_at=at(fair, 10))
    assert asked_by(client, address) == before


def test_a_program_reads_its_schedule(client, fair, ours, theirs):
    me = make_member(ours)
    meeting = make_meeting(fair, ours, theirs, people=[(ours, me)])
    make_meeting(fair, ours, theirs, people=[(ours, me)], status=MeetingStatus.DECLINED)
    address, token = f"/api/v1/fairs/{fair.slug}/schedule", make_token(me, ours)
    (row,) = client.get(address, headers=api(token)).json["rows"]
    wall = f"{fair.closes_on.isoformat()}T10:00"
    assert (row["id"], row["title"], row["state"], row["starts_local"]) == (str(meeting.id), "Meeting with Theirs Ltd", "confirmed", wall)
    states = [each["state"] for each in client.get(f"{address}?cancelled=true&of=organization", headers=api(token)).json["rows"]]
    assert sorted(states) == ["cancelled", "confirmed"]
    assert client.get(f"{address}?since={fair.opens_on}&until={fair.opens_on}", headers=api(token)).json["rows"] == []
    assert client.get(f"{address}?since={fair.closes_on}&until={fair.opens_on}", headers=api(token)).status_code == 422


def test_a_zone_is_chosen_for_this_browser_and_for_the_account(client, fair, ours):
    person = make_member(ours)
    answer = client.post("/time-zone?next=/problems", data=form_token(client, "/time-zone") | {"zone": "Europe/Berlin"})
    assert (answer.status_code, answer.location, client.get_cookie("zone").value) == (303, "/problems", "Europe/Berlin")
    sign_in(client, person, ours)
    assert client.post("/time-zone", data=form_token(client, "/time-zone") | {"zone": "America/New_York"}).status_code == 303
    db.session.expire_all()
    assert db.session.get(type(person), person.id).time_zone == "America/New_York"
    refused = client.post("/time-zone", data=form_token(client, "/time-zone") | {"zone": "Etc/Nowhere"})
    assert (refused.status_code, "code_unknown" in refused.text) == (422, True)


def test_who_signs_in_elsewhere_finds_their_clock_again(client, ours):
    person = make_member(ours, password=PASSWORD)
    person.time_zone = "America/New_York"
    db.session.commit()
    form = form_token(client, "/sign-in") | {"email": person.email, "password": PASSWORD}
    assert client.post("/sign-in", data=form).status_code == 303
    assert client.get_cookie("zone").value == "America/New_York"
