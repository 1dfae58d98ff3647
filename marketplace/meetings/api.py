"""Meetings of two organisations as JSON."""

from typing import Any
from uuid import UUID

from flask import Flask

from marketplace.core import web
from marketplace.core.access import current_actor, reads, writes
from marketplace.core.api import Blueprint, ProblemOut
from marketplace.core.errors import NotFound
from marketplace.core.pages import bound, paged
from marketplace.fairs import queries as fairs
from marketplace.fairs import shown
from marketplace.meetings import queries, schemas, service
from marketplace.meetings.models import Meeting
from marketplace.venue.schemas import resolved

blp = Blueprint("meetings-api", description="Meetings of two organisations; only these two read them.")


def _problems(*statuses: int) -> Any:
    """Document the refusals of an operation."""

    def mark(view: Any) -> Any:
        for status in statuses:
            view = blp.alt_response(status, schema=ProblemOut)(view)
        return view

    return mark


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
    starts_at = resolved("starts_at", data.pop("starts_at"), fair.time_zone)
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
