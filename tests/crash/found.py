"""What the database holds at the end, contract by contract, and whether the product's own checks pass; asked past the server."""

import json
import sqlite3
import subprocess
import sys
from collections import Counter
from contextlib import closing
from uuid import UUID

import psycopg

from tests.crash.group import ROOT, ServerGroup
from tests.crash.story import Story

CONTRACTS = "SELECT id, status, total_minor FROM contracts"


def rows(database: str, query: str) -> list[tuple]:
    """All rows of one query of our own."""
    if database.startswith("sqlite:///"):
        with closing(sqlite3.connect(database.removeprefix("sqlite:///"), timeout=30)) as connection:
            return connection.execute(query).fetchall()
    with psycopg.connect(database) as connection:
        return connection.execute(query).fetchall()


def contracts(database: str) -> dict[str, tuple[str, int]]:
    """id → (status, total in minor units)."""
    return {str(UUID(str(key))): (status, int(total)) for key, status, total in rows(database, CONTRACTS)}


def compare(story: Story, database: str) -> Counter:
    """How much of what was acknowledged is ``lost``, and how much is there that nobody was told of (``double``)."""
    held, faults = contracts(database), Counter(lost=0, double=0)
    known = {key: ("verified", total) for key, total in story.verified.items()} | {key: ("void", total) for key, total in story.void.items()}
    for key in story.declared:
        faults["lost"] += key not in held or (key in known and held[key] != known[key])
    faults["double"] = len(held.keys() - set(story.declared)) + (len(story.declared) - len(set(story.declared)))
    return faults


def own_checks(group: ServerGroup) -> list[str]:
    """What `flask ledger verify` and `flask audit verify` find; [] when both pass."""
    wrong = []
    for words in (["ledger", "verify"], ["audit", "verify", "--json"]):
        told = subprocess.run(
            [sys.executable, "-m", "flask", "--app", "wsgi", *words], cwd=ROOT, env=group.environ, capture_output=True, text=True, check=False
        )  # fmt: skip
        if told.returncode != 0 or (words[0] == "audit" and json.loads(told.stdout)["rows"] == 0):
            wrong.append(f"{' '.join(words)}: {told.stdout[-800:]}{told.stderr[-800:]}")
    return wrong
