"""Totals, scopes and vouchers over JSON."""

from datetime import datetime
from typing import Any

from flask import Flask

from marketplace.core.access import PUBLIC, current_actor, current_actor_or_none, reads, writes
from marketplace.core.api import Blueprint, ProblemOut
from marketplace.core.db import snapshot
from marketplace.core.errors import Forbidden, NotFound
from marketplace.fairs import queries as fairs
from marketplace.ledger import queries, scopes
from marketplace.ledger.models import View
from marketplace.ledger.schemas import (
    LedgerOut,
    LedgerQuery,
    ScopeIn,
    ScopeOut,
    TotalOut,
    TotalQuery,
    scope_out,
    total_out,
    voucher_out,
)

blp = Blueprint("ledger", description="The fair total, its scopes and the vouchers behind it.", url_prefix="/fairs")


@blp.get("/<string:slug>/total")
@reads(PUBLIC)
@blp.arguments(TotalQuery, location="query")
@blp.response(200, TotalOut)
@blp.alt_response(404, schema=ProblemOut)
@blp.alt_response(422, schema=ProblemOut)
def total(args: dict[str, Any], slug: str) -> dict[str, Any]:
    """The fair total of a scope, now or as of an earlier moment or voucher number.

    Staff of the fair get the staff view (every deal), everybody else the public view (open deals at once, confidential
    ones in batches).
    """
    actor = current_actor_or_none()
    snapshot()
    fair = fairs.by_slug(slug)
    insider = actor is not None and actor.may("ledger.read", fair_id=fair.id)
    view = View(args["view"]) if args["view"] else (View.STAFF if insider else View.PUBLIC)
    if view is View.STAFF and not insider:
        raise Forbidden()
    scope = queries.scope(fair.id, args["scope"], args["scope_number"])
    moment: datetime | None = args["as_of"]
    if moment is None and args["as_of_seq"] is None:
        return total_out(queries.total(fair, scope, view=view))
    return total_out(queries.total_as_of(fair, scope, view=view, seq=args["as_of_seq"], moment=moment))


@blp.get("/<string:slug>/ledger")
@reads("ledger.read")
@blp.arguments(LedgerQuery, location="query")
@blp.response(200, LedgerOut)
@blp.alt_response(404, schema=ProblemOut)
def ledger(args: dict[str, Any], slug: str) -> dict[str, Any]:
    """The vouchers of a fair in order of their number; for staff of that fair."""
    actor = current_actor()
    snapshot()
    fair = fairs.by_slug(slug)
    if not actor.may("ledger.read", fair_id=fair.id):
        raise NotFound()
    last, _ = queries.head(fair.id)
    rows = queries.vouchers_after(fair.id, args["after_seq"], args["limit"])
    return {"rows": [voucher_out(voucher, postings) for voucher, postings in rows], "last_seq": last}


@blp.get("/<string:slug>/scopes")
@reads(PUBLIC)
@blp.response(200, ScopeOut(many=True))
@blp.alt_response(404, schema=ProblemOut)
def list_scopes(slug: str) -> list[dict[str, Any]]:
    """The live scopes of a fair, the headline one first."""
    return [scope_out(scope) for scope in queries.scopes(fairs.by_slug(slug).id)]


@blp.post("/<string:slug>/scopes")
@writes("ledger.scopes")
@blp.arguments(ScopeIn)
@blp.response(201, ScopeOut)
@blp.alt_response(404, schema=ProblemOut)
@blp.alt_response(422, schema=ProblemOut)
def define_scope(data: dict[str, Any], slug: str) -> dict[str, Any]:
    """Define a scope, or the next number of one; older numbers keep their totals."""
    actor = current_actor()
    fair = fairs.by_slug(slug)
    return scope_out(scopes.define(fair, data.pop("code"), **data, by=actor))


def register(app: Flask) -> None:
    app.extensions["api"].register_blueprint(blp)
