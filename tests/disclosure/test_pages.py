"""The pages: an agreement by forms and as PDF, the listing as each audience sees it, the day page."""

from datetime import date, timedelta
from io import BytesIO

import pytest
from pypdf import PdfReader

from marketplace.core.db import db
from marketplace.disclosure import agreements
from marketplace.disclosure.models import Agreement, State
from marketplace.listings import anonymity
from marketplace.listings.levels import Level
from tests.disclosure.factories_disclosure import SAID, by, make_rooms
from tests.factories import api, form_token, make_token, sign_in
from tests.negotiations.factories_negotiations import do


@pytest.fixture
def rooms(app):
    return make_rooms()


def client_of(app, rooms, name):
    client = app.test_client()
    sign_in(client, *rooms.readers[name])
    return client


def test_an_agreement_by_forms(app, rooms):
    partner, owner = client_of(app, rooms, "partner"), client_of(app, rooms, "owner")
    thread = f"/negotiations/{rooms.threads['partner'].id}"
    assert "Propose an agreement of secrecy" in partner.get(thread).text
    new = f"{thread}/agreements/new"
    wrong = partner.post(new, data=form_token(partner, new) | {"template": "mutual", "ends_on": "2001-01-01", "special_terms": "Kept text"})
    assert (wrong.status_code, "Kept text" in wrong.text) == (422, True)
    answer = partner.post(new, data=form_token(partner, new) | {"template": "provider_discloses", "ends_on": "2030-01-31"})
    assert answer.status_code == 303
    page = answer.location
    row = db.session.query(Agreement).filter_by(negotiation_id=rooms.threads["partner"].id).one()
    assert "Agreements to confirm" in owner.get("/").text
    for client in (partner, owner):
        assert "One-way agreement of secrecy" in client.get(page).text
        assert client.post(f"{page}/confirm", data=form_token(client, page) | {"content_hash": row.content_hash}).status_code == 303
    assert "In force" in partner.get(page).text
    assert "in force" in owner.get("/agreements").text
    assert "Data room" in partner.get(thread).text
    paper = partner.get(f"{page}.pdf")
    text = "".join(sheet.extract_text() for sheet in PdfReader(BytesIO(paper.data)).pages)
    assert paper.mimetype == "application/pdf"
    assert "Receiving" in text
    assert owner.post(f"{page}/end", data=form_token(owner, page)).status_code == 303
    db.session.refresh(row)
    assert row.state is State.ENDED


def test_an_agreement_in_json(app, rooms):
    thread, tokens = rooms.threads["partner"].id, {name: make_token(*rooms.readers[name]) for name in ("partner", "owner", "registered")}
    client, base = app.test_client(), f"/api/v1/negotiations/{thread}/agreements"
    made = client.post(base, json={"template": "mutual", "ends_on": "2030-01-31"}, headers=api(tokens["partner"]))
    assert (made.status_code, made.json["state"]) == (201, "proposed")
    one = made.headers["Location"]
    for name in ("partner", "owner"):
        answer = client.post(f"{one}/confirm", json={"content_hash": made.json["content_hash"]}, headers=api(tokens[name]))
    assert (answer.status_code, answer.json["state"]) == (200, "in_force")
    assert client.post(f"{one}/confirm", json={"content_hash": "0" * 64}, headers=api(tokens["owner"])).status_code == 412
    assert client.get(one, headers=api(tokens["registered"])).status_code == 404
    assert [row["id"] for row in client.get(base, headers=api(tokens["owner"])).json["rows"]] == [made.json["id"]]
    access = f"/api/v1/listings/{rooms.listing.id}/access"
    partner = str(rooms.readers["partner"][1].id)
    assert {row["organization_id"]: row["level"] for row in client.get(access, headers=api(tokens["owner"])).json["rows"]}[partner] == "after_nda"
    assert client.get(access, headers=api(tokens["partner"])).status_code == 404
    client.get(f"/api/v1/achievements/{rooms.listing.id}", headers=api(tokens["partner"]))
    log = client.get(f"/api/v1/listings/{rooms.listing.id}/reads", headers=api(tokens["owner"])).json["rows"]
    assert [(row["organization_id"], row["level"]) for row in log] == [(partner, "after_nda")]
    for step in ("close", "open"):
        assert client.post(f"{access}/{partner}/{step}", headers=api(tokens["owner"])).status_code == 200
    assert client.post(f"{one}/end", headers=api(tokens["owner"])).json["state"] == "ended"


def test_see_as_is_the_page_that_each_audience_gets(app, rooms):
    owner, base = client_of(app, rooms, "owner"), f"/listings/{rooms.listing.id}/as"
    for level in (Level.PUBLIC, *SAID):
        answer = owner.get(f"{base}/{level.value}")
        if level is Level.NEVER:
            assert answer.status_code == 404
            continue
        assert {said for said in SAID.values() if said in answer.text} == {said for wanted, said in SAID.items() if wanted.rank <= level.rank}
        assert "This is how" in answer.text
        assert "Northgate" in answer.text.split("</header>", 1)[1]
    for name in ("registered", "under_secrecy", "staff"):
        assert client_of(app, rooms, name).get(f"{base}/public").status_code in (403, 404)


@pytest.mark.one_database
def test_see_as_does_not_name_an_anonymous_owner_to_those_who_may_not_know(app, rooms):
    do(anonymity.switch, rooms.listing, True, by=by(rooms, "owner"))
    owner = client_of(app, rooms, "owner")
    named = {}
    for level in ("public", "registered", "after_interest", "after_nda"):
        page = owner.get(f"/listings/{rooms.listing.id}/as/{level}?version=public").text
        named[level] = "organisation not named" not in page.split('<main', 1)[1]
    assert named == {"public": False, "registered": False, "after_interest": True, "after_nda": True}


@pytest.mark.one_database
def test_a_partners_data_room_says_what_is_open_till_when(app, rooms):
    page = client_of(app, rooms, "under_secrecy").get(f"/data-room/{rooms.listing.id}").text
    assert "Northgate" in page
    assert all(f"Paper {SAID[level]}" in page for level in (Level.AFTER_INTEREST, Level.AFTER_NDA))
    assert f"Paper {SAID[Level.NEVER]}" not in page
    for name in ("registered", "asker", "declined"):
        assert client_of(app, rooms, name).get(f"/data-room/{rooms.listing.id}").status_code == 404


@pytest.mark.one_database
def test_a_proposal_can_be_withdrawn(app, rooms):
    row = do(agreements.propose, rooms.threads["partner"].id, template="mutual", ends_on=date.today() + timedelta(days=5), by=by(rooms, "partner"))
    owner, page = client_of(app, rooms, "owner"), f"/agreements/{row.id}"
    assert owner.post(f"{page}/end", data=form_token(owner, page)).status_code == 303
    db.session.refresh(row)
    assert row.state is State.WITHDRAWN
