"""Matches as JSON, and whose they are."""

from uuid import uuid4

import pytest

from marketplace.listings import indexing
from tests.factories import api, make_fair, make_member, make_organization, make_staff, make_token

PATH = "/api/v1/matches"


@pytest.fixture
def buyer(sides):
    return api(make_token(sides.company.reader, sides.company.agency))


def test_the_matches_of_a_need_with_reasons(client, sides, buyer):
    laser = sides.achievement("Laser welding of steel", trl=7)
    sides.achievement("Wheat seeds")
    need = sides.need("Steel welding by laser", min_trl=6)
    answer = client.get(f"{PATH}?need={need.id}", headers=buyer)
    assert answer.status_code == 200
    (row,) = answer.json["rows"]
    assert "need" not in row
    assert row["achievement"] == {
        "id": str(laser.id), "reference": laser.reference, "title_en": "Laser welding of steel", "title_zh": None, "source_organization": None,
        "organization": {"slug": sides.agency.agency.slug, "name_en": "Northgate Transfer", "name_zh": None, "country": "DE"},
    }  # fmt: skip
    assert row["rank"] == 1
    assert row["score"] > 0
    assert {term["term"] for term in row["terms"]} == {"laser", "weld", "steel"}
    assert sum(term["share"] for term in row["terms"]) == pytest.approx(1, abs=1e-3)
    assert {line["code"]: (line["status"], line["wanted"], line["offered"], line["currency"]) for line in row["constraints"]} == {
        "trl": ("met", 6, 7, None),
        "deal_kinds": ("met", ["licence"], ["licence"], None),
        "price": ("unknown", None, None, "CNY"),
    }
    snapshot = indexing.reader().snapshot(indexing.documents.Kind.ACHIEVEMENT)
    assert (answer.json["generation"], answer.json["seq"]) == (snapshot.generation, snapshot.seq)
    assert len(answer.json["version"]) == 8


def test_the_matches_of_an_achievement_are_needs(client, sides):
    laser = sides.achievement("Laser welding")
    need = sides.need("Laser welding")
    seller = api(make_token(sides.agency.owner, sides.agency.agency))
    rows = client.get(f"{PATH}?achievement={laser.id}", headers=seller).json["rows"]
    assert [row["need"]["id"] for row in rows] == [str(need.id)]


def test_the_limit_is_kept_and_bounded(client, sides, buyer):
    for _ in range(3):
        sides.achievement("Laser welding")
    need = sides.need("Laser welding")
    assert [row["rank"] for row in client.get(f"{PATH}?need={need.id}&limit=2", headers=buyer).json["rows"]] == [1, 2]
    for limit in ("0", "101", "x", ""):
        assert client.get(f"{PATH}?need={need.id}&limit={limit}", headers=buyer).status_code in {400, 422}, limit


@pytest.mark.parametrize("query", ["", "?need=nothing", "?need={id}&achievement={id}", "?need={id}&other=1"])
def test_exactly_one_listing_is_asked_for(client, buyer, query):
    answer = client.get(PATH + query.format(id=uuid4()), headers=buyer)
    assert answer.status_code in {400, 422}
    assert answer.content_type == "application/problem+json"


def test_a_foreign_listing_is_like_an_unknown_one(client, sides):
    need, draft = sides.need("Laser welding"), sides.draft_need("Laser welding")
    outsider = make_organization()
    callers = {
        "outsider": api(make_token(make_member(outsider), outsider)),
        "the other side": api(make_token(sides.agency.owner, sides.agency.agency)),
        "staff elsewhere": api(make_token(make_staff(make_fair(), "manager"))),
    }
    for name, headers in callers.items():
        answers = [client.get(f"{PATH}?need={one}", headers=headers) for one in (need.id, draft.id, uuid4())]
        assert [answer.status_code for answer in answers] == [404] * 3, name
        bodies = [{k: v for k, v in answer.json.items() if k != "instance"} for answer in answers]
        assert bodies[0] == bodies[1] == bodies[2]
    staff = api(make_token(sides.agency.moderator))
    assert [client.get(f"{PATH}?need={one.id}", headers=staff).status_code for one in (need, draft)] == [200, 404]
    assert client.get(f"{PATH}?need={need.id}").status_code == 401
    clerk = api(make_token(make_staff(sides.agency.fair, "clerk")))
    assert client.get(f"{PATH}?need={need.id}", headers=clerk).status_code == 403


def test_without_an_index_it_says_to_try_again(app, client, sides, buyer):
    need = sides.need("Laser welding")
    (indexing.root() / "current").unlink()
    app.extensions.pop("index_reader")
    answer = client.get(f"{PATH}?need={need.id}", headers=buyer)
    assert (answer.status_code, answer.content_type) == (503, "application/problem+json")


VERDICTS = "/api/v1/matches/verdicts"


@pytest.fixture
def editor(sides):
    return {"Authorization": api(make_token(sides.company.owner, sides.company.agency))["Authorization"]}


def test_a_verdict_is_put_changed_by_its_version_and_taken_back(client, sides, editor, buyer):
    laser, need = sides.achievement("Laser welding"), sides.need("Laser welding")
    path = f"{VERDICTS}/{need.id}/{laser.id}"
    put = lambda body, **headers: client.put(path, json=body, headers=editor | headers)  # noqa: E731
    assert client.get(path, headers=editor).status_code == 404
    made = put({"verdict": "shortlisted"})
    assert (made.status_code, made.headers["ETag"], made.headers["Location"]) == (201, '"1"', path)
    (row,) = client.get(f"{PATH}?need={need.id}", headers=editor).json["rows"]
    assert (row["shortlisted"], row["new"], row["band"] in {"strong", "fair", "weak"}) == (True, False, True)
    dismissal = {"verdict": "dismissed", "reason": "other", "note": "We make it."}
    assert [put(dismissal).status_code, put(dismissal, **{"If-Match": '"7"'}).status_code] == [428, 412]
    changed = put(dismissal, **{"If-Match": '"1"'})
    assert (changed.status_code, changed.headers["ETag"]) == (200, '"2"')
    read = client.get(path, headers=buyer)
    assert (read.json["reason"], read.json["note"], read.json["rank"], read.headers["ETag"]) == ("other", "We make it.", 1, '"2"')
    assert client.get(f"{PATH}?need={need.id}", headers=buyer).json["rows"] == []
    assert len(client.get(f"{PATH}?need={need.id}", headers=api(make_token(sides.agency.moderator))).json["rows"]) == 1
    listed = [client.get(f"{VERDICTS}?{query}", headers=buyer).json["rows"] for query in ("", f"need={need.id}", "verdict=shortlisted", f"need={laser.id}")]
    assert [len(rows) for rows in listed] == [1, 1, 0, 0]
    delete = lambda **headers: client.delete(path, headers=editor | headers).status_code  # noqa: E731
    assert [delete(), delete(**{"If-Match": '"1"'}), delete(**{"If-Match": '"2"'}), delete(**{"If-Match": '"2"'})] == [428, 412, 204, 404]
    assert len(client.get(f"{PATH}?need={need.id}", headers=buyer).json["rows"]) == 1


@pytest.mark.parametrize("body", [
    {}, {"verdict": "loved"}, {"verdict": "dismissed"}, {"verdict": "dismissed", "reason": "ugly"}, {"verdict": "dismissed", "reason": "other"},
    {"verdict": "shortlisted", "reason": "terms"}, {"verdict": "shortlisted", "note": "x"}, {"verdict": "dismissed", "reason": "terms", "note": "x" * 501},
])  # fmt: skip
def test_a_verdict_is_whole(client, sides, editor, body):
    assert client.put(f"{VERDICTS}/{uuid4()}/{uuid4()}", json=body, headers=editor).status_code == 422


def test_verdicts_are_for_those_who_may_write_and_about_ones_own(client, sides, editor, buyer):
    laser, need, draft = sides.achievement("Laser welding"), sides.need("Laser welding"), sides.draft_need("Laser welding")
    body = {"verdict": "shortlisted"}
    assert client.put(f"{VERDICTS}/{need.id}/{laser.id}", json=body, headers=buyer).status_code == 403
    seller = {"Authorization": api(make_token(sides.agency.owner, sides.agency.agency))["Authorization"]}
    answers = [client.put(f"{VERDICTS}/{one}/{laser.id}", json=body, headers=seller) for one in (draft.id, uuid4(), laser.id)]
    assert [answer.status_code for answer in answers] == [404] * 3
    assert len({answer.json["detail"] for answer in answers}) == 1
    assert client.put(f"{VERDICTS}/{need.id}/{laser.id}", json=body, headers=seller).status_code == 201
    assert client.get(f"{VERDICTS}/{need.id}/{laser.id}", headers=buyer).status_code == 404


def test_an_owner_hears_nothing_below_three(client, sides, editor):
    laser, need = sides.achievement("Laser welding"), sides.need("Laser welding")
    client.put(f"{VERDICTS}/{need.id}/{laser.id}", json={"verdict": "dismissed", "reason": "terms"}, headers=editor)
    path = f"/api/v1/achievements/{laser.id}/feedback"
    seller = api(make_token(sides.agency.reader, sides.agency.agency))
    assert client.get(path, headers=seller).json == {"shortlisted": None, "dismissed": None, "reasons": []}
    assert client.get(path, headers=editor).status_code == 404
