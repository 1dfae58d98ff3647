"""What happened in a thread, as JSON, for its two organisations."""

from typing import Any
from uuid import UUID

from flask import Flask
from markupsafe import Markup
from marshmallow import Schema, fields

from marketplace.core.access import current_actor, reads
from marketplace.core.api import Blueprint
from marketplace.negotiations import queries, timeline

blp = Blueprint("negotiation_story", description="What happened in a thread, and who acted.", url_prefix="/negotiations")


class NegotiationChangeOut(Schema):
    """A term that differs from the round before, in the reader's language."""

    label = fields.String()
    before = fields.String()
    after = fields.String()


class NegotiationEventOut(Schema):
    """`who` is one of the two organisations, the contract desk or the marketplace, in the reader's language; `agency` acted for it."""

    at = fields.AwareDateTime()
    step = fields.String(allow_none=True, metadata={"enum": [*timeline.STEPS, None]})
    who = fields.String()
    by_us = fields.Boolean()
    agency = fields.String(allow_none=True)
    person = fields.String(allow_none=True)
    text = fields.String()
    path = fields.String(allow_none=True, metadata={"description": "Of the page that it leads to."})
    changes = fields.List(fields.Nested(NegotiationChangeOut))


class NegotiationEventsOut(Schema):
    rows = fields.List(fields.Nested(NegotiationEventOut))


def event_out(event: timeline.Event) -> dict[str, Any]:
    """An event; values that a page marks up are plain text."""
    changes = [{"label": c.label, "before": _plain(c.before), "after": _plain(c.after)} for c in event.said.changes]
    return {
        "at": event.at, "step": event.said.step or None, "who": event.who, "by_us": event.mine, "agency": event.agency or None,
        "person": event.person or None, "text": event.said.text, "path": event.said.href, "changes": changes,
    }  # fmt: skip


def _plain(value: Any) -> str:
    return value.striptags() if isinstance(value, Markup) else str(value)


@blp.get("/<uuid:negotiation_id>/events")
@reads("negotiations.read")
@blp.response(200, NegotiationEventsOut)
def list_events(negotiation_id: UUID) -> dict[str, Any]:
    """Everything that happened in one of one's own threads, from the listings to the contract, the earliest first."""
    actor = current_actor()
    return {"rows": [event_out(event) for event in timeline.events(queries.thread(negotiation_id, by=actor), actor)]}


def register(app: Flask) -> None:
    app.extensions["api"].register_blueprint(blp)
