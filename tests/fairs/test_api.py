"""Fairs as JSON: one happy path each, and each refusal."""

from datetime import date, timedelta
from uuid import uuid4

import pytest
from sqlalchemy import select

from marketplace.core.db import db
from marketplace.fairs.models import Fair, Staff
from tests.factories import api, make_fair, make_member, make_person, make_staff, make_token

V1 = "/api/v1/fairs"
NEW = {
    "slug": "autumn", "name_en": "Autumn Fair", "name_zh": "秋季交易会", "base_currency": "CNY", "time_zone": "Asia/Shanghai",
    "opens_on": "2026-09-17", "closes_on": "2026-09-20", "segments": [{"code": "hall-1", "name_en": "Hall 1", "name_zh": "一号馆"}],
}  # fmt: skip


@pytest.fixture
def fair(app):
    return make_fair()


def key(person, **more):
    return api(make_token(person), **more)


def codes(answer):
    return {(error["pointer"], error["code"]) for error in answer.json["errors"]}


def test_the_administrator_creates_a_fair(client):
    answer = client.post(V1, json=NEW, headers=key(make_person(admin=True)))
    assert answer.status_code == 201, answer.json
    assert answer.headers["Location"] == f"{V1}/autumn"
    found = client.get(f"{V1}/autumn")
    assert found.json == answer.json
    assert found.headers["ETag"] == '"1"'
    assert (found.json["opens_on"], found.json["current"], found.json["sample"]) == ("2026-09-17", False, False)
    assert [row["code"] for row in found.json["segments"]] == ["hall-1"]


@pytest.mark.parametrize(
    ("change", "found"),
    [
        ({"slug": "Autumn"}, {("/slug", "slug")}),
        ({"base_currency": "XTS"}, {("/base_currency", "code_unknown")}),
        ({"time_zone": "+08:00"}, {("/time_zone", "time_zone")}),
        ({"closes_on": "2026-09-16"}, {("/closes_on", "day_order")}),
        ({"opens_on": "2026-02-30"}, {("/opens_on", "day")}),
        ({"segments": [{"code": "a1"}]}, {("/segments/0/name_en", "required"), ("/segments/0/name_zh", "required")}),
        ({"sample": True}, {("/sample", "unknown")}),
        ({"current": True}, {("/current", "unknown")}),
    ],
)
def test_a_wrong_fair_names_its_field(client, change, found):
    answer = client.post(V1, json=NEW | change, headers=key(make_person(admin=True)))
    assert (answer.status_code, codes(answer)) == (422, found)


def test_an_address_is_given_once(client, fair):
    answer = client.post(V1, json=NEW | {"slug": fair.slug}, headers=key(make_person(admin=True)))
    assert (answer.status_code, answer.json["type"]) == (409, "/problems/duplicate")


def test_only_the_administrator_creates_shows_and_closes(client, fair):
    for person in (make_person(), make_member(), make_staff(fair)):
        for path, body in ((V1, NEW), (f"{V1}/{fair.slug}/make-current", None), (f"{V1}/{fair.slug}/close", None)):
            assert client.post(path, json=body, headers=key(person)).status_code == 403, path
    for path in (V1, f"{V1}/{fair.slug}/staff"):
        assert client.post(path, json={}, headers=api()).status_code == 401


def test_the_list_is_paged_by_day(client, app):
    for number in range(5):
        day = date(2026, 1, 1) + timedelta(days=number // 2)
        make_fair(slug=f"f{number}", opens_on=day, closes_on=day)
    seen, cursor = [], None
    while True:
        page = client.get(V1, query_string={"limit": 2} | ({"cursor": cursor} if cursor else {})).json
        seen += [row["slug"] for row in page["rows"]]
        cursor = page["next"]
        if cursor is None:
            break
    assert seen == ["f4", "f3", "f2", "f1", "f0"]
    assert client.get(f"{V1}?cursor=forged").status_code == 400


def test_an_unknown_fair_is_not_found(client):
    assert client.get(f"{V1}/nowhere").status_code == 404
    headers = key(make_person(admin=True))
    assert client.post(f"{V1}/nowhere/make-current", headers=headers).status_code == 404
    assert client.post(f"{V1}/nowhere/staff", json={"email": "a@example.org", "role": "clerk"}, headers=headers).status_code == 404


def test_settings_are_changed_by_their_version(client, fair):
    manager, path = make_staff(fair), f"{V1}/{fair.slug}"
    assert client.patch(path, json={"name_en": "New"}, headers=key(manager)).status_code == 428
    answer = client.patch(path, json={"name_en": "New"}, headers=key(manager, **{"If-Match": '"1"'}))
    assert (answer.status_code, answer.json["name_en"], answer.headers["ETag"]) == (200, "New", '"2"')
    assert answer.json["name_zh"] == fair.name_zh
    assert client.patch(path, json={"name_en": "Old"}, headers=key(manager, **{"If-Match": '"1"'})).status_code == 412
    for change in ({"slug": "other"}, {"current": True}, {"closed_at": None}):
        assert client.patch(path, json=change, headers=key(manager, **{"If-Match": "*"})).status_code == 422
    for person in (make_staff(make_fair()), make_staff(fair, "clerk")):
        assert client.patch(path, json={"name_en": "Theirs"}, headers=key(person, **{"If-Match": "*"})).status_code == 403
    assert db.session.get(Fair, fair.id, populate_existing=True).name_en == "New"


def test_staff_is_appointed_and_dismissed(client, fair):
    manager, person, path = make_staff(fair), make_person(), f"{V1}/{fair.slug}/staff"
    body = {"email": person.email, "role": "clerk"}
    made = client.post(path, json=body, headers=key(manager))
    assert (made.status_code, made.json["role"], made.json["person_id"]) == (201, "clerk", str(person.id))
    assert client.post(path, json=body, headers=key(manager)).status_code == 409
    assert client.post(path, json={"email": manager.email, "role": "clerk"}, headers=key(manager)).status_code == 403
    assert codes(client.post(path, json={"email": "no@example.org", "role": "clerk"}, headers=key(manager))) == {("/email", "person_unknown")}
    assert codes(client.post(path, json={"email": person.email, "role": "king"}, headers=key(manager))) == {("/role", "code_unknown")}
    assert client.post(path, json=body, headers=key(make_staff(make_fair()))).status_code == 403
    end = f"{path}/{made.json['id']}/end"
    assert client.post(end, headers=key(make_staff(make_fair()))).status_code == 403
    assert client.post(end, headers=key(manager)).status_code == 204
    assert client.post(end, headers=key(manager)).status_code == 404
    assert client.post(f"{path}/{uuid4()}/end", headers=key(manager)).status_code == 404


def test_a_dismissed_managers_token_is_worth_nothing_at_the_next_request(client, fair):
    manager = make_staff(fair)
    headers = key(manager, **{"If-Match": "*"})
    assert client.patch(f"{V1}/{fair.slug}", json={"name_en": "One"}, headers=headers).status_code == 200
    admin = key(make_person(admin=True))
    row = db.session.scalar(select(Staff).where(Staff.person_id == manager.id))
    assert client.post(f"{V1}/{fair.slug}/staff/{row.id}/end", headers=admin).status_code == 204
    assert client.patch(f"{V1}/{fair.slug}", json={"name_en": "Two"}, headers=headers).status_code == 403


def test_one_is_current_and_closes_once(client, fair):
    admin = make_person(admin=True)
    assert client.post(f"{V1}/{fair.slug}/make-current", headers=key(admin)).json["current"] is True
    closed = client.post(f"{V1}/{fair.slug}/close", headers=key(admin))
    assert closed.json["closed_at"]
    assert client.post(f"{V1}/{fair.slug}/close", headers=key(admin)).status_code == 409
