"""Pages for fair staff: how many negotiations stand at which stage and which wait too long; a manager's numbers for that."""

from typing import Any

from flask import Blueprint, Flask, redirect, render_template, request, url_for

from marketplace.core import pages
from marketplace.core.access import current_actor, reads, writes
from marketplace.core.clock import now
from marketplace.core.errors import DomainError, Forbidden
from marketplace.core.forms import Form
from marketplace.core.i18n import gettext as _
from marketplace.core.layout import say
from marketplace.fairs import queries as fairs
from marketplace.fairs import shown as fair_shown
from marketplace.fairs.models import Fair
from marketplace.negotiations import board, due, pacing, queries
from marketplace.negotiations.models import Stage
from marketplace.negotiations.schemas import NegotiationPaceIn, StatesIn
from marketplace.negotiations.wording import SIDE_LABELS, STAGE_CHIPS, STAGE_LABELS, WAITING_LABELS

blp = Blueprint("negotiation_board", __name__)


@blp.get("/staff/negotiations")
@reads("negotiations.staff")
def staff() -> Any:
    """That threads exist, where they stand and for how long: never who talks, or what about."""
    args = {name: value for name, value in request.args.items() if name != "fair"}
    query, actor = StatesIn().load(args), current_actor()
    fair = _staff_fair(request.args.get("fair"))
    stage = Stage(query["stage"]) if query["stage"] else None
    page = board.states(
        by=actor, fair=fair, stage=stage, waiting=query["waiting"], limit=query["limit"], cursor=query["cursor"], bound_to=pages.bound(fair.id)
    )
    mine = [found for found in fairs.everyone() if found.id in actor.fairs_where("negotiations.staff")]
    counts = board.counts(by=actor, fair=fair)
    at = now()
    return render_template(
        "negotiations/staff.html", page=page, fair=fair, fairs=mine, stage=stage, waiting=query["waiting"], counts=counts,
        total=sum(row.count for row in counts), totals={"stalled": sum(row.stalled for row in counts), "late": sum(row.late for row in counts)},
        ages={row.id: ((at - row.sent_at).days, (at - row.moved_at).days) for row in page.rows},
        oldest={row.stage: (at - row.oldest).days for row in counts if row.oldest and row.stage not in due.STILL}, days=queries.days_of(fair.id),
        may_pace=actor.may("negotiations.pace", fair_id=fair.id), stage_labels=STAGE_LABELS, stage_chips=STAGE_CHIPS, side_labels=SIDE_LABELS,
        waiting_labels=WAITING_LABELS,
    )  # fmt: skip


@blp.route("/staff/negotiations/pace", methods=["GET", "POST"])
@writes("negotiations.pace")
def pace() -> Any:
    """By when this fair expects answers and moves, and when talks count as stalled."""
    fair = pacing.managed(_staff_fair(request.args.get("fair")), by=current_actor())
    days = queries.days_of(fair.id)
    form = Form(NegotiationPaceIn, answer_days=days.answer, move_days=days.move, stalled_days=days.stalled)
    if form.submitted():
        try:
            pacing.put(fair, **form.data, by=current_actor())
        except DomainError as error:
            form.refused(error)
        else:
            say(_("The numbers are saved. Days that were set already stay."))
            return redirect(url_for("negotiation_board.staff", fair=fair.slug), 303)
    return render_template("negotiations/pace.html", form=form, fair=fair), form.status


def _staff_fair(slug: str | None) -> Fair:
    """The fair named, else the current one if they work there, else the latest of theirs. Raises Forbidden, NotFound."""
    if slug:
        return fair_shown.shown(slug)
    theirs = current_actor().fairs_where("negotiations.staff")
    found = [fair for fair in fairs.everyone() if fair.id in theirs]
    if not found:
        raise Forbidden()
    return fair_shown.shown(next((fair.slug for fair in found if fair.current), found[0].slug))


def register(app: Flask) -> None:
    app.register_blueprint(blp)
