"""Mandates as JSON: whom one's organisation acts for, and who acts for it."""

from typing import Any
from uuid import UUID

from flask import Flask

from marketplace.core.access import current_actor, reads, writes
from marketplace.core.api import Blueprint
from marketplace.organizations import mandates
from marketplace.organizations.api import refuses
from marketplace.organizations.models import Role
from marketplace.organizations.schemas import MandateIn, MandateOut, MandatesOut

blp = Blueprint("mandates", description="An agency acts for an institute or a company up to a day.", url_prefix="/mandates")


def _rows() -> list[dict[str, Any]]:
    actor = current_actor()
    return [
        {
            "id": row.mandate.id, "agency": row.agency, "principal": row.principal, "role": row.mandate.role, "ends_on": row.mandate.ends_on,
            "standing": row.standing, "ours_to_accept": row.standing == "proposed" and row.mandate.proposed_by_id != actor.organization_id,
        }
        for row in mandates.own(by=actor)
    ]  # fmt: skip


def _one(mandate_id: UUID) -> dict[str, Any]:
    return next(row for row in _rows() if row["id"] == mandate_id)


@blp.get("")
@reads("organizations.read")
@blp.response(200, MandatesOut)
@refuses(401, 403, 404)
def list_mandates() -> Any:
    """The mandates of the organisation acted for, on either side, the newest first; at most 200."""
    return {"rows": _rows()}


@blp.post("")
@writes("organizations.mandate")
@blp.arguments(MandateIn)
@blp.response(201, MandateOut)
@refuses(400, 401, 403, 404, 409, 422)
def propose_mandate(body: dict[str, Any]) -> Any:
    """Propose a mandate; the other side's owners accept or decline it. 409 when one is open between the two."""
    mandate = mandates.propose(body["organization"], role=Role(body["role"]), ends_on=body["ends_on"], by=current_actor())
    return _one(mandate.id)


@blp.post("/<uuid:mandate_id>/accept")
@writes("organizations.mandate")
@blp.response(200, MandateOut)
@refuses(400, 401, 403, 404, 409)
def accept_mandate(mandate_id: UUID) -> Any:
    """Accept what the other side proposed: in force at once, up to its day."""
    return _one(mandates.accept(mandate_id, by=current_actor()).id)


@blp.post("/<uuid:mandate_id>/end")
@writes("organizations.mandate")
@blp.response(200, MandateOut)
@refuses(400, 401, 403, 404, 409)
def end_mandate(mandate_id: UUID) -> Any:
    """Withdraw or decline a proposal, or end a mandate: nobody acts under it from the next request on."""
    return _one(mandates.end(mandate_id, by=current_actor()).id)


def register(app: Flask) -> None:
    app.extensions["api"].register_blueprint(blp)
