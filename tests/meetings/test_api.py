"""Meetings as JSON, from the request to what came of it."""

from datetime import timedelta
from uuid import UUID

import pytest

from marketplace.core.clock import now
from marketplace.core.db import db
from marketplace.meetings.models import Meeting
from marketplace.venue.models import PlaceKind
from tests.factories import api, make_fair, make_member, make_organization, make_token
from tests.venue.factories_venue import at, make_place


@pytest.fixture
def fair(app):
    return make_fair(current=True)


def member(organization, role="owner"):
    return make_token(make_member(organization, role), organization)


def wall(moment) -> str:
    return f"{moment:%Y-%m-%dT%H:%M}"


def begin(meeting_id, **ahead):
    """Let it begin now, or so far ahead."""
    db.session.get(Meeting, UUID(meeting_id)).starts_at = now() + timedelta(**ahead)
    db.session.commit()


def test_a_meeting_from_request_to_outcome(client, fair):
    ours, theirs, outside = (make_organization() for _ in range(3))
    a, b, c, place = member(ours), member(theirs), member(outside), make_place(fair)
    body = {"organization": theirs.slug, "place_id": str(place.id), "starts_at": wall(at(fair, 10)), "topic": "Licence"}
    made = client.post("/api/v1/meetings", json=body, headers=api(a, key="same"))
    assert (made.status_code, made.json["status"], made.json["length_minutes"]) == (201, "requested", 30)
    assert client.post("/api/v1/meetings", json=body, headers=api(a, key="same")).json == made.json
    taken = client.post("/api/v1/meetings", json=body, headers=api(c))
    assert (taken.status_code, taken.json["type"]) == (409, "/problems/taken")
    own = f"/api/v1/meetings/{made.json['id']}"
    assert client.get(own, headers=api(c)).status_code == 404
    assert client.post(f"{own}/accept", json={}, headers=api(a)).status_code == 403
    assert client.post(f"{own}/accept", json={}, headers=api(c)).status_code == 404
    assert client.post(f"{own}/accept", json={}, headers=api(b)).json["status"] == "confirmed"
    outcome = {"outcome": "nda_requested", "next_step": "Send the agreement", "notes": "CANARY"}
    early = client.post(f"{own}/outcome", json=outcome, headers=api(b))
    assert (early.status_code, early.json["type"]) == (409, "/problems/meeting-not-begun")
    begin(made.json["id"])
    assert client.post(f"{own}/outcome", json=outcome, headers=api(b)).json["notes"] == "CANARY"
    seen = client.get(own, headers=api(a))
    assert (seen.json["outcome"], seen.json["notes"], "CANARY" in seen.text) == ("nda_requested", None, False)
    assert client.post(f"{own}/notes", json={"notes": "Ours"}, headers=api(a)).json["notes"] == "Ours"
    assert [row["id"] for row in client.get("/api/v1/meetings?status=held", headers=api(b)).json["rows"]] == [made.json["id"]]
    assert client.get("/api/v1/meetings", headers=api(c)).json == {"rows": [], "next": None}


def test_the_link_of_an_online_room_is_for_the_two_sides_and_for_their_time(client, fair):
    ours, theirs, outside = (make_organization() for _ in range(3))
    a, b, c, room = member(ours), member(theirs), member(outside), make_place(fair, PlaceKind.ONLINE, link="https://meet.example.org/CANARY")
    body = {"organization": theirs.slug, "online": True, "starts_at": wall(at(fair, 10)), "topic": "Licence", "language": "en", "their_language": "en"}
    free = client.get(f"/api/v1/meetings/free?organization={theirs.slug}&online=true&length_minutes=60", headers=api(a)).json
    assert {"starts_at": at(fair, 10).isoformat(), "local": wall(at(fair, 10)) + ":00", "places": 1} in free["rows"]
    made = client.post("/api/v1/meetings", json=body, headers=api(a)).json
    own = f"/api/v1/meetings/{made['id']}"
    assert (made["place_id"], made["link"]) == (str(room.id), None)
    begin(made["id"], minutes=20)
    assert client.get(own, headers=api(b)).json["link"] is None, "nobody agreed so far"
    client.post(f"{own}/accept", json={}, headers=api(b))
    for minutes, shown in ((31, False), (29, True), (-29, True), (-31, False)):
        begin(made["id"], minutes=minutes)
        assert [client.get(own, headers=api(by)).json["link"] for by in (a, b)] == [room.link if shown else None] * 2
    begin(made["id"])
    for address in (f"/api/v1/fairs/{fair.slug}/places", "/api/v1/meetings", f"/api/v1/meetings/{made['id']}"):
        assert "CANARY" not in client.get(address, headers=api(c)).text


def test_a_time_is_moved_and_kept_free_by_json(client, fair):
    ours, theirs = make_organization(), make_organization()
    a, b, place = member(ours), member(theirs), make_place(fair)
    body = {"organization": theirs.slug, "place_id": str(place.id), "starts_at": wall(at(fair, 10)), "topic": "Licence"}
    own = f"/api/v1/meetings/{client.post('/api/v1/meetings', json=body, headers=api(a)).json['id']}"
    client.post(f"{own}/accept", json={"language": "zh"}, headers=api(b))
    proposed = client.post(f"{own}/move", json={"starts_at": wall(at(fair, 15))}, headers=api(b)).json
    assert (proposed["sequence"], proposed["move_to"] is None, proposed["move_by_id"]) == (1, False, str(theirs.id))
    assert client.post(f"{own}/agree", headers=api(b)).status_code == 403
    agreed = client.post(f"{own}/agree", headers=api(a)).json
    assert (agreed["sequence"], agreed["move_to"], agreed["to_language"]) == (2, None, "zh")
    assert client.post(f"{own}/keep", headers=api(a)).json["type"] == "/problems/no-move-proposed"
    times = {"starts_at": wall(at(fair, 16)), "ends_at": wall(at(fair, 17)), "reason": "CANARY"}
    away = client.post("/api/v1/meetings/absences", json=times, headers=api(b))
    assert client.get("/api/v1/meetings/absences", headers=api(b)).json["rows"] == [away.json]
    assert client.get("/api/v1/meetings/absences", headers=api(a)).json == {"rows": []}
    assert client.post(f"/api/v1/meetings/absences/{away.json['id']}/remove", headers=api(b)).status_code == 204


def test_a_meeting_is_declined_and_another_cancelled(client, fair):
    ours, theirs = make_organization(), make_organization()
    a, b, place = member(ours), member(theirs), make_place(fair)
    body = {"organization": theirs.name_en, "place_id": str(place.id), "starts_at": wall(at(fair, 10)), "topic": "Licence"}
    for step, by in (("decline", b), ("cancel", a)):
        own = client.post("/api/v1/meetings", json=body, headers=api(a)).json["id"]
        assert client.post(f"/api/v1/meetings/{own}/{step}", json={}, headers=api(by)).status_code == 422
        answer = client.post(f"/api/v1/meetings/{own}/{step}", json={"reason": "No time."}, headers=api(by))
        assert (answer.status_code, answer.json["reason"]) == (200, "No time.")
