"""The commands that set up an instance."""

import json

from tests.factories import actor, make_fair, make_person

NEW = ("--slug", "autumn", "--name-en", "Autumn Fair", "--name-zh", "秋季交易会", "--currency", "CNY", "--time-zone", "Asia/Shanghai",
       "--opens", "2026-09-17", "--closes", "2026-09-20")  # fmt: skip


def run(app, *words):
    return app.test_cli_runner().invoke(args=["fairs", *words])


def test_create_prints_what_it_made(app):
    make_fair(current=True)
    made = run(app, "create", *NEW, "--current", "--sample", "--json")
    assert made.exit_code == 0, made.output
    facts = json.loads(made.output)
    assert (facts["slug"], facts["current"], facts["sample"], facts["opens_on"]) == ("autumn", True, True, "2026-09-17")
    assert [row["slug"] for row in json.loads(run(app, "list", "--json").output) if row["current"]] == ["autumn"]
    assert "exists already" in run(app, "create", *NEW).output


def test_create_names_wrong_facts(app):
    words = [word.replace("Asia/Shanghai", "Mars").replace("2026-09-20", "soon") for word in NEW]
    made = run(app, "create", *words)
    assert made.exit_code == 1
    assert "time_zone" in made.output
    assert "closes_on" in made.output
    assert json.loads(run(app, "list", "--json").output) == []


def test_appoint(app):
    fair, person = make_fair(), make_person()
    made = run(app, "appoint", fair.slug, person.email, "--role", "clerk", "--json")
    assert json.loads(made.output)["role"] == "clerk"
    assert actor(person).staff == {fair.id: frozenset({"clerk"})}
    assert run(app, "appoint", fair.slug, person.email, "--role", "clerk").exit_code == 1
    assert run(app, "appoint", fair.slug, "nobody@example.org", "--role", "clerk").exit_code == 1
    assert run(app, "appoint", "nowhere", person.email, "--role", "clerk").exit_code == 1
