"""The table of who reads what (docs/rules/disclosure.md), for every group of fields and every file, on the page and in JSON."""

import pytest

from marketplace.listings.levels import Level
from marketplace.listings.models import Kind
from tests.disclosure.factories_disclosure import OF_LEVEL, SAID, make_rooms
from tests.factories import make_token, sign_in

TABLE = {
    "stranger": Level.PUBLIC, "registered": Level.REGISTERED, "asker": Level.REGISTERED, "declined": Level.REGISTERED, "partner": Level.AFTER_INTEREST,
    "under_secrecy": Level.AFTER_NDA, "secrecy_ended": Level.AFTER_INTEREST, "staff": Level.REGISTERED, "other_staff": Level.REGISTERED,
    "owner": Level.NEVER,
}  # fmt: skip
COLUMNS = {
    "advantages": "advantages_en", "cost_comparison": "cost_comparison_en", "description": "description_en", "parameters": "parameters",
    "source": "source_organization", "partner_role": "partner_role_zh", "ip_rights": "ip_rights", "video": "video_url", "price": "amount_min",
}  # fmt: skip


@pytest.mark.parametrize("kind", [Kind.ACHIEVEMENT, pytest.param(Kind.NEED, marks=pytest.mark.one_database)])
def test_every_audience_reads_each_group_and_each_file_up_to_its_level(app, kind):
    rooms, wrong = make_rooms(kind), []
    assert set(TABLE) == set(rooms.readers)
    for name, level in TABLE.items():
        person, organization = rooms.readers[name]
        client, headers = app.test_client(), {}
        if person is not None:
            sign_in(client, person, organization)
            headers = {"Authorization": f"Bearer {make_token(person, organization)}"}
        page = client.get(f"/{kind.value}s/{rooms.listing.id}")
        answer = app.test_client().get(f"/api/v1/{kind.value}s/{rooms.listing.id}", headers=headers)
        body = answer.json
        wrong += [(name, said, "page") for wanted, said in SAID.items() if wanted.rank > level.rank and said in page.text + str(page.headers)]
        wrong += [(name, said, "json") for wanted, said in SAID.items() if wanted.rank > level.rank and said in answer.text + str(answer.headers)]
        for group, wanted in OF_LEVEL.items():
            has = COLUMNS[group] in body and body[COLUMNS[group]] not in (None, [])
            expected = wanted.rank <= level.rank and not (kind is Kind.NEED and group in ("advantages", "cost_comparison"))
            if has is not expected:
                wrong.append((name, group, has))
        wrong += [(name, "files", level) for row in body["files"] if Level(row["level"]).rank > level.rank]
        assert len(body["files"]) == sum(each.rank <= level.rank for each in rooms.files), name
        for wanted, file in rooms.files.items():
            for opened in (client.get(f"/files/{file.id}", buffered=True), app.test_client().get(f"/api/v1/files/{file.id}", headers=headers, buffered=True)):
                if opened.status_code != (200 if wanted.rank <= level.rank else 404):
                    wrong.append((name, wanted, opened.status_code))
        if level is not Level.PUBLIC:
            assert page.headers["Cache-Control"] == answer.headers["Cache-Control"] == "no-store", name
    assert wrong == []


@pytest.mark.one_database
def test_the_page_shows_a_partner_what_the_owner_wrote_for_them(app):
    """The control of the table: each word is there to be seen."""
    rooms = make_rooms()
    client = app.test_client()
    sign_in(client, *rooms.readers["under_secrecy"])
    page = client.get(f"/achievements/{rooms.listing.id}").text
    assert all(SAID[level] in page for level in (Level.REGISTERED, Level.AFTER_INTEREST, Level.AFTER_NDA))
    assert "Data room" in page
    assert SAID[Level.NEVER] not in page


@pytest.mark.one_database
def test_each_group_of_the_rule_is_in_the_table():
    assert set(COLUMNS) == set(OF_LEVEL)
