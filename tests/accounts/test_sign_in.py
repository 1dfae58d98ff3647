"""Signing in and out: one answer for every wrong pair, a new session each time, and never a way off this site."""

import re
from datetime import timedelta

import pytest

from marketplace.accounts import passwords, service
from marketplace.accounts.models import SignIn
from marketplace.core.audit import AuditRow
from marketplace.core.clock import now
from marketplace.core.db import db
from tests.factories import PASSWORD, form_token, make_person, sign_in

WORDS = "Mail address and password do not fit together."


@pytest.fixture
def person(app):
    return make_person(password=PASSWORD, email="li.na@example.org")


def send(client, email="li.na@example.org", password=PASSWORD, to="/sign-in"):
    return client.post(to, data=form_token(client, "/sign-in") | {"email": email, "password": password})


def test_the_right_pair_opens_a_session(client, person):
    answer = send(client)
    assert (answer.status_code, answer.headers["Location"]) == (303, "/")
    assert client.get("/account").status_code == 200
    assert "language=en" in answer.headers.get_all("Set-Cookie")[0] + answer.headers.get_all("Set-Cookie")[1]


def test_the_mail_address_is_folded(client, person):
    assert send(client, email="  LI.NA@Example.ORG ").status_code == 303


def test_wrong_mail_and_wrong_password_get_the_same_page(client, person):
    def told(**given):
        text = send(client, **given).text
        return re.sub(r'value="[^"]*"|Request number.*|name="csrf_token".*', "", text)

    wrong_password, unknown = told(password="another password"), told(email="nobody@example.org")
    assert WORDS in wrong_password
    assert wrong_password == unknown


def test_an_unknown_mail_costs_the_same_work(app, person, monkeypatch):
    verified = []
    hasher = passwords.hasher()
    monkeypatch.setattr(passwords, "hasher", lambda: type("Counted", (), {"verify": lambda self, *a: verified.append(1) or hasher.verify(*a)})())
    for email in ("li.na@example.org", "nobody@example.org"):
        with pytest.raises(service.Invalid):
            service.sign_in(email, "wrong password")
    assert len(verified) == 2


def test_a_disabled_person_cannot_sign_in_nor_go_on(client, person):
    send(client)
    person.disabled_at = now()
    db.session.commit()
    assert client.get("/account").status_code == 303
    assert WORDS in send(client).text


def test_the_mail_that_was_typed_stays_and_the_password_does_not(client, person):
    text = send(client, password="my secret words").text
    assert 'value="li.na@example.org"' in text
    assert "my secret words" not in text


def test_a_session_from_before_is_not_taken_over(client, person):
    client.get("/sign-in")
    with client.session_transaction() as cookie:
        cookie["planted"] = "by somebody else"
    send(client)
    with client.session_transaction() as cookie:
        assert "planted" not in cookie
        first = cookie["_user_id"]
    client.post("/sign-out", data=form_token(client, "/account"))
    send(client)
    with client.session_transaction() as cookie:
        assert cookie["_user_id"] != first


def test_the_secret_is_stored_as_a_hash_only(client, person):
    send(client)
    with client.session_transaction() as cookie:
        secret = cookie["_user_id"]
    row = db.session.query(SignIn).filter_by(person_id=person.id).one()
    assert row.secret_hash == passwords.hash_secret(secret) != secret


def test_signing_out_ends_the_session_for_every_copy_of_the_cookie(app, client, person):
    send(client)
    copy = app.test_client()
    copy.set_cookie("session", client.get_cookie("session").value)
    assert copy.get("/account").status_code == 200
    answer = client.post("/sign-out", data=form_token(client, "/account"))
    assert (answer.status_code, answer.headers["Location"]) == (303, "/")
    assert copy.get("/account").status_code == 303


def test_signing_out_needs_the_forms_token(client, person):
    send(client)
    assert client.post("/sign-out").status_code == 403
    assert client.get("/account").status_code == 200


@pytest.mark.parametrize(("column", "age"), [("seen_at", service.IDLE), ("created_at", service.ABSOLUTE)])
def test_a_session_ends_when_idle_and_when_old(client, person, column, age):
    sign_in(client, person)
    row = db.session.query(SignIn).filter_by(person_id=person.id).one()
    row.created_at = now() - timedelta(days=1)
    setattr(row, column, now() - age - timedelta(seconds=1))
    db.session.commit()
    assert client.get("/account").status_code == 303


def test_being_seen_is_noted_now_and_then(client, person):
    sign_in(client, person)
    row = db.session.query(SignIn).filter_by(person_id=person.id).one()
    row.seen_at = before = now() - timedelta(hours=1)
    db.session.commit()
    client.get("/account")
    db.session.expire_all()
    noted = db.session.query(SignIn).filter_by(person_id=person.id).one().seen_at
    assert noted > before
    client.get("/account")
    db.session.expire_all()
    assert db.session.query(SignIn).filter_by(person_id=person.id).one().seen_at == noted


def test_signing_in_and_out_are_audited(client, person):
    send(client)
    client.post("/sign-out", data=form_token(client, "/account"))
    actions = [row.action for row in db.session.query(AuditRow).filter(AuditRow.subject == f"person:{person.id}").order_by(AuditRow.at)]
    assert actions == ["accounts.sign_in", "accounts.sign_out"]


EVIL = [
    "//evil.example", "///evil.example", "////evil.example", "/\\evil.example", "\\/evil.example", "\\\\evil.example", "https:evil.example",
    "https://evil.example", "http:/evil.example", "//evil.example/%2f..", "%2f%2fevil.example", "/%2fevil.example", "/%5cevil.example",
    "javascript:alert(1)", "data:text/html,x", "\t//evil.example", "/\t/evil.example", "/\n/evil.example", "/account\r\nX: y", " //evil.example",
    "//localhost@evil.example", "https://localhost@evil.example/account", "/..//evil.example", "evil.example", "", "?", "/nothing/here",
    "/static/theme.css", "/sign-out", "/api/v1/me", "/sign-in", "/sign-in?next=/sign-in", "/" + "a" * 3000,
]  # fmt: skip


@pytest.mark.parametrize("target", EVIL)
def test_next_never_leads_off_this_site(client, person, target):
    answer = client.post(
        "/sign-in", query_string={"next": target}, data=form_token(client, "/sign-in") | {"email": person.email, "password": PASSWORD}
    )
    assert answer.status_code == 303
    assert answer.headers["Location"] == "/"


@pytest.mark.parametrize("target", ["/account", "/account/tokens", "/problems?a=1&b=%2F%2Fevil.example"])
def test_next_leads_back_to_a_page_of_ours(client, person, target):
    answer = client.post(
        "/sign-in", query_string={"next": target}, data=form_token(client, "/sign-in") | {"email": person.email, "password": PASSWORD}
    )
    assert answer.headers["Location"] == target


def test_who_is_signed_in_already_goes_on(client, person):
    send(client)
    answer = client.get("/sign-in?next=/account")
    assert (answer.status_code, answer.headers["Location"]) == (303, "/account")


def test_a_language_is_remembered_and_shown(client):
    answer = client.get("/language/zh?next=/problems")
    assert (answer.status_code, answer.headers["Location"]) == (303, "/problems")
    assert '<html lang="zh-Hans"' in client.get("/problems").text
    client.get("/language/en")
    assert '<html lang="en"' in client.get("/problems").text
    assert client.get("/language/xx").status_code == 404
    assert client.get("/language/zh?next=//evil.example").headers["Location"] == "/"


def test_a_person_reads_in_their_language_unless_the_browser_was_switched(app):
    person = make_person(password=PASSWORD, language="zh")
    fresh = app.test_client()
    send(fresh, email=person.email)
    assert fresh.get_cookie("language").value == "zh"
    switched = app.test_client()
    switched.get("/language/en")
    send(switched, email=person.email)
    assert switched.get_cookie("language").value == "en"


def test_sample_sign_ins_are_shown_only_when_a_domain_declares_them(client, monkeypatch):
    from marketplace.accounts import views

    monkeypatch.setattr(views, "SIGN_IN_HINTS", [])
    assert "Sample sign-ins" not in client.get("/sign-in").text
    monkeypatch.setattr(views, "SIGN_IN_HINTS", [lambda: [("Clerk", "clerk@example.org", "sample words")], list])
    text = client.get("/sign-in").text
    assert "clerk@example.org" in text
    assert "sample words" in text
