"""Pages of the reviewer: what is still to score, and one application after another."""

from typing import Any
from uuid import UUID

from flask import Blueprint, Flask, redirect, render_template, request, url_for

from marketplace.core import pages
from marketplace.core.access import current_actor, reads, writes
from marketplace.core.errors import DomainError, Forbidden
from marketplace.core.forms import Form
from marketplace.core.i18n import gettext as _
from marketplace.core.layout import say
from marketplace.core.pages import paged
from marketplace.fairs import queries as fairs
from marketplace.fairs import shown
from marketplace.roadshow.calls import calling, ranking, schemas, scoring, wording

blp = Blueprint("scoring", __name__)
blp.context_processor(wording.words)
PAGE = 50


@blp.get("/roadshow/calls/<uuid:call_id>/scoring")
@reads("roadshow.review")
def overview(call_id: UUID) -> str:
    """What one has to score of a call; with ``?done=1`` what one has scored."""
    actor = current_actor()
    call = scoring.of_reviewer(call_id, by=actor)
    fair = shown.shown(fairs.get(call.fair_id).slug)
    done = request.args.get("done") == "1"
    query, keys = ranking.for_reviewer(call, by=actor, done=done)
    page = paged(
        query, keys, limit=PAGE, cursor=request.args.get("cursor") or None, descending=False, bound_to=pages.bound(actor.person_id, call.id), scalars=False
    )
    return render_template(
        "roadshow/calls/scoring.html", fair=fair, call=call, page=page, done=done, numbers=ranking.numbers_for_reviewer(call, by=actor)
    )


@blp.get("/roadshow/calls/<uuid:call_id>/scoring/next")
@reads("roadshow.review")
def following(call_id: UUID) -> Any:
    """Leads to the next application to score, behind ``?after=``; to the list when nothing is left."""
    after = request.args.get("after", "")
    found = scoring.next_to_score(call_id, by=current_actor(), after=_id(after))
    if found is None:
        say(_("You have scored everything there is."))
        return redirect(url_for("scoring.overview", call_id=call_id), 303)
    return redirect(url_for("scoring.score", application_id=found), 303)


def _id(text: str) -> UUID | None:
    try:
        return UUID(text)
    except ValueError:
        return None


@blp.route("/roadshow/applications/<uuid:application_id>/score", methods=["GET", "POST"])
@writes("roadshow.review")
def score(application_id: UUID) -> Any:
    """One application with its points by criterion; saving goes on to the next."""
    actor = current_actor()
    application = scoring.to_read(application_id, by=actor)
    criteria = calling.criteria(application.call_id)
    review, points = scoring.own_review(application_id, by=actor)
    form = Form(schemas.ReviewForm, comment=review.comment if review else None, scores=[{"points": points.get(each.id)} for each in criteria])
    if form.submitted():
        given = {each["criterion_id"]: each["points"] for each in form.data["scores"]}
        try:
            scoring.score(application_id, points=given, comment=form.data["comment"], by=actor)
        except Forbidden:
            raise
        except DomainError as error:
            form.refused(error)
        else:
            return redirect(url_for("scoring.following", call_id=application.call_id, after=application_id), 303)
    call = calling.get(application.call_id)
    fair = shown.shown(fairs.get(call.fair_id).slug)
    return render_template(
        "roadshow/calls/score.html", form=form, fair=fair, call=call, row=ranking.one(application_id, fair_id=fair.id), criteria=criteria,
        review=review, numbers=ranking.numbers_for_reviewer(call, by=actor),
    ), form.status  # fmt: skip


def register(app: Flask) -> None:
    app.register_blueprint(blp)
