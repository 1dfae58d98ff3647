"""Meetings by clicks."""

from datetime import timedelta

import pytest

from marketplace.core.clock import now
from marketplace.core.db import db
from marketplace.meetings.models import Meeting
from tests.factories import form_token, make_fair, make_member, make_organization, sign_in
from tests.venue.factories_venue import at, make_place


@pytest.fixture
def fair(app):
    return make_fair(current=True)


def wall(moment) -> str:
    return f"{moment:%Y-%m-%dT%H:%M}"


def test_two_organisations_meet_by_clicks(app, fair):
    ours, theirs = make_organization(), make_organization()
    place, a, b, c = make_place(fair), app.test_client(), app.test_client(), app.test_client()
    sign_in(a, make_member(ours), ours)
    sign_in(b, make_member(theirs), theirs)
    outsider = make_organization()
    sign_in(c, make_member(outsider), outsider)
    assert "No meetings yet" in a.get("/meetings").text
    address = f"/meetings/request?organization={theirs.slug}"
    form = form_token(a, address) | {
        "organization": "Nobody", "topic": "Licence of the pump", "starts_at": wall(at(fair, 10)), "length_minutes": "30", "place_id": str(place.id),
    }  # fmt: skip
    refused = a.post("/meetings/request", data=form)
    assert (refused.status_code, "organization_unknown" in refused.text, "Licence of the pump" in refused.text) == (422, True, True)
    near = a.post("/meetings/request", data=form | form_token(a, address) | {"organization": "Organization"})
    assert [f'formaction="/meetings/request?fair={fair.slug}&amp;whom={each.slug}"' in near.text for each in (theirs, outsider, ours)] == [True, True, False]
    picked = a.post(f"/meetings/request?whom={theirs.slug}", data=form | form_token(a, address) | {"organization": "Organization", "look": "1"})
    assert (picked.status_code, f'value="{theirs.slug}"' in picked.text, "Licence of the pump" in picked.text) == (200, True, True)
    form |= form_token(a, address) | {"organization": theirs.name_en}
    assert a.post("/meetings/request", data=form).status_code == 303
    own = f"/meetings/{db.session.query(Meeting).one().id}"
    assert "Licence of the pump" in b.get("/meetings").text
    assert c.get(own).status_code == 404
    assert c.post(f"{own}/accept", data=form_token(c, "/meetings/request")).status_code == 404
    assert b.post(f"{own}/decline", data=form_token(b, own)).status_code == 422
    assert b.post(f"{own}/accept", data=form_token(b, own)).status_code == 303
    assert "What came of it" not in a.get(own).text
    form = form_token(a, own) | {"outcome": "information_exchanged", "next_step": "A call", "due_on": "", "notes": "CANARY"}
    early = a.post(f"{own}/outcome", data=form)
    assert early.headers["Location"] == own and "from its beginning on" in a.get(own).text
    db.session.query(Meeting).one().starts_at = now() - timedelta(minutes=1)
    db.session.commit()
    assert "What came of it" in a.get(own).text
    assert a.post(f"{own}/outcome", data=form | form_token(a, own)).status_code == 303
    seen = b.get(own).text
    assert ("A call" in seen, "CANARY" in seen, "CANARY" in a.get(own).text) == (True, False, True)
    assert b.post(f"{own}/notes", data=form_token(b, own) | {"notes": "Theirs"}).status_code == 303
    late = b.post(f"{own}/cancel", data=form_token(b, own) | {"reason": "x"})
    assert late.headers["Location"] == own and "wrote down what came of this meeting" in b.get(own).text


def test_a_reader_sees_meetings_but_cannot_ask(client, fair):
    organization = make_organization()
    sign_in(client, make_member(organization, "reader"), organization)
    assert client.get("/meetings").status_code == 200
    assert client.get("/meetings/request").status_code == 403


def test_common_times_are_shown_and_what_speaks_against_one_is_accepted_by_a_tick(app, fair):
    ours, theirs = make_organization(), make_organization(name_en="Danube Valves", name_key="danube valves")
    place, a, colleague = make_place(fair), app.test_client(), app.test_client()
    sign_in(a, make_member(ours), ours)
    sign_in(colleague, make_member(ours, name="CANARY-COLLEAGUE"), ours)
    address = f"/meetings/request?organization={theirs.slug}"
    body = {"organization": theirs.slug, "topic": "Pump", "starts_at": wall(at(fair, 10)), "length_minutes": "30", "place_id": str(place.id)}
    assert colleague.post("/meetings/request", data=form_token(colleague, address) | body).status_code == 303
    assert f'value="{wall(at(fair, 11))}"' in a.get(address).text and f'value="{wall(at(fair, 10))}"' not in a.get(address).text
    looked = a.post("/meetings/request", data=form_token(a, address) | {"organization": "Danube Valves", "length_minutes": "60", "look": "1"})
    assert (looked.status_code, f'value="{wall(at(fair, 9))}"' in looked.text, "Please fill this in" in looked.text) == (200, True, False)
    nobody = a.post("/meetings/request", data=form_token(a, address) | {"organization": "Nobody", "length_minutes": "60", "look": "1"})
    assert (nobody.status_code, "organization_unknown" in nobody.text) == (422, True)
    body["starts_at"] = wall(at(fair, 14))
    warned = a.post("/meetings/request", data=form_token(a, address) | body)
    assert (warned.status_code, 'data-code="same_partner"' in warned.text, "CANARY-COLLEAGUE" in warned.text) == (409, True, True)
    assert f'value="{wall(at(fair, 14))}" checked' in warned.text  # what the refused attempt took is free, and still chosen
    assert a.post("/meetings/request", data=form_token(a, address) | body | {"accept_warnings": "on"}).status_code == 303
    calendar = a.get(f"/meetings/calendar?day={fair.closes_on}").text
    assert calendar.count("Danube Valves") == 2 and "A second visit to the same organisation: CANARY-COLLEAGUE" in calendar


def test_a_meeting_is_moved_and_a_time_kept_free_by_clicks(app, fair):
    ours, theirs = make_organization(), make_organization()
    place, a, b = make_place(fair), app.test_client(), app.test_client()
    sign_in(a, make_member(ours), ours)
    sign_in(b, make_member(theirs), theirs)
    body = {"organization": theirs.slug, "topic": "Pump", "starts_at": wall(at(fair, 10)), "length_minutes": "30", "place_id": str(place.id)}
    a.post("/meetings/request", data=form_token(a, "/meetings/request") | body)
    own = f"/meetings/{db.session.query(Meeting).one().id}"
    assert b.post(f"{own}/accept", data=form_token(b, own) | {"language": "zh"}).status_code == 303
    refused = a.post(f"{own}/move", data=form_token(a, f"{own}/move") | {"starts_at": wall(at(fair, 10))})
    assert (refused.status_code, "same_time" in refused.text) == (422, True)
    assert a.post(f"{own}/move", data=form_token(a, f"{own}/move") | {"starts_at": wall(at(fair, 15))}).status_code == 303
    assert "another time is proposed to you" in b.get("/meetings").text
    assert a.post(f"{own}/agree", data=form_token(a, own)).status_code == 403
    assert b.post(f"{own}/agree", data=form_token(b, own)).status_code == 303
    assert "15:00" in a.get(own).text
    times = {"starts_at": wall(at(fair, 16)), "ends_at": wall(at(fair, 17)), "reason": "CANARY-FLIGHT"}
    assert b.post("/meetings/away", data=form_token(b, "/meetings/away") | times).status_code == 303
    page = b.get("/meetings/away").text
    assert "CANARY-FLIGHT" in page and "CANARY-FLIGHT" not in a.get("/meetings/away").text
    assert f'value="{wall(at(fair, 16))}"' not in a.get(f"{own}/move").text
