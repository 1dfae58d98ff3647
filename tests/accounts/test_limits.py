"""Trying passwords: limited per account and per network, refused tries only, open neither to guessing nor to silence."""

import pytest
from flask import Flask

from config import Config
from marketplace.core.limits import counting, limiter
from tests.factories import PASSWORD, form_token, make_person


@pytest.fixture
def counted(app):
    """Limits on, counters empty."""
    app.config["COUNT_TRIES"] = True
    limiter.reset()
    yield
    limiter.reset()
    app.config["COUNT_TRIES"] = False


def tries(client, email, password="wrong password", times=1, **environ):
    fields = form_token(client, "/sign-in") | {"email": email, "password": password}
    return [client.post("/sign-in", data=fields, environ_overrides=environ) for _ in range(times)]


def test_the_eleventh_wrong_password_waits_even_when_it_is_right(client, counted):
    make_person(email="a@example.org", password=PASSWORD)
    assert {answer.status_code for answer in tries(client, "a@example.org", times=10)} == {422}
    answer = tries(client, "a@example.org", PASSWORD)[0]
    assert answer.status_code == 429
    assert int(answer.headers["Retry-After"]) > 0
    assert 'data-code="too-many-requests"' in answer.text


def test_another_network_does_not_help_against_one_account(client, counted):
    for number in range(10):
        tries(client, "a@example.org", REMOTE_ADDR=f"10.0.0.{number}")
    assert tries(client, "A@example.org ", REMOTE_ADDR="10.0.0.99")[0].status_code == 429


def test_other_accounts_of_the_same_network_go_on(client, counted):
    make_person(email="b@example.org", password=PASSWORD)
    tries(client, "a@example.org", times=11)
    assert tries(client, "b@example.org", PASSWORD)[0].status_code == 303


def test_one_network_cannot_try_many_accounts(client, counted):
    for number in range(100):
        assert tries(client, f"p{number}@example.org", REMOTE_ADDR="10.0.0.1")[0].status_code == 422
    assert tries(client, "new@example.org", REMOTE_ADDR="10.0.0.1")[0].status_code == 429
    assert tries(client, "new@example.org", REMOTE_ADDR="10.0.0.2")[0].status_code == 422


def test_signing_in_rightly_is_not_counted(client, counted):
    make_person(email="a@example.org", password=PASSWORD)
    for _ in range(15):
        fresh = client.application.test_client()
        assert tries(fresh, "a@example.org", PASSWORD)[0].status_code == 303


@pytest.mark.parametrize("page", ["/register", "/password/forgot"])
def test_nobody_is_flooded_with_mails(client, counted, page):
    given = {"email": "victim@example.org"} | ({"name": "Somebody"} if page == "/register" else {})
    answers = []
    for _ in range(6):
        answers.append(client.post(page, data=form_token(client, page) | given).status_code)
    assert answers == [200] * 5 + [429]


def test_reading_the_page_is_never_limited(client, counted):
    tries(client, "a@example.org", times=11)
    assert client.get("/sign-in").status_code == 200


def test_without_redis_each_process_counts_for_itself_and_is_never_open(caplog):
    app, limits = Flask(__name__), counting()
    app.config.update(Config(secret_key="for-tests-only", database_url="sqlite://", redis_url="redis://127.0.0.1:1/0").flask())
    limits.init_app(app)
    app.add_url_rule("/", "front", limits.limit("2 per minute")(lambda: "in"))
    client = app.test_client()
    assert [client.get("/").status_code for _ in range(3)] == [200, 200, 429]


def test_another_spelling_of_the_same_address_does_not_help(client, counted):
    for width in range(10):
        spelled = "".join(chr(ord(sign) + 0xFEE0) if place == width else sign for place, sign in enumerate("aaaaaaaaaa")) + "@example.org"
        tries(client, spelled, REMOTE_ADDR=f"10.0.1.{width}")
    assert tries(client, "a" * 10 + "@example.org", REMOTE_ADDR="10.0.1.99")[0].status_code == 429
