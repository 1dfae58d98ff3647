"""`flask accounts …` makes people and tokens that work at once, and refuses with a sentence and status 1."""

import json
import uuid

import pytest

from marketplace.accounts import service
from marketplace.accounts.models import ApiToken, Person
from marketplace.core.db import db
from marketplace.organizations.models import Membership, Role
from tests.factories import api, make_member, make_organization, make_person

CREATE = ["accounts", "create", "--name", "Li Na", "--email", "li.na@example.org"]


@pytest.fixture
def run(app):
    runner = app.test_cli_runner()

    def call(*words, status=0, **more):
        result = runner.invoke(args=[str(word) for word in words], **more)
        assert result.exit_code == status, result.output
        return result.output

    return call


def test_create_prints_a_password_that_works(run):
    facts = json.loads(run(*CREATE, "--json"))
    session, _ = service.sign_in("li.na@example.org", facts["password"])
    assert str(session.person_id) == facts["id"]
    assert facts["admin"] is False


def test_create_takes_a_password_and_does_not_print_it(run):
    output = run(*CREATE, "--admin", "--password-stdin", input="a fresh sentence 42\n")
    assert "a fresh sentence 42" not in output
    service.sign_in("li.na@example.org", "a fresh sentence 42")
    assert db.session.query(Person).one().admin is True


def test_create_refuses_a_short_password_and_a_known_mail(run):
    assert "At least 10 characters" in run(*CREATE, "--password-stdin", input="short\n", status=1)
    assert db.session.query(Person).count() == 0
    run(*CREATE)
    assert "exists already" in run(*CREATE, status=1)
    assert db.session.query(Person).count() == 1


def test_create_makes_them_a_member_of_an_organisation(run):
    organization = make_organization()
    facts = json.loads(run(*CREATE, "--organization", organization.slug, "--role", "editor", "--json"))
    row = db.session.query(Membership).one()
    assert (str(row.person_id), row.organization_id, row.role) == (facts["id"], organization.id, Role.EDITOR)


def test_create_with_an_unknown_organisation_creates_nobody(run):
    run(*CREATE, "--organization", "nobody-knows", status=1)
    assert db.session.query(Person).count() == 0


def test_a_token_works_for_the_persons_only_organisation(run, client):
    organization = make_organization()
    person = make_member(organization)
    facts = json.loads(run("accounts", "token", person.email, "--all-permissions", "--json"))
    me = client.get("/api/v1/me", headers=api(facts["token"])).get_json()
    assert me["acting"]["slug"] == facts["organization"] == organization.slug
    assert "organizations.manage" in me["permissions"]


def test_a_token_has_the_named_permissions_and_term(run):
    person = make_person()
    run("accounts", "token", person.email, "--permission", "accounts.self", "--permission", "fairs.create", "--days", "3", "--name", "ci")
    row = db.session.query(ApiToken).one()
    assert (row.name, row.permissions) == ("ci", ["accounts.me", "accounts.self", "fairs.create"])
    assert (row.expires_at - row.created_at).days == 3


REFUSED = [
    (["--organization", "other", "--all-permissions"], "does not belong", 1),
    (["--permission", "no.such"], "permissions", 1),
    ([], "--permission", 2),
    (["--all-permissions", "--permission", "accounts.self"], "--permission", 2),
    (["--all-permissions", "--days", "0"], "range", 2),
]


@pytest.mark.parametrize(("words", "told", "status"), REFUSED)
def test_a_token_that_cannot_be_is_refused(run, words, told, status):
    person = make_person()
    make_organization(slug="other")
    assert told in run("accounts", "token", person.email, *words, status=status)
    assert db.session.query(ApiToken).count() == 0


def test_a_token_is_listed_and_ended(run, client):
    person = make_person()
    facts = json.loads(run("accounts", "token", person.email, "--all-permissions", "--json"))
    listed = json.loads(run("accounts", "tokens", person.email, "--json"))
    assert [row["id"] for row in listed] == [facts["id"]]
    assert facts["token"] not in str(listed)
    run("accounts", "revoke", person.email, facts["id"])
    assert client.get("/api/v1/me", headers=api(facts["token"])).status_code == 401


def test_what_is_not_there_is_said(run):
    assert "Nobody has the mail address" in run("accounts", "token", "nobody@example.org", "--all-permissions", status=1)
    run("accounts", "revoke", make_person().email, uuid.uuid4(), status=1)
