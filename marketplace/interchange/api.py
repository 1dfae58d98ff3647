"""`/api/v1/changes`: what the public sees of listings, as a sequence that a program follows."""

from typing import Any

import orjson
from flask import Flask, Response

from marketplace.core.access import PUBLIC, reads
from marketplace.core.api import Blueprint, ProblemOut
from marketplace.core.caching import shared
from marketplace.interchange import harvesting
from marketplace.interchange.schemas import ChangesIn, ChangesOut
from marketplace.listings import queries

blp = Blueprint("interchange", description="The public listings as a sequence of changes, for programs that keep a copy.")
ASKED = ChangesIn()


@blp.get("/changes")
@reads(PUBLIC)
@blp.arguments(ASKED, location="query")
@blp.response(200, ChangesOut)
@blp.alt_response(410, schema=ProblemOut)
def changes(args: dict[str, Any]) -> Response:
    """What was published, changed and withdrawn since, in order. Each listing stands there once, at its last change; nothing is
    skipped, and `next` never expires. 410 when this server was restored from an earlier copy than the reader saw."""
    since = args["since"]
    rows, more = harvesting.changes(since, limit=args["limit"])
    found = {row["id"]: row for row in queries.rows_by_id([row.listing_id for row in rows if row.shown])}
    for row in found.values():
        row.pop("num", None)
    told = [
        {
            "seq": row.seq, "change": "upsert" if row.listing_id in found else "delete", "id": row.listing_id, "kind": row.kind.value,
            "changed_at": row.changed_at, "listing": found.get(row.listing_id),
        }
        for row in rows
    ]  # fmt: skip
    body = {"rows": told, "next": rows[-1].seq if rows else since, "more": more}
    return shared(Response(orjson.dumps(body), mimetype="application/json"))


def register(app: Flask) -> None:
    app.extensions["api"].register_blueprint(blp)
