"""The owner of an anonymous listing: named by no page, JSON, search, mail or thread before it accepted to talk."""

import pytest

from marketplace.core.db import db
from marketplace.core.jobs import sweep
from marketplace.core.mail import OUTBOX_SEEN
from marketplace.coverage import queries as proposals
from marketplace.coverage import service as proposing
from marketplace.coverage.models import Side
from marketplace.coverage.service import Note
from marketplace.listings import anonymity, indexing
from marketplace.negotiations import interest, meeting, queries
from marketplace.roadshow import queries as roadshow
from marketplace.roadshow.models import Pitch, PitchStatus
from tests.factories import actor, make_staff, make_token, sign_in
from tests.negotiations.factories_negotiations import ASKED, do, make_world
from tests.roadshow.factories_roadshow import make_session

OWNER = ("Northgate", "northgate-slug")


@pytest.fixture
def world(app):
    made = make_world()
    made.agency.slug = OWNER[1]
    made.achievement.anonymous, made.achievement.shown_owner_id = True, None
    db.session.commit()
    return made


def names_it(answer, world):
    told = answer.text + str(answer.headers)
    return [said for said in (*OWNER, str(world.agency.id)) if said in told]


def talk(world):
    return do(interest.ask, achievement_id=world.achievement.id, **ASKED, by=world.buyer)[0]


def test_neither_pages_nor_json_nor_search_name_the_owner(app, world, tmp_path, monkeypatch):
    monkeypatch.setattr(indexing, "root", lambda: tmp_path / "index")
    for name in ("index_reader", "index_checked"):
        app.extensions.pop(name, None)
    indexing.rebuild()
    about = f"achievements/{world.achievement.id}"
    client = app.test_client()
    for path in (f"/{about}", f"/api/v1/{about}", f"/achievements?fair={world.fair.slug}", f"/api/v1/achievements?fair={world.fair.slug}"):
        answer = client.get(path)
        assert (answer.status_code, names_it(answer, world)) == (200, []), path
        assert "Heat pump" in answer.text
    assert client.get(f"/api/v1/{about}").json["organization"] == {"slug": None, "name_en": None, "name_zh": None, "country": None}
    assert "organisation not named" in client.get(f"/{about}").text
    found = [client.get(f"/api/v1/achievements?{query}").json["rows"] for query in ("q=Northgate", f"organization={OWNER[1]}", "q=heat")]
    assert [len(rows) for rows in found] == [0, 0, 1]


@pytest.mark.one_database
def test_the_switch_is_in_force_at_once_and_the_other_way(app, world):
    path = f"/api/v1/achievements/{world.achievement.id}"
    named = app.test_client().get(path)
    do(anonymity.switch, world.achievement, False, by=world.seller)
    assert app.test_client().get(path, headers={"Accept-Language": "zh"}).json["organization"]["slug"] == OWNER[1]
    assert named.headers["ETag"] != app.test_client().get(path, headers={"Accept-Language": "zh"}).headers["ETag"]


def test_who_asks_learns_the_name_by_the_yes_and_not_before(app, world):
    thread = talk(world)
    client = app.test_client()
    sign_in(client, world.at_company, world.company)
    headers = {"Authorization": f"Bearer {make_token(world.at_company, world.company)}"}
    pages, json = ("/negotiations", f"/negotiations/{thread.id}"), ("/api/v1/negotiations", f"/api/v1/negotiations/{thread.id}")

    def told():
        return [names_it(client.get(path), world) for path in pages] + [names_it(app.test_client().get(path, headers=headers), world) for path in json]

    assert told() == [[]] * 4
    assert names_it(client.get(f"/negotiations/new?achievement={world.achievement.id}"), world) == []
    row = app.test_client().get(json[1], headers=headers).json
    assert row["provider"] == {"id": None, "slug": None, "name": None, "country": None, "kind": None}
    assert (row["whose_move"], row["recipient"]["slug"]) == (None, world.company.slug)
    assert meeting.meetings_of(queries.thread(thread.id, by=world.buyer), by=world.buyer) == ([], [])
    assert queries.thread(thread.id, by=world.seller).other.name_en == "Hengyuan"
    do(interest.accept, thread.id, by=world.seller)
    assert all(told())
    while sweep():
        pass
    assert not any("Northgate" in message.as_string() for message in OUTBOX_SEEN if message["To"] == world.at_company.email)


@pytest.mark.one_database
def test_a_no_names_nobody(world):
    thread = talk(world)
    do(interest.decline, thread.id, "not_fit", by=world.seller)
    assert not queries.thread(thread.id, by=world.buyer).named


@pytest.mark.one_database
def test_a_partner_whose_interest_was_accepted_reads_the_name_on_the_listing_too(app, world):
    do(interest.accept, talk(world).id, by=world.seller)
    client = app.test_client()
    sign_in(client, world.at_company, world.company)
    assert "Northgate" in client.get(f"/achievements/{world.achievement.id}").text
    sign_in(client, world.at_outsider, world.outsider)
    assert names_it(client.get(f"/achievements/{world.achievement.id}"), world) == []


@pytest.mark.one_database
def test_a_proposal_names_it_to_staff_and_not_to_the_other_side(app, world):
    manager = make_staff(world.fair, "manager")
    row = do(
        proposing.propose, world.fair, need_id=world.need.id, achievement_id=world.achievement.id, notes={side: Note() for side in Side}, by=actor(manager),
    )  # fmt: skip
    client = app.test_client()
    sign_in(client, world.at_company, world.company)
    for path in ("/proposals", f"/proposals/{row.id}"):
        assert names_it(client.get(path), world) == []
    answer = app.test_client().get("/api/v1/proposals", headers={"Authorization": f"Bearer {make_token(world.at_company, world.company)}"})
    assert names_it(answer, world) == []
    assert proposals.proposed([row])[0].achievement.organization.name_en == "Northgate"
    while sweep():
        pass
    assert not any("Northgate" in message.as_string() for message in OUTBOX_SEEN if message["To"] == world.at_company.email)


@pytest.mark.one_database
def test_the_programme_does_not_say_who_presents_it(app, world):
    session = make_session(world.fair)
    db.session.add(Pitch(
        session_id=session.id, position=1, length_minutes=session.slot_minutes, achievement_id=world.achievement.id, starts_at=session.starts_at,
        organization_id=world.agency.id, person_id=world.at_agency.id, status=PitchStatus.CONFIRMED, created_at=session.starts_at,
    ))  # fmt: skip
    db.session.commit()
    for path in (f"/roadshow?fair={world.fair.slug}", f"/roadshow/sessions/{session.id}", f"/api/v1/sessions/{session.id}"):
        answer = app.test_client().get(path)
        assert (answer.status_code, names_it(answer, world)) == (200, [])
    assert roadshow.pitch_lines([session.id], fair_id=world.fair.id)[session.id][0].reference == world.achievement.reference
