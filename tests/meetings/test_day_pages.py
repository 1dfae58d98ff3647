"""The day of meetings by taps: what comes next, what came of it, who did not come and who comes instead; staff's interpreters."""

from datetime import timedelta

import pytest

from marketplace.core import jobs
from marketplace.core.clock import now
from marketplace.core.db import db
from marketplace.core.mail import OUTBOX_SEEN
from marketplace.meetings import queries, today
from marketplace.meetings.models import Interpreter, Meeting
from marketplace.venue.models import PlaceKind, Walk
from tests.counting import counted
from tests.factories import api, form_token, make_member, make_organization, make_staff, make_token, sign_in
from tests.meetings.factories_day import Running, make_interpreter, make_meeting, minute
from tests.venue.factories_venue import at, make_place


@pytest.fixture
def running(app):
    """The clock stands two hours before the meeting, so that sessions and tokens last until its end."""
    running = Running()
    with minute(running.meeting, -120):
        yield running


def signed_in(app, person, organization=None):
    client = app.test_client()
    sign_in(client, person, organization)
    return client


def test_what_comes_next_with_table_language_interpreter_and_the_way(app, running):
    one = make_interpreter(running.fair)
    running.meeting.from_language, running.meeting.to_language, running.meeting.interpreter_id = "en", "zh", one.id
    halls = sorted((make_place(running.fair, PlaceKind.HALL, name_en=f"Hall {letter}") for letter in "AB"), key=lambda hall: hall.id)
    far = make_place(running.fair, name_en="Table far away", hall_id=halls[1].id)
    running.table.hall_id = halls[0].id
    db.session.add(Walk(one_hall_id=halls[0].id, other_hall_id=halls[1].id, minutes=12))
    db.session.commit()
    make_meeting(running.fair, running.host, running.guest, far, hosts=[running.sits], starts_at=at(running.fair, 10, 30))
    client = signed_in(app, running.sits, running.host)
    with minute(running.meeting, -11.5):
        seen = client.get("/meetings/today").text
    expected = ["begins in 12 min", running.guest.name_en, running.table.name_en, "English – Chinese", one.name, running.comes.name, "12 min on foot", "only 0 min between the two"]
    assert [text for text in expected if text not in seen] == []
    with minute(running.meeting, 1):
        seen = client.get("/meetings/today").text
        assert ("29 min left" in seen, "They did not come" in seen) == (True, False)
    day = running.meeting.starts_at.date() - timedelta(days=1)
    assert "No meetings on this day" in client.get(f"/meetings/today?day={day}").text
    for wrong in ("2026-02-30", "tomorrow", "9999-01-01"):
        assert client.get(f"/meetings/today?day={wrong}").status_code == 400


def test_the_day_of_oneself_and_of_all(app, running):
    colleague = make_member(running.host)
    client = signed_in(app, colleague, running.host)
    with minute(running.meeting, -10):
        assert running.guest.name_en not in client.get("/meetings/today").text
        assert running.guest.name_en in client.get("/meetings/today?all=1").text


def test_a_note_is_written_corrected_and_never_lost(app, running):
    path = f"/meetings/{running.meeting.id}/note"
    running.meeting.starts_at = now()
    db.session.commit()
    host, guest = signed_in(app, running.sits, running.host), signed_in(app, running.comes, running.guest)
    form = form_token(host, path)
    assert host.post(f"/meetings/{running.meeting.id}/typed", data=form | {"place": "meeting", "notes": "CANARY half a"}).status_code == 200
    assert "You began to write" in host.get(path).text
    assert "CANARY half a" in host.get(f"{path}?typed=1").text
    late = form_token(guest, path) | {"outcome": "contract", "next_step": "Sign", "due_in": "7", "seen": ""}
    refused = host.post(path, data=form | {"outcome": "contract", "due_in": "on", "next_step": "Sign", "notes": "CANARY", "seen": ""})
    assert (refused.status_code, "day_missing" in refused.text, "CANARY" in refused.text) == (422, True, True)
    form = form_token(host, path) | {"outcome": "sample_or_test", "next_step": "Send a sample", "due_in": "1", "notes": "CANARY of ours", "seen": ""}
    assert host.post(path, data=form).headers["Location"].startswith("/meetings/today")
    stale = guest.post(path, data=late)
    assert (stale.status_code, "Send a sample" in stale.text, "CANARY" in stale.text) == (412, True, False)
    seen = db.session.get(Meeting, running.meeting.id, populate_existing=True)
    again = form_token(guest, path) | late | {"seen": seen.outcome_at.isoformat()} | form_token(guest, path)
    assert guest.post(path, data=again).status_code == 303
    assert "Sign" in host.get(f"/meetings/{running.meeting.id}").text
    assert queries.own_note(seen, by=running.a).text == "CANARY of ours"
    steps = "/meetings/open?part=steps"
    assert "Sign" in host.get(steps).text
    assert host.post(f"/meetings/{running.meeting.id}/step", data=form_token(host, steps)).status_code == 303
    assert "Nothing is open" in guest.get(steps).text


def test_who_does_not_come_is_replaced_by_taps(app, running):
    other = make_organization()
    waits = make_member(other)
    host, third = signed_in(app, running.sits, running.host), signed_in(app, waits, other)
    form = {"organization": running.host.name_en, "topic": "Our own pump", "language": "en"}
    refused = third.post("/meetings/standby", data=form_token(third, "/meetings/standby") | form | {"organization": "Nobody"})
    assert (refused.status_code, "organization_unknown" in refused.text) == (422, True)
    assert third.post("/meetings/standby", data=form_token(third, "/meetings/standby") | form).status_code == 303
    with minute(running.meeting, 6):
        own = f"/meetings/{running.meeting.id}"
        for page in ("/meetings/today", own):
            assert "offer the rest of the time to who waits for us: 1" in host.get(page).text
        assert host.post(f"{own}/missed", data=form_token(host, "/meetings/today") | {"offer": "on"}).status_code == 303
        assert "They came after all" in host.get("/meetings/today").text
        page = third.get("/meetings/today").text
        assert "has time for you now" in page
        row = page.split("/meetings/standby/")[1].split("/")[0]
        assert third.post(f"/meetings/standby/{row}/accept", data=form_token(third, "/meetings/today")).status_code == 303
        assert other.name_en in host.get("/meetings/today").text
        assert running.table.name_en in third.get("/meetings/today").text
        assert "They came after all" not in host.get("/meetings/today").text
        assert host.post(f"{own}/came", data=form_token(host, "/meetings/today")).status_code == 303
        assert f"{other.name_en} took the rest of the time" in host.get(own).text
        second = third.post(f"/meetings/standby/{row}/accept", data=form_token(third, "/meetings/today"))
        assert f"{waits.name} is coming already" in third.get(second.headers["Location"]).text
        assert host.post(f"/meetings/standby/{row}/accept", data=form_token(host, "/meetings/today")).status_code == 404


def test_who_presses_second_reads_who_was_first_and_the_missed_side_says_it_is_there(app, running):
    colleague = make_member(running.host, name="Colleague C.")
    host, second, guest = (signed_in(app, *who) for who in ((running.sits, running.host), (colleague, running.host), (running.comes, running.guest)))
    own, today = f"/meetings/{running.meeting.id}", "/meetings/today?all=1"

    def press(client, step, **fields):
        answer = client.post(f"{own}/{step}", data=form_token(client, "/account") | fields)
        assert answer.status_code == 303
        return client.get(answer.headers["Location"]).text

    with minute(running.meeting, 2):
        assert "They have 3 minutes left." in press(host, "missed")
        assert "They did not come" not in host.get(own).text
    with minute(running.meeting, 6):
        assert "The table is free again." in press(host, "missed")
        pages = [press(second, "missed"), press(guest, "missed"), press(second, "cancel", reason="x"), guest.get(today).text, guest.get(own).text]
        said = [f"{running.sits.name} said that they did not come", f"{running.host.name_en} said that you did not come"]
        assert [text in page for text, page in zip(said, pages[:2], strict=True)] == [True, True]
        assert ["We are here" in page for page in pages[3:]] == [True, True]
        assert [f"data-status=\"{code}\"" in page or f"“{code}”" not in page for page in pages for code in ("no_show", "confirmed")] == [True] * 10
        for _ in range(2):
            assert "The other side is told that you are there." in press(guest, "came")
        assert ["they say that they are there" in host.get(page).text for page in (today, own)] == [True, True]
        assert "We are here" not in guest.get(today).text
        jobs.sweep()
        assert [message["To"] for message in OUTBOX_SEEN if message["Subject"] == "They say that they are there"] == [running.sits.email]
        assert "The meeting goes on." in press(host, "came")
        assert f"{running.sits.name} said that everybody came after all" in press(second, "came")


def test_staff_add_an_interpreter_who_is_away_and_read_no_topic(app, running):
    running.meeting.from_language, running.meeting.to_language, running.meeting.topic = "en", "zh", "CANARY-TOPIC"
    db.session.commit()
    staff = signed_in(app, make_staff(running.fair, "manager"))
    new = "/staff/interpreters/new"
    wrong = staff.post(new, data=form_token(staff, new) | {"name": "Lin Yu", "languages": ["zh"]})
    assert (wrong.status_code, "two_languages" in wrong.text) == (422, True)
    assert staff.post(new, data=form_token(staff, new) | {"name": "Lin Yu", "languages": ["zh", "en"]}).status_code == 303
    one = db.session.query(Interpreter).one()
    choose, own = f"/staff/meetings/{running.meeting.id}/interpreter", f"/staff/interpreters/{one.id}"
    pages = [staff.get("/staff/interpreters").text, staff.get(choose).text]
    assert all(running.host.name_en in page for page in pages)
    assert staff.post(choose, data=form_token(staff, choose) | {"interpreter_id": str(one.id)}).status_code == 303
    pages.append(staff.get(own).text)
    times = {name: f"{at(running.fair, hour):%Y-%m-%dT%H:%M}" for name, hour in (("starts_at", 9), ("ends_at", 12))}
    warned = staff.post(f"{own}/absences", data=form_token(staff, own) | times)
    assert (warned.status_code, "nobody else is free" in warned.text, "accept_warnings" in warned.text) == (409, True, True)
    assert staff.post(f"{own}/absences", data=form_token(staff, own) | times | {"accept_warnings": "on"}).status_code == 303
    pages += [staff.get(own).text, staff.get("/staff/interpreters").text]
    assert "CANARY-TOPIC" not in "".join(pages)
    assert db.session.get(Meeting, running.meeting.id).interpreter_id is None


def test_the_day_in_json(app, running):
    client, secret = app.test_client(), make_token(running.sits, running.host)
    with minute(running.meeting, 6):
        rows = client.get("/api/v1/meetings/today", headers=api(secret)).json["rows"]
        assert [(row["topic"], row["walk_minutes"]) for row in rows] == [(running.meeting.topic, None)]
        url = f"/api/v1/meetings/{running.meeting.id}/missed"
        answer = client.post(url, headers=api(secret), json={})
        assert (answer.status_code, answer.json["status"]) == (200, "no_show")
        assert client.post(url, headers=api(secret), json={}).json["type"] == "/problems/illegal-move"


@pytest.mark.one_database
def test_the_day_takes_a_constant_number_of_queries(running):
    def statements() -> int:
        by, fair = running.a, running.fair
        day = running.meeting.starts_at.date()
        db.session.refresh(fair)
        with counted() as seen:
            found = today.stops(fair, day, by=by)
        assert len(found) == db.session.query(Meeting).count()
        return len(seen)

    def more(*hours: int) -> None:
        one = make_interpreter(running.fair)
        for hour in hours:
            guest = make_organization()
            make_meeting(running.fair, running.host, guest, hosts=[running.sits], guests=[make_member(guest)], hour=hour, interpreter_id=one.id)

    more(11)
    few = statements()
    more(*range(12, 18))
    assert statements() == few <= 8
