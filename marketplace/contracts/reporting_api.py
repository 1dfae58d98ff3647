"""Reports of deals over JSON: told by buyers, sellers and agencies, settled at the desk."""

from typing import Any
from uuid import UUID

from flask import Flask

from marketplace.contracts import queries, reporting
from marketplace.contracts.answers import DealReportOut, DealReportsOut
from marketplace.contracts.models import DealReport
from marketplace.contracts.schemas import ContractIn, ReportsQuery, SettleIn, VoidIn
from marketplace.core.access import Actor, current_actor, reads, writes
from marketplace.core.api import Blueprint, ProblemOut
from marketplace.core.db import db
from marketplace.core.errors import NotFound
from marketplace.core.fields import Slug
from marketplace.core.pages import bound, paged
from marketplace.core.web import etag_of
from marketplace.fairs import queries as fairs

blp = Blueprint("reported deals", description="Deals that buyers, sellers and agencies tell the desk of.", url_prefix="/reported-deals")


class DealReportIn(ContractIn):
    """A deal with the fair whose desk should log it. One of the parties is the organisation you act for."""

    fair = Slug(required=True)


def _answer(row: DealReport, actor: Actor) -> tuple[dict[str, Any], int, dict[str, str]]:
    """A report as its reader may see it: which contract it became is told to who may read that contract."""
    db.session.flush()  # the version that the answer names
    return _answers([row], actor)[0], 200, {"ETag": etag_of(row.version)}


def _answers(rows: Any, actor: Actor) -> list[dict[str, Any]]:
    readable = queries.by_ids([row.contract_id for row in rows if row.contract_id], by=actor)
    return [
        {name: getattr(row, name) for name in DealReportOut._declared_fields}
        | {"status": row.status.value, "contract_id": row.contract_id if row.contract_id in readable else None}
        for row in rows
    ]


@blp.post("")
@writes("contracts.report")
@blp.arguments(DealReportIn)
@blp.response(201, DealReportOut)
@blp.alt_response(404, schema=ProblemOut)
@blp.alt_response(422, schema=ProblemOut)
def report(data: dict[str, Any]) -> Any:
    """Tell the desk of a deal in which your organisation has a part. It counts nowhere until the desk has logged it."""
    actor = current_actor()
    fair = fairs.by_slug(data.pop("fair"))
    body, _status, headers = _answer(reporting.report(fair, data, by=actor), actor)
    return body, 201, headers


@blp.get("")
@reads("contracts.report")
@blp.arguments(ReportsQuery, location="query")
@blp.response(200, DealReportsOut)
@blp.alt_response(404, schema=ProblemOut)
def reported(args: dict[str, Any]) -> Any:
    """What your organisation reported, the latest first."""
    actor = current_actor()
    query = reporting.own(by=actor)
    if args["fair"]:
        query = query.where(DealReport.fair_id == fairs.by_slug(args["fair"]).id)
    page = paged(query, (DealReport.created_at, DealReport.id), limit=args["limit"], cursor=args["cursor"],
                 bound_to=bound(actor.person_id, actor.organization_id))  # fmt: skip
    return {"rows": _answers(page.rows, actor), "next": page.next}


@blp.get("/waiting")
@reads("contracts.log")
@blp.arguments(ReportsQuery, location="query")
@blp.response(200, DealReportsOut)
@blp.alt_response(404, schema=ProblemOut)
def waiting(args: dict[str, Any]) -> Any:
    """What waits at the desks where you log contracts, the oldest first."""
    actor = current_actor()
    fair = fairs.by_slug(args["fair"]) if args["fair"] else None
    if fair is not None and not actor.may("contracts.log", fair_id=fair.id):
        raise NotFound()
    query = reporting.waiting(by=actor, fair_id=fair.id if fair else None)
    page = paged(query, (DealReport.created_at, DealReport.id), limit=args["limit"], cursor=args["cursor"], descending=False,
                 bound_to=bound(actor.person_id))  # fmt: skip
    return {"rows": _answers(page.rows, actor), "next": page.next}


@blp.post("/<uuid:report_id>/merge")
@writes("contracts.log")
@blp.arguments(SettleIn)
@blp.response(200, DealReportOut)
@blp.alt_response(404, schema=ProblemOut)
@blp.alt_response(409, schema=ProblemOut)
def merge(data: dict[str, Any], report_id: UUID) -> Any:
    """It is the deal of a contract that is there already: 409 when it is settled already."""
    actor = current_actor()
    return _answer(reporting.merge(report_id, data["contract_id"], by=actor), actor)


@blp.post("/<uuid:report_id>/refuse")
@writes("contracts.log")
@blp.arguments(VoidIn)
@blp.response(200, DealReportOut)
@blp.alt_response(404, schema=ProblemOut)
@blp.alt_response(409, schema=ProblemOut)
def refuse(data: dict[str, Any], report_id: UUID) -> Any:
    """Refuse it, with a reason that its reporter reads."""
    actor = current_actor()
    return _answer(reporting.refuse(report_id, data["reason"], by=actor), actor)


def register(app: Flask) -> None:
    app.extensions["api"].register_blueprint(blp)
