"""The credit of contracts over JSON: proposals and answers for those concerned, the ranking for everybody."""

from typing import Any
from uuid import UUID

from flask import Flask, url_for

from marketplace.core import pages
from marketplace.core.access import PUBLIC, current_actor, current_actor_or_none, reads, writes
from marketplace.core.api import Blueprint, ProblemOut
from marketplace.core.db import snapshot
from marketplace.core.errors import Forbidden
from marketplace.core.money import to_text
from marketplace.credits import queries, rules, service
from marketplace.credits.models import Split
from marketplace.credits.schemas import (
    AgreeSplitIn,
    CreditRankingOut,
    CreditSplitOut,
    CreditSplitsOut,
    DeclineSplitIn,
    RankingIn,
    SplitIn,
    SplitsIn,
)
from marketplace.fairs import queries as fairs
from marketplace.ledger import queries as ledger
from marketplace.ledger.models import View

blp = Blueprint("credits", description="How the agencies of a deal share its credit.")
Answer = tuple[Any, int, dict[str, str]]


def split_out(found: queries.Shown) -> dict[str, Any]:
    """A split as its readers get it."""
    split = found.split
    names = ("id", "number", "status", "content_hash", "note", "proposed_at", "settled_at", "frozen_at")
    return {
        **{name: getattr(split, name) for name in names},
        "contract": found.contract.reference, "contract_id": found.contract.id if found.reads_contract else None,
        "proposed_by": found.name(split.proposed_by_id), "missing": [found.name(each) for each in found.missing] if split.settled_at is None else [],
        "shares": [_of(found, share.organization_id) | {"share_bp": share.share_bp} for share in found.shares],
        "answers": [_of(found, row.organization_id) | {"agreed": row.agreed, "reason": row.reason, "at": row.at} for row in found.answers],
        "may_answer": found.may_answer,
    }  # fmt: skip


def _of(found: queries.Shown, organization_id: UUID) -> dict[str, Any]:
    organization = found.name(organization_id)
    return {"id": organization.id, "slug": organization.slug, "name": organization.name}


def _one(split_id: UUID) -> dict[str, Any]:
    actor = current_actor()
    return split_out(queries.shown([queries.split(split_id, by=actor)], by=actor)[0])


@blp.get("/credits")
@reads("credits.read")
@blp.arguments(SplitsIn, location="query")
@blp.response(200, CreditSplitsOut)
def list_splits(query: dict[str, Any]) -> dict[str, Any]:
    """The splits that concern the organisation acted for, the latest first."""
    actor = current_actor()
    page = pages.paged(
        queries.mine(by=actor), (Split.proposed_at, Split.id), limit=query["limit"], cursor=query["cursor"], bound_to=pages.bound(actor.organization_id)
    )
    return {"rows": [split_out(found) for found in queries.shown(page.rows, by=actor)], "next": page.next}


@blp.get("/contracts/<uuid:contract_id>/credit")
@reads("credits.read")
@blp.response(200, CreditSplitsOut)
@blp.alt_response(404, schema=ProblemOut)
def of_contract(contract_id: UUID) -> dict[str, Any]:
    """The splits of a contract that one reads, the latest first."""
    actor = current_actor()
    queries.contract(contract_id, by=actor)
    return {"rows": [split_out(found) for found in queries.shown(queries.of_contract(contract_id, by=actor), by=actor)], "next": None}


@blp.post("/contracts/<uuid:contract_id>/credit")
@writes("credits.agree")
@blp.arguments(SplitIn)
@blp.response(201, CreditSplitOut)
@blp.alt_response(404, schema=ProblemOut)
@blp.alt_response(409, schema=ProblemOut)
def propose(body: dict[str, Any], contract_id: UUID) -> Answer:
    """Propose how the agencies share the credit, 100 % together; a party does, and has thereby agreed."""
    lines = [(row["agency"], row["share_bp"]) for row in body["shares"]]
    split = service.propose(contract_id, lines, note=body["note"], by=current_actor())
    return _one(split.id), 201, {"Location": url_for("credits_api.get_split", split_id=split.id)}


@blp.get("/credits/<uuid:split_id>")
@reads("credits.read")
@blp.response(200, CreditSplitOut)
@blp.alt_response(404, schema=ProblemOut)
def get_split(split_id: UUID) -> dict[str, Any]:
    """One split, with its answers and who is still asked."""
    return _one(split_id)


@blp.post("/credits/<uuid:split_id>/agree")
@writes("credits.agree")
@blp.arguments(AgreeSplitIn)
@blp.response(200, CreditSplitOut)
@blp.alt_response(409, schema=ProblemOut)
@blp.alt_response(412, schema=ProblemOut)
def agree(body: dict[str, Any], split_id: UUID) -> dict[str, Any]:
    """Say yes to the shares with this hash."""
    service.agree(split_id, body["content_hash"], by=current_actor())
    return _one(split_id)


@blp.post("/credits/<uuid:split_id>/decline")
@writes("credits.agree")
@blp.arguments(DeclineSplitIn)
@blp.response(200, CreditSplitOut)
@blp.alt_response(409, schema=ProblemOut)
@blp.alt_response(412, schema=ProblemOut)
def decline(body: dict[str, Any], split_id: UUID) -> dict[str, Any]:
    """Say no, with the reason."""
    service.decline(split_id, body["content_hash"], body["reason"], by=current_actor())
    return _one(split_id)


@blp.post("/credits/<uuid:split_id>/withdraw")
@writes("credits.agree")
@blp.response(200, CreditSplitOut)
@blp.alt_response(409, schema=ProblemOut)
def withdraw(split_id: UUID) -> dict[str, Any]:
    """Take one's own proposal back."""
    service.withdraw(split_id, by=current_actor())
    return _one(split_id)


@blp.get("/fairs/<string:slug>/agencies")
@reads(PUBLIC)
@blp.arguments(RankingIn, location="query")
@blp.response(200, CreditRankingOut)
@blp.alt_response(403, schema=ProblemOut)
@blp.alt_response(404, schema=ProblemOut)
def ranking(query: dict[str, Any], slug: str) -> dict[str, Any]:
    """The agencies of a fair by credit; staff of the fair get every deal, everybody else the open ones broken down."""
    actor = current_actor_or_none()
    snapshot()
    fair = fairs.by_slug(slug)
    insider = actor is not None and actor.may("ledger.read", fair_id=fair.id)
    view = View(query["view"]) if query["view"] else (View.STAFF if insider else View.PUBLIC)
    if view is View.STAFF and not insider:
        raise Forbidden()
    scope = ledger.scope(fair.id, query["scope"])
    found, agencies = queries.by_agency(fair, scope, view=view)

    def amounts(credit: rules.Credit) -> dict[str, Any]:
        texts = {"total": credit.total_minor, "technology": credit.technology_minor}
        return {"contracts": credit.contracts, "share_bp": credit.share_bp, **{n: to_text(minor, fair.base_currency) for n, minor in texts.items()}}

    return {
        "fair": fair.slug, "scope": scope.code, "view": view, "currency": fair.base_currency, "whole": amounts(found.whole),
        "rows": [{"rank": rank, "agency": agencies[key], **amounts(credit)} for rank, key, credit in rules.ranked(found.agencies)],
        "unshared": amounts(found.unshared), "confidential": amounts(found.hidden),
    }  # fmt: skip


def register(app: Flask) -> None:
    app.extensions["api"].register_blueprint(blp)
