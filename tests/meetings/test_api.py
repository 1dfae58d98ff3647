"""Meetings as JSON, from the request to what came of it."""

import pytest

from tests.factories import api, make_fair, make_member, make_organization, make_token
from tests.venue.factories_venue import at, make_place


@pytest.fixture
def fair(app):
    return make_fair(current=True)


def member(organization, role="owner"):
    return make_token(make_member(organization, role), organization)


def wall(moment) -> str:
    return f"{moment:%Y-%m-%dT%H:%M}"


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
    assert client.post(f"{own}/outcome", json=outcome, headers=api(b)).json["notes"] == "CANARY"
    seen = client.get(own, headers=api(a))
    assert (seen.json["outcome"], seen.json["notes"], "CANARY" in seen.text) == ("nda_requested", None, False)
    assert client.post(f"{own}/notes", json={"notes": "Ours"}, headers=api(a)).json["notes"] == "Ours"
    assert [row["id"] for row in client.get("/api/v1/meetings?status=held", headers=api(b)).json["rows"]] == [made.json["id"]]
    assert client.get("/api/v1/meetings", headers=api(c)).json == {"rows": [], "next": None}


def test_a_meeting_is_declined_and_another_cancelled(client, fair):
    ours, theirs = make_organization(), make_organization()
    a, b, place = member(ours), member(theirs), make_place(fair)
    body = {"organization": theirs.name_en, "place_id": str(place.id), "starts_at": wall(at(fair, 10)), "topic": "Licence"}
    for step, by in (("decline", b), ("cancel", a)):
        own = client.post("/api/v1/meetings", json=body, headers=api(a)).json["id"]
        assert client.post(f"/api/v1/meetings/{own}/{step}", json={}, headers=api(by)).status_code == 422
        answer = client.post(f"/api/v1/meetings/{own}/{step}", json={"reason": "No time."}, headers=api(by))
        assert (answer.status_code, answer.json["reason"]) == (200, "No time.")
