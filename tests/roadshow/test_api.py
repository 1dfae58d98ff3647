"""The roadshow and fees as JSON: each operation once in order, and what it refuses."""

import pytest

from tests.factories import api, make_fair, make_member, make_organization, make_staff, make_token
from tests.roadshow.factories_roadshow import make_achievement, make_session
from tests.venue.factories_venue import at, make_place


@pytest.fixture
def fair(app):
    return make_fair(current=True)


@pytest.fixture
def manager(fair):
    return make_token(make_staff(fair))


def member(organization, role="owner"):
    return make_token(make_member(organization, role), organization)


def wall(moment) -> str:
    return f"{moment:%Y-%m-%dT%H:%M}"


def test_a_manager_puts_a_programme_together(client, fair, manager):
    place = client.post(f"/api/v1/fairs/{fair.slug}/places", json={"kind": "hall", "name_en": "Hall A", "capacity": 200}, headers=api(manager))
    assert place.status_code == 201
    body = {
        "place_id": place.json["id"], "title_en": "New materials", "starts_at": wall(at(fair, 10)), "ends_at": wall(at(fair, 11)),
        "capacity": 100, "slots": 4, "amount": "500.00", "currency": "CNY",
    }  # fmt: skip
    made = client.post(f"/api/v1/fairs/{fair.slug}/sessions", json=body, headers=api(manager))
    assert made.status_code == 201, made.json
    assert (made.json["price"], made.json["free_positions"]) == ("500.00", [1, 2, 3, 4])
    assert made.json["starts_at"].startswith(f"{at(fair, 2):%Y-%m-%dT02:00}")  # ten in Beijing
    again = client.post(f"/api/v1/fairs/{fair.slug}/sessions", json=body, headers=api(manager))
    assert (again.status_code, again.json["type"]) == (409, "/problems/taken")
    assert [error["code"] for error in again.json["errors"]] == ["taken", "free", "free", "free"]
    price = {"amount": "800.00", "currency": "EUR"}
    address = f"/api/v1/sessions/{made.json['id']}/price"
    assert client.put(address, json=price, headers=api(manager)).status_code == 428
    changed = client.put(address, json=price, headers=api(manager, **{"If-Match": made.headers["ETag"]}))
    assert (changed.status_code, changed.json["price"], changed.json["currency"]) == (200, "800.00", "EUR")
    assert client.put(address, json=price, headers=api(manager, **{"If-Match": made.headers["ETag"]})).status_code == 412
    listed = client.get(f"/api/v1/fairs/{fair.slug}/sessions").json["rows"]
    assert [row["price"] for row in listed] == ["800.00"]
    assert client.get(f"/api/v1/fairs/{fair.slug}/places").json["rows"][0]["name_en"] == "Hall A"
    off = client.post(f"/api/v1/sessions/{made.json['id']}/cancel", headers=api(manager))
    assert off.json["status"] == "cancelled"


@pytest.mark.parametrize(
    ("change", "pointer", "code"),
    [
        ({"amount": "5"}, "/amount", "currency_exponent"),
        ({"amount": "500.00", "currency": None}, "/currency", "currency_missing"),
        ({"amount": "-1.00"}, "/amount", "amount_format"),
        ({"slot_minutes": 20}, "/slot_minutes", "quarter"),
        ({"starts_at": "2020-09-18"}, "/starts_at", "local_moment"),
        ({"starts_at": "2020-09-18T10:00"}, "/starts_at", "outside_fair"),
        ({"title_en": None}, "/title_en", "title_missing"),
        ({"extra": 1}, "/extra", "unknown"),
    ],
)
def test_a_wrong_session_names_its_field(client, fair, manager, change, pointer, code):
    body = {
        "place_id": str(make_place(fair).id), "title_en": "New materials", "starts_at": wall(at(fair, 10)), "ends_at": wall(at(fair, 11)),
        "capacity": 100, "slots": 4, "amount": "500.00", "currency": "CNY",
    } | change  # fmt: skip
    if change.get("starts_at") == "2020-09-18T10:00":
        body["ends_at"] = "2020-09-18T11:00"
    if change == {"amount": "5"}:
        body |= {"amount": "5.000"}
    answer = client.post(f"/api/v1/fairs/{fair.slug}/sessions", json=body, headers=api(manager))
    assert answer.status_code == 422
    assert (answer.json["errors"][0]["pointer"], answer.json["errors"][0]["code"]) == (pointer, code)


def test_a_pitch_is_booked_seen_and_given_up(client, fair):
    organization, session = make_organization(), make_session(fair)
    token, achievement = member(organization), make_achievement(fair, organization)
    made = client.post(f"/api/v1/sessions/{session.id}/pitches", json={"achievement_id": str(achievement.id)}, headers=api(token))
    assert (made.status_code, made.json["status"], made.json["pay_url"]) == (201, "confirmed", None)
    public = client.get(f"/api/v1/sessions/{session.id}").json
    assert [(row["position"], "fee_id" in row) for row in public["pitches"]] == [(1, False)]
    own = f"/api/v1/pitches/{made.json['id']}"
    assert client.get(own, headers=api(token)).json == made.json
    assert client.get(own, headers=api(member(make_organization()))).status_code == 404
    assert client.post(f"{own}/cancel", headers=api(member(organization, "reader"))).status_code == 403
    assert client.post(f"{own}/cancel", headers=api(token)).json["status"] == "cancelled"
    assert client.post(f"{own}/cancel", headers=api(token)).status_code == 409


def test_without_a_key_a_priced_slot_says_that_card_payment_is_off(client, fair):
    organization, session = make_organization(), make_session(fair, price_minor=50_000, currency="CNY")
    achievement = make_achievement(fair, organization)
    answer = client.post(
        f"/api/v1/sessions/{session.id}/pitches", json={"achievement_id": str(achievement.id)}, headers=api(member(organization))
    )
    assert (answer.status_code, answer.json["type"]) == (409, "/problems/payment-off")
    assert client.get(f"/api/v1/sessions/{session.id}").json["free_positions"] == [1, 2, 3, 4]
    assert client.get("/problems/payment-off").status_code == 200


def test_fees_are_listed_to_their_payer_only(client, fair, manager):
    assert client.get("/api/v1/payments", headers=api(member(make_organization()))).json == {"rows": [], "next": None}
    assert client.get("/api/v1/payments", headers=api()).status_code == 401
    unknown = "/api/v1/payments/01a203a8-b750-7302-82cc-0d7d27c04aa6"
    assert client.get(unknown, headers=api(manager)).status_code == 404
    assert client.post(f"{unknown}/refund", headers=api(manager)).status_code == 404
    assert client.post(f"{unknown}/refund", headers=api(member(make_organization()))).status_code == 403
