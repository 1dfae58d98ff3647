"""Saving a search from the catalogue, one's alerts and notices as pages and over the API, and nobody else's."""

import re

import pytest

from marketplace.alerts import rules
from marketplace.alerts.models import Frequency, SavedSearch
from marketplace.core.db import db
from marketplace.listings import searches
from marketplace.listings.schemas import CatalogueIn
from tests.alerts.factories_alerts import notices_of
from tests.counting import counted
from tests.factories import api, form_token, make_member, make_token, sign_in


def saved():
    db.session.expire_all()
    return db.session.query(SavedSearch).order_by(SavedSearch.created_at).all()


def post(client, page, path, **fields):
    return client.post(path, data=form_token(client, page) | fields)


@pytest.fixture
def buyer(house, client):
    sign_in(client, house.buyer, house.company)
    return house.buyer


def test_a_stranger_signs_in_and_comes_back_to_the_search(house, client):
    page = client.get("/achievements?q=laser+welding&country=DE&fair=any&sort=newest").text
    link, *_ = re.findall(r'href="(/alerts/new[^"]*)"', page)
    answer = client.get(link.replace("&amp;", "&"))
    assert answer.status_code == 303
    assert answer.location.startswith("/sign-in?next=/alerts/new?kind%3Dachievement%26country%3DDE%26fair%3Dany%26q%3Dlaser")


def test_a_search_is_saved_with_a_proposed_name_changed_deleted_and_taken_back(house, client, buyer):
    path = "/alerts/new?kind=achievement&country=DE&fair=any&q=laser&sort=newest"
    page = client.get(path).text
    assert 'value="laser · Germany"' in page
    hidden = {"kind": "achievement", "query": "country=DE&fair=any&q=laser&sort=newest"}
    assert post(client, path, path, **hidden, name="Lasers", frequency="at_once").status_code == 303
    [search] = saved()
    assert (search.name, search.query, search.sort, search.frequency) == ("Lasers", "country=DE&fair=any&q=laser", "newest", Frequency.AT_ONCE)
    listed = client.get("/alerts").text
    assert 'href="/achievements?country=DE&amp;fair=any&amp;q=laser&amp;sort=newest"' in listed
    assert "1 / 50" in listed
    page = f"/alerts/{search.id}"
    assert post(client, page, page, version="1", name="Lasers, German", frequency="never").status_code == 303
    assert post(client, page, page, version="1", name="Late", frequency="daily").status_code == 412
    assert post(client, page, f"{page}/delete").status_code == 303
    assert (client.get(page).status_code, "Deleted: Lasers, German" in client.get("/alerts").text) == (404, True)
    assert post(client, "/alerts", f"{page}/restore").status_code == 303
    assert [(each.name, each.frequency, each.deleted_at) for each in saved()] == [("Lasers, German", Frequency.NEVER, None)]


def test_equal_searches_have_one_spelling():
    for one, other in (
        ({"q": "laser", "country": ["DE", "CN"]}, {"country": ["CN", "DE"], "q": " laser ", "sort": "newest"}),
        ({}, {"limit": 5}),
    ):
        assert searches.canonical(CatalogueIn().load(one)) == searches.canonical(CatalogueIn().load(other))
    assert searches.canonical(CatalogueIn().load({"trl": ["7"]})) != searches.canonical(CatalogueIn().load({"trl": ["8"]}))


def test_the_same_search_is_not_saved_twice_nor_more_than_fifty(house, client, buyer, monkeypatch):
    head = {"secret": make_token(buyer, house.company)}
    body = {"kind": "achievement", "query": "?q=laser&fair=any&country=DE"}
    assert client.post("/api/v1/alerts", json=body, headers=api(**head)).status_code == 201
    again = client.post("/api/v1/alerts", json=body | {"query": "country=DE&q=laser&sort=newest&fair=any"}, headers=api(**head))
    assert (again.status_code, again.json["type"]) == (409, "/problems/duplicate")
    monkeypatch.setattr(rules, "MOST_SEARCHES", 1)
    more = client.post("/api/v1/alerts", json=body | {"kind": "need"}, headers=api(**head))
    assert (more.status_code, more.json["type"]) == (409, "/problems/too-many-searches")


REFUSED: list[tuple[dict[str, str], str]] = [
    ({"query": "q=a"}, "/kind"), ({"kind": "deal"}, "/kind"), ({"kind": "need", "query": "trl=12"}, "/query"), ({"kind": "need", "query": "fair=none-such"}, "/query"),
    ({"kind": "need", "query": "q=a&contry=DE"}, "/query"), ({"kind": "need", "query": "fair=any&segment=x"}, "/query"), ({"kind": "need", "frequency": "hourly"}, "/frequency"), ({"kind": "need", "query": "x" * 2001}, "/query"),
    ({"kind": "need", "query": "&".join(["a=b"] * 300)}, "/query"), ({"kind": "need", "name": "n" * 81}, "/name"), ({"kind": "need", "mail": "x"}, "/mail"),
]  # fmt: skip


def test_what_is_no_search_is_refused_by_name(house, client, buyer):
    secret = make_token(buyer, house.company)
    for body, pointer in REFUSED:
        answer = client.post("/api/v1/alerts", json=body, headers=api(secret))
        assert (answer.status_code, answer.json["errors"][0]["pointer"]) == (422, pointer), body
    everything = client.post("/api/v1/alerts", json={"kind": "need", "query": ""}, headers=api(secret))
    assert (everything.status_code, everything.json["address"]) == (201, "/needs")


def test_over_the_api_a_change_names_the_version_it_saw(house, client, buyer):
    secret = make_token(buyer, house.company)
    made = client.post("/api/v1/alerts", json={"kind": "need", "query": "q=steam", "frequency": "daily"}, headers=api(secret, key="one"))
    again = client.post("/api/v1/alerts", json={"kind": "need", "query": "q=steam", "frequency": "daily"}, headers=api(secret, key="one"))
    assert (made.json["address"], made.headers["ETag"], again.json) == ("/needs?q=steam", '"1"', made.json)
    path = made.headers["Location"]
    assert client.patch(path, json={"frequency": "never"}, headers=api(secret)).status_code == 428
    changed = client.patch(path, json={"frequency": "never"}, headers=api(secret, **{"If-Match": '"1"'}))
    assert (changed.status_code, changed.json["frequency"], changed.headers["ETag"]) == (200, "never", '"2"')
    assert client.patch(path, json={"name": "x"}, headers=api(secret, **{"If-Match": '"1"'})).status_code == 412
    assert client.get("/api/v1/alerts", headers=api(secret)).json == {"rows": [changed.json], "next": None}
    assert client.delete(path, headers=api(secret, **{"If-Match": '"1"'})).status_code == 412
    assert client.delete(path, headers=api(secret, **{"If-Match": '"2"'})).status_code == 204
    assert client.get(path, headers=api(secret)).status_code == 404


def test_a_colleague_and_a_stranger_find_nothing_of_mine(house, client):
    search = house.save()
    listing = house.achievement("Laser welding")
    [notice] = notices_of(house.buyer)
    sign_in(client, make_member(house.company), house.company)
    assert client.get(f"/alerts/{search.id}").status_code == 404
    for path in (f"/alerts/{search.id}/delete", f"/alerts/{search.id}/restore", f"/alerts/notices/{notice.id}", f"/alerts/matches/{house.agency.id}"):
        assert post(client, "/alerts", path, frequency="daily", least="any").status_code == 404, path
    assert listing.reference not in client.get("/alerts/notices").text


def test_notices_stand_on_the_day_page_until_they_are_opened(house, client, buyer):
    house.save()
    need = house.need("Laser for thin foils wanted")
    listing = house.achievement("Laser welding of thin foils")
    assert re.search(r'href="/alerts/notices"><b>2</b><strong>New for you', client.get("/").text)
    found, match = notices_of(buyer)
    assert match.subject_id == need.id
    page = client.get("/alerts/notices").text
    assert page.count(listing.reference) == 4  # beside its name, and in the button's label
    answer = post(client, "/alerts/notices", f"/alerts/notices/{found.id}")
    assert (answer.status_code, answer.location) == (303, f"/achievements/{listing.id}")
    assert re.search(r"<b>1</b><strong>New for you", client.get("/").text)
    assert post(client, "/alerts/notices", "/alerts/notices/read").status_code == 303
    assert re.search(r"<b>0</b><strong>New for you", client.get("/").text)


def test_the_lists_make_a_constant_number_of_queries(house, client, buyer):
    counts = []
    for rounds in range(2):
        for number in range(3):
            house.save(f"q=laser{number}+{rounds}&fair=any", frequency="daily")
        house.achievements(*(f"laser{number} {rounds}" for number in range(3)))
        with counted() as seen:
            assert client.get("/alerts/notices").text.count("Open<") == 3 * rounds + 3
            assert client.get("/alerts").status_code == 200
        counts.append(len(seen))
    assert counts[0] == counts[1]
