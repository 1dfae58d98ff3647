"""The log of reads: once for each request, before anything is shown; closing and opening again."""

import pytest
from sqlalchemy import delete, update

from marketplace.core.clock import now
from marketplace.core.db import db
from marketplace.core.errors import NotFound
from marketplace.disclosure import queries, reading
from marketplace.disclosure.models import Read
from marketplace.listings import audiences, drafting
from marketplace.listings.levels import Level
from marketplace.listings.models import ListingVersion
from tests.disclosure.factories_disclosure import SAID, by, make_rooms
from tests.factories import form_token, make_token, sign_in
from tests.negotiations.factories_negotiations import do


@pytest.fixture
def rooms(app):
    return make_rooms()


def client_of(app, rooms, name):
    client = app.test_client()
    sign_in(client, *rooms.readers[name])
    return client


def log(rooms):
    db.session.expire_all()
    return list(db.session.query(Read).filter_by(listing_id=rooms.listing.id).order_by(Read.id))


def test_each_request_of_the_upper_two_levels_is_written_down_once(app, rooms):
    partner, file = client_of(app, rooms, "under_secrecy"), rooms.files[Level.AFTER_NDA]
    for path in (f"/achievements/{rooms.listing.id}", f"/files/{file.id}", f"/files/{file.id}/small", f"/data-room/{rooms.listing.id}"):
        assert partner.get(path, buffered=True).status_code == 200
    token = make_token(*rooms.readers["partner"])
    app.test_client().get(f"/api/v1/achievements/{rooms.listing.id}", headers={"Authorization": f"Bearer {token}"})
    rows = log(rooms)
    person, organization = rooms.readers["under_secrecy"]
    assert {(row.person_id, row.organization_id, row.number) for row in rows[:4]} == {(person.id, organization.id, 1)}
    assert [(row.groups, row.file_id) for row in rows] == [
        (["description", "ip_rights", "parameters", "partner_role", "source", "video", "files"], None), ([], file.id), ([], file.id), (["files"], None),
        (["description", "parameters", "source", "files"], None),
    ]  # fmt: skip
    assert [row.level for row in rows] == [Level.AFTER_NDA] * 4 + [Level.AFTER_INTEREST]


@pytest.mark.one_database
def test_what_everybody_or_whoever_is_signed_in_reads_is_not_written_down(app, rooms):
    for name in ("stranger", "registered", "asker", "staff", "owner"):
        client = app.test_client() if name == "stranger" else client_of(app, rooms, name)
        client.get(f"/achievements/{rooms.listing.id}")
        for file in rooms.files.values():
            client.get(f"/files/{file.id}", buffered=True)
    client_of(app, rooms, "partner").get(f"/files/{rooms.files[Level.REGISTERED].id}", buffered=True)
    assert log(rooms) == []


@pytest.mark.one_database
def test_what_cannot_be_written_down_is_not_shown(app, rooms, monkeypatch):
    def fails(*_args):
        raise RuntimeError("the log cannot be written")

    monkeypatch.setattr(audiences, "READ", [fails])
    app.config["PROPAGATE_EXCEPTIONS"] = False
    monkeypatch.setitem(app.config, "TESTING", False)
    partner = client_of(app, rooms, "under_secrecy")
    for path in (f"/achievements/{rooms.listing.id}", f"/files/{rooms.files[Level.AFTER_NDA].id}", f"/data-room/{rooms.listing.id}"):
        answer = partner.get(path, buffered=True)
        assert answer.status_code == 500
        assert not any(said in answer.text for said in SAID.values())


def test_the_log_is_only_added_to(rooms):
    reading.write(*_one(rooms))
    for change in (update(Read).values(number=7), delete(Read)):
        with pytest.raises(Exception, match="append-only"), db.session.begin_nested():
            db.session.execute(change)


def _one(rooms):
    found = audiences.Reading(listing_id=rooms.listing.id, number=1, level=Level.AFTER_NDA, groups=("video",))
    return found, by(rooms, "under_secrecy")


def test_the_owner_reads_the_log_and_closes_a_partner_with_one_click(app, rooms):
    partner, owner = client_of(app, rooms, "under_secrecy"), client_of(app, rooms, "owner")
    public, organization = f"/achievements/{rooms.listing.id}", rooms.readers["under_secrecy"][1]
    assert SAID[Level.AFTER_NDA] in partner.get(public).text
    access = f"/listings/{rooms.listing.id}/access"
    page = owner.get(access).text
    assert "Firm under_secrecy" in page
    assert rooms.readers["under_secrecy"][0].name in page
    assert "Partners read version" not in page
    assert owner.post(f"{access}/{organization.id}/close", data=form_token(owner, access)).status_code == 303
    text = partner.get(public).text
    assert not any(said in text for level, said in SAID.items() if level in (Level.AFTER_INTEREST, Level.AFTER_NDA))
    assert partner.get(f"/data-room/{rooms.listing.id}").status_code == 404
    assert partner.get(f"/files/{rooms.files[Level.AFTER_NDA].id}", buffered=True).status_code == 404
    assert "closed by you" in owner.get(access).text
    assert owner.post(f"{access}/{organization.id}/open", data=form_token(owner, access)).status_code == 303
    assert SAID[Level.AFTER_NDA] in partner.get(public).text
    do(db.session.execute, update(ListingVersion).where(ListingVersion.listing_id == rooms.listing.id).values(entered_at=now()))
    do(drafting.edit, rooms.listing.id, {"description_en": "Another one."}, by=by(rooms, "owner"))
    assert "Partners read version 1 until version 2 is submitted" in owner.get(access).text


def test_to_close_twice_is_to_close_and_a_stranger_is_no_partner(rooms):
    organization = rooms.readers["partner"][1]
    first = do(reading.close, rooms.listing.id, organization.id, by=by(rooms, "owner"))
    assert do(reading.close, rooms.listing.id, organization.id, by=by(rooms, "owner")).id == first.id
    for listing, whom, who in ((rooms.listing, rooms.readers["registered"][1], "owner"), (rooms.listing, organization, "partner")):
        with pytest.raises(NotFound):
            do(reading.close, listing.id, whom.id, by=by(rooms, who))


def test_the_owner_sees_partners_with_level_and_end_in_a_constant_number_of_queries(rooms):
    found = {partner.organization.name_en: (partner.level, partner.until) for partner in queries.partners(rooms.listing)}
    assert found == {
        "Firm partner": (Level.AFTER_INTEREST, None), "Firm secrecy_ended": (Level.AFTER_INTEREST, None),
        "Firm under_secrecy": (Level.AFTER_NDA, rooms.agreement.ends_at),
    }  # fmt: skip
