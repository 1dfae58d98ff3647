"""Figures over JSON and by command."""

import hashlib
import json

import pytest

from marketplace.core.db import transaction
from marketplace.figures import freezing
from tests.factories import actor, api, make_fair, make_staff, make_token
from tests.figures.factories_figures import close_day, confidential, figure_desk, freeze, make_contract, make_pair


@pytest.fixture
def desk(app):
    return figure_desk(app)


def post(client, person, body, **more):
    return client.post("/api/v1/figures", json=body, headers=api(make_token(person), **more))


def test_publishing_and_reading(client, desk):
    make_contract(desk)
    answer = post(client, desk.verifier, {"fair": desk.fair.slug})
    assert answer.status_code == 201
    figure = answer.json
    assert (figure["contracts"], figure["total"], figure["withdrawn"]) == (1, "1000000.00", None)
    again = client.get(answer.headers["Location"])
    assert again.json == figure
    assert again.get_data() == client.get(f"/api/v1/figures/{figure['code'].lower()}").get_data()


def test_the_statement_is_byte_for_byte_what_was_hashed(client, desk):
    figure = freeze(desk)
    answer = client.get(f"/api/v1/figures/{figure.code}/statement")
    assert hashlib.sha256(answer.data).hexdigest() == figure.sha256 == answer.get_etag()[0]
    assert answer.headers["Cache-Control"] == "public, max-age=31536000, immutable"
    assert client.get(f"/api/v1/figures/{figure.code}/statement", headers={"If-None-Match": answer.headers["ETag"]}).status_code == 304


def test_what_was_published_is_given_back_with_200(client, desk):
    make_contract(desk)
    first = post(client, desk.verifier, {"fair": desk.fair.slug})
    second = post(client, desk.verifier, {"fair": desk.fair.slug})
    assert (first.status_code, second.status_code) == (201, 200)
    assert first.json == second.json


def test_a_key_that_is_sent_again_gives_the_same_answer(client, desk):
    token = make_token(desk.verifier)
    answers = [client.post("/api/v1/figures", json={"fair": desk.fair.slug}, headers=api(token, key="one-key")) for _ in range(2)]
    assert [answer.status_code for answer in answers] == [201, 201]
    assert answers[0].json == answers[1].json


@pytest.mark.parametrize(("body", "status", "code"), [
    ({}, 422, "required"),
    ({"fair": "no-such-fair"}, 404, None),
    ({"fair": None, "scope": "all"}, 422, "null"),
    ({"axis": "field"}, 422, "cell_half"),
    ({"axis": "month", "key": "2020-09"}, 422, "code_unknown"),
    ({"axis": "field", "key": "new_materials"}, 422, "no_such_cell"),
    ({"axis": "field", "key": "confidential"}, 422, "no_such_cell"),
    ({"scope": "nowhere"}, 404, None),
    ({"public_seq": 99}, 422, "as_of_seq_future"),
    ({"public_seq": -1}, 422, "whole_range"),
    ({"more": 1}, 422, "unknown"),
])  # fmt: skip
def test_what_is_refused(client, desk, body, status, code):
    sent = body if "fair" in body or body == {} else body | {"fair": desk.fair.slug}
    answer = post(client, desk.verifier, sent)
    assert answer.status_code == status, answer.json
    if code:
        assert code in [error["code"] for error in answer.json["errors"]]


def test_rights(client, desk):
    assert client.post("/api/v1/figures", json={"fair": desk.fair.slug}, headers=api()).status_code == 401
    for person in (desk.clerk, make_staff(make_fair(), "manager")):
        assert post(client, person, {"fair": desk.fair.slug}).status_code == 403


def test_an_unknown_code_is_not_found(client, desk):
    for code in ("F-2222-2222", "F-7K3M-9QXD", "x", "F-0000-0000"):
        for path in (f"/api/v1/figures/{code}", f"/api/v1/figures/{code}/statement", f"/figures/{code}", f"/figures/compare?old={code}"):
            assert client.get(path).status_code == 404


def test_the_list_pages_and_shows_withdrawals(client, desk):
    figures = []
    for _ in range(3):
        make_contract(desk)
        figures.append(freeze(desk).code)
    with transaction():
        freezing.withdraw(figures[0], "twice", by=actor(desk.verifier))
    first = client.get(f"/api/v1/fairs/{desk.fair.slug}/figures?limit=2").json
    rest = client.get(f"/api/v1/fairs/{desk.fair.slug}/figures?limit=2&cursor={first['next']}").json
    assert [row["code"] for row in first["rows"] + rest["rows"]] == figures[::-1]
    assert rest["rows"][0]["withdrawn"]["reason"] == "twice"
    assert client.get(f"/api/v1/figures/{figures[0]}").json["withdrawn"]["reason"] == "twice"


def test_nothing_confidential_is_in_any_public_answer(client, desk):
    hidden = confidential(desk)
    code = freeze(desk).code
    for path in (f"/api/v1/figures/{code}", f"/api/v1/figures/{code}/statement", f"/figures/{code}", "/figures", f"/api/v1/fairs/{desk.fair.slug}/figures"):
        text = client.get(path).text
        for contract in hidden:
            assert contract.reference not in text
            assert str(contract.id) not in text


def run(app, *words):
    return app.test_cli_runner().invoke(args=["figures", *words])


def test_the_commands(app, desk):
    make_contract(desk)
    close_day(desk, make_pair(desk))
    made = json.loads(run(app, "freeze", "--fair", desk.fair.slug, "--json").output)
    assert (made["total"], made["new"]) == ("1000000.00", False)
    one = json.loads(run(app, "freeze", "--fair", desk.fair.slug, "--cell", "field", "new_materials", "--json").output)
    assert one["new"] is True
    shown = run(app, "show", made["code"], "--lines")
    assert "By " in shown.output
    assert "open" in shown.output
    verified = run(app, "verify", "--json")
    assert verified.exit_code == 0
    assert json.loads(verified.output) == {"figures": 2, "days": 1, "faults": []}
    assert run(app, "verify", made["code"]).output.startswith("1 figures")
    assert "one of its characters is wrong" in run(app, "show", "F-2222-2223").output


def test_the_command_ends_with_1_when_a_figure_does_not_hold(app, desk, monkeypatch):
    make_contract(desk)
    figure = freeze(desk)
    rebuilt = freezing.stating.state

    def other(*args, **more):
        facts, lines = rebuilt(*args, **more)
        return facts | {"total_minor": 1}, lines

    monkeypatch.setattr(freezing.stating, "state", other)
    answer = run(app, "verify", figure.code)
    assert answer.exit_code == 1
    assert "facts.total_minor" in answer.output
