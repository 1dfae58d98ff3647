"""One's own account: name, language, password, sessions and tokens, and nobody else's."""

import re
import uuid

import pytest

from marketplace.accounts.models import ApiToken, Person, SignIn
from marketplace.core.db import db
from marketplace.core.idempotency import IdempotencyKey
from marketplace.organizations.models import Role
from tests.factories import PASSWORD, api, form_token, make_member, make_organization, make_person, make_token, sign_in

NEW = "a fresh sentence 42"


@pytest.fixture
def person(client):
    person = make_person(password=PASSWORD)
    sign_in(client, person)
    return person


@pytest.mark.parametrize("path", ["/account", "/account/password", "/account/tokens"])
def test_a_stranger_is_sent_to_sign_in(client, path):
    assert client.get(path).headers["Location"] == f"/sign-in?next={path}"


def test_name_and_language_are_changed(client, person):
    answer = client.post("/account", data=form_token(client, "/account") | {"name": "  Li   Na ", "language": "zh"})
    assert answer.status_code == 303
    db.session.expire_all()
    changed = db.session.get(Person, person.id)
    assert (changed.name, changed.language) == ("Li Na", "zh")
    assert client.get_cookie("language").value == "zh"


def test_nothing_else_of_a_person_can_be_set(client, person):
    answer = client.post("/account", data=form_token(client, "/account") | {"name": "X", "language": "en", "admin": "on"})
    assert answer.status_code == 422
    db.session.expire_all()
    assert db.session.get(Person, person.id).admin is False


def test_a_password_change_asks_for_the_old_one_and_ends_other_sessions(app, client, person):
    other = app.test_client()
    sign_in(other, person)
    fields = form_token(client, "/account/password")
    wrong = client.post("/account/password", data=fields | {"old": "not this one", "new": NEW})
    assert wrong.status_code == 422
    assert 'data-code="password_wrong"' in wrong.text
    assert other.get("/account").status_code == 200
    assert client.post("/account/password", data=fields | {"old": PASSWORD, "new": NEW}).status_code == 303
    assert client.get("/account").status_code == 200
    assert other.get("/account").status_code == 303


def test_a_session_elsewhere_is_ended_from_here(app, client, person):
    other = app.test_client()
    sign_in(other, person)
    rows = re.findall(r"/account/sessions/([0-9a-f-]{36})/end", client.get("/account").text)
    assert len(rows) == 1
    assert client.post(f"/account/sessions/{rows[0]}/end", data=form_token(client, "/account")).status_code == 303
    assert other.get("/account").status_code == 303
    assert client.get("/account").status_code == 200


def test_anothers_session_is_as_unknown_as_a_random_one(app, client, person):
    sign_in(app.test_client(), make_person())
    foreign = db.session.query(SignIn).filter(SignIn.person_id != person.id).one()
    for session_id in (foreign.id, uuid.uuid4()):
        assert client.post(f"/account/sessions/{session_id}/end", data=form_token(client, "/account")).status_code == 404
    assert foreign.ended_at is None


def test_a_token_is_shown_once_and_works(client, person):
    given = {"name": "reports", "days": "7", "permissions": ["accounts.self"]}
    answer = client.post("/account/tokens", data=form_token(client, "/account/tokens") | given)
    secret = re.search(r"data-secret>(mk_[\w-]{43})<", answer.text)[1]
    assert answer.headers["Cache-Control"] == "no-store"
    assert secret not in client.get("/account/tokens").text
    me = client.get("/api/v1/me", headers=api(secret)).get_json()
    assert me["id"] == str(person.id)
    assert me["permissions"] == ["accounts.me", "accounts.self"]
    assert not any(secret.encode() in (row.body or b"") for row in db.session.query(IdempotencyKey))
    row = db.session.query(ApiToken).one()
    assert secret not in str([row.secret_hash, row.name, row.permissions])


def test_a_token_acts_for_the_organisation_it_names(client, person):
    one, two = make_organization(), make_organization()
    make_member(one, Role.OWNER, person=person)
    make_member(two, Role.READER, person=person)
    given = {"name": "a", "days": "7", "organization": str(two.id), "permissions": ["organizations.read"]}
    answer = client.post("/account/tokens", data=form_token(client, "/account/tokens") | given)
    secret = re.search(r"data-secret>(mk_[\w-]{43})<", answer.text)[1]
    me = client.get("/api/v1/me", headers=api(secret)).get_json()
    assert (me["acting"]["slug"], me["acting"]["role"]) == (two.slug, "reader")


def refused(client, **given):
    data = {"name": "a", "days": "7", "permissions": ["accounts.self"]} | given
    answer = client.post("/account/tokens", data=form_token(client, "/account/tokens") | data)
    assert answer.status_code == 422
    assert db.session.query(ApiToken).count() == 0
    return re.findall(r'class="err" data-code="([^"]+)"', answer.text)


def test_a_token_is_never_wider_than_its_person(client, person):
    organization = make_organization()
    make_member(organization, Role.READER, person=person)
    assert refused(client, permissions=["fairs.create"]) == ["permission_beyond"]
    assert refused(client, organization=str(organization.id), permissions=["organizations.manage"]) == ["permission_beyond"]
    assert refused(client, permissions=["organizations.read"]) == ["permission_beyond"]


@pytest.mark.parametrize("value", ["foreign", "random"])
def test_a_token_cannot_name_an_organisation_of_others(client, person, value):
    organization_id = make_organization().id if value == "foreign" else uuid.uuid4()
    assert refused(client, organization=str(organization_id)) == ["reference"]


@pytest.mark.parametrize("days", ["0", "367", "-1", "1.5", "x", ""])
def test_a_token_has_a_term(client, person, days):
    assert len(refused(client, days=days)) == 1


def test_a_revoked_token_is_refused_at_the_next_request(client, person):
    secret = make_token(person)
    assert client.get("/api/v1/me", headers=api(secret)).status_code == 200
    token = db.session.query(ApiToken).one()
    assert client.post(f"/account/tokens/{token.id}/revoke", data=form_token(client, "/account/tokens")).status_code == 303
    answer = client.get("/api/v1/me", headers=api(secret))
    assert (answer.status_code, answer.mimetype) == (401, "application/problem+json")


def test_anothers_token_is_as_unknown_as_a_random_one(client, person):
    make_token(make_person())
    foreign = db.session.query(ApiToken).one()
    for token_id in (foreign.id, uuid.uuid4()):
        assert client.post(f"/account/tokens/{token_id}/revoke", data=form_token(client, "/account/tokens")).status_code == 404
    assert foreign.revoked_at is None
