"""One application a session; every test runs in its own rolled-back transaction, on the database that TEST_DATABASE names."""

import os
import socket
from pathlib import Path

import pytest
from flask import g, request_started

from config import Config
from marketplace import create_app
from marketplace.core.db import db
from marketplace.core.mail import OUTBOX_SEEN
from tests.postgresql import cluster

DATABASES = os.environ.get("TEST_DATABASES", "sqlite").split(",")


def pytest_addoption(parser):
    parser.addoption("--long", action="store_true", help="many more kills")


def pytest_generate_tests(metafunc):
    if "database" in metafunc.fixturenames:
        metafunc.parametrize("database", DATABASES, scope="session", indirect=True)


@pytest.fixture(scope="session")
def postgresql_port():
    with cluster() as port:
        yield port


@pytest.fixture(scope="session")
def durable_postgresql_port():
    """A cluster of its own for tests that kill: what was acknowledged must be on the disk."""
    with cluster(durable=True) as port:
        yield port


@pytest.fixture(scope="session")
def database(request, tmp_path_factory):
    """The address of an empty database: SQLite in a file, or a fresh one in a throw-away PostgreSQL cluster."""
    if request.param == "sqlite":
        yield f"sqlite:///{tmp_path_factory.mktemp('db')}/test.db"
    else:
        port = request.getfixturevalue("postgresql_port")
        yield f"postgresql://postgres@127.0.0.1:{port}/postgres"


@pytest.fixture(scope="session")
def app(database, tmp_path_factory):
    folder: Path = tmp_path_factory.mktemp("instance")
    app = create_app(
        Config(
            testing=True, secret_key="for-tests-only-0123456789abcdef-ABCDEF", database_url=database,
            index_dir=folder / "index", upload_dir=folder / "uploads", password_cost="low",
        )
    )  # fmt: skip
    with app.app_context():
        db.drop_all()
        db.create_all()
    yield app
    with app.app_context():
        db.engine.dispose()


def forget_last_request(_app, **_more):
    """The tests' own application context stays open, so `g` would carry one request's caller into the next."""
    vars(g._get_current_object()).clear()


@pytest.fixture(autouse=True)
def rolled_back(request):
    """Let the code commit as it likes inside an outer transaction that is rolled back afterwards."""
    if "app" not in request.fixturenames and "client" not in request.fixturenames:
        yield
        return
    app = request.getfixturevalue("app")
    with app.app_context():
        engine = db.engine
        connection = engine.connect()
        outer = connection.begin()
        db.engines[None] = connection
        db.session.session_factory.configure(join_transaction_mode="create_savepoint")
        with request_started.connected_to(forget_last_request):
            yield
        db.session.remove()
        outer.rollback()
        connection.close()
        db.engines[None] = engine
        OUTBOX_SEEN.clear()


@pytest.fixture
def client(app):
    return app.test_client()


@pytest.fixture(autouse=True)
def only_loopback(monkeypatch):
    """No test reaches beyond this machine."""
    connect = socket.socket.connect

    def guarded(self, address):
        if isinstance(address, tuple) and address[0] not in {"127.0.0.1", "localhost", "::1"}:
            raise AssertionError(f"a test called {address}")
        return connect(self, address)

    monkeypatch.setattr(socket.socket, "connect", guarded)
