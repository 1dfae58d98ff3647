"""Meetings by clicks."""

import pytest

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
    form |= form_token(a, address) | {"organization": theirs.name_en}
    assert a.post("/meetings/request", data=form).status_code == 303
    own = f"/meetings/{db.session.query(Meeting).one().id}"
    assert "Licence of the pump" in b.get("/meetings").text
    assert c.get(own).status_code == 404
    assert c.post(f"{own}/accept", data=form_token(c, "/meetings/request")).status_code == 404
    assert b.post(f"{own}/decline", data=form_token(b, own)).status_code == 422
    assert b.post(f"{own}/accept", data=form_token(b, own)).status_code == 303
    form = form_token(a, own) | {"outcome": "information_exchanged", "next_step": "A call", "due_on": "", "notes": "CANARY"}
    assert a.post(f"{own}/outcome", data=form).status_code == 303
    seen = b.get(own).text
    assert ("A call" in seen, "CANARY" in seen, "CANARY" in a.get(own).text) == (True, False, True)
    assert b.post(f"{own}/notes", data=form_token(b, own) | {"notes": "Theirs"}).status_code == 303
    assert b.post(f"{own}/cancel", data=form_token(b, own) | {"reason": "x"}).status_code == 409


def test_a_reader_sees_meetings_but_cannot_ask(client, fair):
    organization = make_organization()
    sign_in(client, make_member(organization, "reader"), organization)
    assert client.get("/meetings").status_code == 200
    assert client.get("/meetings/request").status_code == 403
