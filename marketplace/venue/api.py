"""The places of a fair as JSON, when they are closed, the ways between halls, and what conflicts weigh."""

from typing import Any
from uuid import UUID

from flask import Flask

from marketplace.core import web
from marketplace.core.access import PUBLIC, current_actor, reads, writes
from marketplace.core.api import Blueprint
from marketplace.core.pages import PageIn, bound, paged
from marketplace.fairs import queries as fairs
from marketplace.venue import closing, conflicts, queries, schemas, service, walking
from marketplace.venue.models import Place
from marketplace.venue.schemas import resolved

blp = Blueprint("venue", description="Halls, rooms, tables and online rooms of a fair.")


@blp.get("/fairs/<slug>/places")
@reads(PUBLIC)
@blp.arguments(PageIn, location="query")
@blp.response(200, schemas.PlacesOut)
@blp.refusals(400, 404, 410)
def list_places(asked: dict[str, Any], slug: str) -> Any:
    """The places of a fair."""
    fair = fairs.by_slug(slug)
    return paged(queries.places_of(fair.id), [Place.created_at, Place.id], descending=False, bound_to=bound(fair.id), **asked)


@blp.post("/fairs/<slug>/places")
@writes("venue.manage")
@blp.arguments(schemas.PlaceIn)
@blp.response(201, schemas.PlaceDetailOut)
@blp.refusals(400, 401, 403, 404, 409, 422)
def add_place(data: dict[str, Any], slug: str) -> Any:
    """Add a hall, room, table or online room."""
    return _one(service.add_place(fairs.by_slug(slug).id, **data, by=current_actor()))


def _one(place: Place) -> tuple[Place, dict[str, str]]:
    return place, {"ETag": web.etag_of(place.version)}


@blp.get("/places/<uuid:place_id>")
@reads("venue.manage")
@blp.response(200, schemas.PlaceDetailOut)
@blp.refusals(401, 403, 404)
def get_place(place_id: UUID) -> Any:
    """One place of a fair you lay out, with its version."""
    return _one(service.managed_place(place_id, by=current_actor()))


@blp.patch("/places/<uuid:place_id>")
@writes("venue.manage")
@blp.arguments(schemas.PlaceChangeIn(partial=True))
@blp.response(200, schemas.PlaceDetailOut)
@blp.refusals(400, 401, 403, 404, 412, 422, 428)
def change_place(changes: dict[str, Any], place_id: UUID) -> Any:
    """Change a place; what is left out stays, and its kind always."""
    expected, actor = web.expected_version(), current_actor()
    place = service.managed_place(place_id, by=actor, lock=True)
    web.check_version(place.version, expected)
    return _one(service.change_place(place, by=actor, **changes))


@blp.post("/places/<uuid:place_id>/closures")
@writes("venue.manage")
@blp.arguments(schemas.ClosureIn)
@blp.response(201, schemas.ClosureOut)
@blp.refusals(400, 401, 403, 404, 409, 422)
def close_place(data: dict[str, Any], place_id: UUID) -> Any:
    """Keep a place unused for a time; 409 while something takes place there."""
    actor = current_actor()
    fair = fairs.get(service.managed_place(place_id, by=actor).fair_id)
    data |= {name: resolved(name, data[name], fair.time_zone) for name in ("starts_at", "ends_at")}
    return closing.close(place_id, **data, by=actor)


@blp.post("/closures/<uuid:closure_id>/remove")
@writes("venue.manage")
@blp.response(204)
@blp.refusals(400, 401, 403, 404)
def open_place(closure_id: UUID) -> None:
    """Let a place be used again."""
    closing.open_again(closure_id, by=current_actor())


@blp.get("/fairs/<slug>/ways")
@reads(PUBLIC)
@blp.response(200, schemas.WaysOut)
@blp.refusals(404)
def list_ways(slug: str) -> Any:
    """How many minutes it takes from hall to hall."""
    return _ways(slug)


@blp.post("/fairs/<slug>/ways")
@writes("venue.manage")
@blp.arguments(schemas.WayIn)
@blp.response(200, schemas.WaysOut)
@blp.refusals(400, 401, 403, 404, 422)
def say_way(data: dict[str, Any], slug: str) -> Any:
    """Say how long it takes from one hall to another."""
    service.say_way(fairs.by_slug(slug).id, **data, by=current_actor())
    return _ways(slug)


def _ways(slug: str) -> dict[str, Any]:
    ways = walking.ways(fairs.by_slug(slug).id).minutes_by_halls
    return {"rows": [{"one_hall_id": one, "other_hall_id": other, "minutes": minutes} for (one, other), minutes in ways.items()]}


@blp.get("/fairs/<slug>/conflicts")
@reads("venue.manage")
@blp.response(200, schemas.WeightsOut)
@blp.refusals(401, 403, 404)
def list_weights(slug: str) -> Any:
    """What each kind of conflict weighs at a fair you lay out."""
    fair = fairs.by_slug(slug)
    current_actor().require("venue.manage", fair_id=fair.id)
    return _weights(conflicts.levels(fair.id))


def _weights(levels: dict[conflicts.Kind, Any]) -> dict[str, Any]:
    return {"rows": [{"kind": kind.value, "level": level.value, "fixed": kind in conflicts.HARD} for kind, level in levels.items()]}


@blp.post("/fairs/<slug>/conflicts")
@writes("venue.manage")
@blp.arguments(schemas.WeightsIn)
@blp.response(200, schemas.WeightsOut)
@blp.refusals(400, 401, 403, 404, 422)
def weigh_conflicts(data: dict[str, Any], slug: str) -> Any:
    """Say what kinds of conflict shall weigh: stop, ask again, or not be mentioned."""
    wanted = {kind: level for kind, level in data.items() if level is not None}
    return _weights(conflicts.weigh(fairs.by_slug(slug).id, wanted, by=current_actor()))


def register(app: Flask) -> None:
    app.extensions["api"].register_blueprint(blp)
