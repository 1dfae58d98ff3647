"""The running roadshow as JSON: what is on now, marks, and changes of sessions with what they break."""

from typing import Any
from uuid import UUID

from flask import Flask

from marketplace.core.access import PUBLIC, current_actor, reads, writes
from marketplace.core.api import Blueprint
from marketplace.fairs import queries as fairs
from marketplace.roadshow import programme
from marketplace.roadshow.running import door, effects, marking, moving, queries, schemas
from marketplace.roadshow.running.moving import Repair
from marketplace.venue.schemas import resolved

blp = Blueprint("running", description="Sessions while they run: turns, marks, late starts, moves.")


@blp.get("/sessions/<uuid:session_id>/running")
@reads(PUBLIC)
@blp.response(200, schemas.RunningOut)
@blp.refusals(404)
def get_running(session_id: UUID) -> Any:
    """A session as it stands: done, on now, next, later."""
    return _turns_of(session_id)


def _turns_of(session_id: UUID) -> Any:
    return schemas.running_of(queries.one(session_id)[0])


@blp.post("/pitches/<uuid:pitch_id>/start")
@writes("roadshow.run")
@blp.response(200, schemas.RunningOut)
@blp.refusals(400, 401, 403, 404, 409)
def start_pitch(pitch_id: UUID) -> Any:
    """A pitch begins; the one that was on is finished."""
    return _turns_of(marking.start(pitch_id, by=current_actor()).session_id)


@blp.post("/pitches/<uuid:pitch_id>/finish")
@writes("roadshow.run")
@blp.response(200, schemas.RunningOut)
@blp.refusals(400, 401, 403, 404, 409)
def finish_pitch(pitch_id: UUID) -> Any:
    """A pitch ends."""
    return _turns_of(marking.finish(pitch_id, by=current_actor()).session_id)


@blp.post("/pitches/<uuid:pitch_id>/unmark")
@writes("roadshow.run")
@blp.response(200, schemas.RunningOut)
@blp.refusals(400, 401, 403, 404, 409)
def unmark_pitch(pitch_id: UUID) -> Any:
    """The last mark of a pitch was wrong."""
    return _turns_of(marking.take_back(pitch_id, by=current_actor()).session_id)


def _moment(session_id: UUID, data: dict[str, Any]) -> Any:
    return resolved("starts_at", data["starts_at"], fairs.get(programme.get_session(session_id).fair_id).time_zone)


@blp.get("/sessions/<uuid:session_id>/move")
@reads("roadshow.manage")
@blp.arguments(schemas.PlaceAndTimeIn, location="query")
@blp.response(200, schemas.SessionPreviewOut)
@blp.refusals(400, 401, 403, 404, 422)
def preview_move(asked: dict[str, Any], session_id: UUID) -> Any:
    """What breaks when a session moves to this place and time, and repairs."""
    moment = _moment(session_id, asked)
    return schemas.preview_of(effects.of_move(session_id, place_id=asked["place_id"], starts_at=moment, by=current_actor()))


@blp.post("/sessions/<uuid:session_id>/move")
@writes("roadshow.manage")
@blp.arguments(schemas.MoveSessionIn)
@blp.response(200, schemas.RunningOut)
@blp.refusals(400, 401, 403, 404, 409, 412, 422)
def move_session(data: dict[str, Any], session_id: UUID) -> Any:
    """Move a session as previewed: all whom it touches get one message. 412 when what breaks is not what was seen."""
    moment = _moment(session_id, data)
    moving.move(session_id, **data | {"starts_at": moment, "repair": Repair(data["repair"])}, by=current_actor())
    return _turns_of(session_id)


@blp.get("/sessions/<uuid:session_id>/late")
@reads("roadshow.manage")
@blp.arguments(schemas.MinutesIn, location="query")
@blp.response(200, schemas.SessionPreviewOut)
@blp.refusals(400, 401, 403, 404, 422)
def preview_late(asked: dict[str, Any], session_id: UUID) -> Any:
    """What a late start runs into."""
    return schemas.preview_of(effects.of_late(session_id, asked["minutes"], by=current_actor()))


@blp.post("/sessions/<uuid:session_id>/late")
@writes("roadshow.manage")
@blp.arguments(schemas.LateSessionIn)
@blp.response(200, schemas.RunningOut)
@blp.refusals(400, 401, 403, 404, 409, 412, 422)
def announce_late(data: dict[str, Any], session_id: UUID) -> Any:
    """Announce a late start as previewed; 0 minutes take it back."""
    moving.announce_late(session_id, data["minutes"], seen=data["seen"], note=data["note"], by=current_actor())
    return _turns_of(session_id)


@blp.get("/pitches/<uuid:pitch_id>/visitors")
@reads("roadshow.see_pitch")
@blp.response(200, schemas.DoorOut)
@blp.refusals(401, 403, 404)
def list_visitors(pitch_id: UUID) -> Any:
    """Who came to the door of one of your pitches; staff get the number alone."""
    actor = current_actor()
    pitch, _ = queries.own_pitch(pitch_id, by=actor)
    own = actor.organization_id is not None and pitch.organization_id == actor.organization_id
    return {"count": queries.door_counts([pitch.id]).get(pitch.id, 0), "visitors": queries.visitors(pitch) if own else []}


@blp.post("/door-interests/<uuid:interest_id>/take-up")
@writes("roadshow.pitch")
@blp.response(200, schemas.TakenUpOut)
@blp.refusals(400, 401, 403, 404, 409, 422)
def take_up_interest(interest_id: UUID) -> Any:
    """Open a talk with a visitor who agreed to it at the door; it is asked in their name."""
    return door.take_up(interest_id, by=current_actor())


def register(app: Flask) -> None:
    app.extensions["api"].register_blueprint(blp)
