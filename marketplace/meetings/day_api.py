"""The meeting day as JSON: one's day, who did not come, next steps, waiting lists, and interpreters for the fair's managers."""

from typing import Any
from uuid import UUID

from flask import Flask

from marketplace.core import clock
from marketplace.core.access import current_actor, reads, writes
from marketplace.core.api import Blueprint
from marketplace.core.errors import NotFound
from marketplace.core.pages import PageIn, bound, paged
from marketplace.fairs import queries as fairs
from marketplace.fairs import shown
from marketplace.fairs.models import Fair
from marketplace.meetings import day_queries, day_schemas, interpreters, noshow, noting, queries, standby, today
from marketplace.meetings.interpreters import RUN
from marketplace.meetings.models import Interpreter
from marketplace.meetings.schemas import MeetingOut
from marketplace.venue.schemas import resolved

blp = Blueprint("meeting-day", description="The day of meetings: what comes next, no-shows, waiting lists, interpreters.")


def _fair(slug: str | None) -> Fair:
    fair = fairs.by_slug(slug) if slug else shown.current()
    if fair is None:
        raise NotFound()
    return fair


def _managed(slug: str) -> Fair:
    """Raises NotFound, Forbidden."""
    fair = fairs.by_slug(slug)
    current_actor().require(RUN, fair_id=fair.id)
    return fair


@blp.get("/meetings/today")
@reads("meetings.read")
@blp.arguments(day_schemas.MeetingDayIn, location="query")
@blp.response(200, day_schemas.MeetingDayOut)
@blp.refusals(400, 401, 403, 404, 422)
def my_day(asked: dict[str, Any]) -> Any:
    """Your agreed meetings of a day in order, with the way to each from the one before."""
    fair = _fair(asked["fair"])
    found = today.stops(fair, asked["day"] or clock.today(fair.time_zone), everyone=asked["all"], by=current_actor())
    rows = [
        {name: getattr(stop.meeting, name) for name in MeetingOut._declared_fields}
        | {"interpreter": stop.interpreter.name if stop.interpreter else None, "walk_minutes": stop.walk}
        for stop in found
    ]
    return {"rows": rows}


@blp.post("/meetings/<uuid:meeting_id>/missed")
@writes("meetings.write")
@blp.arguments(day_schemas.ApiMeetingMissedIn)
@blp.response(200, MeetingOut)
@blp.refusals(400, 401, 403, 404, 409, 422)
def missed(data: dict[str, Any], meeting_id: UUID) -> Any:
    """The other side did not come, five minutes after the beginning or later; the rest of the time goes to who waits for you."""
    return noshow.missed(meeting_id, **data, by=current_actor())


@blp.post("/meetings/<uuid:meeting_id>/came")
@writes("meetings.write")
@blp.response(200, MeetingOut)
@blp.refusals(400, 401, 403, 404, 409)
def came(meeting_id: UUID) -> Any:
    """They came after all, unless the time was given to somebody else."""
    return noshow.came(meeting_id, by=current_actor())


@blp.post("/meetings/<uuid:meeting_id>/step")
@writes("meetings.write")
@blp.response(200, MeetingOut)
@blp.refusals(400, 401, 403, 404, 409)
def step_taken(meeting_id: UUID) -> Any:
    """The next step was taken; nobody is reminded of it any more."""
    return noting.finish_step(meeting_id, by=current_actor())


@blp.get("/standby")
@reads("meetings.read")
@blp.response(200, day_schemas.StandbysOut)
@blp.refusals(401, 403)
def waiting() -> Any:
    """Whom your organisation waits for, with its place in each list and what is offered to it now."""
    return {"rows": [_waiting(each) for each in day_queries.own_places(by=current_actor())]}


def _waiting(each: day_queries.Waiting) -> dict[str, Any]:
    names = ("id", "fair_id", "for_organization_id", "topic", "offered_until", "created_at")
    return {name: getattr(each.row, name) for name in names} | {"place": each.place}


@blp.post("/standby")
@writes("meetings.write")
@blp.arguments(day_schemas.ApiStandbyIn)
@blp.response(201, day_schemas.StandbyOut)
@blp.refusals(400, 401, 403, 404, 409, 422)
def join(data: dict[str, Any]) -> Any:
    """Wait for a time with another organisation that comes free."""
    actor, fair = current_actor(), _fair(data.pop("fair"))
    other = queries.organization(data.pop("organization"))
    row = standby.join(fair.id, organization_id=other.id, **data, by=actor)
    return next(_waiting(each) for each in day_queries.own_places(by=actor) if each.row.id == row.id)


@blp.post("/standby/<uuid:standby_id>/accept")
@writes("meetings.write")
@blp.response(200, MeetingOut)
@blp.refusals(400, 401, 403, 404, 409)
def accept(standby_id: UUID) -> Any:
    """Take the time that is offered: a confirmed meeting until its end, at the table where the other side sits."""
    return standby.accept(standby_id, by=current_actor())


@blp.post("/standby/<uuid:standby_id>/pass")
@writes("meetings.write")
@blp.response(204)
@blp.refusals(400, 401, 403, 404, 409)
def pass_on(standby_id: UUID) -> None:
    """Not now: the next one is asked, and you keep your place in the list."""
    standby.pass_on(standby_id, by=current_actor())


@blp.post("/standby/<uuid:standby_id>/leave")
@writes("meetings.write")
@blp.response(204)
@blp.refusals(400, 401, 403, 404)
def leave(standby_id: UUID) -> None:
    """Wait no longer."""
    standby.leave(standby_id, by=current_actor())


@blp.get("/fairs/<slug>/interpreters")
@reads(RUN)
@blp.arguments(PageIn, location="query")
@blp.response(200, day_schemas.InterpretersOut)
@blp.refusals(400, 401, 403, 404, 410)
def list_interpreters(asked: dict[str, Any], slug: str) -> Any:
    """Who interprets at a fair."""
    fair = _managed(slug)
    keys = [Interpreter.created_at, Interpreter.id]
    return paged(day_queries.interpreters(fair.id), keys, descending=False, bound_to=bound(fair.id), **asked)


@blp.post("/fairs/<slug>/interpreters")
@writes(RUN)
@blp.arguments(day_schemas.NewInterpreterIn)
@blp.response(201, day_schemas.InterpreterOut)
@blp.refusals(400, 401, 403, 404, 409, 422)
def add_interpreter(data: dict[str, Any], slug: str) -> Any:
    """Add somebody who interprets between any two of their languages."""
    return interpreters.add(_managed(slug).id, **data, by=current_actor())


@blp.post("/interpreters/<uuid:interpreter_id>/absences")
@writes(RUN)
@blp.arguments(day_schemas.InterpreterAbsenceIn)
@blp.response(201, day_schemas.InterpreterAbsenceOut)
@blp.refusals(400, 401, 403, 404, 409, 422)
def interpreter_away(data: dict[str, Any], interpreter_id: UUID) -> Any:
    """An interpreter is away for a time. 409 names the meetings that need another one, until you accept the warnings."""
    actor = current_actor()
    zone = fairs.get(interpreters.get(interpreter_id, by=actor).fair_id).time_zone
    for name in ("starts_at", "ends_at"):
        data[name] = resolved(name, data[name], zone)
    return interpreters.absent(interpreter_id, **data, by=actor)


@blp.post("/interpreters/absences/<uuid:absence_id>/end")
@writes(RUN)
@blp.response(204)
@blp.refusals(400, 401, 403, 404)
def interpreter_back(absence_id: UUID) -> None:
    """An interpreter is not away after all."""
    interpreters.back(absence_id, by=current_actor())


@blp.post("/interpreters/<uuid:interpreter_id>/leave")
@writes(RUN)
@blp.arguments(day_schemas.InterpreterLeaveIn)
@blp.response(200, day_schemas.InterpreterOut)
@blp.refusals(400, 401, 403, 404, 409, 422)
def interpreter_leaves(data: dict[str, Any], interpreter_id: UUID) -> Any:
    """An interpreter works here no longer; their meetings get another one where one is free."""
    return interpreters.leave(interpreter_id, **data, by=current_actor())


@blp.post("/meetings/<uuid:meeting_id>/interpreter")
@writes(RUN)
@blp.arguments(day_schemas.InterpreterChoiceIn)
@blp.response(200, day_schemas.InterpretedOut)
@blp.refusals(400, 401, 403, 404, 409, 422)
def choose_interpreter(data: dict[str, Any], meeting_id: UUID) -> Any:
    """Have this interpreter at a meeting, or nobody."""
    return interpreters.choose(meeting_id, **data, by=current_actor())


def register(app: Flask) -> None:
    app.extensions["api"].register_blueprint(blp)
