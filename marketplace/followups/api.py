"""Follow-ups over JSON: one's own, an answer, and the curve that everybody may see."""

from typing import Any
from uuid import UUID

from flask import Flask

from marketplace.core.access import PUBLIC, current_actor, reads, writes
from marketplace.core.api import Blueprint, ProblemOut
from marketplace.core.db import snapshot
from marketplace.core.pages import bound, paged
from marketplace.fairs import queries as fairs
from marketplace.followups import queries, service
from marketplace.followups.models import HORIZONS, FollowUp
from marketplace.followups.schemas import (
    ConversionOut,
    FollowUpAnswerIn,
    FollowUpAnswerOut,
    FollowUpsOut,
    FollowUpsQuery,
    answer_out,
    followup_out,
)

blp = Blueprint("followups", description="What became of intents, by the word of both sides.")


@blp.get("/followups")
@reads("followups.answer")
@blp.arguments(FollowUpsQuery, location="query")
@blp.response(200, FollowUpsOut)
def index(args: dict[str, Any]) -> dict[str, Any]:
    """The follow-ups that your organisation is asked, the newest first, with your side's answers."""
    actor = current_actor()
    page = paged(
        queries.own(by=actor), (FollowUp.due_on, FollowUp.id), limit=args["limit"], cursor=args["cursor"],
        bound_to=bound(actor.person_id, actor.organization_id),
    )  # fmt: skip
    return {"rows": [followup_out(mine) for mine in queries.shown(page.rows, by=actor)], "next": page.next}


@blp.post("/followups/<uuid:followup_id>/answers")
@writes("followups.answer")
@blp.arguments(FollowUpAnswerIn)
@blp.response(201, FollowUpAnswerOut)
@blp.alt_response(404, schema=ProblemOut)
@blp.alt_response(409, schema=ProblemOut)
@blp.alt_response(422, schema=ProblemOut)
def answer(data: dict[str, Any], followup_id: UUID) -> dict[str, Any]:
    """Say what became of an intent: signed, still talking, or dropped with a reason. An earlier answer stays beside it."""
    return answer_out(service.answer(followup_id, data, by=current_actor()))


@blp.get("/fairs/<string:slug>/conversion")
@reads(PUBLIC)
@blp.response(200, ConversionOut)
@blp.alt_response(404, schema=ProblemOut)
def conversion(slug: str) -> dict[str, Any]:
    """How many intents of a fair became contracts within 30, 90 and 180 days; null where it would tell of single deals."""
    snapshot()
    fair = fairs.by_slug(slug)
    points = zip(HORIZONS, queries.public_curve(fair), strict=True)
    return {
        "fair": fair.slug,
        "points": [
            {"days": days, "observed": point.observed if point else None, "converted": point.converted if point else None}
            for days, point in points
        ],
    }


def register(app: Flask) -> None:
    app.extensions["api"].register_blueprint(blp)
