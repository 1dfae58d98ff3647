"""Pages on which a fair's managers set the times, have a plan computed, compare and publish it, and repair it."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from flask import Blueprint, Flask, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from marketplace.core import layout, pages
from marketplace.core.access import current_actor, reads, writes
from marketplace.core.errors import DomainError, NotFound
from marketplace.core.forms import Form
from marketplace.core.i18n import gettext as _
from marketplace.core.i18n import localized
from marketplace.core.pages import paged
from marketplace.fairs import queries as fairs
from marketplace.fairs import shown as shown_fair
from marketplace.fairs.models import Fair
from marketplace.scheduling import applying, asking, computing, preparing, publishing, queries, repairing, rules, shown, touched
from marketplace.scheduling.gathering import working_interpreters
from marketplace.scheduling.ground import slots_of
from marketplace.scheduling.models import ChangeState, MeetingPlan, PlanChange, PlanState
from marketplace.scheduling.planning.changing import Kind
from marketplace.scheduling.schemas import MeetingCallPage, PlanChangeIn, PlanPublishIn, RepairIn
from marketplace.venue import queries as venue
from marketplace.venue.rules import days

bp = Blueprint("planning", __name__, url_prefix="/staff/fairs/<slug>/planning")
desk_bp = Blueprint("planning_desk", __name__)
SHOWN = 10


@bp.context_processor
def words() -> dict[str, Any]:
    return shown.words() | {"plan_states": PlanState, "change_states": ChangeState, "repair_kinds": list(Kind)}


def staffed(slug: str) -> Fair:
    """The page's fair, for who plans its meetings. Raises NotFound."""
    return shown_fair.shown(queries.of_staff(slug, by=current_actor()).slug)


@desk_bp.get("/staff/planning")
@reads("scheduling.manage")
def desk() -> Any:
    """The planning of the current fair, or of the latest one that one manages and that is not closed."""
    mine = [fair for fair in fairs.everyone() if fair.id in current_actor().fairs_where("scheduling.manage")]
    if not mine:
        raise NotFound()
    fair = min(mine, key=lambda each: (not each.current, each.closed_at is not None))
    return redirect(url_for("planning.show", slug=fair.slug), 303)


@bp.route("", methods=["GET", "POST"])
@writes("scheduling.manage")
def show(slug: str) -> Any:
    """Until when wishes are taken and for which times; what there is to plan; plans and changes so far."""
    fair = staffed(slug)
    call = queries.call(fair.id)
    form = Form(MeetingCallPage, **_initial(fair))
    if form.submitted():
        data = dict(form.data)
        version = data.pop("version") or None
        try:
            preparing.call_for_wishes(fair.id, **data, version=version if call else None, by=current_actor())
        except DomainError as error:
            form.refused(error)
        else:
            layout.say(_("Saved. Organisations see it on their page of wishes."))
            return redirect(url_for(".show", slug=slug), 303)
    plans = paged(queries.plans(fair.id), queries.PLAN_KEYS, limit=SHOWN, cursor=None, bound_to=pages.bound(fair.id))
    changes = paged(queries.changes(fair.id), queries.CHANGE_KEYS, limit=SHOWN, cursor=None, bound_to=pages.bound(fair.id))
    return render_template(
        "scheduling/planning.html", fair=fair, call=call, form=form, counts=queries.counts(fair.id), plans=plans, changes=changes,
        subjects=touched.subjects(changes.rows), days=_days(fair), computing=any(plan.state is PlanState.COMPUTING for plan in plans.rows),
        slots=len(slots_of(call, fair)) if call else 0,
    ), form.status  # fmt: skip


def _initial(fair: Fair) -> dict[str, Any]:
    call = queries.call(fair.id)
    if call is None:
        return {"days": [day for day, _label in _days(fair)], "hours": "09:00-12:00, 13:30-17:00", "length_minutes": 30, "pause_minutes": 0, "seconds": 60, "version": 0}
    return {
        "closes_on": call.closes_on.isoformat(), "days": call.days, "hours": rules.hours_text(call.hours), "length_minutes": call.length_minutes,
        "pause_minutes": call.pause_minutes, "seconds": call.seconds, "version": call.version,
    }  # fmt: skip


def _days(fair: Fair) -> list[tuple[str, str]]:
    return [(day.isoformat(), layout.day(day)) for day in days(fair.opens_on, fair.closes_on)]


@bp.post("/plans")
@writes("scheduling.manage")
def compute(slug: str) -> Response:
    plan = computing.ask(staffed(slug).id, by=current_actor())
    return redirect(url_for(".plan", slug=slug, plan_id=plan.id), 303)


@bp.get("/plans/<uuid:plan_id>")
@reads("scheduling.manage")
def plan(slug: str, plan_id: UUID) -> Any:
    """How far it is; then what it reaches beside its bound and the greedy plan, and each meeting."""
    return _plan_page(staffed(slug), _plan(slug, plan_id))


def _plan(slug: str, plan_id: UUID) -> MeetingPlan:
    """Raises NotFound, also for a plan of another fair."""
    found = queries.get_plan(plan_id, by=current_actor())
    if found.fair_id != staffed(slug).id:
        raise NotFound()
    return found


def _plan_page(fair: Fair, found: MeetingPlan, form: Form | None = None, *, lost: Sequence[int] = ()) -> tuple[str, int]:
    """``lost``: the numbers of meetings that cannot be held any more."""
    form = form or Form(PlanPublishIn)
    page = paged(
        queries.rows(found.id), queries.ROW_KEYS, limit=50, cursor=request.args.get("cursor") or None, descending=False, bound_to=pages.bound(found.id)
    )
    return render_template(
        "scheduling/plan.html", fair=fair, plan=found, page=page, lines=queries.row_lines(page.rows, found), form=form,
        lost=queries.row_lines(queries.numbered(found.id, lost), found), lost_numbers=set(lost),
        without=touched.names(found.result.get("without", [])),
    ), form.status  # fmt: skip


@bp.post("/plans/<uuid:plan_id>/cancel")
@writes("scheduling.manage")
def cancel_plan(slug: str, plan_id: UUID) -> Response:
    computing.cancel(_plan(slug, plan_id).id, by=current_actor())
    layout.say(_("Given up. No meeting came of it."))
    return redirect(url_for(".show", slug=slug), 303)


@bp.post("/plans/<uuid:plan_id>/publish")
@writes("scheduling.manage")
def publish(slug: str, plan_id: UUID) -> Any:
    found, form, lost = _plan(slug, plan_id), Form(PlanPublishIn), []
    if form.submitted():
        try:
            publishing.publish(found.id, **form.data, by=current_actor())
        except DomainError as error:
            form.refused(error)
            lost = error.members.get("lost", [])
        else:
            layout.say(_("Published: the meetings are agreed, and everybody was told once."))
            return redirect(url_for(".plan", slug=slug, plan_id=plan_id), 303)
    return _plan_page(staffed(slug), found, form, lost=lost)


@bp.route("/changes/new", methods=["GET", "POST"])
@writes("scheduling.manage")
def new_change(slug: str) -> Any:
    """What or who is not there, and when; ``?place=`` and ``?interpreter=`` choose one already."""
    fair = staffed(slug)
    form = Form(PlanChangeIn, place_id=request.args.get("place", ""), interpreter_id=request.args.get("interpreter", ""))
    if form.submitted():
        try:
            change = asking.ask(fair, form.data, by=current_actor())
        except DomainError as error:
            form.refused(error)
        else:
            return redirect(url_for(".change", slug=slug, change_id=change.id), 303)
    places = [(str(place.id), localized(place, "name")[0]) for place in venue.places(fair.id, for_meetings=True)]
    interpreters = [(str(one.id), one.name) for one in working_interpreters(fair.id)]
    return render_template("scheduling/new_change.html", fair=fair, form=form, places=places, interpreters=interpreters), form.status


@bp.get("/changes/<uuid:change_id>")
@reads("scheduling.manage")
def change(slug: str, change_id: UUID) -> Any:
    """What breaks, at once; then three repairs, each with every meeting it touches."""
    return _change_page(staffed(slug), _change(slug, change_id))


def _change(slug: str, change_id: UUID) -> PlanChange:
    """Raises NotFound, also for a change of another fair."""
    found = queries.get_change(change_id, by=current_actor())
    if found.fair_id != staffed(slug).id:
        raise NotFound()
    return found


def _change_page(fair: Fair, found: PlanChange, form: Form | None = None) -> tuple[str, int]:
    form = form or Form(RepairIn)
    return render_template(
        "scheduling/change.html", fair=fair, change=found, form=form, subject=touched.subjects([found])[found.id], lines=touched.broken(found),
        proposals=touched.proposals(found) if found.state in (ChangeState.COMPUTING, ChangeState.READY) else [], steps={kind: touched.steps(found, kind) for kind in Kind},
    ), form.status  # fmt: skip


@bp.post("/changes/<uuid:change_id>/cancel")
@writes("scheduling.manage")
def cancel_change(slug: str, change_id: UUID) -> Response:
    repairing.cancel(_change(slug, change_id).id, by=current_actor())
    layout.say(_("Given up. Nothing changed."))
    return redirect(url_for(".show", slug=slug), 303)


@bp.post("/changes/<uuid:change_id>/again")
@writes("scheduling.manage")
def compute_again(slug: str, change_id: UUID) -> Response:
    found = repairing.again(_change(slug, change_id).id, by=current_actor())
    return redirect(url_for(".change", slug=slug, change_id=found.id), 303)


@bp.post("/changes/<uuid:change_id>/apply")
@writes("scheduling.manage")
def apply(slug: str, change_id: UUID) -> Any:
    found, form = _change(slug, change_id), Form(RepairIn)
    if form.submitted():
        try:
            applying.apply(found.id, form.data["repair"], by=current_actor())
        except DomainError as error:
            form.refused(error)
        else:
            layout.say(_("Repaired, and everybody who is touched was told."))
            return redirect(url_for(".change", slug=slug, change_id=change_id), 303)
    return _change_page(staffed(slug), found, form)


def register(app: Flask) -> None:
    app.register_blueprint(desk_bp)
    app.register_blueprint(bp)
