"""Pages on which fair staff propose a pair to both sides, see the answers, take a proposal back and put it up again."""

from typing import Any
from uuid import UUID

from flask import Blueprint, Flask, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from marketplace.core import layout, pages
from marketplace.core.access import current_actor, reads, writes
from marketplace.core.errors import DomainError, Invalid, NotFound
from marketplace.core.forms import Form
from marketplace.core.i18n import gettext as _
from marketplace.core.pages import paged
from marketplace.coverage import queries, service, shown, suggesting
from marketplace.coverage.models import Side, State
from marketplace.coverage.schemas import ProposalsIn, ProposeIn
from marketplace.coverage.suggesting import Pair
from marketplace.coverage.views import fairs_of, staffed
from marketplace.fairs.models import Fair
from marketplace.listings.models import Kind
from marketplace.matching import shown as conditions

bp = Blueprint("proposing", __name__, url_prefix="/staff/fairs/<slug>/proposals")


@bp.context_processor
def words() -> dict[str, Any]:
    return {"shown": shown, "conditions": conditions, "sides": list(Side)}


@bp.get("")
@reads("coverage.read")
def index(slug: str) -> str:
    """What the fair's staff proposed, the latest first, with both answers."""
    query, actor, fair = ProposalsIn().load(request.args), current_actor(), staffed(slug)
    state = State(query["state"]) if query["state"] else None
    page = paged(
        queries.of_fair(fair, state=state), queries.BY_TIME, limit=query["limit"], cursor=query["cursor"], bound_to=pages.bound(fair.id)
    )
    return render_template(
        "coverage/proposals.html", fair=fair, fairs=fairs_of(actor), page=page, rows=queries.proposed(page.rows), state=state, states=list(State)
    )


@bp.route("/new", methods=["GET", "POST"])
@writes("coverage.write")
def new(slug: str) -> Any:
    """The pair in ``?need=`` and ``?achievement=`` (ids or references), the conditions between them, and a note for each side.

    As long as one is missing or wrong, the page asks for it.
    """
    fair, form = staffed(slug), Form(ProposeIn)
    asking = Form(ProposeIn, need_id=request.args.get("need", ""), achievement_id=request.args.get("achievement", ""))
    try:
        pair = _pair(fair, request.args.get("need"), request.args.get("achievement"))
    except Invalid as error:
        asking.refused(error)
        pair = None
    if pair is None:
        return render_template("coverage/choose.html", fair=fair, form=asking), asking.status
    if form.submitted():
        try:
            row = service.propose(fair, pair.need.id, pair.achievement.id, **form.data, by=current_actor())
        except DomainError as error:
            form.refused(error)
        else:
            layout.say(_("Proposed: both organisations hear of it by mail and on their day page."))
            return redirect(url_for(".show", slug=fair.slug, proposal_id=row.id), 303)
    need_id, achievement_id = pair.need.id, pair.achievement.id
    return render_template(
        "coverage/propose.html", fair=fair, form=form, pair=pair, open_pair=queries.open_pair(fair, need_id, achievement_id),
        earlier=queries.earlier(fair, need_id, achievement_id), closed=fair.closed_at is not None,
    ), form.status  # fmt: skip


def _pair(fair: Fair, need: str | None, achievement: str | None) -> Pair | None:
    """The pair of an address; None while one of them is missing. Raises Invalid."""
    ids = [suggesting.named(fair, kind, said) if said else None for kind, said in ((Kind.NEED, need), (Kind.ACHIEVEMENT, achievement))]
    if ids[0] is None or ids[1] is None:
        return None
    return suggesting.pair(fair, ids[0], ids[1])


@bp.get("/<uuid:proposal_id>")
@reads("coverage.read")
def show(slug: str, proposal_id: UUID) -> str:
    """One proposal with both notes and answers."""
    fair, actor = staffed(slug), current_actor()
    [found] = queries.proposed([queries.get(fair, proposal_id)])
    may_write = actor.may("coverage.write", fair_id=fair.id) and fair.closed_at is None
    return render_template("coverage/proposal.html", fair=fair, found=found, states=State, may_write=may_write, broken=_broken(found))


def _broken(found: queries.Proposed) -> list[str]:
    """The conditions that were broken when it was proposed, as they stand now, in words; none when a listing is not shown any more."""
    if not found.proposal.broken:
        return []
    try:
        pair = suggesting.pair(found.fair, found.need.id, found.achievement.id)
    except (NotFound, Invalid):
        return []
    return [conditions.said(line) for line in pair.lines if line.code.value in found.proposal.broken]


@bp.post("/<uuid:proposal_id>/withdraw")
@writes("coverage.write")
def withdraw(slug: str, proposal_id: UUID) -> Response:
    service.withdraw(staffed(slug), proposal_id, by=current_actor())
    layout.say(_("Withdrawn: the organisations are not asked any more. You can undo it here."))
    return redirect(url_for(".show", slug=slug, proposal_id=proposal_id), 303)


@bp.post("/<uuid:proposal_id>/restore")
@writes("coverage.write")
def restore(slug: str, proposal_id: UUID) -> Response:
    service.restore(staffed(slug), proposal_id, by=current_actor())
    layout.say(_("The proposal is open again."))
    return redirect(url_for(".show", slug=slug, proposal_id=proposal_id), 303)


def register(app: Flask) -> None:
    app.register_blueprint(bp)
