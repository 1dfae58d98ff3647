"""The commands that set up an instance."""

import json

from marketplace.accounts.service import by_email
from marketplace.organizations.models import Role
from tests.factories import actor, make_member, make_organization, make_person


def run(app, *words):
    return app.test_cli_runner().invoke(args=["organizations", *words])


def test_create_prints_what_it_made(app):
    owner = make_person()
    words = ("--kind", "agency", "--name-en", "Northgate", "--name-zh", "北门", "--country", "CN", "--owner", owner.email, "--approved")
    made = run(app, "create", *words, "--json")
    assert made.exit_code == 0, made.output
    facts = json.loads(made.output)
    assert (facts["slug"], facts["status"], facts["name_zh"]) == ("northgate", "approved", "北门")
    assert actor(owner).acting.approved
    assert json.loads(run(app, "list", "--json").output) == [facts]
    again = run(app, "create", *words)
    assert (again.exit_code, "exists already" in again.output) == (1, True)


def test_create_names_wrong_facts(app):
    made = run(app, "create", "--kind", "agency", "--name-en", "X", "--country", "Atlantis", "--slug", "Not A Slug")
    assert made.exit_code == 1
    assert "country" in made.output
    assert "slug" in made.output
    unknown = run(app, "create", "--kind", "agency", "--name-en", "X", "--country", "CN", "--owner", "nobody@example.org")
    assert unknown.exit_code == 1
    assert json.loads(run(app, "list", "--json").output) == []


def test_add_member(app):
    organization, person = make_organization(), make_person()
    added = run(app, "add-member", organization.slug, person.email, "--role", "reader", "--json")
    assert json.loads(added.output)["role"] == "reader"
    assert actor(person).acting.role == "reader"
    assert run(app, "add-member", organization.slug, person.email).exit_code == 1
    assert run(app, "add-member", "nobody", person.email).exit_code == 1
    assert run(app, "add-member", organization.slug, "nobody@example.org").exit_code == 1


def test_a_person_is_created_into_an_organisation(app):
    organization = make_organization()
    runner = app.test_cli_runner()
    words = ["accounts", "create", "--name", "Li Na", "--email", "li@example.org", "--role", "editor", "--json", "--organization"]
    assert runner.invoke(args=[*words, organization.slug]).exit_code == 0
    assert actor(by_email("li@example.org")).acting.role == "editor"
    words[5] = "wu@example.org"
    assert runner.invoke(args=[*words, "nobody"]).exit_code == 1
    assert by_email("wu@example.org") is None


def test_list_by_kind(app):
    make_member(make_organization(slug="one"), role=Role.OWNER)
    make_organization(slug="two", kind="company")
    assert [row["slug"] for row in json.loads(run(app, "list", "--kind", "company", "--json").output)] == ["two"]
