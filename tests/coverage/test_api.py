"""Coverage over JSON: the board, proposals from both ends, call notes, versions, and who is refused."""

from types import SimpleNamespace

import pytest

from marketplace.listings.models import Kind
from tests.coverage.factories_coverage import Fair, matched
from tests.factories import api, make_fair, make_staff, make_token


@pytest.fixture
def here(app, client):
    """Tokens of the moderator, the two sides and a manager of another fair, and calls with them."""
    fair = Fair()
    world = fair.world
    tokens = {
        "staff": make_token(fair.moderator), "seller": make_token(world.at_agency, world.agency), "buyer": make_token(world.at_company, world.company),
        "foreign": make_token(make_staff(make_fair(), "manager")), "outsider": make_token(world.at_outsider, world.outsider),
    }  # fmt: skip

    def get(who, path, **headers):
        return client.get(f"/api/v1{path}", headers=api(tokens[who], **headers))

    def post(who, path, body=None, **headers):
        return client.post(f"/api/v1{path}", json=body or {}, headers=api(tokens[who], **headers))

    pair = {"need_id": str(world.need.id), "achievement_id": str(world.achievement.id)}
    return SimpleNamespace(fair=fair, world=world, get=get, post=post, base=f"/fairs/{world.fair.slug}", pair=pair)


def test_the_board_as_json(here):
    need = here.fair.listing(Kind.NEED, here.world.company, days_ago=3, technology_codes=["1"])
    matched(need, here.world.achievement, strength=90)
    matched(here.world.need)
    found = here.get("staff", f"{here.base}/coverage?list=needs&field=1").json
    assert (found["list"], found["figures"]["without_good_match"], found["figures"]["exposure"][0]) == ("needs", 1, {"needs": "0", "achievements": 0})
    [row] = found["rows"]
    assert (row["id"], row["days"], row["best"]["strength"], row["near"]) == (str(need.id), 3, 90, None)
    [first, second] = here.get("staff", f"{here.base}/coverage?list=no_contact").json["rows"]
    assert {first["id"], second["id"]} == {str(here.world.agency.id), str(here.world.company.id)}
    assert (first["last_contact_on"], second["listings"] + first["listings"]) == (None, 3)
    page = here.get("staff", f"{here.base}/coverage?list=no_contact&limit=1").json
    more = here.get("staff", f"{here.base}/coverage?list=no_contact&limit=1&cursor={page['next']}").json
    assert [page["rows"][0]["id"], more["rows"][0]["id"]] == [first["id"], second["id"]]
    assert here.get("staff", f"{here.base}/coverage?list=all").status_code == 400


def test_a_proposal_from_staff_to_both_answers(here):
    made = here.post("staff", f"{here.base}/proposals", here.pair | {"note_en": "Talk!", "provider_note_en": "You are strong here."})
    assert (made.status_code, made.json["state"], made.headers["ETag"]) == (201, "proposed", '"1"')
    assert [(side["side"], side["note_en"]) for side in made.json["sides"]] == [("provider", "You are strong here."), ("recipient", "Talk!")]
    assert made.headers["Location"].endswith(f"{here.base}/proposals/{made.json['id']}")
    assert here.post("staff", f"{here.base}/proposals", here.pair).status_code == 409
    own = f"/proposals/{made.json['id']}"
    mine = here.get("seller", own)
    assert (mine.json["state"], mine.json["side"], mine.json["note_en"], mine.json["need"]["organization"]["name_en"]) == (
        "waiting", "provider", "You are strong here.", "Hengyuan",
    )  # fmt: skip
    assert [row["id"] for row in here.get("seller", "/proposals").json["rows"]] == [made.json["id"]]
    answered = here.post("seller", f"{own}/answer", {"answer": "interested"}, **{"If-Match": mine.headers["ETag"]})
    assert (answered.status_code, answered.json["state"]) == (200, "interested")
    assert here.get("buyer", own).json["state"] == "waiting"
    etag = here.get("buyer", own).headers["ETag"]
    assert here.post("buyer", f"{own}/answer", {"answer": "interested"}, **{"If-Match": etag}).json["state"] == "both"
    assert here.get("staff", f"{here.base}/proposals?state=wanted").json["rows"][0]["id"] == made.json["id"]
    etag = here.get("seller", own).headers["ETag"]
    assert here.post("seller", f"{own}/take-back", **{"If-Match": etag}).json["state"] == "waiting"
    assert here.get("buyer", own).json["state"] == "interested"


def test_an_old_version_changes_nothing(here):
    made = here.post("staff", f"{here.base}/proposals", here.pair)
    step, own = f"{here.base}/proposals/{made.json['id']}", f"/proposals/{made.json['id']}"
    assert here.post("staff", f"{step}/withdraw").status_code == 428
    assert here.post("staff", f"{step}/withdraw", **{"If-Match": '"7"'}).status_code == 412
    withdrawn = here.post("staff", f"{step}/withdraw", **{"If-Match": made.headers["ETag"]})
    assert (withdrawn.json["state"], withdrawn.headers["ETag"]) == ("withdrawn", '"2"')
    assert here.post("staff", f"{step}/restore", **{"If-Match": '"1"'}).status_code == 412
    assert here.post("staff", f"{step}/restore", **{"If-Match": '"2"'}).json["state"] == "proposed"
    assert here.post("seller", f"{own}/answer", {"answer": "interested"}).status_code == 428
    assert here.post("seller", f"{own}/answer", {"answer": "interested"}, **{"If-Match": '"99"'}).status_code == 412


def test_a_repeated_request_proposes_once(here):
    first, again = (here.post("staff", f"{here.base}/proposals", here.pair, key="the-same") for _ in range(2))
    assert (first.status_code, again.status_code, first.json["id"]) == (201, 201, again.json["id"])
    assert len(here.get("staff", f"{here.base}/proposals").json["rows"]) == 1


def test_a_foreign_one_is_like_one_that_is_not_there(here):
    made = here.post("staff", f"{here.base}/proposals", here.pair).json["id"]
    unknown = "0192f000-0000-7000-8000-000000000000"

    def told(who, method, path):
        answer = (here.get if method == "get" else here.post)(who, path, **{"If-Match": "*"})
        return answer.status_code, {name: value for name, value in answer.json.items() if name != "instance"}

    for who, method, pattern in (
        ("foreign", "get", here.base + "/proposals/{}"), ("foreign", "post", here.base + "/proposals/{}/withdraw"),
        ("outsider", "get", "/proposals/{}"), ("outsider", "post", "/proposals/{}/take-back"),
    ):  # fmt: skip
        assert told(who, method, pattern.format(made)) == told(who, method, pattern.format(unknown))
        assert told(who, method, pattern.format(made))[0] == 404
    for path in ("/coverage", "/proposals", "/call-notes"):
        assert here.get("foreign", here.base + path).status_code == 404 == here.get("foreign", f"/fairs/none-such{path}").status_code
        assert here.get("seller", here.base + path).status_code == 403


def test_a_call_note_is_read_by_the_fairs_staff(here):
    body = {"organization_id": str(here.world.agency.id), "said": "CANARY-CALL", "spoke_with": "Ms Lin", "next_on": "2026-12-01"}
    made = here.post("staff", f"{here.base}/call-notes", body)
    assert (made.status_code, made.json["spoke_with"], made.json["next_on"]) == (201, "Ms Lin", "2026-12-01")
    for query, count in (("", 1), (f"?organization_id={here.world.agency.id}", 1), (f"?organization_id={here.world.company.id}", 0)):
        assert len(here.get("staff", f"{here.base}/call-notes{query}").json["rows"]) == count
    assert here.post("staff", f"{here.base}/call-notes", body | {"organization_id": str(here.world.outsider.id)}).status_code == 404
