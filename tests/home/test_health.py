"""Health, readiness and metrics: what each says, to whom, and when the database is away."""

import pytest
from sqlalchemy.exc import OperationalError

from marketplace.core.db import db
from tests.factories import make_person, sign_in


@pytest.fixture
def no_database(monkeypatch):
    def away(*_args, **_options):
        raise OperationalError("SELECT 1", {}, ConnectionRefusedError("secret-host:5432"))

    db.session.rollback()
    monkeypatch.setattr(db.session(), "_connection_for_bind", away)


def test_healthy_and_ready(client):
    assert client.get("/healthz").get_json() == {"status": "ok"}
    assert client.get("/readyz").get_json() == {"status": "ready"}


def test_without_a_database_it_is_healthy_but_not_ready(client, no_database):
    assert client.get("/healthz").status_code == 200
    answer = client.get("/readyz")
    assert answer.status_code == 503
    assert answer.headers["Retry-After"] == "2"
    assert answer.get_json()["type"] == "/problems/unavailable"
    assert "secret-host" not in answer.text


def test_without_a_database_a_page_says_so_and_asks_it_nothing_more(client, no_database):
    answer = client.get("/")
    assert (answer.status_code, answer.headers["Retry-After"]) == (503, "2")
    assert 'data-code="unavailable"' in answer.text
    assert "secret-host" not in answer.text


def test_without_a_database_a_signed_in_person_gets_the_same(client, monkeypatch, request):
    sign_in(client, make_person())
    request.getfixturevalue("no_database")
    assert client.get("/account").status_code == 503
    assert client.get("/healthz").status_code == 200


def test_metrics_count_requests_and_waiting_jobs(client):
    client.get("/healthz")
    text = client.get("/metrics").text
    assert 'http_requests_total{endpoint="healthz",method="GET",status="200"}' in text
    assert "outbox_waiting 0" in text
    assert "http_request_seconds_bucket" in text


def test_metrics_do_not_exist_for_others(client):
    for address in ("10.1.2.3", "2001:db8::1", "not an address"):
        answer = client.get("/metrics", environ_overrides={"REMOTE_ADDR": address})
        assert answer.status_code == 404
    assert client.get("/metrics", environ_overrides={"REMOTE_ADDR": "::1"}).status_code == 200
    assert client.get("/metrics", headers={"X-Forwarded-For": "127.0.0.1"}).status_code == 404
    sign_in(client, make_person(admin=True))
    assert client.get("/metrics", environ_overrides={"REMOTE_ADDR": "10.1.2.3"}).status_code == 404


def test_metrics_name_no_path_of_a_caller(client):
    client.get("/secret-path-of-somebody")
    text = client.get("/metrics").text
    assert "secret-path" not in text
    assert 'endpoint="none"' in text


def test_an_invented_method_makes_no_new_row(client):
    client.open("/healthz", method="BREW" * 10)
    assert "BREW" not in client.get("/metrics").text
