"""A key makes a repeated request harmless, on API paths and on pages, and never gives one caller another's answer."""

from datetime import timedelta

import pytest

from marketplace.core import idempotency
from marketplace.core.clock import now
from marketplace.core.db import db, transaction
from tests.factories import api, form_token, make_member, make_organization, make_person, make_token, sign_in

URL = "/api/v1/tiny/things"


def code(answer):
    return answer.get_json()["type"].removeprefix("/problems/")


def test_a_post_without_a_key_is_refused(client, made):
    secret = make_token(make_person())
    answer = client.post(URL, json={"title": "a"}, headers={"Authorization": f"Bearer {secret}"})
    assert (answer.status_code, code(answer)) == (400, "idempotency-key-required")
    assert made() == 0


@pytest.mark.parametrize("key", ["", " ", "k" * 256, "k\x7f", "ключ".encode().decode("latin-1")])
def test_a_key_that_is_no_visible_ascii_of_1_to_255_is_refused(client, made, key):
    secret = make_token(make_person())
    answer = client.post(URL, json={"title": "a"}, headers={"Authorization": f"Bearer {secret}", "Idempotency-Key": key})
    assert (answer.status_code, code(answer)) == (400, "idempotency-key-required")
    assert made() == 0


def test_the_same_request_again_gives_the_first_answer_and_one_effect(client, made):
    headers = api(make_token(make_person()), key="k" * 255)
    first = client.post(URL, json={"title": "a", "number": 7}, headers=headers)
    again = client.post(URL, json={"title": "a", "number": 7}, headers=headers)
    assert first.status_code == again.status_code == 201
    assert first.data == again.data
    assert "Idempotent-Replayed" not in first.headers
    assert again.headers["Idempotent-Replayed"] == "true"
    assert made() == 1


def test_another_key_is_another_request(client, made):
    secret = make_token(make_person())
    for _ in range(2):
        assert client.post(URL, json={"title": "a"}, headers=api(secret)).status_code == 201
    assert made() == 2


def test_the_same_key_with_another_body_is_refused(client, made):
    headers = api(make_token(make_person()), key="same")
    client.post(URL, json={"title": "a"}, headers=headers)
    answer = client.post(URL, json={"title": "b"}, headers=headers)
    assert (answer.status_code, code(answer)) == (422, "idempotency-key-reused")
    assert made() == 1


def test_nobody_gets_the_answer_to_anothers_key(client, made):
    body = {"title": "mine"}
    client.post(URL, json=body, headers=api(make_token(make_person()), key="guessed"))
    other = client.post(URL, json=body, headers=api(make_token(make_person()), key="guessed"))
    assert other.status_code == 201
    assert "Idempotent-Replayed" not in other.headers
    assert made() == 2


def test_the_key_space_is_the_organisation_and_the_person(client, made):
    one, two = make_organization(), make_organization()
    person = make_member(one)
    make_member(two, person=person)
    for organization in (one, two):
        answer = client.post(URL, json={"title": "a"}, headers=api(make_token(person, organization), key="same"))
        assert "Idempotent-Replayed" not in answer.headers
    assert made() == 2


def test_a_refused_request_frees_its_key(client, made):
    headers = api(make_token(make_person()), key="again")
    assert client.post(URL, json={"title": "move"}, headers=headers).status_code == 409
    assert client.post(URL, json={"title": "a"}, headers=headers).status_code == 201
    assert made() == 1


def test_a_form_sent_twice_has_one_effect(client, made):
    sign_in(client, make_person())
    fields = form_token(client, "/tiny/things") | {"title": "once"}
    first, second = client.post("/tiny/things", data=fields), client.post("/tiny/things", data=fields)
    assert (first.status_code, second.status_code) == (201, 201)
    assert second.headers["Idempotent-Replayed"] == "true"
    assert made() == 1


def test_a_corrected_form_is_sent_with_the_key_it_had(client, made):
    sign_in(client, make_person())
    fields = form_token(client, "/tiny/things")
    assert client.post("/tiny/things", data=fields | {"title": ""}).status_code == 422
    assert client.post("/tiny/things", data=fields | {"title": "now"}).status_code == 201
    assert made() == 1


def test_old_keys_are_forgotten_and_young_ones_are_kept(app):
    for age in (timedelta(days=9), timedelta(days=7)):
        db.session.add(idempotency.IdempotencyKey(space="s", key=str(age), fingerprint="f", created_at=now() - age))
    db.session.commit()
    with transaction():
        assert idempotency.forget_old() == 1
    assert [row.key for row in db.session.query(idempotency.IdempotencyKey)] == [str(timedelta(days=7))]


def test_the_same_key_with_other_parameters_in_the_address_is_another_request(client, made):
    person = make_person()
    sign_in(client, person)
    fields = form_token(client, "/tiny/things") | {"title": "a"}
    assert client.post("/tiny/things?fair=one", data=fields).status_code == 201
    assert client.post("/tiny/things?fair=two", data=fields).status_code == 422
    assert made() == 1
