"""The sample fairs, loaded once for each database; each test that looks at them may do with them what it likes, it is undone."""

from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass
from pathlib import Path

import pytest
from flask import Flask, request_started
from flask.testing import FlaskClient

from marketplace.core.db import db, is_postgresql, transaction
from marketplace.demo import cli, loading
from marketplace.demo.plan import Plan, generate
from tests.conftest import application, forget_last_request, standing, undone

PART = loading.Part(achievements=12, needs=6, organizations=8)


def silent(_label, items):
    return items


def load(plan, folder, part=PART) -> loading.Loaded:
    with transaction():
        return loading.load(plan, folder=folder, progress=silent, part=part)


@pytest.fixture(scope="session")
def plan(once) -> Plan:
    """What `demo load` would load today."""
    return once.get("plan", lambda: nullcontext(generate(cli.SEED, loading.day_of_loading())))


@dataclass
class Sample:
    """The application with the sample loaded, where its evidence files are, and what the load said."""

    app: Flask
    folder: Path
    counts: loading.Loaded

    def client(self) -> FlaskClient:
        return self.app.test_client()


@contextmanager
def loaded(database: str, folder: Path, plan: Plan) -> Iterator[Sample]:
    with application(database, folder) as app, standing(app):
        with app.app_context():
            counts = load(plan, folder / "evidence")
            if is_postgresql():
                with transaction():  # kept only with what is committed: other modules may take minutes before the next look
                    db.session.connection().exec_driver_sql("SET idle_in_transaction_session_timeout = 0")
        yield Sample(app, folder / "evidence", counts)


@pytest.fixture
def sample(database, once, fresh, tmp_path_factory, plan):
    kind = database.partition(":")[0]
    found = once.get(("sample", kind), lambda: loaded(fresh(kind, "sample"), tmp_path_factory.mktemp("sample"), plan))
    with found.app.app_context(), request_started.connected_to(forget_last_request), undone():
        yield found
