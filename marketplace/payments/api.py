"""Fees as JSON: one's own, one of them, and the refund that a manager decides."""

from typing import Any
from uuid import UUID

from flask import Flask

from marketplace.core import web
from marketplace.core.access import current_actor, reads, writes
from marketplace.core.api import Blueprint, ProblemOut
from marketplace.core.pages import bound, paged
from marketplace.payments import queries, service
from marketplace.payments.models import Fee
from marketplace.payments.schemas import FeeOut, FeePageOut, FeesIn

blp = Blueprint("payments", description="Fees for services of a fair, paid by card. Never part of a fair's total.")


@blp.get("/payments")
@reads("payments.read_own")
@blp.arguments(FeesIn, location="query")
@blp.response(200, FeePageOut)
@blp.alt_response(400, schema=ProblemOut)
@blp.alt_response(401, schema=ProblemOut)
@blp.alt_response(403, schema=ProblemOut)
@blp.alt_response(410, schema=ProblemOut)
def list_fees(asked: dict[str, Any]) -> Any:
    """The fees of the organisation you act for, the latest first."""
    actor = current_actor()
    query, status = queries.own(actor), asked.pop("status")
    if status is not None:
        query = query.where(Fee.status == status)
    return paged(query, [Fee.created_at, Fee.id], bound_to=bound(actor.organization_id), **asked)


@blp.get("/payments/<uuid:fee_id>")
@reads("payments.read_own")
@blp.response(200, FeeOut)
@blp.alt_response(401, schema=ProblemOut)
@blp.alt_response(403, schema=ProblemOut)
@blp.alt_response(404, schema=ProblemOut)
def get_fee(fee_id: UUID) -> Any:
    """One fee and how it stands. `pay_url` is where a person pays it."""
    fee = queries.get(fee_id, by=current_actor())
    return fee, {"ETag": web.etag_of(fee.version)}


@blp.post("/payments/<uuid:fee_id>/refund")
@writes("payments.refund")
@blp.response(200, FeeOut)
@blp.alt_response(400, schema=ProblemOut)
@blp.alt_response(401, schema=ProblemOut)
@blp.alt_response(403, schema=ProblemOut)
@blp.alt_response(404, schema=ProblemOut)
@blp.alt_response(409, schema=ProblemOut)
@blp.alt_response(422, schema=ProblemOut)
def refund_fee(fee_id: UUID) -> Any:
    """Give a paid fee back, once. 409 when it is not paid or was given back before."""
    fee = service.refund(fee_id, by=current_actor())
    return fee, {"ETag": web.etag_of(fee.version)}


def register(app: Flask) -> None:
    app.extensions["api"].register_blueprint(blp)
