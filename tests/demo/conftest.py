"""The sample fairs, loaded once for each database; each test that looks at them may do with them what it likes, it is undone."""

import json
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from flask import Flask, request_started
from flask.testing import FlaskClient
from sqlalchemy import func, select

from marketplace.core.db import db, is_postgresql, transaction
from marketplace.demo import cli, loading
from marketplace.demo.plan import Plan, generate
from marketplace.fairs.models import Fair
from marketplace.listings.models import EntryStatus, FairEntry, Kind, Listing
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
    """The application with the sample loaded by the command, where its evidence files are, and what the command said."""

    app: Flask
    folder: Path
    said: dict[str, Any]

    @property
    def counts(self) -> loading.Loaded:
        return loading.Loaded(**self.said["counts"])

    def client(self) -> FlaskClient:
        return self.app.test_client()


@contextmanager
def loaded(database: str, folder: Path, plan: Plan) -> Iterator[Sample]:
    with application(database, folder) as app, standing(app):
        with app.app_context():
            with pytest.MonkeyPatch.context() as patched:
                patched.setattr(cli, "SMALL", PART)
                patched.setattr(cli, "generate", lambda _seed, _day: plan)
                said = json.loads(app.test_cli_runner().invoke(args=["demo", "load", "--small", "--json"], catch_exceptions=False).stdout)
            if is_postgresql():
                with transaction():  # kept only with what is committed: other modules may take minutes before the next look
                    db.session.connection().exec_driver_sql("SET idle_in_transaction_session_timeout = 0")
        yield Sample(app, folder / "uploads" / "evidence", said)


@pytest.fixture
def sample(database, once, fresh, tmp_path_factory, plan):
    kind = database.partition(":")[0]
    found = once.get(("sample", kind), lambda: loaded(fresh(kind, "sample"), tmp_path_factory.mktemp("sample"), plan))
    with found.app.app_context(), request_started.connected_to(forget_last_request), undone():
        yield found


def holds_together(plan, loaded, part) -> None:
    """A part brings along what its contracts refer to, and no more."""
    entries = select(Fair.slug, FairEntry.kind).join(Fair, Fair.id == FairEntry.fair_id).where(FairEntry.status == EntryStatus.PUBLISHED)
    shown = Counter((slug, kind) for slug, kind in db.session.execute(entries))
    assert shown["today", Kind.ACHIEVEMENT] == 42 and shown["today", Kind.NEED] == 12
    wanted = {each.achievement for each in plan.fair_2020.contracts} | set(range(part.achievements))
    assert shown["zgc-2020", Kind.ACHIEVEMENT] == len(wanted) == loaded.achievements - 42
    assert db.session.scalar(select(func.count()).select_from(Listing).where(Listing.public_number.is_(None))) == 5
    assert loaded.organizations < 510
