"""The chain of audit rows: what is hashed, and how. No database, no clock."""

import hashlib
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

import orjson

GENESIS = "0" * 64  # what the first row names as its predecessor
BODY = (
    "id", "at", "action", "subject", "fair_id", "person_id", "organization_id", "before_hash", "after_hash", "facts", "request_id",
)  # fmt: skip


def plain(facts: Any) -> Any:
    """The facts as every database gives them back: JSON values only."""
    return orjson.loads(orjson.dumps(facts, default=str))


def row_hash(row: Mapping[str, Any], seq: int, prev_hash: str) -> str:
    """SHA-256 over canonical JSON (sorted keys, UTF-8) of the row's body, its number and the hash before it.

    Moments are written in UTC with microseconds, so that SQLite and PostgreSQL give the same hash.
    """
    body = {name: _canonical(row[name]) for name in BODY}
    return hashlib.sha256(orjson.dumps(body | {"seq": seq, "prev_hash": prev_hash}, option=orjson.OPT_SORT_KEYS)).hexdigest()


def _canonical(value: Any) -> Any:
    if isinstance(value, datetime):
        return value.astimezone(UTC).isoformat(timespec="microseconds")
    return str(value) if isinstance(value, UUID) else value
