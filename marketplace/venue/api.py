"""The places of a fair as JSON."""

from typing import Any

from flask import Flask

from marketplace.core.access import PUBLIC, current_actor, reads, writes
from marketplace.core.api import Blueprint, ProblemOut
from marketplace.core.pages import PageIn, bound, paged
from marketplace.fairs import queries as fairs
from marketplace.venue import queries, schemas, service
from marketplace.venue.models import Place

blp = Blueprint("venue", description="Halls, rooms, tables and online rooms of a fair.")


def _problems(*statuses: int) -> Any:
    """Document the refusals of an operation."""

    def mark(view: Any) -> Any:
        for status in statuses:
            view = blp.alt_response(status, schema=ProblemOut)(view)
        return view

    return mark


@blp.get("/fairs/<slug>/places")
@reads(PUBLIC)
@blp.arguments(PageIn, location="query")
@blp.response(200, schemas.PlacesOut)
@_problems(400, 404, 410)
def list_places(asked: dict[str, Any], slug: str) -> Any:
    """The places of a fair."""
    fair = fairs.by_slug(slug)
    return paged(queries.places_of(fair.id), [Place.created_at, Place.id], descending=False, bound_to=bound(fair.id), **asked)


@blp.post("/fairs/<slug>/places")
@writes("venue.manage")
@blp.arguments(schemas.PlaceIn)
@blp.response(201, schemas.PlaceOut)
@_problems(400, 401, 403, 404, 409, 422)
def add_place(data: dict[str, Any], slug: str) -> Any:
    """Add a hall, room, table or online room."""
    return service.add_place(fairs.by_slug(slug).id, **data, by=current_actor())


def register(app: Flask) -> None:
    app.extensions["api"].register_blueprint(blp)
