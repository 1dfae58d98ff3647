"""For fair staff, as JSON: at which stages their fair's negotiations stand, and a manager's numbers for them."""

from typing import Any

from flask import Flask

from marketplace.core import pages, web
from marketplace.core.access import current_actor, reads, writes
from marketplace.core.api import Blueprint, ProblemOut
from marketplace.fairs import queries as fairs
from marketplace.fairs.models import Fair
from marketplace.negotiations import board, pacing, queries
from marketplace.negotiations.answers import NegotiationPaceOut, NegotiationStatesOut, StageBoardOut
from marketplace.negotiations.models import Stage
from marketplace.negotiations.schemas import NegotiationPaceIn, StatesIn

blp = Blueprint("negotiation_board", description="For fair staff: at which stages negotiations stand, never who talks or what about.")


@blp.get("/fairs/<slug>/negotiations")
@reads("negotiations.staff")
@blp.arguments(StatesIn, location="query")
@blp.response(200, NegotiationStatesOut)
def list_states(query: dict[str, Any], slug: str) -> Any:
    """For this fair's staff: which threads exist, their stage, and which side must move by when."""
    stage = Stage(query["stage"]) if query["stage"] else None
    fair = fairs.by_slug(slug)
    return board.states(
        by=current_actor(), fair=fair, stage=stage, waiting=query["waiting"], limit=query["limit"], cursor=query["cursor"],
        bound_to=pages.bound(fair.id),
    )  # fmt: skip


@blp.get("/fairs/<slug>/negotiations/stages")
@reads("negotiations.staff")
@blp.response(200, StageBoardOut)
def count_stages(slug: str) -> Any:
    """For this fair's staff: how many threads stand at each stage, and how many of them wait too long."""
    fair = fairs.by_slug(slug)
    return {"stages": board.counts(by=current_actor(), fair=fair), "stalled_days": queries.days_of(fair.id).stalled}


@blp.get("/fairs/<slug>/negotiations/pace")
@reads("negotiations.staff")
@blp.response(200, NegotiationPaceOut)
def get_pace(slug: str) -> Any:
    """By when this fair expects answers and moves, and when talks count as stalled."""
    fair = fairs.by_slug(slug)
    current_actor().require("negotiations.staff", fair_id=fair.id)
    return _pace(fair)


@blp.put("/fairs/<slug>/negotiations/pace")
@writes("negotiations.pace")
@blp.arguments(NegotiationPaceIn)
@blp.response(200, NegotiationPaceOut)
@blp.alt_response(412, schema=ProblemOut)
@blp.alt_response(428, schema=ProblemOut)
def put_pace(body: dict[str, Any], slug: str) -> Any:
    """Set these numbers for what begins from now on; the manager's."""
    fair = pacing.managed(fairs.by_slug(slug), by=current_actor())
    web.check_version(pacing.version(fair), web.expected_version())
    pacing.put(fair, **body, by=current_actor())
    return _pace(fair)


def _pace(fair: Fair) -> Any:
    days = queries.days_of(fair.id)
    shown = {"answer_days": days.answer, "move_days": days.move, "stalled_days": days.stalled}
    return shown, 200, {"ETag": web.etag_of(pacing.version(fair))}


def register(app: Flask) -> None:
    app.extensions["api"].register_blueprint(blp)
