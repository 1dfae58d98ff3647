"""The roadshow as JSON: places, sessions, pitches and meetings."""

from typing import Any
from uuid import UUID

from flask import Flask

from marketplace.core import web
from marketplace.core.access import PUBLIC, current_actor, reads, writes
from marketplace.core.api import Blueprint, ProblemOut
from marketplace.core.errors import NotFound
from marketplace.core.pages import PageIn, bound, paged
from marketplace.fairs import queries as fairs
from marketplace.fairs import shown
from marketplace.roadshow import pitching, programme, queries, schemas, service
from marketplace.roadshow.models import Meeting, Place, Session

blp = Blueprint("roadshow", description="Sessions with pitches, and meetings of two organisations.")


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
@writes("roadshow.manage")
@blp.arguments(schemas.PlaceIn)
@blp.response(201, schemas.PlaceOut)
@_problems(400, 401, 403, 404, 409, 422)
def add_place(data: dict[str, Any], slug: str) -> Any:
    """Add a hall, room, table or online room."""
    return programme.add_place(fairs.by_slug(slug).id, **data, by=current_actor())


@blp.get("/fairs/<slug>/sessions")
@reads(PUBLIC)
@blp.arguments(PageIn, location="query")
@blp.response(200, schemas.SessionsOut)
@_problems(400, 404, 410)
def list_sessions(asked: dict[str, Any], slug: str) -> Any:
    """The programme of a fair, in order of time."""
    fair = fairs.by_slug(slug)
    return paged(queries.sessions(fair.id), [Session.starts_at, Session.id], descending=False, bound_to=bound(fair.id), **asked)


@blp.post("/fairs/<slug>/sessions")
@writes("roadshow.manage")
@blp.arguments(schemas.SessionIn)
@blp.response(201, schemas.SessionDetailOut)
@_problems(400, 401, 403, 404, 409, 422)
def schedule_session(data: dict[str, Any], slug: str) -> Any:
    """Schedule a session. 409 when its place is taken; the answer names free alternatives."""
    fair = fairs.by_slug(slug)
    data |= {name: schemas.resolved(name, data[name], fair.time_zone) for name in ("starts_at", "ends_at")}
    session = programme.schedule(fair.id, **data, by=current_actor())
    return _detail(session), {"ETag": web.etag_of(session.version)}


@blp.get("/sessions/<uuid:session_id>")
@reads(PUBLIC)
@blp.response(200, schemas.SessionDetailOut)
@_problems(404)
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
@_problems(400, 401, 403, 404, 412, 422, 428)
def set_price(data: dict[str, Any], session_id: UUID) -> Any:
    """Set what a pitch slot costs from now on. Needs `If-Match`."""
    expected = web.expected_version()
    web.check_version(programme.get_session(session_id, lock=True).version, expected)
    session = programme.set_price(session_id, **data, by=current_actor())
    return _detail(session), {"ETag": web.etag_of(session.version)}


@blp.post("/sessions/<uuid:session_id>/cancel")
@writes("roadshow.manage")
@blp.response(200, schemas.SessionDetailOut)
@_problems(400, 401, 403, 404, 409)
def cancel_session(session_id: UUID) -> Any:
    """Call a session without pitches off."""
    return _detail(programme.call_off(session_id, by=current_actor()))


@blp.post("/sessions/<uuid:session_id>/pitches")
@writes("roadshow.pitch")
@blp.arguments(schemas.PitchIn)
@blp.response(201, schemas.OwnPitchOut)
@_problems(400, 401, 403, 404, 409, 422)
def book_pitch(data: dict[str, Any], session_id: UUID) -> Any:
    """Book a pitch slot: `held` until the fee is paid at `pay_url`, or `confirmed` at once where it is free."""
    return pitching.book(session_id, **data, by=current_actor())


@blp.get("/pitches/<uuid:pitch_id>")
@reads("roadshow.see_pitch")
@blp.response(200, schemas.OwnPitchOut)
@_problems(401, 403, 404)
def get_pitch(pitch_id: UUID) -> Any:
    """One of your pitches."""
    return queries.get_pitch(pitch_id, by=current_actor())


@blp.post("/pitches/<uuid:pitch_id>/cancel")
@writes("roadshow.cancel_pitch")
@blp.response(200, schemas.OwnPitchOut)
@_problems(400, 401, 403, 404, 409)
def cancel_pitch(pitch_id: UUID) -> Any:
    """Give up a pitch that is not paid; a paid one is given up with its fee."""
    return pitching.cancel(pitch_id, by=current_actor())


@blp.get("/meetings")
@reads("meetings.read")
@blp.arguments(schemas.MeetingsIn, location="query")
@blp.response(200, schemas.MeetingsOut)
@_problems(400, 401, 403, 410)
def list_meetings(asked: dict[str, Any]) -> Any:
    """The meetings of the organisation you act for, the latest first."""
    actor = current_actor()
    query, status = queries.own_meetings(actor), asked.pop("status")
    if status is not None:
        query = query.where(Meeting.status == status)
    return paged(query, [Meeting.starts_at, Meeting.id], bound_to=bound(actor.organization_id), **asked)


@blp.post("/meetings")
@writes("meetings.write")
@blp.arguments(schemas.ApiMeetingIn)
@blp.response(201, schemas.MeetingDetailOut)
@_problems(400, 401, 403, 404, 409, 422)
def request_meeting(data: dict[str, Any]) -> Any:
    """Ask another organisation for a meeting. 409 when place or people are taken; the answer names free alternatives."""
    slug = data.pop("fair")
    fair = fairs.by_slug(slug) if slug else shown.current()
    if fair is None:
        raise NotFound()
    other = queries.organization(data.pop("organization"))
    starts_at = schemas.resolved("starts_at", data.pop("starts_at"), fair.time_zone)
    return _one(service.request(fair.id, organization_id=other.id, starts_at=starts_at, **data, by=current_actor()))


@blp.get("/meetings/<uuid:meeting_id>")
@reads("meetings.read")
@blp.response(200, schemas.MeetingDetailOut)
@_problems(401, 403, 404)
def get_meeting(meeting_id: UUID) -> Any:
    """One meeting, with your own side's notes."""
    return _one(service.get_meeting(meeting_id, by=current_actor()))


def _one(meeting: Meeting) -> tuple[dict[str, Any], dict[str, str]]:
    note = queries.own_note(meeting, by=current_actor())
    facts = {name: getattr(meeting, name) for name in schemas.MeetingOut._declared_fields}
    return facts | {"notes": note.text if note else None}, {"ETag": web.etag_of(meeting.version)}


@blp.post("/meetings/<uuid:meeting_id>/accept")
@writes("meetings.write")
@blp.arguments(schemas.AcceptIn)
@blp.response(200, schemas.MeetingDetailOut)
@_problems(400, 401, 403, 404, 409, 422)
def accept_meeting(data: dict[str, Any], meeting_id: UUID) -> Any:
    """Accept a request to you; your people are booked."""
    return _one(service.accept(meeting_id, **data, by=current_actor()))


@blp.post("/meetings/<uuid:meeting_id>/decline")
@writes("meetings.write")
@blp.arguments(schemas.ReasonIn)
@blp.response(200, schemas.MeetingDetailOut)
@_problems(400, 401, 403, 404, 409, 422)
def decline_meeting(data: dict[str, Any], meeting_id: UUID) -> Any:
    """Turn a request down, with a reason."""
    return _one(service.decline(meeting_id, **data, by=current_actor()))


@blp.post("/meetings/<uuid:meeting_id>/cancel")
@writes("meetings.write")
@blp.arguments(schemas.ReasonIn)
@blp.response(200, schemas.MeetingDetailOut)
@_problems(400, 401, 403, 404, 409, 422)
def cancel_meeting(data: dict[str, Any], meeting_id: UUID) -> Any:
    """Call a meeting off."""
    return _one(service.cancel(meeting_id, **data, by=current_actor()))


@blp.post("/meetings/<uuid:meeting_id>/outcome")
@writes("meetings.write")
@blp.arguments(schemas.OutcomeIn)
@blp.response(200, schemas.MeetingDetailOut)
@_problems(400, 401, 403, 404, 409, 422)
def record_outcome(data: dict[str, Any], meeting_id: UUID) -> Any:
    """Record what came of a confirmed meeting; both sides read it, notes only yours."""
    return _one(service.record_outcome(meeting_id, **data, by=current_actor()))


@blp.post("/meetings/<uuid:meeting_id>/notes")
@writes("meetings.write")
@blp.arguments(schemas.NotesIn)
@blp.response(200, schemas.MeetingDetailOut)
@_problems(400, 401, 403, 404, 409, 422)
def write_notes(data: dict[str, Any], meeting_id: UUID) -> Any:
    """Your own side's notes, as they shall stand; the other side never sees them."""
    actor = current_actor()
    service.write_notes(meeting_id, data["notes"], by=actor)
    return _one(service.get_meeting(meeting_id, by=actor))


def register(app: Flask) -> None:
    app.extensions["api"].register_blueprint(blp)
