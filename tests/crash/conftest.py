"""One started group on each database for the tests that need no fresh one: with a rate, and with 32 who want eight slots."""

import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import pytest

from config import Config
from marketplace import create_app
from marketplace.core.clock import now
from marketplace.core.db import db, transaction
from marketplace.fairs import queries as fairs
from marketplace.ledger import rates
from tests.conftest import DATABASES
from tests.crash.group import SECRET, Client, ServerGroup, prepare
from tests.crash.story import Story
from tests.factories import make_member, make_organization, make_staff, make_token
from tests.roadshow.factories_roadshow import make_achievement, make_session
from tests.venue.factories_venue import at

TAKERS, SLOTS = 32, 8
RATE = "7.80"


@dataclass
class Stage:
    """A started group; ``setting`` are tokens by role, ``takers`` a token and an achievement each for the session's slots."""

    database: str
    group: ServerGroup
    setting: dict[str, str]
    session_id: str
    takers: list[tuple[str, str]]

    @property
    def story(self) -> Story:
        return Story(self.group.url, self.setting)

    def asked(self, role: str | None, method: str, path: str, body: Any = None, **headers: str):
        """(status, JSON), with headers of our own."""
        client = Client(self.group.url, self.setting[role] if role else "")
        return client.call(method, f"/api/v1{path.removeprefix('/api/v1')}", body, key=str(uuid.uuid4()), headers=headers)

    def total(self, role: str | None = "clerk", more: str = ""):
        status, told = self.asked(role, "GET", f"/fairs/crash/total{more}")
        assert status == 200, told
        return told

    def again(self) -> None:
        """Killed and started."""
        self.group.kill()
        self.group.start()


def furnish(database: str, folder) -> tuple[dict[str, str], str, list[tuple[str, str]]]:
    """More of the fair: a rate of the euro, one person with both hands, a session with eight slots and those who want one."""
    app = create_app(Config(testing=True, secret_key=SECRET, database_url=database, index_dir=folder / "index", upload_dir=folder / "uploads", password_cost="low"))
    with app.app_context():
        fair = fairs.by_slug("crash")
        with transaction():
            rates.load(["date,EUR_CNY", f"{(now() - timedelta(days=2)).date()},{RATE}"])
        tokens = {"both": make_token(make_staff(fair, "clerk", "verifier")), "second": make_token(make_staff(fair, "verifier"))}
        session, takers = make_session(fair, slots=SLOTS, ends_at=at(fair, 12)), []
        for _ in range(TAKERS):
            organization = make_organization()
            takers.append((make_token(make_member(organization), organization), str(make_achievement(fair, organization).id)))
        session_id = str(session.id)
        db.session.remove()
        db.engine.dispose()
    return tokens, session_id, takers


@contextmanager
def served(database: str, folder) -> Iterator[Stage]:
    setting = prepare(database, folder)
    tokens, session_id, takers = furnish(database, folder)
    group = ServerGroup(database, folder)
    group.start()
    try:
        yield Stage(database, group, setting | tokens, session_id, takers)
    finally:
        group.kill()


@pytest.fixture(params=DATABASES)
def stage(request, once, fresh, tmp_path_factory) -> Stage:
    return once.get(("served", request.param), lambda: served(fresh(request.param, "served"), tmp_path_factory.mktemp("served")))
