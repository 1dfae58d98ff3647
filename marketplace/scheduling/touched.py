"""What a change touches, as staff see it: names of the two organisations, place and time, never what a meeting is about."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import select

from marketplace.accounts.models import Person
from marketplace.core.db import db
from marketplace.core.i18n import localized
from marketplace.meetings import interpreters
from marketplace.meetings.models import Interpreter, Meeting
from marketplace.organizations.models import Organization
from marketplace.scheduling.models import ChangeKind, PlanChange
from marketplace.scheduling.planning.changing import Kind
from marketplace.scheduling.shown import EFFECTS
from marketplace.venue import booking
from marketplace.venue.models import Booking, Place


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """A meeting before, and (for a repair) what happens to it. Without ``before`` it is new, without ``after`` cancelled."""

    what: str
    one: Organization
    other: Organization
    before: tuple[datetime, Place] | None
    after: tuple[datetime, Place] | None
    interpreter: str | None = None


def subjects(changes: Iterable[PlanChange]) -> dict[UUID, str]:
    """The name of what or who is missing, by change. Four queries at most."""
    rows = list(changes)
    names: dict[UUID, str] = {}
    models: dict[ChangeKind, Any] = {
        ChangeKind.PLACE: Place, ChangeKind.ORGANIZATION: Organization, ChangeKind.PERSON: Person, ChangeKind.INTERPRETER: Interpreter,
    }  # fmt: skip
    for kind, model in models.items():
        ids = [row.subject_id for row in rows if row.kind is kind]
        for found in db.session.scalars(select(model).where(model.id.in_(ids))) if ids else ():
            names[found.id] = found.name if isinstance(found, Person | Interpreter) else localized(found, "name")[0]
    return {row.id: names.get(row.subject_id, "–") for row in rows}


def names(ids: Sequence[str]) -> list[str]:
    """Of organisations, by name."""
    rows = db.session.scalars(select(Organization).where(Organization.id.in_([UUID(one) for one in ids]))) if ids else ()
    return sorted(localized(row, "name")[0] for row in rows)


def broken(change: PlanChange) -> list[Line]:
    """The meetings that cannot be held, by time, as they are now."""
    meetings = _meetings(UUID(one) for one in change.broken)
    was = [(meeting, {"what": "dropped", "was": {"starts_at": meeting.starts_at.isoformat(), "place_id": str(meeting.place_id)}}) for meeting in meetings.values()]
    return _lines(was)


def proposals(change: PlanChange) -> list[Line]:
    """Times that were proposed for meetings and are kept for them where something is missing: with any repair they come to nothing."""
    keys = _booked_as(change)
    kept = select(Booking.holder).where(
        Booking.resource.in_(keys), Booking.cell >= change.starts_at, Booking.cell < change.ends_at, Booking.holder.startswith("move:")
    )
    ids = {UUID(holder.partition(":")[2]) for holder in db.session.scalars(kept)} if keys else set()
    open_ones = [meeting for meeting in _meetings(ids).values() if meeting.proposed is not None]
    return _lines([
        (meeting, {"what": "dropped", "was": {"starts_at": str(meeting.move_to), "place_id": str(meeting.move_to_place_id)}}) for meeting in open_ones
    ])  # fmt: skip


def _booked_as(change: PlanChange) -> list[str]:
    """Whole organisations are not booked."""
    if change.kind is ChangeKind.INTERPRETER:
        return interpreters.keys_of([change.subject_id])[change.subject_id]
    makers = {ChangeKind.PLACE: booking.place_key, ChangeKind.PERSON: booking.person_key}
    return [make(change.subject_id)] if (make := makers.get(change.kind)) else []


def steps(change: PlanChange, kind: Kind) -> list[Line]:
    """Every meeting a repair touches: first what is cancelled, then other times, then other tables, interpreters, new ones."""
    found: list[dict[str, Any]] = change.repairs.get(kind.value, [])
    meetings = _meetings(UUID(step["meeting_id"]) for step in found if "meeting_id" in step)
    order = list(EFFECTS)
    ordered = sorted(found, key=lambda step: (order.index(step["what"]), step.get("was", step)["starts_at"]))
    return _lines([(meetings[UUID(step["meeting_id"])] if "meeting_id" in step else None, step) for step in ordered])


def _meetings(ids: Iterable[UUID]) -> dict[UUID, Meeting]:
    query = select(Meeting).where(Meeting.id.in_(list(ids))).order_by(Meeting.starts_at, Meeting.id)
    return {row.id: row for row in db.session.scalars(query)}


def _lines(rows: Sequence[tuple[Meeting | None, dict[str, Any]]]) -> list[Line]:
    """Three queries, however many."""
    sides = [
        (meeting.from_organization_id, meeting.to_organization_id) if meeting
        else (UUID(step["from_organization_id"]), UUID(step["to_organization_id"]))
        for meeting, step in rows
    ]  # fmt: skip
    organizations = {row.id: row for row in db.session.scalars(select(Organization).where(Organization.id.in_({one for pair in sides for one in pair})))}
    stays = [at for _, step in rows for at in (step, step.get("was")) if at and "place_id" in at]
    places = {row.id: row for row in db.session.scalars(select(Place).where(Place.id.in_({UUID(at["place_id"]) for at in stays})))}
    helper_ids = {UUID(step["interpreter_id"]) for _, step in rows if step.get("interpreter_id")}
    helpers = {row.id: row.name for row in db.session.scalars(select(Interpreter).where(Interpreter.id.in_(helper_ids)))}

    def stay(at: Mapping[str, Any] | None) -> tuple[datetime, Place] | None:
        return (datetime.fromisoformat(at["starts_at"]), places[UUID(at["place_id"])]) if at and "place_id" in at else None

    return [
        Line(
            what=step["what"], one=organizations[one], other=organizations[other], before=stay(step.get("was")), after=stay(step),
            interpreter=helpers.get(UUID(step["interpreter_id"])) if step.get("interpreter_id") else None,
        )
        for (_, step), (one, other) in zip(rows, sides, strict=True)
    ]  # fmt: skip
