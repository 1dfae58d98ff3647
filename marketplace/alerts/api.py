"""Saved searches over JSON: one's own, saved, changed and deleted."""

from typing import Any
from uuid import UUID

from flask import Flask, Response, jsonify, url_for

from marketplace.alerts import queries, service
from marketplace.alerts.models import SavedSearch
from marketplace.alerts.schemas import SavedSearchCallIn, SavedSearchChangeIn, SavedSearchesOut, SavedSearchOut, search_out
from marketplace.core import web
from marketplace.core.access import current_actor, reads, writes
from marketplace.core.api import Blueprint, ProblemOut
from marketplace.core.pages import PageIn, bound, paged

blp = Blueprint("alerts", description="Saved searches, told at once, once a day, or never.")


def _answer(search: SavedSearch, status: int = 200) -> Response:
    response = jsonify(search_out(search))
    response.status_code = status
    response.headers["ETag"] = web.etag_of(search.version)
    if status == 201:
        response.headers["Location"] = url_for("alerts_api.show", search_id=search.id)
    return response


@blp.get("/alerts")
@reads("alerts.use")
@blp.arguments(PageIn, location="query")
@blp.response(200, SavedSearchesOut)
def index(args: dict[str, Any]) -> dict[str, Any]:
    """Your saved searches, the newest first."""
    actor = current_actor()
    page = paged(
        queries.searches(by=actor), (SavedSearch.created_at, SavedSearch.id), limit=args["limit"], cursor=args["cursor"],
        bound_to=bound(actor.person_id, actor.organization_id),
    )  # fmt: skip
    return {"rows": [search_out(row) for row in page.rows], "next": page.next}


@blp.post("/alerts")
@writes("alerts.use")
@blp.arguments(SavedSearchCallIn)
@blp.response(201, SavedSearchOut)
@blp.alt_response(409, schema=ProblemOut)
@blp.alt_response(422, schema=ProblemOut)
def save(data: dict[str, Any]) -> Response:
    """Save a search: from now on, what is published new and fits it is told as often as you choose. At most fifty."""
    return _answer(service.save(data["kind"], data["query"], name=data["name"], frequency=data["frequency"], by=current_actor()), 201)


@blp.get("/alerts/<uuid:search_id>")
@reads("alerts.use")
@blp.response(200, SavedSearchOut)
@blp.alt_response(404, schema=ProblemOut)
def show(search_id: UUID) -> Response:
    """One of your saved searches, with its ETag."""
    return _answer(queries.one(search_id, by=current_actor()))


@blp.patch("/alerts/<uuid:search_id>")
@writes("alerts.use")
@blp.arguments(SavedSearchChangeIn)
@blp.response(200, SavedSearchOut)
@blp.alt_response(404, schema=ProblemOut)
@blp.alt_response(412, schema=ProblemOut)
@blp.alt_response(428, schema=ProblemOut)
def change(data: dict[str, Any], search_id: UUID) -> Response:
    """Rename a saved search, or change how often it is told. Needs If-Match."""
    expected = web.expected_version()
    web.check_version(service.own(search_id, by=current_actor()).version, expected)
    return _answer(service.change(search_id, data, by=current_actor()))


@blp.delete("/alerts/<uuid:search_id>")
@writes("alerts.use")
@blp.response(204)
@blp.alt_response(404, schema=ProblemOut)
@blp.alt_response(412, schema=ProblemOut)
@blp.alt_response(428, schema=ProblemOut)
def delete(search_id: UUID) -> Response:
    """Delete a saved search. Needs If-Match. For a day its page can take this back."""
    expected = web.expected_version()
    web.check_version(service.own(search_id, by=current_actor()).version, expected)
    service.delete(search_id, by=current_actor())
    return Response(status=204)


def register(app: Flask) -> None:
    app.extensions["api"].register_blueprint(blp)
