"""`/api/v1/me` says whom a token speaks for, and refuses what is no token."""

from datetime import timedelta

import pytest

from marketplace.accounts.models import ApiToken
from marketplace.core.clock import now
from marketplace.core.db import db
from tests.factories import api, make_fair, make_member, make_organization, make_person, make_staff, make_token


def test_me_names_person_organisation_roles_and_permissions(client):
    organization, fair = make_organization(name_en="Hengyuan Transfer"), make_fair()
    person = make_member(organization)
    make_staff(fair, "clerk", "moderator", person=person)
    me = client.get("/api/v1/me", headers=api(make_token(person, organization))).get_json()
    assert me["email"] == person.email
    assert me["acting"]["name"] == "Hengyuan Transfer"
    assert [m["slug"] for m in me["memberships"]] == [organization.slug]
    assert me["staff"] == [{"fair_id": str(fair.id), "roles": ["clerk", "moderator"]}]
    assert {"organizations.manage", "fairs.staff", "accounts.me"} <= set(me["permissions"])
    assert "fairs.create" not in me["permissions"]


def test_a_token_for_no_organisation_acts_for_none(client):
    person = make_member(make_organization())
    me = client.get("/api/v1/me", headers=api(make_token(person))).get_json()
    assert me["acting"] is None
    assert "organizations.read" not in me["permissions"]


@pytest.mark.parametrize("header", ["Bearer", "Bearer ", "Bearer x", "Basic YTpi", "mk_" + "a" * 43, "Bearer mk_" + "a" * 43, "Bearer " + "a" * 5000])
def test_what_is_no_token_is_401(client, header):
    answer = client.get("/api/v1/me", headers={"Authorization": header})
    assert (answer.status_code, answer.headers["WWW-Authenticate"]) == (401, "Bearer")
    assert answer.get_json()["type"] == "/problems/sign-in-required"


def test_a_token_ends_on_its_day_and_with_its_person(client):
    person = make_person()
    secret = make_token(person)
    token = db.session.query(ApiToken).one()
    token.expires_at = now() - timedelta(seconds=1)
    db.session.commit()
    assert client.get("/api/v1/me", headers=api(secret)).status_code == 401
    token.expires_at, person.disabled_at = now() + timedelta(days=1), now()
    db.session.commit()
    assert client.get("/api/v1/me", headers=api(secret)).status_code == 401


def test_the_use_of_a_token_is_noted(client):
    secret = make_token(make_person())
    assert db.session.query(ApiToken).one().used_at is None
    client.get("/api/v1/me", headers=api(secret))
    db.session.expire_all()
    assert db.session.query(ApiToken).one().used_at is not None
