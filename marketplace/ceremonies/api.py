"""Ceremonies as JSON, for the desk's own devices: run lists, presses, the board's target."""

from typing import Any
from uuid import UUID

from flask import Flask

from marketplace.ceremonies import pressing, queries, schemas, service
from marketplace.ceremonies.models import Ceremony, CeremonyState, Press
from marketplace.core import web
from marketplace.core.access import current_actor, reads, writes
from marketplace.core.api import Blueprint
from marketplace.core.db import snapshot
from marketplace.core.errors import Invalid, NotFound
from marketplace.core.i18n import gettext
from marketplace.fairs import queries as fairs
from marketplace.fairs.models import Fair

blp = Blueprint("ceremonies", description="Run lists of signing shows, under embargo until the press; the board's target.")


def _staffed(slug: str, permission: str) -> Fair:
    """A fair that the caller works for. Raises NotFound, Forbidden."""
    actor, fair = current_actor(), fairs.by_slug(slug)
    if not actor.may("ceremonies.read", fair_id=fair.id):
        raise NotFound()
    actor.require(permission, fair_id=fair.id)
    return fair


def _run_list(ceremony: Ceremony) -> Any:
    lines = queries.run_list(ceremony, by=current_actor())
    return schemas.run_list_out(ceremony, lines), {"ETag": web.etag_of(ceremony.version)}


def _item(ceremony: Ceremony, item_id: UUID) -> Any:
    line = next(line for line in queries.run_list(ceremony, by=current_actor()) if line.item.id == item_id)
    return schemas.item_out(line), {"ETag": web.etag_of(line.item.version)}


@blp.get("/fairs/<slug>/ceremonies")
@reads("ceremonies.read")
@blp.response(200, schemas.CeremoniesOut)
@blp.refusals(401, 403, 404)
def list_ceremonies(slug: str) -> Any:
    """The ceremonies of a fair in order of time; for staff of that fair."""
    fair = _staffed(slug, "ceremonies.read")
    return {"rows": [ceremony for ceremony, _ in queries.of_fair(fair.id, by=current_actor())]}


@blp.post("/fairs/<slug>/ceremonies")
@writes("ceremonies.run")
@blp.arguments(schemas.CeremonyIn)
@blp.response(201, schemas.CeremonyOut)
@blp.refusals(400, 401, 403, 404, 409, 422)
def plan_ceremony(data: dict[str, Any], slug: str) -> Any:
    """Plan a ceremony with an empty run list."""
    ceremony = service.plan(_staffed(slug, "ceremonies.run"), **data, by=current_actor())
    return ceremony, {"ETag": web.etag_of(ceremony.version)}


@blp.get("/ceremonies/<uuid:ceremony_id>")
@reads("ceremonies.read")
@blp.response(200, schemas.RunListOut)
@blp.refusals(401, 403, 404)
def get_ceremony(ceremony_id: UUID) -> Any:
    """A ceremony with its run list."""
    current_actor()
    snapshot()
    return _run_list(service.get(ceremony_id, by=current_actor()))


@blp.route("/ceremonies/<uuid:ceremony_id>", methods=["PATCH"])
@writes("ceremonies.run")
@blp.arguments(schemas.CeremonyIn(partial=True))
@blp.response(200, schemas.CeremonyOut)
@blp.refusals(400, 401, 403, 404, 412, 422, 428)
def change_ceremony(data: dict[str, Any], ceremony_id: UUID) -> Any:
    """Change title or time; what is left out stays. Needs `If-Match`."""
    expected = web.expected_version()
    ceremony = service.locked(ceremony_id, by=current_actor())
    web.check_version(ceremony.version, expected)
    facts = {name: getattr(ceremony, name) for name in ("title_en", "title_zh", "starts_at")} | data
    if not facts["title_en"] and not facts["title_zh"]:
        raise Invalid.field("title_en", "required", gettext("A title in English or Chinese is needed."))
    service.change(ceremony, **facts, by=current_actor())
    return ceremony, {"ETag": web.etag_of(ceremony.version)}


@blp.post("/ceremonies/<uuid:ceremony_id>/state")
@writes("ceremonies.run")
@blp.arguments(schemas.StepIn)
@blp.response(200, schemas.CeremonyOut)
@blp.refusals(400, 401, 403, 404, 409, 422)
def move_ceremony(data: dict[str, Any], ceremony_id: UUID) -> Any:
    """Start the ceremony, or end it; what is not signed at its end stays held."""
    ceremony = service.move(ceremony_id, CeremonyState(data["state"]), by=current_actor())
    return ceremony, {"ETag": web.etag_of(ceremony.version)}


@blp.post("/ceremonies/<uuid:ceremony_id>/items")
@writes("ceremonies.run")
@blp.arguments(schemas.ItemIn)
@blp.response(201, schemas.RunItemOut)
@blp.refusals(400, 401, 403, 404, 409, 422)
def add_item(data: dict[str, Any], ceremony_id: UUID) -> Any:
    """Put a contract at the end of the list; it counts in no public view until its item is signed."""
    item = service.add(ceremony_id, **data, by=current_actor())
    return _item(service.get(ceremony_id, by=current_actor()), item.id)


@blp.route("/ceremonies/<uuid:ceremony_id>/items/<uuid:item_id>", methods=["PATCH"])
@writes("ceremonies.run")
@blp.arguments(schemas.ItemChange(partial=True))
@blp.response(200, schemas.RunItemOut)
@blp.refusals(400, 401, 403, 404, 412, 422, 428)
def change_item(data: dict[str, Any], ceremony_id: UUID, item_id: UUID) -> Any:
    """Change the speaker's lines, or the place on the list; what is left out stays. Needs `If-Match`."""
    expected = web.expected_version()
    ceremony = service.locked(ceremony_id, by=current_actor())
    item = service.item_of(ceremony, item_id)
    web.check_version(item.version, expected)
    if {"line_en", "line_zh"} & set(data):
        lines = {"line_en": item.line_en, "line_zh": item.line_zh} | {name: data[name] for name in ("line_en", "line_zh") if name in data}
        service.word(ceremony, item, **lines, by=current_actor())
    if data.get("position") is not None:
        service.put(ceremony, item, position=data["position"], by=current_actor())
    return _item(ceremony, item_id)


@blp.post("/ceremonies/<uuid:ceremony_id>/items/<uuid:item_id>/press")
@writes("ceremonies.run")
@blp.arguments(schemas.PressIn)
@blp.response(200, schemas.RunItemOut)
@blp.refusals(400, 401, 403, 404, 409, 422)
def press(data: dict[str, Any], ceremony_id: UUID, item_id: UUID) -> Any:
    """Call, sign, undo (within 60 seconds), postpone or bring back. 409 says who was quicker."""
    item = pressing.press(ceremony_id, item_id, Press(data["press"]), by=current_actor())
    return _item(service.get(ceremony_id, by=current_actor()), item.id)


@blp.post("/ceremonies/<uuid:ceremony_id>/items/<uuid:item_id>/remove")
@writes("ceremonies.run")
@blp.arguments(schemas.RemoveIn)
@blp.response(204)
@blp.refusals(400, 401, 403, 404, 409, 422)
def remove_item(data: dict[str, Any], ceremony_id: UUID, item_id: UUID) -> None:
    """Take an item off the list; `release` confirms that its contract may count in public without a press."""
    ceremony = service.locked(ceremony_id, by=current_actor())
    service.remove(ceremony, service.item_of(ceremony, item_id), **data, by=current_actor())


@blp.get("/fairs/<slug>/board/target")
@reads("ceremonies.target")
@blp.response(200, schemas.TargetOut)
@blp.refusals(401, 403, 404)
def get_target(slug: str) -> Any:
    """What the board's total is heading for."""
    fair = _staffed(slug, "ceremonies.target")
    target = schemas.target_out(fair, service.target_of(fair.id))
    return target, {"ETag": web.etag_of(target["version"])}


@blp.route("/fairs/<slug>/board/target", methods=["PUT"])
@writes("ceremonies.target")
@blp.arguments(schemas.TargetIn)
@blp.response(200, schemas.TargetOut)
@blp.refusals(400, 401, 403, 404, 412, 422, 428)
def set_target(data: dict[str, Any], slug: str) -> Any:
    """Set it, or take it off the board with null. Needs `If-Match` (version 0 where none was set yet)."""
    expected = web.expected_version()
    fair = _staffed(slug, "ceremonies.target")
    before = service.target_of(fair.id, lock=True)
    web.check_version(before.version if before else 0, expected)
    target = service.set_target(fair, schemas.minor_of(data["amount"], None, fair.base_currency), by=current_actor())
    return schemas.target_out(fair, target), {"ETag": web.etag_of(target.version)}


def register(app: Flask) -> None:
    app.extensions["api"].register_blueprint(blp)
