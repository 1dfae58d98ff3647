"""Listings over JSON: the owner's way to publication, filters and pages, versions, and each refusal."""

import pytest

from marketplace.core.db import transaction
from marketplace.listings import indexing
from marketplace.listings.models import Kind
from marketplace.listings.schemas import DetailOut, EntryOut, ListOut
from marketplace.reviews.schemas import CaseOut, QueueOut
from tests.counting import counted
from tests.factories import api, make_member, make_organization, make_staff, make_token
from tests.listings.factories_listings import COMPLETE, draft, make_market, published, submitted

BODY = {name: value for name, value in COMPLETE[Kind.ACHIEVEMENT].items() if name != "unknowns"}


@pytest.fixture
def market(app):
    with transaction():
        market = make_market()
    return market


@pytest.fixture
def owner(market):
    return make_token(market.owner, market.agency)


@pytest.fixture
def judge(market):
    return make_token(market.moderator)


def put_forward(market, make=submitted, **content):
    with transaction():
        return make(market, **content)


def fits(schema, body):
    """The answer has the fields of its documented schema, all of them unless only its owner gets them, and no other."""
    names = set(schema._declared_fields)
    assert set(body) <= names, set(body) - names
    return True


def test_an_owner_and_a_moderator_bring_it_to_the_public(client, market, owner, judge):
    made = client.post("/api/v1/achievements", json={"title_en": "Pump", "description_en": "A pump."}, headers=api(owner))
    assert (made.status_code, made.headers["ETag"], fits(DetailOut, made.json)) == (201, '"1"', True)
    address = made.headers["Location"]
    asked = client.post(f"{address}/submit", json={"fair": market.fair.slug, "segment": "universities"}, headers=api(owner))
    assert asked.status_code == 422
    assert {error["pointer"] for error in asked.json["errors"]} == {
        "/summary_en", "/technology_codes", "/deal_kinds", "/trl", "/ip_status", "/price_mode",
    }  # fmt: skip
    body = BODY | {"trl": None, "unknown": ["trl"], "amount_min": "5000000.00", "amount_max": "8000000", "currency": "CNY"}
    changed = client.patch(address, json=body, headers=api(owner, **{"If-Match": '"1"'}))
    assert (changed.status_code, changed.headers["ETag"], changed.json["amount_max"], changed.json["unknown"]) == (200, '"2"', "8000000.00", ["trl"])
    entry = client.post(f"{address}/submit", json={"fair": market.fair.slug, "segment": "universities"}, headers=api(owner))
    assert (entry.status_code, entry.json["status"], entry.json["submitted_number"], fits(EntryOut, entry.json)) == (200, "submitted", 1, True)
    assert client.get(address).status_code == 404
    queue = client.get(f"/api/v1/fairs/{market.fair.slug}/entries", headers=api(judge))
    assert [row["id"] for row in queue.json["rows"]] == [entry.json["id"]]
    assert fits(QueueOut, queue.json)
    case = client.get(f"/api/v1/entries/{entry.json['id']}", headers=api(judge))
    assert (case.json["submitted"]["title_en"], case.json["published"], fits(CaseOut, case.json)) == (BODY["title_en"], None, True)
    done = client.post(f"/api/v1/entries/{entry.json['id']}/publish", json={"number": 1}, headers=api(judge))
    assert (done.status_code, done.json["status"], done.json["published_number"]) == (200, "published", 1)
    shown = client.get(address)
    assert (shown.status_code, shown.json["title_en"], shown.json["fairs"][0]["fair"]) == (200, BODY["title_en"], market.fair.slug)
    assert fits(DetailOut, shown.json)
    assert not {"external_id", "version", "entries", "public_number"} & set(shown.json)
    gone = client.post(f"{address}/withdraw", json={"fair": market.fair.slug}, headers=api(owner))
    assert (gone.status_code, gone.json["status"], client.get(address).status_code) == (200, "withdrawn", 404)


def test_an_update_is_compared_and_sent_back_with_a_reason(client, market, owner, judge):
    entry = put_forward(market, published)
    address = f"/api/v1/achievements/{entry.listing_id}"
    etag = client.get(address, headers=api(owner)).headers["ETag"]
    client.patch(address, json={"trl": 9, "amount_min": "7.00", "currency": "CNY"}, headers=api(owner, **{"If-Match": etag}))
    client.post(f"{address}/submit", json={"fair": market.fair.slug, "segment": "universities"}, headers=api(owner))
    case = client.get(f"/api/v1/entries/{entry.id}", headers=api(judge)).json
    assert (case["changed"], case["published"]["trl"], case["submitted"]["trl"]) == (["amount_min", "currency", "trl"], 7, 9)
    back = client.post(f"/api/v1/entries/{entry.id}/send-back", json={"reason": "Who measured it?"}, headers=api(judge))
    assert (back.status_code, back.json["status"], back.json["returned_number"]) == (200, "published", 2)
    assert client.get(address).json["trl"] == 7
    assert client.get(address, headers=api(owner)).json["entries"][0]["reason"] == "Who measured it?"


@pytest.mark.parametrize(
    ("header", "status"),
    [({}, 428), ({"If-Match": '"7"'}, 412), ({"If-Match": 'W/"1"'}, 412), ({"If-Match": "garbage"}, 400), ({"If-Match": "*"}, 200), ({"If-Match": '"7", "1"'}, 200)],
)
def test_a_change_names_the_version_it_is_of(client, market, owner, header, status):
    listing = put_forward(market, draft)
    answer = client.patch(f"/api/v1/achievements/{listing.id}", json={"trl": 9}, headers=api(owner, **header))
    assert answer.status_code == status


@pytest.mark.parametrize(
    ("change", "pointer"),
    [
        ({"title_en": None}, "/title_en"), ({"title_en": ""}, "/title_en"), ({"title_en": 5}, "/title_en"), ({"title_en": "x" * 257}, "/title_en"),
        ({"description_en": "x" * 40_001}, "/description_en"), ({"trl": 0}, "/trl"), ({"trl": "7"}, "/trl"), ({"trl": True}, "/trl"),
        ({"technology_codes": ["30", "30"]}, "/technology_codes"), ({"technology_codes": "30"}, "/technology_codes"),
        ({"deal_kinds": ["theft"]}, "/deal_kinds/0"), ({"amount_min": 10.1, "currency": "CNY"}, "/amount_min"),
        ({"amount_min": "-1", "currency": "CNY"}, "/amount_min"), ({"amount_min": "1"}, "/currency"), ({"currency": "XTS"}, "/currency"),
        ({"amount_min": "2", "amount_max": "1", "currency": "CNY"}, "/amount_max"), ({"valid_until": "2020-02-30"}, "/valid_until"),
        ({"country": "UK"}, "/country"), ({"owner": "me"}, "/owner"), ({"organization_id": "x"}, "/organization_id"), ({"min_trl": 3}, "/min_trl"),
        ({"unknown": ["deadline"]}, "/unknown/0"),
    ],
)  # fmt: skip
def test_bad_content_is_named_and_nothing_is_stored(client, market, owner, change, pointer):
    answer = client.post("/api/v1/achievements", json=BODY | change, headers=api(owner))
    assert answer.status_code == 422
    assert pointer in {error["pointer"] for error in answer.json["errors"]}, answer.json
    listing = put_forward(market, draft)
    answer = client.patch(f"/api/v1/achievements/{listing.id}", json=change, headers=api(owner, **{"If-Match": "*"}))
    assert answer.status_code == 422
    assert client.get(f"/api/v1/achievements/{listing.id}", headers=api(owner)).headers["ETag"] == '"1"'


def test_lists_go_page_by_page_newest_first(client, market):
    made = [str(put_forward(market, published).listing_id) for _ in range(5)]
    seen, cursor = [], ""
    while cursor is not None:
        answer = client.get(f"/api/v1/achievements?limit=2&fair={market.fair.slug}" + (f"&cursor={cursor}" if cursor else "")).json
        assert fits(ListOut, answer)
        seen += [row["id"] for row in answer["rows"]]
        cursor = answer["next"]
    assert seen == made[::-1]


def test_search_and_filters_go_page_by_page_too(client, market):
    for level in (7, 8, 9, 7, 7):
        put_forward(market, published, trl=level)
    indexing.drain()
    where = f"/api/v1/achievements?fair={market.fair.slug}&q=steam&trl=7&limit=2&facets=1"
    first = client.get(where).json
    second = client.get(f"{where}&cursor={first['next']}").json
    assert (first["total"], len(first["rows"]), len(second["rows"]), second["next"]) == (3, 2, 1, None)
    assert first["facets"]["trl"] == {"7": 3, "8": 1, "9": 1}
    assert len({row["id"] for row in first["rows"] + second["rows"]}) == 3


@pytest.mark.parametrize(
    ("query", "status"),
    [
        ("limit=0", 400), ("limit=201", 400), ("limit=x", 400), ("trl=10", 400), ("sort=cheapest", 400), ("colour=red", 400), ("cursor=x", 400),
        ("q=" + "x" * 301, 400), ("segment=universities", 400), ("fair=nowhere", 404), ("q=%00", 400), ("facets=2", 400), ("limit=200", 200),
        ("q='; DROP TABLE listings; --", 200), ("q=%25_\\", 200), ("q=*:*", 200), ("country=XX", 400),
    ],
)  # fmt: skip
def test_a_bad_query_is_refused_and_odd_characters_mean_themselves(client, market, query, status):
    indexing.drain()
    assert client.get(f"/api/v1/achievements?{query}").status_code == status


def test_a_cursor_belongs_to_its_list(client, market):
    for _ in range(2):
        put_forward(market, published)
        put_forward(market, published, kind=Kind.NEED)
    cursor = client.get("/api/v1/achievements?limit=1").json["next"]
    assert client.get(f"/api/v1/needs?limit=1&cursor={cursor}").status_code == 400
    assert client.get(f"/api/v1/achievements?limit=1&q=a&cursor={cursor}").status_code == 400


def test_strangers_answers_may_be_kept_and_nobody_elses(client, market, owner):
    entry = put_forward(market, published)
    for path in ("/api/v1/achievements", f"/api/v1/achievements/{entry.listing_id}"):
        answer = client.get(path)
        assert "public" in answer.headers["Cache-Control"]
        assert client.get(path, headers={"If-None-Match": answer.headers["ETag"]}).status_code == 304
        assert client.get(path, headers=api(owner)).headers["Cache-Control"] == "no-store"


def test_a_visitors_etag_changes_with_the_listing(client, market):
    entry = put_forward(market, published)
    address = f"/api/v1/achievements/{entry.listing_id}"
    before = client.get(address).headers["ETag"]
    with transaction():
        market.agency.name_en = "Renamed"
    assert client.get(address).headers["ETag"] != before


def test_a_page_costs_the_same_queries_whatever_its_length(app, client, market):
    for _ in range(6):
        put_forward(market, published)
    indexing.drain()
    client.get("/api/v1/achievements?facets=1")  # the day of the exchange rates is asked for once for each state of the index
    for query in ("", "q=steam&facets=1&", f"fair={market.fair.slug}&"):
        counts = []
        for limit in (1, 6):
            with counted() as found:
                assert len(client.get(f"/api/v1/achievements?{query}limit={limit}").json["rows"]) == limit
            counts.append(len(found))
        assert counts[0] == counts[1] <= 2, (query, found)


def unknown_like(path, listing):
    return path.replace(str(listing), "01890000-0000-7000-8000-000000000000")


@pytest.mark.parametrize(
    ("method", "path", "body"),
    [
        ("get", "/api/v1/achievements/{id}", None),
        ("patch", "/api/v1/achievements/{id}", {"trl": 1}),
        ("post", "/api/v1/achievements/{id}/submit", {"fair": "F", "segment": "universities"}),
        ("post", "/api/v1/achievements/{id}/withdraw", {"fair": "F"}),
    ],
)
@pytest.mark.parametrize("who", ["outsider", "moderator", "nobody"])
def test_a_foreign_draft_answers_like_an_unknown_one(client, market, method, path, body, who):
    entry = put_forward(market)
    tokens = {"outsider": lambda: make_token(market.outsider, None), "moderator": lambda: make_token(market.moderator), "nobody": lambda: None}
    if who == "outsider":
        organization = make_organization()
        token = make_token(make_member(organization), organization)
    else:
        token = tokens[who]()
    answers = []
    for listing_id in (str(entry.listing_id), "01890000-0000-7000-8000-000000000000"):
        data = {name: market.fair.slug if value == "F" else value for name, value in body.items()} if body else None
        answer = getattr(client, method)(path.format(id=listing_id), json=data, headers=api(token, **{"If-Match": "*"})) if method != "get" \
            else client.get(path.format(id=listing_id), headers=api(token))  # fmt: skip
        shown = dict(answer.json)
        shown.pop("instance")
        answers.append((answer.status_code, shown))
    assert answers[0] == answers[1]
    assert answers[0][0] in {401, 403, 404}
    if who == "outsider":
        assert answers[0][0] == 404


@pytest.mark.parametrize("path", ["/api/v1/entries/{id}", "/api/v1/entries/{id}/publish", "/api/v1/entries/{id}/send-back"])
def test_another_fairs_entry_answers_like_an_unknown_one(client, market, path):
    from tests.factories import make_fair

    entry = put_forward(market)
    token = make_token(make_staff(make_fair(), "moderator"))
    answers = []
    for entry_id in (str(entry.id), "01890000-0000-7000-8000-000000000000"):
        where = path.format(id=entry_id)
        answer = client.get(where, headers=api(token)) if where.endswith(entry_id) else client.post(where, json={"reason": "Because."} if "back" in where else {}, headers=api(token))
        shown = dict(answer.json)
        shown.pop("instance")
        answers.append((answer.status_code, shown))
    assert answers[0] == answers[1]
    assert answers[0][0] == 404


def test_another_fairs_queue_is_not_shown(client, market, judge):
    from tests.factories import make_fair

    assert client.get(f"/api/v1/fairs/{make_fair().slug}/entries", headers=api(judge)).status_code == 404
    assert client.get("/api/v1/fairs/nowhere/entries", headers=api(judge)).status_code == 404


def test_readers_read_and_do_not_write(client, market):
    token = make_token(market.reader, market.agency)
    listing = put_forward(market, draft)
    assert client.get(f"/api/v1/achievements/{listing.id}", headers=api(token)).status_code == 200
    assert client.patch(f"/api/v1/achievements/{listing.id}", json={"trl": 1}, headers=api(token, **{"If-Match": "*"})).status_code == 403
    assert client.post("/api/v1/needs", json={"title_en": "A", "description_en": "B"}, headers=api(token)).status_code == 403


def test_a_need_is_not_an_achievement(client, market, owner):
    need = put_forward(market, draft, kind=Kind.NEED)
    assert client.get(f"/api/v1/needs/{need.id}", headers=api(owner)).status_code == 200
    assert client.get(f"/api/v1/achievements/{need.id}", headers=api(owner)).status_code == 404
    assert client.patch(f"/api/v1/achievements/{need.id}", json={"trl": 1}, headers=api(owner, **{"If-Match": "*"})).status_code == 404


def test_a_repeated_draft_with_its_key_is_one_listing(client, market, owner):
    first = client.post("/api/v1/needs", json={"title_en": "A", "description_en": "B"}, headers=api(owner, key="once"))
    again = client.post("/api/v1/needs", json={"title_en": "A", "description_en": "B"}, headers=api(owner, key="once"))
    assert (again.status_code, again.json, again.headers["Idempotent-Replayed"]) == (201, first.json, "true")
