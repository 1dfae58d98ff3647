"""A world that stands for a whole module: built once inside a transaction; each test, and each call in it, is rolled back."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from flask import Flask, request_started

from marketplace.core.db import db
from marketplace.core.mail import OUTBOX_SEEN
from marketplace.payments.gateway import Gateway
from marketplace.payments.sandbox import Sandbox
from tests.conftest import forget_last_request
from tests.rights.world import World, make_world

WEBHOOK_SECRET = "whsec_of_the_tests"


@contextmanager
def undone() -> Iterator[None]:
    """Whatever happens inside, committed or not, has not happened."""
    connection: Any = db.engines[None]
    db.session.remove()
    savepoint = connection.begin_nested()
    try:
        yield
    finally:
        db.session.remove()
        savepoint.rollback()


@pytest.fixture(scope="module")
def world(app: Flask) -> Iterator[World]:
    """The world, on the database of the application, with card payment switched on."""
    with Sandbox() as sandbox, app.app_context():
        was, app.extensions["payments_gateway"] = app.extensions["payments_gateway"], Gateway("sk_test_1", sandbox.url, WEBHOOK_SECRET)
        engine = db.engine
        connection = engine.connect()
        outer = connection.begin()
        db.engines[None] = connection
        db.session.session_factory.configure(join_transaction_mode="create_savepoint")
        try:
            with request_started.connected_to(forget_last_request):
                yield make_world(app)
        finally:
            db.session.remove()
            outer.rollback()
            connection.close()
            db.engines[None] = engine
            app.extensions["payments_gateway"] = was
            OUTBOX_SEEN.clear()


@pytest.fixture(autouse=True)
def rolled_back(world: World) -> Iterator[None]:
    """In place of the suite's own: a savepoint in the module's transaction."""
    with undone():
        yield
