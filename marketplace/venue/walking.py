"""How long the way between two places takes, and what lies before and after a time in somebody's day."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import select

from marketplace.core.db import db
from marketplace.venue import rules
from marketplace.venue.models import Booking, Place, PlaceKind, Walk

REACH = timedelta(hours=2, minutes=30)
"""How far before and after a time the neighbours in somebody's day are looked for: longer than any way and meeting."""


@dataclass(frozen=True, slots=True)
class Ways:
    """The ways of a fair in minutes, by pairs of halls. A way that nobody has stated counts nothing."""

    minutes_by_halls: Mapping[tuple[UUID, UUID], int]

    def minutes(self, one: Place, other: Place) -> int:
        """From one place to another: 0 within a hall, to and from an online room, and where nothing is known."""
        if PlaceKind.ONLINE in (one.kind, other.kind):
            return 0
        halls = sorted((one.hall_id or one.id, other.hall_id or other.id))
        return self.minutes_by_halls.get((halls[0], halls[1]), 0)


def ways(fair_id: UUID) -> Ways:
    """All the ways of a fair; one query."""
    query = select(Walk).join(Place, Place.id == Walk.one_hall_id).where(Place.fair_id == fair_id)
    return Ways({(row.one_hall_id, row.other_hall_id): row.minutes for row in db.session.scalars(query)})


@dataclass(frozen=True, slots=True, kw_only=True)
class Neighbour:
    """What a person has before (or, with ``after``, after) a time: until when it lasts or when it begins, and where."""

    person_id: UUID
    place: Place
    at: datetime
    after: bool

    def gap(self, starts_at: datetime, ends_at: datetime) -> timedelta:
        """The time there is for the way."""
        return self.at - ends_at if self.after else starts_at - self.at


def neighbours(people: Collection[UUID], starts_at: datetime, ends_at: datetime, *, but_for: Collection[str] = ()) -> list[Neighbour]:
    """The nearest thing before and after a time in each person's day that has a place; four queries, however many people."""
    keys = {f"person:{person_id}": person_id for person_id in people}
    query = select(Booking.resource, Booking.cell, Booking.holder).where(
        Booking.resource.in_(list(keys)), Booking.cell >= starts_at - REACH, Booking.cell < ends_at + REACH, Booking.holder.not_in(list(but_for))
    )
    before: dict[UUID, tuple[datetime, str]] = {}
    after: dict[UUID, tuple[datetime, str]] = {}
    for resource, cell, holder in db.session.execute(query.order_by(Booking.cell)):
        if cell < starts_at:
            before[keys[resource]] = (cell + rules.CELL, holder)
        elif cell >= ends_at:
            after.setdefault(keys[resource], (cell, holder))
    places = holders_places({holder for _, holder in [*before.values(), *after.values()]})
    found = [(person, at, holder, False) for person, (at, holder) in before.items()]
    found += [(person, at, holder, True) for person, (at, holder) in after.items()]
    return [
        Neighbour(person_id=person, place=places[holder], at=at, after=later) for person, at, holder, later in found if holder in places
    ]


def holders_places(holders: Collection[str]) -> dict[str, Place]:
    """Where each holder takes place, if it has a place: a meeting's, a session's, a pitch's by its session."""
    if not holders:
        return {}
    sessions: dict[str, str] = {}
    pitches = [holder for holder in holders if holder.startswith("pitch:")]
    if pitches:
        slots = select(Booking.holder, Booking.resource).where(Booking.holder.in_(pitches), Booking.resource.startswith("slot:"))
        sessions = {holder: f"session:{resource.split(':')[1]}" for holder, resource in db.session.execute(slots)}
    wanted = {*holders, *sessions.values()}
    query = select(Booking.holder, Booking.resource).where(Booking.holder.in_(wanted), Booking.resource.startswith("place:")).distinct()
    at = {holder: UUID(resource.split(":")[1]) for holder, resource in db.session.execute(query)}
    rows = {place.id: place for place in db.session.scalars(select(Place).where(Place.id.in_(set(at.values()))))}
    return {
        holder: rows[at[key]] for holder in holders if (key := sessions.get(holder, holder)) in at and at[key] in rows
    }
