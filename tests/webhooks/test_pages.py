"""The pages and the API of endpoints, and the recipe by which a receiver checks what it gets."""

import re
from textwrap import dedent

import pytest

from config import ROOT
from marketplace.core import jobs
from marketplace.core.db import db
from marketplace.organizations.models import Organization
from marketplace.webhooks.models import Endpoint
from tests.factories import api, form_token, make_member, make_organization, make_token, sign_in
from tests.webhooks.conftest import EVENTS
from tests.webhooks.receiving import receiving

SECRET = re.compile(r"whsec_[A-Za-z0-9+/=]{44}")


@pytest.fixture
def person(app):
    return make_member(make_organization())


@pytest.fixture
def token(person):
    return make_token(person, db.session.query(Organization).one())


def test_the_documented_recipe_accepts_what_is_sent_and_nothing_else(client, token):
    page = (ROOT / "docs" / "interchange.md").read_text()
    code = dedent(page.split("### How a receiver checks a message\n\n")[1].split("\n\nThen answer")[0])
    recipe = {}
    exec(code, recipe)  # what a reader would copy
    with receiving() as receiver:
        made = client.post("/api/v1/webhooks", json={"url": receiver.url, "events": EVENTS}, headers=api(token))
        assert made.status_code == 201, made.text
        client.post(f"/api/v1/webhooks/{made.json['id']}/test", headers=api(token))
        jobs.sweep()
        [(headers, body)] = receiver.came
    verified, told = recipe["verified"], made.json["secret"]
    assert verified(told, headers, body)
    assert verified(told, headers | {"webhook-signature": "v1,AAAA " + headers["webhook-signature"]}, body)
    for wrong in (
        (told, headers, body + b" "), ("whsec_" + "A" * 43 + "=", headers, body), (told, headers | {"webhook-id": "another"}, body),
        (told, headers | {"webhook-timestamp": "1600000000"}, body), (told, headers | {"webhook-signature": "v1,AAAA"}, body),
    ):  # fmt: skip
        assert not verified(*wrong)
    [row] = client.get(f"/api/v1/webhooks/{made.json['id']}/deliveries", headers=api(token)).json["rows"]
    assert (row["state"], row["status"], row["tries"], row["event_id"]) == ("delivered", 200, 1, headers["webhook-id"])


def test_the_secret_stands_on_one_page_only(client, person):
    sign_in(client, person)
    typed = {"url": "https://crm.example.org/hooks", "events": EVENTS, "description": "CRM"}
    page = client.post("/organization/webhooks/new", data=typed | form_token(client, "/organization/webhooks/new"))
    [first] = SECRET.findall(page.text)
    endpoint = db.session.query(Endpoint).one()
    address = f"/organization/webhooks/{endpoint.id}"
    assert not SECRET.findall(client.get(address).text)
    again = client.post(f"{address}/secret", data={"hours": "24"} | form_token(client, address))
    [second] = SECRET.findall(again.text)
    assert first != second and not SECRET.findall(client.get(address).text)
    wrong = client.post("/organization/webhooks/new", data=typed | {"url": "https://10.0.0.1/"} | form_token(client, "/organization/webhooks/new"))
    assert wrong.status_code == 422 and 'data-code="url_private"' in wrong.text and 'value="https://10.0.0.1/"' in wrong.text


@pytest.mark.one_database
def test_a_change_names_the_version_it_was_made_from(client, token):
    made = client.post("/api/v1/webhooks", json={"url": "https://crm.example.org/", "events": EVENTS}, headers=api(token))
    address = made.headers["Location"]
    assert client.patch(address, json={"events": EVENTS[:1]}, headers=api(token)).status_code == 428
    changed = client.patch(address, json={"events": EVENTS[:1]}, headers=api(token, **{"If-Match": made.headers["ETag"]}))
    assert (changed.status_code, changed.json["events"]) == (200, EVENTS[:1]) and "secret" not in changed.json
    assert client.delete(address, headers=api(token, **{"If-Match": made.headers["ETag"]})).status_code == 412
    assert client.delete(address, headers=api(token, **{"If-Match": changed.headers["ETag"]})).status_code == 204
    assert client.get(address, headers=api(token)).status_code == 404
