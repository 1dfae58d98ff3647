"""Figures over JSON: publish one, read it for ever, list a fair's."""

from typing import Any

from flask import Flask, Response, request, url_for

from marketplace.core.access import PUBLIC, current_actor, reads, writes
from marketplace.core.api import Blueprint, ProblemOut
from marketplace.core.errors import NotFound
from marketplace.core.pages import PageIn, bound, paged
from marketplace.fairs import queries as fairs
from marketplace.figures import freezing, queries
from marketplace.figures.models import Figure
from marketplace.figures.rules import read_code
from marketplace.figures.schemas import FiguresOut, FreezeIn, PublishedFigureOut, StatementOut, figure_out, row_out
from marketplace.ledger import queries as ledger

blp = Blueprint("figures", description="Published totals, frozen for ever.")
FOR_EVER = "public, max-age=31536000, immutable"


def named(code: str) -> Figure:
    """The figure of a code, however it was typed. Raises NotFound."""
    proper = read_code(code)
    if proper is None:
        raise NotFound()
    return queries.by_code(proper)


@blp.post("/figures")
@writes("figures.freeze")
@blp.arguments(FreezeIn)
@blp.response(201, PublishedFigureOut)
@blp.alt_response(200, schema=PublishedFigureOut)
@blp.alt_response(403, schema=ProblemOut)
@blp.alt_response(404, schema=ProblemOut)
@blp.alt_response(409, schema=ProblemOut)
@blp.alt_response(422, schema=ProblemOut)
def freeze(data: dict[str, Any]) -> Any:
    """Publish the public total of a scope, whole or one cell of it. What was published already is given back (200)."""
    fair = fairs.by_slug(data["fair"])
    current_actor().require("figures.freeze", fair_id=fair.id)
    scope = ledger.scope(fair.id, data["scope"])
    figure, new = freezing.freeze(
        fair, scope, axis=data["axis"] or "", key=data["key"] or "", seq=data["public_seq"], by=current_actor()
    )  # fmt: skip
    found = figure_out(figure, queries.withdrawals([figure.id]).get(figure.id))
    return found, 201 if new else 200, {"Location": url_for("figures_api.show", code=figure.code), "ETag": f'"{figure.sha256}"'}


@blp.get("/figures/<string:code>")
@reads(PUBLIC)
@blp.response(200, PublishedFigureOut)
@blp.alt_response(404, schema=ProblemOut)
def show(code: str) -> Any:
    """A published figure, with the note of its withdrawal if there is one."""
    figure = named(code)
    return figure_out(figure, queries.withdrawals([figure.id]).get(figure.id))


@blp.get("/figures/<string:code>/statement")
@reads(PUBLIC)
@blp.response(200, StatementOut)
@blp.alt_response(404, schema=ProblemOut)
def statement(code: str) -> Any:
    """The frozen bytes: their SHA-256 is the figure's hash and this answer's ETag. They never change."""
    figure = named(code)
    response = Response(figure.statement.encode(), mimetype="application/json")
    response.set_etag(figure.sha256)
    response.headers["Cache-Control"] = FOR_EVER
    if "If-None-Match" in request.headers:
        response.make_conditional(request)
    return response


@blp.get("/fairs/<string:slug>/figures")
@reads(PUBLIC)
@blp.arguments(PageIn, location="query")
@blp.response(200, FiguresOut)
@blp.alt_response(400, schema=ProblemOut)
@blp.alt_response(404, schema=ProblemOut)
def list_figures(query: dict[str, Any], slug: str) -> Any:
    """The published figures of a fair, the latest first."""
    fair = fairs.by_slug(slug)
    page = paged(queries.listed(fair.id), queries.BY_TIME, **query, bound_to=bound(fair.id))
    notes = queries.withdrawals(figure.id for figure in page.rows)
    return {"rows": [row_out(figure, notes.get(figure.id)) for figure in page.rows], "next": page.next}


def register(app: Flask) -> None:
    app.extensions["api"].register_blueprint(blp)
