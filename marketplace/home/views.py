"""The front page, the day page, the API's description and the list of problems."""

from typing import Any

import orjson
from flask import Blueprint, Flask, Response, current_app, render_template, request

from marketplace.core import day, openapi, problems
from marketplace.core.access import PUBLIC, current_actor_or_none, reads
from marketplace.core.clock import now, today
from marketplace.core.errors import NotFound
from marketplace.fairs import shown

bp = Blueprint("home", __name__)


@bp.get("/")
@reads(PUBLIC)
def front() -> Any:
    """What the fair is, for strangers; the day page for who is signed in."""
    actor = current_actor_or_none()
    fair = shown.current()
    if actor is None:
        return render_template("home/front.html", fair=fair, pieces=day.front_pieces())
    on = today(fair.time_zone) if fair else now().date()
    return render_template("home/day.html", fair=fair, today=on, tiles=day.counted(actor), after_registration=current_app.config.get("AFTER_REGISTRATION_ENDPOINT"))


@bp.get("/api/openapi.json")
@reads(PUBLIC)
def openapi_document() -> Any:
    """The description of the API, for programs."""
    response = Response(orjson.dumps(openapi.document(current_app._get_current_object())), mimetype="application/json")  # type: ignore[attr-defined]
    response.add_etag()
    response.headers["Cache-Control"] = "public, max-age=300"
    return response.make_conditional(request)


@bp.get("/api/docs")
@reads(PUBLIC)
def api_docs() -> str:
    found = openapi.document(current_app._get_current_object())  # type: ignore[attr-defined]
    tags = {tag["name"]: tag.get("description", "") for tag in found.get("tags", [])}
    return render_template("home/api_docs.html", groups=openapi.by_tag(found), tags=tags, titles=openapi.titles(), info=found["info"])


@bp.get("/problems")
@reads(PUBLIC)
def problem_list() -> str:
    return render_template("home/problems.html", kinds=problems.known_types(), slug=None)


@bp.get("/problems/<slug>")
@reads(PUBLIC)
def problem(slug: str) -> str:
    """What a problem's `type` leads to. Raises NotFound for a type we never answer with."""
    kinds = problems.known_types()
    if slug not in kinds:
        raise NotFound()
    return render_template("home/problems.html", kinds=kinds, slug=slug)


def register(app: Flask) -> None:
    app.register_blueprint(bp)
