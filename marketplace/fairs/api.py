"""Fairs as JSON: the public list, settings and segments, the current one, and their staff."""

from typing import Any
from uuid import UUID

from flask import Flask, url_for

from marketplace.core import pages, web
from marketplace.core.access import PUBLIC, current_actor, reads, writes
from marketplace.core.api import Blueprint, ProblemOut
from marketplace.core.pages import PageIn, paged
from marketplace.fairs import queries, service
from marketplace.fairs.models import Fair, StaffRole
from marketplace.fairs.schemas import AppointIn, FairDetailOut, FairIn, FairOut, FairSettingsIn, FairsOut, FairStaffOut

blp = Blueprint("fairs", description="Fairs, their segments and their staff.")
Answer = tuple[Any, int, dict[str, str]]


def _answer(fair: Fair, status: int = 200, **headers: str) -> Answer:
    shown = {name: getattr(fair, name) for name in FairOut._declared_fields} | {"segments": queries.segments(fair)}
    return shown, status, {"ETag": web.etag_of(fair.version), **headers}


@blp.get("/fairs")
@reads(PUBLIC)
@blp.arguments(PageIn, location="query")
@blp.response(200, FairsOut)
@blp.alt_response(400, schema=ProblemOut)
def list_fairs(query: dict[str, Any]) -> Any:
    """All fairs, the latest first."""
    return paged(queries.listed(), queries.BY_DAY, **query, bound_to=pages.bound())


@blp.get("/fairs/<slug>")
@reads(PUBLIC)
@blp.response(200, FairDetailOut)
@blp.alt_response(404, schema=ProblemOut)
def get_fair(slug: str) -> Answer:
    """One fair with its segments."""
    return _answer(queries.by_slug(slug))


@blp.post("/fairs")
@writes("fairs.create")
@blp.arguments(FairIn)
@blp.response(201, FairDetailOut)
@blp.alt_response(401, schema=ProblemOut)
@blp.alt_response(403, schema=ProblemOut)
@blp.alt_response(409, schema=ProblemOut)
@blp.alt_response(422, schema=ProblemOut)
def create_fair(body: dict[str, Any]) -> Answer:
    """Create a fair; it is not current yet."""
    fair = service.create(body.pop("slug"), by=current_actor(), **body)
    return _answer(fair, 201, Location=url_for("fairs_api.get_fair", slug=fair.slug))


@blp.patch("/fairs/<slug>")
@writes("fairs.manage")
@blp.arguments(FairSettingsIn(partial=True))
@blp.response(200, FairDetailOut)
@blp.alt_response(401, schema=ProblemOut)
@blp.alt_response(403, schema=ProblemOut)
@blp.alt_response(404, schema=ProblemOut)
@blp.alt_response(412, schema=ProblemOut)
@blp.alt_response(422, schema=ProblemOut)
@blp.alt_response(428, schema=ProblemOut)
def edit_fair(changes: dict[str, Any], slug: str) -> Answer:
    """Change settings; what is left out stays. Base currency and time zone are fixed once something was booked."""
    expected = web.expected_version()
    fair = service.managed(slug, by=current_actor(), lock=True)
    web.check_version(fair.version, expected)
    return _answer(service.edit(fair, by=current_actor(), **changes))


@blp.post("/fairs/<slug>/make-current")
@writes("fairs.create")
@blp.response(200, FairDetailOut)
@blp.alt_response(401, schema=ProblemOut)
@blp.alt_response(403, schema=ProblemOut)
@blp.alt_response(404, schema=ProblemOut)
def make_current(slug: str) -> Answer:
    """Make it the fair that the public pages show."""
    return _answer(service.make_current(slug, by=current_actor()))


@blp.post("/fairs/<slug>/close")
@writes("fairs.create")
@blp.response(200, FairDetailOut)
@blp.alt_response(401, schema=ProblemOut)
@blp.alt_response(403, schema=ProblemOut)
@blp.alt_response(404, schema=ProblemOut)
@blp.alt_response(409, schema=ProblemOut)
def close_fair(slug: str) -> Answer:
    """Say that the fair is over."""
    return _answer(service.close(slug, by=current_actor()))


@blp.post("/fairs/<slug>/staff")
@writes("fairs.manage")
@blp.arguments(AppointIn)
@blp.response(201, FairStaffOut)
@blp.alt_response(401, schema=ProblemOut)
@blp.alt_response(403, schema=ProblemOut)
@blp.alt_response(404, schema=ProblemOut)
@blp.alt_response(409, schema=ProblemOut)
@blp.alt_response(422, schema=ProblemOut)
def appoint(body: dict[str, Any], slug: str) -> Any:
    """Give a person a role at the fair; nobody but the administrator appoints themselves."""
    return service.appoint(slug, body["email"], role=StaffRole(body["role"]), by=current_actor())


@blp.post("/fairs/<slug>/staff/<uuid:staff_id>/end")
@writes("fairs.manage")
@blp.response(204)
@blp.alt_response(401, schema=ProblemOut)
@blp.alt_response(403, schema=ProblemOut)
@blp.alt_response(404, schema=ProblemOut)
def dismiss(slug: str, staff_id: UUID) -> None:
    """End a role at once."""
    service.dismiss(slug, staff_id, by=current_actor())


def register(app: Flask) -> None:
    app.extensions["api"].register_blueprint(blp)
