"""Open points as JSON, for the two organisations of a thread."""

from typing import Any
from uuid import UUID

from flask import Flask

from marketplace.core.access import current_actor, reads, writes
from marketplace.core.api import Blueprint, ProblemOut
from marketplace.core.errors import NotFound
from marketplace.negotiations import queries as threads
from marketplace.negotiations.models import Negotiation
from marketplace.negotiations.points import queries, service
from marketplace.negotiations.points.schemas import NegotiationPointOut, NegotiationPointsOut, RaisePointIn, SayIn, SettlePointIn

blp = Blueprint("negotiation_points", description="What two sides still have to clear up.", url_prefix="/negotiations")
BASE = "/<uuid:negotiation_id>/points"


def point_out(negotiation: Negotiation, shown: queries.Shown) -> dict[str, Any]:
    """A point with its entries, each with the organisation that spoke."""
    point = shown.point
    entries = [
        {
            **{name: getattr(entry, name) for name in ("number", "act", "side", "text", "at")},
            "organization_id": queries.organization_of(negotiation, entry.side), "person": shown.people[entry.person_id],
        }
        for entry in shown.entries
    ]  # fmt: skip
    return {
        **{name: getattr(point, name) for name in ("number", "text", "status", "raised_at", "due_on", "settled_at")},
        "raised_by": queries.organization_of(negotiation, point.raised_by), "person": shown.people[point.raised_by_person_id],
        "waits_for": queries.organization_of(negotiation, point.waits_for) if point.waits_for else None, "entries": entries,
    }  # fmt: skip


def _one(negotiation_id: UUID, number: int) -> dict[str, Any]:
    thread = threads.thread(negotiation_id, by=current_actor())
    found = next((shown for shown in queries.of_thread(thread) if shown.point.number == number), None)
    if found is None:
        raise NotFound()
    return point_out(thread.negotiation, found)


@blp.get(BASE)
@reads("negotiations.read")
@blp.response(200, NegotiationPointsOut)
def list_points(negotiation_id: UUID) -> dict[str, Any]:
    """The points of one of one's own threads, in order."""
    thread = threads.thread(negotiation_id, by=current_actor())
    return {"rows": [point_out(thread.negotiation, shown) for shown in queries.of_thread(thread)]}


@blp.post(BASE)
@writes("negotiations.write")
@blp.arguments(RaisePointIn)
@blp.response(201, NegotiationPointOut)
@blp.alt_response(409, schema=ProblemOut)
def raise_point(body: dict[str, Any], negotiation_id: UUID) -> dict[str, Any]:
    """Write down what is still open."""
    point = service.raise_point(negotiation_id, **body, by=current_actor())
    return _one(negotiation_id, point.number)


@blp.post(f"{BASE}/<int:number>/answers")
@writes("negotiations.write")
@blp.arguments(SayIn)
@blp.response(201, NegotiationPointOut)
@blp.alt_response(409, schema=ProblemOut)
@blp.alt_response(412, schema=ProblemOut)
def say(body: dict[str, Any], negotiation_id: UUID, number: int) -> dict[str, Any]:
    """Answer a point, or ask back; it waits for the other side then."""
    service.say(negotiation_id, number, **body, by=current_actor())
    return _one(negotiation_id, number)


@blp.post(f"{BASE}/<int:number>/settle")
@writes("negotiations.write")
@blp.arguments(SettlePointIn)
@blp.response(200, NegotiationPointOut)
@blp.alt_response(409, schema=ProblemOut)
@blp.alt_response(412, schema=ProblemOut)
def settle(body: dict[str, Any], negotiation_id: UUID, number: int) -> dict[str, Any]:
    """Say how a point that one's own side raised was cleared up."""
    service.settle(negotiation_id, number, **body, by=current_actor())
    return _one(negotiation_id, number)


@blp.post(f"{BASE}/<int:number>/reopen")
@writes("negotiations.write")
@blp.arguments(SayIn)
@blp.response(200, NegotiationPointOut)
@blp.alt_response(409, schema=ProblemOut)
@blp.alt_response(412, schema=ProblemOut)
def reopen(body: dict[str, Any], negotiation_id: UUID, number: int) -> dict[str, Any]:
    """Open a settled point again, with the reason."""
    service.reopen(negotiation_id, number, **body, by=current_actor())
    return _one(negotiation_id, number)


def register(app: Flask) -> None:
    app.extensions["api"].register_blueprint(blp)
