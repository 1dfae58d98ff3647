"""The planning of meetings as JSON: a fair's call, one's own wishes, and for its managers plans, changes and repairs."""

from typing import Any
from uuid import UUID

from flask import Flask

from marketplace.core import web
from marketplace.core.access import PUBLIC, current_actor, reads, writes
from marketplace.core.api import Blueprint
from marketplace.core.pages import Page, PageIn, bound, paged
from marketplace.fairs import queries as fairs
from marketplace.scheduling import applying, asking, computing, preparing, publishing, queries, repairing, schemas, service, shown
from marketplace.scheduling.models import Delegate, MeetingPlan, PlanChange
from marketplace.scheduling.planning.changing import Kind

blp = Blueprint("scheduling", description="Wishes to meet, the plan of a fair's meetings, and its repair.")


@blp.get("/fairs/<slug>/meeting-call")
@reads(PUBLIC)
@blp.response(200, schemas.MeetingCallOut)
@blp.refusals(404)
def get_meeting_call(slug: str) -> Any:
    """Until when a fair takes wishes to meet, and for which times. 404 when it plans no meetings."""
    fair = fairs.by_slug(slug)
    call = queries.get_call(fair.id)
    return schemas.call_out(call, takes_wishes=queries.takes_wishes(call, fair)), {"ETag": web.etag_of(call.version)}


@blp.put("/fairs/<slug>/meeting-call")
@writes("scheduling.manage")
@blp.arguments(schemas.MeetingCallIn)
@blp.response(200, schemas.MeetingCallOut)
@blp.refusals(401, 403, 404, 409, 412, 422, 428)
def put_meeting_call(data: dict[str, Any], slug: str) -> Any:
    """Call for wishes, or change what was said. Needs `If-Match`; `*` the first time."""
    fair, expected = queries.of_staff(slug, by=current_actor()), web.expected_version()
    call = preparing.call_for_wishes(fair.id, **data, version=expected, by=current_actor())
    return schemas.call_out(call, takes_wishes=queries.takes_wishes(call, fair)), {"ETag": web.etag_of(call.version)}


@blp.get("/fairs/<slug>/delegates")
@reads("wishes.read")
@blp.response(200, schemas.DelegatesOut)
@blp.refusals(401, 403, 404)
def list_delegates(slug: str) -> Any:
    """Who takes meetings for the organisation one acts for."""
    fair = fairs.by_slug(slug)
    return {"rows": [_delegate(delegate, person.name) for delegate, person in queries.own_delegates(fair.id, by=current_actor())]}


def _delegate(delegate: Delegate, name: str) -> dict[str, Any]:
    return {
        "id": delegate.id, "person_id": delegate.person_id, "name": name, "languages": delegate.languages, "presence": delegate.presence.value,
    }  # fmt: skip


@blp.post("/fairs/<slug>/delegates")
@writes("wishes.write")
@blp.arguments(schemas.DelegateIn)
@blp.response(201, schemas.DelegateOut)
@blp.refusals(400, 401, 403, 404, 409, 422)
def name_delegate(data: dict[str, Any], slug: str) -> Any:
    """Say that a person takes meetings; said again, it replaces what was said."""
    actor, fair = current_actor(), fairs.by_slug(slug)
    delegate = service.name_delegate(fair.id, **data, by=actor)
    name = next(person.name for one, person in queries.own_delegates(fair.id, by=actor) if one.id == delegate.id)
    return _delegate(delegate, name)


@blp.post("/delegates/<uuid:delegate_id>/drop")
@writes("wishes.write")
@blp.response(204)
@blp.refusals(400, 401, 403, 404, 409)
def drop_delegate(delegate_id: UUID) -> None:
    """The person takes no planned meetings any more."""
    service.drop_delegate(delegate_id, by=current_actor())


@blp.get("/fairs/<slug>/wishes")
@reads("wishes.read")
@blp.arguments(PageIn, location="query")
@blp.response(200, schemas.MeetingWishesOut)
@blp.refusals(400, 401, 403, 404)
def list_wishes(asked: dict[str, Any], slug: str) -> Any:
    """The wishes of the organisation one acts for, the latest first."""
    actor, fair = current_actor(), fairs.by_slug(slug)
    page = paged(queries.own_wishes(fair.id, by=actor), queries.WISH_KEYS, bound_to=bound(actor.organization_id, fair.id), **asked)
    return {"rows": [_wish(line) for line in queries.wish_lines(page.rows)], "next": page.next}


def _wish(line: queries.WishLine) -> dict[str, Any]:
    return {
        "id": line.wish.id, "organization": line.about.slug, "listing": line.listing.reference if line.listing else None,
        "wanted": line.wish.wanted.value, "topic": line.wish.topic, "person_id": line.wish.person_id, "meeting_id": line.meeting_id,
        "said_at": line.wish.said_at,
    }  # fmt: skip


@blp.post("/fairs/<slug>/wishes")
@writes("wishes.write")
@blp.arguments(schemas.MeetingWishIn)
@blp.response(201, schemas.MeetingWishOut)
@blp.refusals(400, 401, 403, 404, 409, 422)
def say_wish(data: dict[str, Any], slug: str) -> Any:
    """Say must, would like or no of an organisation; said again, it replaces what was said."""
    wish = service.wish(fairs.by_slug(slug).id, **data, by=current_actor())
    [line] = queries.wish_lines([wish])
    return _wish(line)


@blp.post("/wishes/<uuid:wish_id>/take-back")
@writes("wishes.write")
@blp.response(204)
@blp.refusals(400, 401, 403, 404, 409)
def take_wish_back(wish_id: UUID) -> None:
    """As if nothing had been said."""
    service.take_back(wish_id, by=current_actor())


@blp.get("/fairs/<slug>/meeting-plans")
@reads("scheduling.manage")
@blp.arguments(PageIn, location="query")
@blp.response(200, schemas.PlansOut)
@blp.refusals(400, 401, 403, 404)
def list_plans(asked: dict[str, Any], slug: str) -> Any:
    """Plans of a fair, the latest first."""
    fair = queries.of_staff(slug, by=current_actor())
    page = paged(queries.plans(fair.id), queries.PLAN_KEYS, bound_to=bound(fair.id), **asked)
    return {"rows": [_plan(plan) for plan in page.rows], "next": page.next}


def _plan(plan: MeetingPlan) -> dict[str, Any]:
    found = {**plan.progress, **plan.result}
    values = {
        name: {"people": found[name][0], "weight": found[name][1]} if found.get(name) else None for name in ("best", "bound", "greedy")
    }
    return {
        "id": plan.id, "state": plan.state.value, "stage": plan.stage, **values, "meetings": plan.result.get("meetings"),
        "seconds": plan.result.get("seconds"), "created_at": plan.created_at, "published_at": plan.published_at,
    }  # fmt: skip


@blp.post("/fairs/<slug>/meeting-plans")
@writes("scheduling.manage")
@blp.response(201, schemas.PlanOut)
@blp.refusals(400, 401, 403, 404, 409)
def compute_plan(slug: str) -> Any:
    """Have a plan computed; ask for it again to hear how far it is."""
    return _plan(computing.ask(queries.of_staff(slug, by=current_actor()).id, by=current_actor()))


@blp.get("/meeting-plans/<uuid:plan_id>")
@reads("scheduling.manage")
@blp.response(200, schemas.PlanOut)
@blp.refusals(401, 403, 404)
def get_plan(plan_id: UUID) -> Any:
    """How far a plan is, or what it reaches beside its bound and the greedy plan."""
    return _plan(queries.get_plan(plan_id, by=current_actor()))


@blp.get("/meeting-plans/<uuid:plan_id>/meetings")
@reads("scheduling.manage")
@blp.arguments(PageIn, location="query")
@blp.response(200, schemas.PlannedMeetingsOut)
@blp.refusals(400, 401, 403, 404)
def list_planned(asked: dict[str, Any], plan_id: UUID) -> Any:
    """The meetings of a plan, by time."""
    plan = queries.get_plan(plan_id, by=current_actor())
    page: Page = paged(queries.rows(plan.id), queries.ROW_KEYS, descending=False, bound_to=bound(plan.id), **asked)
    rows = [
        {
            "number": line.row.number, "from_organization": line.sender.slug, "to_organization": line.receiver.slug, "place_id": line.place.id,
            "starts_at": line.row.starts_at, "length_minutes": line.row.length_minutes, "interpreter_id": line.row.interpreter_id,
            "meeting_id": line.row.meeting_id, "became": line.became,
        }
        for line in queries.row_lines(page.rows, plan)
    ]  # fmt: skip
    return {"rows": rows, "next": page.next}


@blp.post("/meeting-plans/<uuid:plan_id>/cancel")
@writes("scheduling.manage")
@blp.response(200, schemas.PlanOut)
@blp.refusals(400, 401, 403, 404, 409)
def cancel_plan(plan_id: UUID) -> Any:
    """Give a plan up that is being computed or was not published."""
    return _plan(computing.cancel(plan_id, by=current_actor()))


@blp.post("/meeting-plans/<uuid:plan_id>/publish")
@writes("scheduling.manage")
@blp.arguments(schemas.PlanPublishIn)
@blp.response(200, schemas.PlanOut)
@blp.refusals(400, 401, 403, 404, 409, 422)
def publish_plan(data: dict[str, Any], plan_id: UUID) -> Any:
    """Make its meetings: confirmed and told. 409 when something was booked since, unless those are to be left out."""
    return _plan(publishing.publish(plan_id, **data, by=current_actor()))


@blp.get("/fairs/<slug>/plan-changes")
@reads("scheduling.manage")
@blp.arguments(PageIn, location="query")
@blp.response(200, schemas.PlanChangesOut)
@blp.refusals(400, 401, 403, 404)
def list_changes(asked: dict[str, Any], slug: str) -> Any:
    """What was missing at a fair, the latest first."""
    fair = queries.of_staff(slug, by=current_actor())
    page = paged(queries.changes(fair.id), queries.CHANGE_KEYS, bound_to=bound(fair.id), **asked)
    return {"rows": [_change(change) for change in page.rows], "next": page.next}


def _change(change: PlanChange) -> dict[str, Any]:
    names = ("id", "subject_id", "starts_at", "ends_at", "reason", "broken", "chosen", "created_at")
    repairs = {kind.value: shown.effects(change, kind) for kind in Kind} if change.repairs else {}
    return {name: getattr(change, name) for name in names} | {"kind": change.kind.value, "state": change.state.value, "repairs": repairs}


@blp.post("/fairs/<slug>/plan-changes")
@writes("scheduling.manage")
@blp.arguments(schemas.PlanChangeIn)
@blp.response(201, schemas.PlanChangeOut)
@blp.refusals(400, 401, 403, 404, 409, 422)
def ask_change(data: dict[str, Any], slug: str) -> Any:
    """Say what is not there for a time: what breaks is in the answer, the repairs some seconds later. Nothing changes yet."""
    return _change(asking.ask(queries.of_staff(slug, by=current_actor()), data, by=current_actor()))


@blp.get("/plan-changes/<uuid:change_id>")
@reads("scheduling.manage")
@blp.response(200, schemas.PlanChangeOut)
@blp.refusals(401, 403, 404)
def get_change(change_id: UUID) -> Any:
    """What breaks, and what each repair would do."""
    return _change(queries.get_change(change_id, by=current_actor()))


@blp.post("/plan-changes/<uuid:change_id>/cancel")
@writes("scheduling.manage")
@blp.response(200, schemas.PlanChangeOut)
@blp.refusals(400, 401, 403, 404, 409)
def cancel_change(change_id: UUID) -> Any:
    """It is there after all."""
    return _change(repairing.cancel(change_id, by=current_actor()))


@blp.post("/plan-changes/<uuid:change_id>/apply")
@writes("scheduling.manage")
@blp.arguments(schemas.RepairIn)
@blp.response(200, schemas.PlanChangeOut)
@blp.refusals(400, 401, 403, 404, 409, 422)
def apply_change(data: dict[str, Any], change_id: UUID) -> Any:
    """Do what a repair says, with the closure or absence, in one step. 409 when meetings changed since."""
    return _change(applying.apply(change_id, data["repair"], by=current_actor()))


def register(app: Flask) -> None:
    app.extensions["api"].register_blueprint(blp)
