"""What the database holds at the end, contract by contract, and whether the product's own checks pass; asked past the server."""

import json
import sqlite3
from collections import Counter
from contextlib import closing
from uuid import UUID

import psycopg
from flask import Flask

from config import Config
from marketplace import create_app
from marketplace.core.db import db
from tests.crash.group import SECRET, ServerGroup
from tests.crash.story import Story

CONTRACTS = "SELECT id, status, total_minor FROM contracts"


def rows(database: str, query: str) -> list[tuple]:
    """All rows of one query of our own."""
    if database.startswith("sqlite:///"):
        with closing(sqlite3.connect(database.removeprefix("sqlite:///"), timeout=30)) as connection:
            return connection.execute(query).fetchall()
    with psycopg.connect(database) as connection:
        return connection.execute(query).fetchall()


def contracts(database: str) -> dict[str, tuple[str, int | None]]:
    """id → (status, total in minor units)."""
    return {str(UUID(str(key))): (status, total) for key, status, total in rows(database, CONTRACTS)}


def compare(story: Story, database: str) -> Counter:
    """How much of what was acknowledged is ``lost``, and how much is there that nobody was told of (``double``)."""
    held, faults = contracts(database), Counter(lost=0, double=0)
    known = {key: ("verified", total) for key, total in story.verified.items()} | {key: ("void", total) for key, total in story.void.items()}
    for key in story.declared:
        faults["lost"] += key not in held or (key in known and held[key] != known[key])
    faults["double"] = len(held.keys() - set(story.declared)) + (len(story.declared) - len(set(story.declared)))
    return faults


def application(group: ServerGroup) -> Flask:
    """A further process, as it were, on what the group works with."""
    folder = group.folder
    return create_app(Config(testing=True, secret_key=SECRET, database_url=group.database, index_dir=folder / "index", upload_dir=folder / "uploads", password_cost="low"))


def own_checks(group: ServerGroup) -> list[str]:
    """What `flask ledger verify` and `flask audit verify` find; [] when both pass."""
    wrong, app = [], application(group)
    for words in (["ledger", "verify", "--json"], ["audit", "verify", "--json"]):
        told = app.test_cli_runner().invoke(args=words)
        if told.exit_code != 0 or (words[0] == "audit" and json.loads(told.stdout)["rows"] == 0):
            wrong.append(f"{' '.join(words)}: {told.output[-1500:]} {told.exception!r}")
    with app.app_context():
        db.engine.dispose()
    return wrong
