"""The JSON side: the whole story of a deal, and each refusal."""

import pytest

from tests.factories import api, make_token
from tests.negotiations.factories_negotiations import make_world

BASE = "/api/v1/negotiations"
TERMS = {"amount": "6800000.00", "currency": "CNY", "kind": "licence", "royalty_bp": 250}


@pytest.fixture
def world(app):
    return make_world()


@pytest.fixture
def tokens(world):
    return {"seller": make_token(world.at_agency, world.agency), "buyer": make_token(world.at_company, world.company)}


@pytest.fixture
def call(client, tokens):
    def post(who, path, body=None, **headers):
        return client.post(f"{BASE}{path}", json={} if body is None else body, headers=api(tokens[who], **headers))

    return post


@pytest.fixture
def interest(world, call):
    body = {"achievement_id": str(world.achievement.id), "need_id": str(world.need.id), "cooperation_wanted": "licence", "question": "May we?"}
    answer = call("buyer", "", body)
    assert answer.status_code == 201, answer.text
    return answer.json["id"]


def test_a_deal_from_interest_to_hand_over(world, client, tokens, call):
    body = {"achievement_id": str(world.achievement.id), "cooperation_wanted": "licence", "question": "May we?", "expected_volume": "3 lines"}
    asked = call("buyer", "", body)
    assert asked.status_code == 201
    assert asked.headers["Location"].endswith(asked.json["id"])
    assert asked.json["stage"] == "interest"
    assert asked.json["whose_move"] == str(world.agency.id)
    assert asked.json["possible"] == ["withdraw"]
    thread = f"/{asked.json['id']}"
    assert call("seller", f"{thread}/read").json["read_at"]
    assert call("seller", f"{thread}/accept").json["stage"] == "talking"
    offered = call("seller", f"{thread}/rounds", TERMS | {"amount": "8000000.00", "note": "List terms"})
    assert offered.status_code == 201
    assert offered.json["whose_move"] == str(world.company.id)
    countered = call("buyer", f"{thread}/rounds", TERMS | {"after": 1})
    assert [made["status"] for made in countered.json["rounds"]] == ["countered", "open"]
    assert countered.json["rounds"][1]["amount"] == "6800000.00"
    agreed = call("seller", f"{thread}/agree", {"round": 2})
    assert (agreed.status_code, agreed.json["stage"], agreed.json["whose_move"]) == (200, "terms_agreed", None)
    handed = call("buyer", f"{thread}/hand-over")
    assert handed.status_code == 200
    facts = handed.json["handover"]["facts"]
    assert (facts["total_minor"], facts["currency"], facts["kind"]) == (680_000_000, "CNY", "licence")
    read = client.get(f"{BASE}{thread}", headers=api(tokens["buyer"]))
    assert read.json == handed.json
    assert read.headers["ETag"] == f'"{read.json["version"]}"'
    assert read.headers["Cache-Control"] == "no-store"


def test_a_second_interest_leads_to_the_first_thread(world, call, interest):
    body = {"achievement_id": str(world.achievement.id), "need_id": str(world.need.id), "cooperation_wanted": "service", "question": "Again?"}
    for who in ("buyer", "seller"):
        again = call(who, "", body)
        assert (again.status_code, again.json["id"]) == (200, interest)
        assert again.json["question"] == "May we?"


def test_the_same_key_asks_once(world, call):
    body = {"achievement_id": str(world.achievement.id), "cooperation_wanted": "licence", "question": "May we?"}
    first, second = (call("buyer", "", body, key="one-and-only") for _ in range(2))
    assert first.status_code == second.status_code == 201
    assert first.data == second.data
    assert second.headers["Idempotent-Replayed"] == "true"


@pytest.mark.parametrize(
    ("change", "pointer", "code"),
    [
        ({"achievement_id": None}, "/achievement_id", "listing_missing"),
        ({"achievement_id": "not-an-id"}, "/achievement_id", "reference"),
        ({"achievement_id": "01890000-0000-7000-8000-000000000000"}, "/achievement_id", "listing_not_public"),
        ({"cooperation_wanted": "barter"}, "/cooperation_wanted", "code_unknown"),
        ({"question": "  "}, "/question", "text_empty"),
        ({"question": "x" * 2001}, "/question", "text_too_long"),
        ({"question": "a\x00b"}, "/question", "text_control"),
        ({"fair": "Not A Slug"}, "/fair", "slug"),
        ({"wanted_by": "2020-01-01"}, "/wanted_by", "past"),
        ({"stage": "agreed"}, "/stage", "unknown"),
    ],
)
def test_a_wrong_interest_names_the_field(world, call, change, pointer, code):
    body = {"achievement_id": str(world.achievement.id), "cooperation_wanted": "licence", "question": "May we?"} | change
    answer = call("buyer", "", body)
    assert answer.status_code == 422
    assert answer.mimetype == "application/problem+json"
    assert [(error["pointer"], error["code"]) for error in answer.json["errors"]] == [(pointer, code)]


def test_decline_withdraw_and_lose(world, call, interest):
    assert call("seller", f"/{interest}/decline", {"reason": "mood"}).status_code == 422
    assert call("buyer", f"/{interest}/decline", {"reason": "price"}).status_code == 403
    declined = call("seller", f"/{interest}/decline", {"reason": "price", "note": "Too low"})
    assert (declined.json["stage"], declined.json["decline_reason"]) == ("declined", "price")
    assert call("seller", f"/{interest}/accept").status_code == 409
    second = call("buyer", "", {"need_id": None, "achievement_id": str(world.achievement.id), "cooperation_wanted": "licence", "question": "?"})
    assert call("buyer", f"/{second.json['id']}/withdraw").json["stage"] == "withdrawn"
    third = call("seller", "", {"need_id": str(world.need.id), "cooperation_wanted": "licence", "question": "?"}).json["id"]
    call("buyer", f"/{third}/accept")
    assert call("seller", f"/{third}/lose", {"reason": "no_answer"}).json["lost_reason"] == "no_answer"


def test_a_round_is_withdrawn_by_who_made_it(call, interest):
    call("seller", f"/{interest}/accept")
    call("buyer", f"/{interest}/rounds", TERMS)
    assert call("seller", f"/{interest}/rounds/1/withdraw").status_code == 403
    assert call("buyer", f"/{interest}/rounds/9/withdraw").status_code == 404
    assert call("buyer", f"/{interest}/rounds/1/withdraw").json["rounds"][0]["status"] == "withdrawn"
    assert call("buyer", f"/{interest}/rounds/1/withdraw").status_code == 409


def test_a_named_version_must_be_the_present_one(client, tokens, call, interest):
    etag = client.get(f"{BASE}/{interest}", headers=api(tokens["buyer"])).headers["ETag"]
    accepted = call("seller", f"/{interest}/accept", **{"If-Match": etag})
    assert accepted.status_code == 200
    assert accepted.headers["ETag"] != etag
    stale = call("buyer", f"/{interest}/rounds", TERMS, **{"If-Match": etag})
    assert stale.status_code == 412
    assert call("buyer", f"/{interest}/rounds", TERMS, **{"If-Match": accepted.headers["ETag"]}).status_code == 201
    assert call("seller", f"/{interest}/rounds", TERMS | {"after": 0}).status_code == 412


def test_two_agree_and_the_second_is_refused(world, call, interest):
    call("seller", f"/{interest}/accept")
    call("buyer", f"/{interest}/rounds", TERMS)
    assert call("seller", f"/{interest}/agree", {"round": 1}).status_code == 200
    late = call("seller", f"/{interest}/agree", {"round": 1})
    assert (late.status_code, late.json["detail"].partition(",")[0]) == (409, f"That is done already: Northgate ({world.at_agency.name}) agreed to round 1")


def test_the_list_shows_my_moves_first_and_pages_through_all(world, client, tokens, call, interest):
    other = call("buyer", "", {"achievement_id": str(world.achievement.id), "cooperation_wanted": "licence", "question": "?"}).json["id"]
    call("seller", f"/{interest}/accept")
    call("seller", f"/{interest}/rounds", TERMS)
    call("seller", f"/{other}/accept")
    head = api(tokens["buyer"])
    rows = client.get(BASE, headers=head).json["rows"]
    assert [row["id"] for row in rows] == [interest, other]
    first = client.get(f"{BASE}?limit=1", headers=head).json
    second = client.get(f"{BASE}?limit=1&cursor={first['next']}", headers=head).json
    assert [first["rows"][0]["id"], second["rows"][0]["id"], second["next"]] == [interest, other, None]
    assert client.get(f"{BASE}?limit=1&cursor={first['next']}", headers=api(tokens["seller"])).status_code == 400
    assert [row["id"] for row in client.get(f"{BASE}?my_move=true", headers=head).json["rows"]] == [interest]
    assert client.get(f"{BASE}?stage=interest", headers=head).json["rows"] == []
    for wrong in ("stage=open", "my_move=perhaps", "limit=0", "organization=x"):
        assert client.get(f"{BASE}?{wrong}", headers=head).status_code == 400
