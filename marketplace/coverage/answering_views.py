"""Pages on which an organisation reads whom a fair proposes to it, and says whether it is interested."""

from typing import Any
from uuid import UUID

from flask import Blueprint, Flask, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from marketplace.core import layout, pages
from marketplace.core.access import current_actor, reads, writes
from marketplace.core.errors import DomainError
from marketplace.core.forms import Form
from marketplace.core.i18n import gettext as _
from marketplace.core.i18n import language
from marketplace.core.pages import paged
from marketplace.coverage import queries, service, shown
from marketplace.coverage.models import Answer
from marketplace.coverage.rules import Seen
from marketplace.coverage.schemas import ProposalAnswerIn
from marketplace.fairs import shown as shown_fair
from marketplace.matching import shown as conditions
from marketplace.taxonomy.vocabularies import DISMISS_REASONS

bp = Blueprint("proposals", __name__, url_prefix="/proposals")


@bp.context_processor
def words() -> dict[str, Any]:
    return {"shown": shown, "conditions": conditions, "seen": Seen}


@bp.get("")
@reads("proposals.read")
def mine() -> str:
    """Partners that fairs propose to the organisation one acts for, the latest first."""
    actor = current_actor()
    page = paged(
        queries.own(by=actor), queries.SIDES_BY_TIME, cursor=request.args.get("cursor"), bound_to=pages.bound(actor.organization_id)
    )
    return render_template("coverage/mine.html", page=page, rows=queries.mine(page.rows), may_answer=actor.may("proposals.answer"))


@bp.get("/<uuid:proposal_id>")
@reads("proposals.read")
def show(proposal_id: UUID) -> Any:
    """One proposal: who, about what, the staff's note, and one's own answer."""
    return _page(proposal_id, Form(ProposalAnswerIn))


def _page(proposal_id: UUID, form: Form) -> tuple[str, int]:
    actor = current_actor()
    mine = queries.own_one(proposal_id, by=actor)
    shown_fair.shown(mine.fair.slug)
    given = mine.side
    if not form.values and given.answer is not None:
        form.values = {"answer": given.answer.value, "reason": given.reason, "reply": given.reply}
    return render_template(
        "coverage/show.html", mine=mine, form=form, reasons=DISMISS_REASONS.choices(language()), answers=Answer,
        put_away=queries.put_away(mine, by=actor), may_answer=actor.may("proposals.answer") and mine.answerable,
        may_talk=actor.may("negotiations.write"),
    ), form.status  # fmt: skip


@bp.post("/<uuid:proposal_id>/answer")
@writes("proposals.answer")
def answer(proposal_id: UUID) -> Any:
    """Interested, or not with a reason."""
    form = Form(ProposalAnswerIn)
    if form.submitted():
        try:
            service.answer(proposal_id, **form.data, by=current_actor())
        except DomainError as error:
            if error.status == 404:
                raise
            form.refused(error)
        else:
            layout.say(_("Your answer is with the fair's staff. You can change it until you talk."))
            return redirect(url_for(".show", proposal_id=proposal_id), 303)
    return _page(proposal_id, form)


@bp.post("/<uuid:proposal_id>/take-back")
@writes("proposals.answer")
def take_back(proposal_id: UUID) -> Response:
    service.take_back(proposal_id, by=current_actor())
    layout.say(_("Your answer was taken back."))
    return redirect(url_for(".show", proposal_id=proposal_id), 303)


def register(app: Flask) -> None:
    app.register_blueprint(bp)
