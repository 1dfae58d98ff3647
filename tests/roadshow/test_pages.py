"""The pages by clicks: programme, booking and paying, meetings, staff; each role sees its own."""

import re
from html import unescape
from urllib.parse import parse_qsl
from zoneinfo import ZoneInfo

import pytest

from marketplace.core.clock import now
from marketplace.core.db import db
from marketplace.roadshow.models import Session
from marketplace.venue.models import Place
from tests.factories import form_token, make_fair, make_member, make_organization, make_staff, sign_in
from tests.payments.conftest import shop as shop
from tests.roadshow.factories_roadshow import make_achievement, make_session
from tests.venue.factories_venue import at


@pytest.fixture
def fair(app):
    return make_fair(current=True)


def wall(moment) -> str:
    return f"{moment:%Y-%m-%dT%H:%M}"


def test_anybody_reads_the_programme_in_both_languages(client, fair):
    session = make_session(fair)
    page = client.get("/roadshow")
    assert (page.status_code, "New materials" in page.text, "10:00" in page.text) == (200, True, True)
    client.set_cookie("language", "zh")
    assert "新材料" in client.get("/roadshow").text
    assert client.get(f"/roadshow/sessions/{session.id}").status_code == 200
    assert client.get("/roadshow/sessions/01a203a8-b750-7302-82cc-0d7d27c04aa6").status_code == 404
    assert client.get("/meetings").status_code == 303
    assert client.get("/staff/roadshow").status_code == 303


def test_a_manager_adds_a_place_a_session_and_a_price(client, fair):
    sign_in(client, make_staff(fair))
    assert client.get("/staff/roadshow").status_code == 200
    form = form_token(client, "/staff/places/new") | {"kind": "hall", "name_en": "Hall A", "capacity": "100"}
    assert client.post("/staff/places/new", data=form).status_code == 303
    place = db.session.query(Place).one()
    form = form_token(client, "/staff/roadshow/sessions/new") | {
        "title_zh": "新材料", "place_id": str(place.id), "starts_at": wall(at(fair, 10)), "ends_at": wall(at(fair, 11)), "capacity": "80",
        "slots": "4", "slot_minutes": "15", "amount": "0.05", "unit": "wan", "currency": "CNY",
    }  # fmt: skip
    answer = client.post("/staff/roadshow/sessions/new", data=form)
    assert answer.status_code == 303, answer.text
    session = db.session.query(Session).one()
    assert (session.price_minor, session.currency) == (50_000, "CNY")
    form = {**form, **form_token(client, "/staff/roadshow/sessions/new")}
    refused = client.post("/staff/roadshow/sessions/new", data=form)
    assert (refused.status_code, refused.text.count('data-code="free"')) == (409, 3)
    assert "one field is wrong" in refused.text, "one clash; what is free instead is no fault"
    offered = unescape(re.search(r'name="instead" value="([^"]+)"', refused.text)[1])
    assert client.post("/staff/roadshow/sessions/new", data={**form, **form_token(client, "/staff/roadshow/sessions/new"), "instead": offered}).status_code == 303
    taken = db.session.query(Session).order_by(Session.created_at.desc()).first()
    assert {("place_id", str(taken.place_id)), ("starts_at", wall(taken.starts_at.astimezone(ZoneInfo(fair.time_zone))))} < set(parse_qsl(offered)), "pressing it takes it"
    early = {**form, **form_token(client, "/staff/roadshow/sessions/new"), "starts_at": wall(at(fair, 10, day=4)), "ends_at": wall(at(fair, 11, day=4))}
    passed = client.post("/staff/roadshow/sessions/new", data=early)
    assert (passed.status_code, 'data-code="passed"' in passed.text) == (422, True)
    assert db.session.query(Session).count() == 2
    proposed = re.findall(r'name="(?:starts|ends)_at"[^>]* value="([^"]+)"', client.get("/staff/roadshow/sessions/new").text)
    assert proposed[0] > wall(now().astimezone(ZoneInfo(fair.time_zone))) and proposed[0] < proposed[1]
    price = f"/staff/roadshow/sessions/{session.id}/price"
    form = form_token(client, price) | {"amount": "", "unit": "one", "currency": "CNY"}
    assert client.post(price, data=form).status_code == 303
    assert db.session.get_one(Session, session.id).price_minor is None
    assert client.get("/staff/roadshow").status_code == 200


def test_a_slot_with_a_price_says_that_card_payment_is_off(client, fair):
    organization = make_organization()
    make_achievement(fair, organization)
    sign_in(client, make_member(organization), organization)
    session = make_session(fair, price_minor=50_000, currency="CNY")
    assert "Card payment is off" in client.get(f"/roadshow/sessions/{session.id}").text
    sign_in(client, make_staff(fair))
    assert "Card payment is off" in client.get("/staff/payments").text


def test_a_slot_is_booked_paid_and_confirmed_by_clicks(shop):
    organization, person = shop.organization, shop.payer
    achievement = make_achievement(shop.fair, organization, title_en="Heat pump")
    session = make_session(shop.fair, price_minor=50_000, currency="CNY")
    session_id, achievement_id = session.id, achievement.id
    client = shop.app.test_client()
    sign_in(client, person, organization)
    page = client.get(f"/roadshow/sessions/{session_id}")
    assert f"form-action 'self' {shop.sandbox.url}" in page.headers["Content-Security-Policy"]
    form = form_token(client, f"/roadshow/sessions/{session_id}") | {"achievement_id": str(achievement_id), "position": ""}
    held = client.post(f"/roadshow/sessions/{session_id}/pitches", data=form)
    assert held.status_code == 303
    assert "Heat pump" not in shop.app.test_client().get("/roadshow").text
    checkout = client.get(held.location)
    assert checkout.location.startswith(shop.sandbox.url)
    assert shop.pay(checkout.location.rsplit("/", 1)[1]) == 303
    assert shop.sandbox.wait_until_quiet()
    db.session.rollback()  # the test's own session still sees what was before the event
    assert "Heat pump" in shop.app.test_client().get("/roadshow").text
    assert client.get("/payments").status_code == 200
    assert shop.app.test_client().get(held.location).status_code == 303  # to the sign-in
