"""A world that stands to the end: built once for each database inside a transaction; each test, and each call in it, is rolled back."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from flask import request_started

from marketplace.core.db import db, is_postgresql
from marketplace.core.mail import OUTBOX_SEEN
from marketplace.payments.gateway import Gateway
from marketplace.payments.sandbox import Sandbox
from tests.conftest import application, forget_last_request, standing
from tests.conftest import undone as undone
from tests.rights.world import World, make_world

WEBHOOK_SECRET = "whsec_of_the_tests"


@contextmanager
def made(database: str, folder: Path) -> Iterator[World]:
    """The world on a database of its own, with card payment switched on."""
    with Sandbox() as sandbox, application(database, folder) as app, standing(app):
        app.extensions["payments_gateway"] = Gateway("sk_test_1", sandbox.url, WEBHOOK_SECRET)
        with app.app_context(), request_started.connected_to(forget_last_request):
            if is_postgresql():
                db.session.connection().exec_driver_sql("SET idle_in_transaction_session_timeout = 0")
            world = make_world(app)
            OUTBOX_SEEN.clear()
        yield world


@pytest.fixture(scope="session")
def world(database, once, fresh, tmp_path_factory) -> World:
    """The same for every module: whatever a test does to it is undone."""
    kind = database.partition(":")[0]
    return once.get(("world", kind), lambda: made(fresh(kind, "world"), tmp_path_factory.mktemp("world")))


@pytest.fixture(autouse=True)
def rolled_back(world: World) -> Iterator[None]:
    """In place of the suite's own: a savepoint in the world's transaction."""
    with world.app.app_context(), request_started.connected_to(forget_last_request), undone():
        yield
    OUTBOX_SEEN.clear()
