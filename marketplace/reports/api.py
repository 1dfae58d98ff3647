"""The record of a fair over JSON; its totals are the ledger's."""

from typing import Any

from flask import Flask

from marketplace.core.access import PUBLIC, reads
from marketplace.core.api import Blueprint, ProblemOut
from marketplace.core.db import snapshot
from marketplace.fairs import queries as fairs
from marketplace.reports.record import lines
from marketplace.reports.schemas import RecordOut, record_out

blp = Blueprint("reports", description="What was published about a fair.", url_prefix="/fairs")


@blp.get("/<string:slug>/record")
@reads(PUBLIC)
@blp.response(200, RecordOut)
@blp.alt_response(404, schema=ProblemOut)
def record(slug: str) -> dict[str, Any]:
    """The published figures of a fair, each with scope and source, and our own beside them where the ledger counts the same."""
    snapshot()
    fair = fairs.by_slug(slug)
    return record_out(fair, lines(fair))


def register(app: Flask) -> None:
    app.extensions["api"].register_blueprint(blp)
