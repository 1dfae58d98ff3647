"""The review as JSON: the queue of a fair, a case, and the decision on it."""

from typing import Any
from uuid import UUID

from flask import Flask, Response

from marketplace.core import pages, web
from marketplace.core.access import current_actor, reads, writes
from marketplace.core.api import Blueprint
from marketplace.core.pages import paged
from marketplace.fairs import queries as fairs
from marketplace.listings import rules
from marketplace.listings.api import entry_answer, plain
from marketplace.listings.models import EntryStatus
from marketplace.listings.queries import as_json
from marketplace.listings.schemas import EntryOut
from marketplace.reviews import deciding, queries
from marketplace.reviews.schemas import CaseOut, PublishIn, QueueIn, QueueOut, SendBackIn

blp = Blueprint("reviews", description="What fair staff decide on: listings handed in, oldest first.")


@blp.get("/fairs/<slug>/entries")
@reads("listings.moderate")
@blp.arguments(QueueIn, location="query")
@blp.response(200, QueueOut)
def queue(query: dict[str, Any], slug: str) -> Response:
    """The entries of a fair that you moderate: what waits, oldest first, or another status."""
    actor, fair = current_actor(), fairs.by_slug(slug)
    keys = queries.QUEUE_KEYS if query["status"] == EntryStatus.SUBMITTED else queries.QUEUE_KEYS[1:]
    page = paged(
        queries.queue(by=actor, fair=fair, status=query["status"]), keys, limit=query["limit"], cursor=query["cursor"],
        descending=False, bound_to=pages.bound(actor.person_id), scalars=False,
    )  # fmt: skip
    return plain({"rows": [queries.entry_row(row) for row in page.rows], "next": page.next})


@blp.get("/entries/<uuid:entry_id>")
@reads("listings.moderate")
@blp.response(200, CaseOut)
def case(entry_id: UUID) -> Response:
    """What a moderator decides on: the text that waits, the one that is public, and where they differ."""
    row, submitted, published = queries.case_of(entry_id, by=current_actor())
    changed = rules.differences(published, submitted) if submitted and published else []
    body = queries.entry_row(row) | {
        "submitted": as_json(submitted), "published": as_json(published),
        "changed": [{"unknowns": "unknown"}.get(name, name.removesuffix("_minor")) for name in changed],
    }  # fmt: skip
    return plain(body, headers={"ETag": web.etag_of(row.version)})


@blp.post("/entries/<uuid:entry_id>/publish")
@writes("listings.moderate")
@blp.arguments(PublishIn)
@blp.response(200, EntryOut)
def publish(data: dict[str, Any], entry_id: UUID) -> Response:
    """Publish the version that waits. Not for a listing of an organisation you belong to."""
    return entry_answer(deciding.publish(entry_id, by=current_actor(), number=data["number"]))


@blp.post("/entries/<uuid:entry_id>/send-back")
@writes("listings.moderate")
@blp.arguments(SendBackIn)
@blp.response(200, EntryOut)
def send_back(data: dict[str, Any], entry_id: UUID) -> Response:
    """Send the version that waits back with a reason; what was public stays public."""
    return entry_answer(deciding.send_back(entry_id, by=current_actor(), **data))


def register(app: Flask) -> None:
    app.extensions["api"].register_blueprint(blp)
