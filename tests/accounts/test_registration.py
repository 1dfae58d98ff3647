"""Registering and setting a new password: by a mailed link that works once, and nobody learns who has an account."""

import re
from datetime import timedelta

import pytest

from marketplace.accounts import service
from marketplace.accounts.models import MailLink, Person, SignIn
from marketplace.core import jobs
from marketplace.core.clock import now
from marketplace.core.db import db
from marketplace.core.idempotency import IdempotencyKey
from marketplace.core.mail import OUTBOX_SEEN
from tests.factories import PASSWORD, form_token, make_person, sign_in

NEW = "a fresh sentence 42"


def ask(client, page, **given):
    answer = client.post(page, data=form_token(client, page) | given)
    jobs.sweep()
    return answer


def mailed_path():
    """The path of the link in the last mail; None when it holds none."""
    found = re.search(r"http://127\.0\.0\.1:5000(/\S+)", OUTBOX_SEEN[-1].get_content())
    return found and found[1]


def plain(text):
    return re.sub(r'value="[^"]*"|[\w.]+@example\.org', "", text)


def test_a_stranger_registers_by_mail_and_is_signed_in(client):
    answer = ask(client, "/register", name="Li Na", email="Li.Na@example.org")
    assert answer.status_code == 200
    assert OUTBOX_SEEN[-1]["To"] == "li.na@example.org"
    path = mailed_path()
    assert 'value="Li Na"' in client.get(path).text
    done = client.post(path, data=form_token(client, path) | {"name": "Li Na", "password": NEW})
    assert done.status_code == 303
    assert done.headers["Location"] == "/organizations/new"
    person = db.session.query(Person).filter_by(email="li.na@example.org").one()
    assert (person.name, person.admin) == ("Li Na", False)
    assert client.get("/account").status_code == 200


def test_a_known_and_an_unknown_mail_get_the_same_page(client):
    make_person(email="known@example.org")
    for page, more in (("/register", {"name": "X"}), ("/password/forgot", {})):
        known = ask(client, page, email="known@example.org", **more)
        unknown = ask(client, page, email="other@example.org", **more)
        assert known.status_code == unknown.status_code == 200
        assert plain(known.text) == plain(unknown.text)
    assert [message["To"] for message in OUTBOX_SEEN] == ["known@example.org", "other@example.org"] * 2


def test_the_mail_tells_what_the_page_does_not(client):
    make_person(email="known@example.org")
    ask(client, "/register", name="X", email="known@example.org")
    assert "You have an account already" in OUTBOX_SEEN[-1].get_content()
    assert mailed_path() is None
    ask(client, "/password/forgot", email="other@example.org")
    assert "There is no account with this address" in OUTBOX_SEEN[-1].get_content()
    assert mailed_path() is None
    assert db.session.query(MailLink).count() == 0


def test_a_link_works_once(client):
    ask(client, "/register", name="X", email="x@example.org")
    path = mailed_path()
    fields = form_token(client, path) | {"name": "X", "password": NEW}
    assert client.post(path, data=fields).status_code == 303
    assert client.get(path).status_code == 410
    assert client.post(path, data=form_token(client, "/account") | {"name": "Y", "password": NEW}).status_code == 410


@pytest.mark.parametrize(("page", "life"), [("/register", service.REGISTER_LIVES), ("/password/forgot", service.RESET_LIVES)])
def test_a_link_that_is_too_old_is_gone(client, page, life):
    make_person(email="known@example.org")
    email = "new@example.org" if page == "/register" else "known@example.org"
    ask(client, page, email=email, **({"name": "X"} if page == "/register" else {}))
    link = db.session.query(MailLink).one()
    assert link.expires_at - link.created_at == life
    assert client.get(mailed_path()).status_code == 200
    link.expires_at = now() - timedelta(seconds=1)
    db.session.commit()
    assert client.get(mailed_path()).status_code == 410


def test_a_link_of_one_purpose_is_nothing_for_the_other(client):
    make_person(email="known@example.org")
    ask(client, "/password/forgot", email="known@example.org")
    secret = mailed_path().rsplit("/", 1)[1]
    assert client.get(f"/register/{secret}").status_code == 410
    assert client.get("/password/reset/guessed").status_code == 410


def test_a_new_password_ends_every_other_session(app, client):
    person = make_person(email="known@example.org", password=PASSWORD)
    elsewhere = app.test_client()
    sign_in(elsewhere, person)
    ask(client, "/password/forgot", email="known@example.org")
    path = mailed_path()
    assert client.post(path, data=form_token(client, path) | {"new": NEW}).status_code == 303
    assert elsewhere.get("/account").status_code == 303
    assert client.get("/account").status_code == 200
    assert db.session.query(SignIn).filter_by(person_id=person.id, ended_at=None).count() == 1
    fresh = app.test_client()
    fields = form_token(fresh, "/sign-in")
    assert fresh.post("/sign-in", data=fields | {"email": person.email, "password": PASSWORD}).status_code == 422
    assert fresh.post("/sign-in", data=fields | {"email": person.email, "password": NEW}).status_code == 303


BAD = {"short": "password_short", "password123": "password_common", "aaaaaaaaaaaaaa": "password_common", "x1" * 513: "password_long"}


@pytest.mark.parametrize("password", BAD)
def test_a_bad_password_is_refused_beside_the_field_and_the_link_still_works(client, password):
    ask(client, "/register", name="X", email="x@example.org")
    path = mailed_path()
    answer = client.post(path, data=form_token(client, path) | {"name": "X", "password": password})
    assert answer.status_code == 422
    assert f'data-code="{BAD[password]}"' in answer.text
    assert client.post(path, data=form_token(client, path) | {"name": "X", "password": NEW}).status_code == 303


def test_passwords_that_differ_after_72_bytes_are_different(app):
    person = make_person(password="a1b2" * 18 + "x")
    with pytest.raises(service.Invalid):
        service.sign_in(person.email, "a1b2" * 18 + "y")


def test_somebody_who_registered_in_the_meantime_is_not_overwritten(client):
    ask(client, "/register", name="X", email="x@example.org")
    path = mailed_path()
    fields = form_token(client, path)
    make_person(email="x@example.org", name="First")
    answer = client.post(path, data=fields | {"name": "Second", "password": NEW})
    assert answer.status_code == 409
    assert db.session.query(Person).filter_by(email="x@example.org").one().name == "First"


def test_no_trace_of_a_password_is_kept_with_the_keys_of_requests(client):
    ask(client, "/register", name="X", email="x@example.org")
    path = mailed_path()
    before = db.session.query(IdempotencyKey).count()
    client.post(path, data=form_token(client, path) | {"once": "k1", "name": "X", "password": NEW})
    assert db.session.query(IdempotencyKey).count() == before


@pytest.mark.parametrize(("field", "value", "code"), [("email", "no mail", "email"), ("email", "", "required"), ("name", "\x07", "text_control")])
def test_a_wrong_field_is_named_beside_it(client, field, value, code):
    answer = ask(client, "/register", **({"name": "X", "email": "x@example.org"} | {field: value}))
    assert answer.status_code == 422
    assert 'class="err"' in answer.text
    assert OUTBOX_SEEN == []
    assert code == "required" or f'data-code="{code}"' in answer.text


def test_a_new_password_ends_the_other_links_that_would_set_one(client):
    make_person(email="known@example.org", password=PASSWORD)
    paths = []
    for _ in range(2):
        ask(client, "/password/forgot", email="known@example.org")
        paths.append(mailed_path())
    assert client.post(paths[1], data=form_token(client, paths[1]) | {"new": NEW}).status_code == 303
    assert client.get(paths[0]).status_code == 410
