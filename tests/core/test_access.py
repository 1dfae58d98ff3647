"""Who may call what: every route declares it, a role ends at the next request, a token never reaches beyond its person."""

import pytest
from flask import Flask

from marketplace.core import access
from marketplace.core.clock import now
from marketplace.core.commands import routes, who
from marketplace.core.db import db
from marketplace.core.errors import Forbidden
from marketplace.organizations.models import Membership, Role, Status
from tests.factories import actor, api, make_fair, make_member, make_organization, make_person, make_staff, make_token, sign_in

PLACES = ("/tiny/open", "/tiny/person", "/tiny/admin", "/tiny/manager", "/tiny/owner", "/tiny/pending")
WHO = {  # what each kind of caller gets from each of these places
    "stranger": (200, 303, 303, 303, 303, 303),
    "person": (200, 200, 403, 403, 403, 403),
    "admin": (200, 200, 200, 403, 403, 403),
    "manager": (200, 200, 403, 200, 403, 403),
    "clerk": (200, 200, 403, 403, 403, 403),
    "owner": (200, 200, 403, 403, 200, 200),
    "reader": (200, 200, 403, 403, 403, 403),
    "owner of a pending organisation": (200, 200, 403, 403, 403, 200),
}


def caller(kind):
    """A person of this kind; None for the stranger."""
    if kind == "stranger":
        return None
    if kind in {"manager", "clerk"}:
        return make_staff(make_fair(), kind)
    if kind == "owner of a pending organisation":
        return make_member(make_organization(status=Status.PENDING), Role.OWNER)
    if kind in {"owner", "reader"}:
        return make_member(role=Role(kind))
    return make_person(admin=kind == "admin")


@pytest.mark.parametrize("kind", WHO)
def test_each_kind_of_caller_reaches_what_is_declared_for_it(client, kind):
    person = caller(kind)
    if person is not None:
        sign_in(client, person)
    assert tuple(client.get(place).status_code for place in PLACES) == WHO[kind]


def test_a_stranger_is_sent_to_the_sign_in_page_and_back(client):
    answer = client.get("/tiny/person?a=1&b=2")
    assert answer.status_code == 303
    assert answer.headers["Location"] == "/sign-in?next=/tiny/person?a%3D1%26b%3D2"


def test_a_route_that_says_nothing_stops_the_start():
    app = Flask(__name__)
    app.view_functions["static"] = access.reads(access.PUBLIC)(app.view_functions["static"])
    app.add_url_rule("/silent", "silent", lambda: "")
    with pytest.raises(RuntimeError, match="/silent"):
        access.check_every_route(app)


def test_a_reading_route_may_not_take_a_post():
    app = Flask(__name__)
    app.view_functions["static"] = access.reads(access.PUBLIC)(app.view_functions["static"])
    app.add_url_rule("/sly", "sly", access.reads(access.PUBLIC)(lambda: ""), methods=["POST"])
    with pytest.raises(RuntimeError, match="/sly"):
        access.check_every_route(app)


def test_an_undeclared_permission_stops_the_start():
    app = Flask(__name__)
    app.view_functions["static"] = access.reads(access.PUBLIC)(app.view_functions["static"])
    app.add_url_rule("/typo", "typo", access.reads("tiny.pearson")(lambda: ""))
    with pytest.raises(RuntimeError, match="tiny.pearson"):
        access.check_every_route(app)


def test_an_unknown_permission_is_nobodys(app):
    assert not actor(make_person(admin=True)).may("no.such")
    with pytest.raises(Forbidden):
        actor(make_person(admin=True)).require("no.such")


def test_a_staff_role_holds_in_its_fair_only(app):
    here, there = make_fair(), make_fair()
    clerk = actor(make_staff(here, "manager"))
    assert clerk.may("tiny.manager")
    assert clerk.may("tiny.manager", fair_id=here.id)
    assert not clerk.may("tiny.manager", fair_id=there.id)
    assert clerk.fairs_where("tiny.manager") == {here.id}


def test_a_membership_that_ended_gives_nothing_at_the_next_request(client):
    organization = make_organization()
    person = make_member(organization)
    sign_in(client, person)
    assert client.get("/tiny/owner").status_code == 200
    row = db.session.query(Membership).filter_by(person_id=person.id).one()
    row.ended_at = now()
    db.session.commit()
    assert client.get("/tiny/owner").status_code == 403


def test_a_token_does_what_it_lists_and_no_more(client):
    person = make_person()
    narrow = make_token(person, permissions=["tiny.admin"])
    wide = make_token(person, permissions=["tiny.person"])
    assert client.post("/api/v1/tiny/things", json={"title": "a"}, headers=api(narrow)).status_code == 403
    assert client.post("/api/v1/tiny/things", json={"title": "a"}, headers=api(wide)).status_code == 201


def test_a_session_cookie_is_nothing_to_the_api(client):
    sign_in(client, make_person())
    assert client.post("/api/v1/tiny/things", json={"title": "a"}, headers=api()).status_code == 401


def test_a_token_is_nothing_to_the_pages(client):
    secret = make_token(make_person())
    assert client.get("/tiny/person", headers=api(secret)).status_code == 303


def test_a_wrong_token_is_refused_even_where_anybody_may_read(client):
    assert client.get("/api/v1/tiny/things").status_code == 200
    assert client.get("/api/v1/tiny/things", headers={"Authorization": "Bearer mk_" + "x" * 43}).status_code == 401


def test_a_public_page_does_not_ask_who_calls(app, client):
    person = make_person()
    sign_in(client, person)
    with client:
        answer = client.get("/tiny/open")
        from flask import g

        assert "actor" not in g
    assert answer.status_code == 200


def test_a_refused_change_leaves_an_audit_row_without_its_text(client):
    from marketplace.core.audit import AuditRow

    secret = make_token(make_person(), permissions=["tiny.admin"])
    client.post("/api/v1/tiny/things", json={"title": "secret words"}, headers=api(secret))
    row = db.session.query(AuditRow).filter_by(action="refused").one()
    assert row.facts["status"] == 403
    assert row.facts["path"] == "/api/v1/tiny/things"
    assert "secret words" not in str(row.facts)


def test_the_access_table_names_every_route_and_who_may(app):
    rows = routes()
    assert {row["path"] for row in rows} == {rule.rule for rule in app.url_map.iter_rules()}
    assert {"method": "GET", "path": "/tiny/manager", "permission": "tiny.manager", "who": "fair staff: manager"} in rows
    assert who("tiny.owner") == "member: owner"
    assert who(access.PUBLIC) == "anyone"
