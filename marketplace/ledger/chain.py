"""The hash of a voucher: over its facts, its postings and the hash of the fair's voucher before it.

Whoever holds one hash, holds the whole ledger of the fair up to it: no earlier voucher can be changed, put in, taken out or
moved without changing it.
"""

import hashlib
from collections.abc import Iterable, Mapping
from typing import Any

import orjson

VOUCHER = (
    "id", "fair_id", "seq", "contract_id", "move", "reverses_id", "corrects_id", "reason", "booked_at", "booked_by", "kind", "place", "signed_on",
    "field", "country", "open", "parties", "rate_from", "rate_to", "rate_day", "rate_source",
)  # fmt: skip
POSTING = (
    "line", "contract_class", "status", "mark", "currency", "count", "total_minor", "technology_minor", "base_total_minor", "base_technology_minor",
)  # fmt: skip


def hash_of(previous: str | None, voucher: Mapping[str, Any], postings: Iterable[Mapping[str, Any]]) -> str:
    """SHA-256 over canonical JSON: sorted keys, UTF-8, no blanks; ids and days as ISO text, moments as RFC 3339 in UTC.

    ``previous`` is null for the first voucher of a fair.
    """
    body = {
        "previous": previous,
        "voucher": {name: voucher[name] for name in VOUCHER},
        "postings": [{name: posting[name] for name in POSTING} for posting in sorted(postings, key=lambda one: int(one["line"]))],
    }
    return hashlib.sha256(orjson.dumps(body, option=orjson.OPT_SORT_KEYS)).hexdigest()
