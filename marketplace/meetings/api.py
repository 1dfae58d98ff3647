"""Meetings of two organisations as JSON: asked for, answered, moved, called off, and when one takes none."""

from typing import Any
from uuid import UUID

from flask import Flask

from marketplace.core import web
from marketplace.core.access import current_actor, reads, writes
from marketplace.core.api import Blueprint
from marketplace.core.errors import NotFound
from marketplace.core.pages import bound, paged
from marketplace.fairs import queries as fairs
from marketplace.fairs import shown
from marketplace.fairs.models import Fair
from marketplace.meetings import answering, availability, moving, noting, queries, requesting, schemas, service, taking
from marketplace.meetings.models import Meeting
from marketplace.venue import service as venue
from marketplace.venue.schemas import resolved

blp = Blueprint("meetings-api", description="Meetings of two organisations; only these two read them.")


def _fair(slug: str | None) -> Fair:
    """The fair of this slug, else the current one. Raises NotFound."""
    fair = fairs.by_slug(slug) if slug else shown.current()
    if fair is None:
        raise NotFound()
    return fair


@blp.get("/meetings")
@reads("meetings.read")
@blp.arguments(schemas.MeetingsIn, location="query")
@blp.response(200, schemas.MeetingsOut)
@blp.refusals(400, 401, 403, 410)
def list_meetings(asked: dict[str, Any]) -> Any:
    """The meetings of the organisation you act for, the latest first."""
    actor = current_actor()
    query, status = queries.own_meetings(actor), asked.pop("status")
    if status is not None:
        query = query.where(queries.standing(status))
    return paged(query, [Meeting.starts_at, Meeting.id], bound_to=bound(actor.organization_id), **asked)


@blp.post("/meetings")
@writes("meetings.write")
@blp.arguments(schemas.ApiMeetingIn)
@blp.response(201, schemas.MeetingDetailOut)
@blp.refusals(400, 401, 403, 404, 409, 422)
def request_meeting(data: dict[str, Any]) -> Any:
    """Ask another organisation for a meeting. Place and people are kept until `held_until`. 409 when they are taken (the answer names
    free alternatives), or when something speaks against it that you may accept with `accept_warnings`."""
    fair = _fair(data.pop("fair"))
    other = queries.organization(data.pop("organization"))
    starts_at = resolved("starts_at", data.pop("starts_at"), fair.time_zone)
    return _one(requesting.request(fair.id, organization_id=other.id, starts_at=starts_at, **data, by=current_actor()))


@blp.get("/meetings/free")
@reads("meetings.write")
@blp.arguments(schemas.FreeTimesIn, location="query")
@blp.response(200, schemas.FreeTimesOut)
@blp.refusals(400, 401, 403, 404, 422)
def list_free_times(asked: dict[str, Any]) -> Any:
    """The times at which your people, the other organisation and a place are free, from now on."""
    actor, fair = current_actor(), _fair(asked["fair"])
    other = queries.organization(asked["organization"])
    days = availability.common(
        fair, people=taking.coming(asked["people"], by=actor), other_id=other.id, minutes=asked["length_minutes"], online=asked["online"] == "true", by=actor
    )
    rows = [{"starts_at": slot.starts_at, "local": slot.starts_at.replace(tzinfo=None), "places": slot.places} for _, slots in days for slot in slots]
    return {"time_zone": fair.time_zone, "rows": rows}


@blp.get("/meetings/<uuid:meeting_id>")
@reads("meetings.read")
@blp.response(200, schemas.MeetingDetailOut)
@blp.refusals(401, 403, 404)
def get_meeting(meeting_id: UUID) -> Any:
    """One meeting, with your own side's notes."""
    return _one(service.get_meeting(meeting_id, by=current_actor()))


def _one(meeting: Meeting) -> tuple[dict[str, Any], dict[str, str]]:
    note = queries.own_note(meeting, by=current_actor())
    names = [field.attribute or name for name, field in schemas.MeetingOut._declared_fields.items()]
    facts = {name: getattr(meeting, name) for name in names}
    place = venue.get_place(meeting.place_id, fair_id=meeting.fair_id)
    return facts | {"notes": note.text if note else None, "link": queries.link(meeting, place)}, {"ETag": web.etag_of(meeting.version)}


@blp.post("/meetings/<uuid:meeting_id>/accept")
@writes("meetings.write")
@blp.arguments(schemas.AcceptIn)
@blp.response(200, schemas.MeetingDetailOut)
@blp.refusals(400, 401, 403, 404, 409, 422)
def accept_meeting(data: dict[str, Any], meeting_id: UUID) -> Any:
    """Accept a request to you; your people are booked."""
    return _one(answering.accept(meeting_id, **data, by=current_actor()))


@blp.post("/meetings/<uuid:meeting_id>/decline")
@writes("meetings.write")
@blp.arguments(schemas.ReasonIn)
@blp.response(200, schemas.MeetingDetailOut)
@blp.refusals(400, 401, 403, 404, 409, 422)
def decline_meeting(data: dict[str, Any], meeting_id: UUID) -> Any:
    """Turn a request down, with a reason."""
    return _one(answering.decline(meeting_id, **data, by=current_actor()))


@blp.post("/meetings/<uuid:meeting_id>/cancel")
@writes("meetings.write")
@blp.arguments(schemas.ReasonIn)
@blp.response(200, schemas.MeetingDetailOut)
@blp.refusals(400, 401, 403, 404, 409, 422)
def cancel_meeting(data: dict[str, Any], meeting_id: UUID) -> Any:
    """Call a meeting off."""
    return _one(answering.cancel(meeting_id, **data, by=current_actor()))


@blp.post("/meetings/<uuid:meeting_id>/move")
@writes("meetings.write")
@blp.arguments(schemas.MeetingMoveIn)
@blp.response(200, schemas.MeetingDetailOut)
@blp.refusals(400, 401, 403, 404, 409, 422)
def move_meeting(data: dict[str, Any], meeting_id: UUID) -> Any:
    """Propose another time; both are kept until the other side answers. Your own request without an answer moves at once."""
    actor = current_actor()
    fair = fairs.get(service.get_meeting(meeting_id, by=actor).fair_id)
    starts_at = resolved("starts_at", data.pop("starts_at"), fair.time_zone)
    return _one(moving.propose(meeting_id, starts_at=starts_at, **data, by=actor))


@blp.post("/meetings/<uuid:meeting_id>/agree")
@writes("meetings.write")
@blp.response(200, schemas.MeetingDetailOut)
@blp.refusals(400, 401, 403, 404, 409)
def agree_to_move(meeting_id: UUID) -> Any:
    """Agree to the time the other side proposed."""
    return _one(moving.agree(meeting_id, by=current_actor()))


@blp.post("/meetings/<uuid:meeting_id>/keep")
@writes("meetings.write")
@blp.response(200, schemas.MeetingDetailOut)
@blp.refusals(400, 401, 403, 404, 409)
def keep_time(meeting_id: UUID) -> Any:
    """Keep the old time: turn the proposed one down, or take your own proposal back."""
    return _one(moving.keep(meeting_id, by=current_actor()))


@blp.post("/meetings/<uuid:meeting_id>/outcome")
@writes("meetings.write")
@blp.arguments(schemas.OutcomeIn)
@blp.response(200, schemas.MeetingDetailOut)
@blp.refusals(400, 401, 403, 404, 409, 422)
def record_outcome(data: dict[str, Any], meeting_id: UUID) -> Any:
    """Record what came of a confirmed meeting; both sides read it, notes only yours."""
    return _one(noting.record(meeting_id, **data, by=current_actor()))


@blp.post("/meetings/<uuid:meeting_id>/notes")
@writes("meetings.write")
@blp.arguments(schemas.NotesIn)
@blp.response(200, schemas.MeetingDetailOut)
@blp.refusals(400, 401, 403, 404, 409, 422)
def write_notes(data: dict[str, Any], meeting_id: UUID) -> Any:
    """Your own side's notes, as they shall stand; the other side never sees them."""
    actor = current_actor()
    noting.write_notes(meeting_id, data["notes"], by=actor)
    return _one(service.get_meeting(meeting_id, by=actor))


@blp.get("/meetings/absences")
@reads("meetings.read")
@blp.arguments(schemas.AtFairIn, location="query")
@blp.response(200, schemas.OwnAbsencesOut)
@blp.refusals(400, 401, 403, 404)
def list_absences(asked: dict[str, Any]) -> Any:
    """When your organisation, or one of you, takes no meetings at a fair."""
    actor = current_actor()
    return {"rows": [absence for absence, _ in availability.own_absences(actor, fair_id=_fair(asked["fair"]).id)]}


@blp.post("/meetings/absences")
@writes("meetings.write")
@blp.arguments(schemas.ApiOwnAbsenceIn)
@blp.response(201, schemas.OwnAbsenceOut)
@blp.refusals(400, 401, 403, 404, 409, 422)
def add_absence(data: dict[str, Any]) -> Any:
    """Take no meetings for a time: one of you, or (without `person_id`) the whole organisation."""
    fair = _fair(data.pop("fair"))
    data |= {name: resolved(name, data[name], fair.time_zone) for name in ("starts_at", "ends_at")}
    return availability.away(fair.id, **data, by=current_actor())


@blp.post("/meetings/absences/<uuid:absence_id>/remove")
@writes("meetings.write")
@blp.response(204)
@blp.refusals(400, 401, 403, 404)
def remove_absence(absence_id: UUID) -> None:
    """Take meetings again at that time."""
    availability.back(absence_id, by=current_actor())


def register(app: Flask) -> None:
    app.extensions["api"].register_blueprint(blp)
