"""The call for pitches as JSON: the call, applications, reviews, decisions and slots."""

from typing import Any
from uuid import UUID

from flask import Flask

from marketplace.core import web
from marketplace.core.access import PUBLIC, current_actor, reads, writes
from marketplace.core.api import Blueprint
from marketplace.core.errors import NotFound
from marketplace.core.pages import bound, paged
from marketplace.fairs import queries as fairs
from marketplace.roadshow.calls import applying, calling, publishing, ranking, schemas, scoring, selecting, telling, timetabling
from marketplace.roadshow.calls.models import PitchCall, Status
from marketplace.roadshow.models import Pitch
from marketplace.roadshow.schemas import OwnPitchOut

blp = Blueprint("calls", description="Call for pitches, applications, selection, timetable.")


def _call(call: PitchCall) -> dict[str, Any]:
    names = ("id", "text_en", "text_zh", "opens_on", "closes_on", "places")
    is_open = calling.is_open(call, fairs.get(call.fair_id))
    return {name: getattr(call, name) for name in names} | {"open": is_open, "criteria": calling.criteria(call.id)}


@blp.get("/fairs/<slug>/call")
@reads(PUBLIC)
@blp.response(200, schemas.CallOut)
@blp.refusals(404)
def get_call(slug: str) -> Any:
    """The call for pitches of a fair."""
    call = calling.of_fair(fairs.by_slug(slug).id)
    if call is None:
        raise NotFound()
    return _call(call), {"ETag": web.etag_of(call.version)}


@blp.route("/fairs/<slug>/call", methods=["PUT"])
@writes("roadshow.manage")
@blp.arguments(schemas.CallIn)
@blp.response(200, schemas.CallOut)
@blp.refusals(400, 401, 403, 404, 409, 412, 422, 428)
def put_call(data: dict[str, Any], slug: str) -> Any:
    """Put the call of a fair out, or change it. Needs `If-Match`: the ETag of the call, or `*` for the first one."""
    fair, actor = fairs.by_slug(slug), current_actor()
    expected = web.expected_version()
    actor.require("roadshow.manage", fair_id=fair.id)
    known = calling.of_fair(fair.id)
    web.check_version(known.version if known else 0, expected)
    call = calling.put_out(fair.id, **data, by=actor)
    return _call(call), {"ETag": web.etag_of(call.version)}


@blp.post("/fairs/<slug>/pitch-applications")
@writes("roadshow.apply")
@blp.arguments(schemas.ApplicationIn)
@blp.response(201, schemas.ApplicationOut)
@blp.refusals(400, 401, 403, 404, 409, 422)
def apply(data: dict[str, Any], slug: str) -> Any:
    """Apply with an own published achievement, while the call is open. Whoever applies presents."""
    call = calling.of_fair(fairs.by_slug(slug).id)
    if call is None:
        raise NotFound()
    return applying.apply(call.id, **data, by=current_actor())


@blp.get("/fairs/<slug>/pitch-applications")
@reads("roadshow.manage")
@blp.arguments(schemas.RankingIn, location="query")
@blp.response(200, schemas.RankingOut)
@blp.refusals(400, 401, 403, 404, 410)
def list_applications(asked: dict[str, Any], slug: str) -> Any:
    """The ranking: all applications that were not withdrawn, the best first."""
    fair, status = fairs.by_slug(slug), asked.pop("status")
    call = calling.managed(fair.id, by=current_actor())
    query, keys = ranking.ranked(call, Status(status) if status else None)
    page = paged(query, keys, descending=False, bound_to=bound(call.id), scalars=False, **asked)
    return {"rows": [schemas.ranked_row(row) for row in page.rows], "next": page.next}


@blp.post("/fairs/<slug>/pitch-applications/decide")
@writes("roadshow.manage")
@blp.arguments(schemas.DecisionIn)
@blp.response(200, schemas.DecidedOut)
@blp.refusals(400, 401, 403, 404, 409, 422)
def decide(data: dict[str, Any], slug: str) -> Any:
    """Choose, put on the waiting list, reject, or leave undecided again: all or none. Nobody is told by this."""
    fair = fairs.by_slug(slug)
    changed = selecting.decide(fair.id, data["applications"], Status(data["status"]), reason=data["reason"], by=current_actor())
    return {"changed": changed}


@blp.post("/fairs/<slug>/pitch-applications/tell")
@writes("roadshow.manage")
@blp.response(200, schemas.DecidedOut)
@blp.refusals(400, 401, 403, 404, 409)
def tell(slug: str) -> Any:
    """Tell every applicant whose application was decided otherwise than they know."""
    return {"changed": telling.tell(fairs.by_slug(slug).id, by=current_actor())}


@blp.get("/pitch-applications/<uuid:application_id>")
@reads("roadshow.see_application")
@blp.response(200, schemas.ApplicationOut)
@blp.refusals(401, 403, 404)
def get_application(application_id: UUID) -> Any:
    """One of your applications."""
    application = applying.own(application_id, by=current_actor())
    return application, {"ETag": web.etag_of(application.version)}


@blp.post("/pitch-applications/<uuid:application_id>/withdraw")
@writes("roadshow.apply")
@blp.response(200, schemas.ApplicationOut)
@blp.refusals(400, 401, 403, 404, 409)
def withdraw(application_id: UUID) -> Any:
    """Take an application back; a slot that it was given becomes free."""
    return applying.withdraw(application_id, by=current_actor())


@blp.route("/pitch-applications/<uuid:application_id>/review", methods=["PUT"])
@writes("roadshow.review")
@blp.arguments(schemas.ReviewIn)
@blp.response(200, schemas.ReviewOut)
@blp.refusals(400, 401, 403, 404, 412, 422, 428)
def put_review(data: dict[str, Any], application_id: UUID) -> Any:
    """Score an application, or score it anew. Needs `If-Match`: the ETag of your review, or `*`."""
    actor, expected = current_actor(), web.expected_version()
    scoring.to_read(application_id, by=actor, lock=True)
    known, _ = scoring.own_review(application_id, by=actor)
    web.check_version(known.version if known else 0, expected)
    points = {each["criterion_id"]: each["points"] for each in data["scores"]}
    review = scoring.score(application_id, points=points, comment=data["comment"], by=actor)
    return review, {"ETag": web.etag_of(review.version)}


@blp.post("/pitch-applications/<uuid:application_id>/place")
@writes("roadshow.manage")
@blp.arguments(schemas.SlotIn)
@blp.response(201, OwnPitchOut)
@blp.refusals(400, 401, 403, 404, 409, 422)
def place(data: dict[str, Any], application_id: UUID) -> Any:
    """Give a chosen application a slot. 409 names what speaks against it; what only warns goes through with `accept_warnings`."""
    return timetabling.place(application_id, **data, by=current_actor())


@blp.route("/pitches/<uuid:pitch_id>/slot", methods=["PUT"])
@writes("roadshow.manage")
@blp.arguments(schemas.SlotIn)
@blp.response(200, OwnPitchOut)
@blp.refusals(400, 401, 403, 404, 409, 412, 422, 428)
def move(data: dict[str, Any], pitch_id: UUID) -> Any:
    """Give a pitch another slot that is free. Needs `If-Match`."""
    actor, expected = current_actor(), web.expected_version()
    pitch = timetabling.managed_pitch(pitch_id, by=actor)
    web.check_version(pitch.version, expected)
    return _pitch(timetabling.move(pitch_id, **data, by=actor))


@blp.post("/pitches/<uuid:pitch_id>/take-out")
@writes("roadshow.manage")
@blp.response(200, OwnPitchOut)
@blp.refusals(400, 401, 403, 404, 409)
def take_out(pitch_id: UUID) -> Any:
    """Take a pitch that was given its slot out of the timetable. The presenter of one that is public gets a mail at once."""
    return _pitch(timetabling.take_out(pitch_id, accept_warnings=True, by=current_actor()))


def _pitch(pitch: Pitch) -> Any:
    return pitch, {"ETag": web.etag_of(pitch.version)}


@blp.post("/fairs/<slug>/timetable/undo")
@writes("roadshow.manage")
@blp.response(200, schemas.DecidedOut)
@blp.refusals(400, 401, 403, 404, 409)
def undo(slug: str) -> Any:
    """Take the last change of the timetable back."""
    timetabling.undo(fairs.by_slug(slug).id, by=current_actor())
    return {"changed": 1}


@blp.post("/fairs/<slug>/timetable/publish")
@writes("roadshow.manage")
@blp.response(200, schemas.DecidedOut)
@blp.refusals(400, 401, 403, 404, 409)
def publish(slug: str) -> Any:
    """Make what was placed public and tell every presenter whose slot changed."""
    return {"changed": publishing.publish(fairs.by_slug(slug).id, by=current_actor())}


def register(app: Flask) -> None:
    app.extensions["api"].register_blueprint(blp)
