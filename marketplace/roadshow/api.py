"""The roadshow as JSON: sessions and pitches."""

from typing import Any
from uuid import UUID

from flask import Flask

from marketplace.core import web
from marketplace.core.access import PUBLIC, current_actor, reads, writes
from marketplace.core.api import Blueprint
from marketplace.core.pages import PageIn, bound, paged
from marketplace.fairs import queries as fairs
from marketplace.roadshow import pitching, programme, queries, schemas
from marketplace.roadshow.models import Session
from marketplace.venue.schemas import resolved

blp = Blueprint("roadshow", description="Sessions with pitches.")


@blp.get("/fairs/<slug>/sessions")
@reads(PUBLIC)
@blp.arguments(PageIn, location="query")
@blp.response(200, schemas.SessionsOut)
@blp.refusals(400, 404, 410)
def list_sessions(asked: dict[str, Any], slug: str) -> Any:
    """The programme of a fair, in order of time."""
    fair = fairs.by_slug(slug)
    return paged(queries.sessions(fair.id), [Session.starts_at, Session.id], descending=False, bound_to=bound(fair.id), **asked)


@blp.post("/fairs/<slug>/sessions")
@writes("roadshow.manage")
@blp.arguments(schemas.SessionIn)
@blp.response(201, schemas.SessionDetailOut)
@blp.refusals(400, 401, 403, 404, 409, 422)
def schedule_session(data: dict[str, Any], slug: str) -> Any:
    """Schedule a session. 409 when its place is taken; the answer names free alternatives."""
    fair = fairs.by_slug(slug)
    data |= {name: resolved(name, data[name], fair.time_zone) for name in ("starts_at", "ends_at")}
    session = programme.schedule(fair.id, **data, by=current_actor())
    programme.check_ahead(session.starts_at)
    return _detail(session), {"ETag": web.etag_of(session.version)}


@blp.get("/sessions/<uuid:session_id>")
@reads(PUBLIC)
@blp.response(200, schemas.SessionDetailOut)
@blp.refusals(404)
def get_session(session_id: UUID) -> Any:
    """A session with its pitches and free slots."""
    session = programme.get_session(session_id)
    return _detail(session), {"ETag": web.etag_of(session.version)}


def _detail(session: Session) -> dict[str, Any]:
    lines = queries.pitch_lines([session.id], fair_id=session.fair_id).get(session.id, [])
    facts = {name: getattr(session, name) for name in schemas.SessionOut._declared_fields if name != "price"}
    pitches, free = [schemas.pitch_of(line) for line in lines], queries.free_positions(session)
    return facts | {"price": schemas.price_text(session), "pitches": pitches, "free_positions": free}


@blp.route("/sessions/<uuid:session_id>/price", methods=["PUT"])
@writes("roadshow.manage")
@blp.arguments(schemas.PriceIn)
@blp.response(200, schemas.SessionDetailOut)
@blp.refusals(400, 401, 403, 404, 412, 422, 428)
def set_price(data: dict[str, Any], session_id: UUID) -> Any:
    """Set what a pitch slot costs from now on. Needs `If-Match`."""
    expected = web.expected_version()
    web.check_version(programme.get_session(session_id, lock=True).version, expected)
    session = programme.set_price(session_id, **data, by=current_actor())
    return _detail(session), {"ETag": web.etag_of(session.version)}


@blp.post("/sessions/<uuid:session_id>/cancel")
@writes("roadshow.manage")
@blp.response(200, schemas.SessionDetailOut)
@blp.refusals(400, 401, 403, 404, 409)
def cancel_session(session_id: UUID) -> Any:
    """Call a session without pitches off."""
    return _detail(programme.call_off(session_id, by=current_actor()))


@blp.post("/sessions/<uuid:session_id>/pitches")
@writes("roadshow.pitch")
@blp.arguments(schemas.PitchIn)
@blp.response(201, schemas.OwnPitchOut)
@blp.refusals(400, 401, 403, 404, 409, 422)
def book_pitch(data: dict[str, Any], session_id: UUID) -> Any:
    """Book a pitch slot: `held` until the fee is paid at `pay_url`, or `confirmed` at once where it is free."""
    return pitching.book(session_id, **data, by=current_actor())


@blp.get("/pitches/<uuid:pitch_id>")
@reads("roadshow.see_pitch")
@blp.response(200, schemas.OwnPitchOut)
@blp.refusals(401, 403, 404)
def get_pitch(pitch_id: UUID) -> Any:
    """One of your pitches."""
    return queries.get_pitch(pitch_id, by=current_actor())


@blp.post("/pitches/<uuid:pitch_id>/cancel")
@writes("roadshow.cancel_pitch")
@blp.response(200, schemas.OwnPitchOut)
@blp.refusals(400, 401, 403, 404, 409)
def cancel_pitch(pitch_id: UUID) -> Any:
    """Give up a pitch that is not paid; a paid one is given up with its fee."""
    return pitching.cancel(pitch_id, by=current_actor())


def register(app: Flask) -> None:
    app.extensions["api"].register_blueprint(blp)
