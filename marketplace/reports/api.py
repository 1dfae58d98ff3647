"""The record and the board of a fair over JSON; their totals are the ledger's."""

from typing import Any

from flask import Flask

from marketplace.core.access import PUBLIC, reads
from marketplace.core.api import Blueprint, ProblemOut
from marketplace.core.db import snapshot
from marketplace.fairs import queries as fairs
from marketplace.reports import board
from marketplace.reports.record import lines
from marketplace.reports.schemas import BoardOut, BoardQuery, RecordOut, record_out

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


@blp.get("/<string:slug>/board")
@reads(PUBLIC)
@blp.arguments(BoardQuery, location="query")
@blp.response(200, BoardOut)
@blp.alt_response(400, schema=ProblemOut)
@blp.alt_response(404, schema=ProblemOut)
def board_api(args: dict[str, Any], slug: str) -> Any:
    """The board of a fair. Ask again with `If-None-Match`: 304 while nothing public changed."""
    return board.answer(slug, args["language"])


def register(app: Flask) -> None:
    app.extensions["api"].register_blueprint(blp)
