"""Reading the places of a fair."""

from collections.abc import Collection
from datetime import datetime
from uuid import UUID

from sqlalchemy import Select, select

from marketplace.core.db import db
from marketplace.venue import rooms
from marketplace.venue.models import Closure, Place, PlaceKind


def places_of(fair_id: UUID) -> Select[Place]:
    return select(Place).where(Place.fair_id == fair_id)


def places(fair_id: UUID, *, for_meetings: bool = False, for_sessions: bool = False) -> list[Place]:
    """Places of a fair, the oldest first; halls are not for meetings, and an online room is for one of the two (`rooms`)."""
    query = places_of(fair_id).order_by(Place.created_at, Place.id)
    if for_meetings:
        query = query.where(Place.kind != PlaceKind.HALL)
    use = rooms.MEETINGS if for_meetings else rooms.SESSIONS if for_sessions else None
    return rooms.usable(db.session.scalars(query), use)


def halls(fair_id: UUID) -> list[Place]:
    return list(db.session.scalars(places_of(fair_id).where(Place.kind == PlaceKind.HALL).order_by(Place.created_at, Place.id)))


def closures(places: Collection[UUID], *, after: datetime) -> list[Closure]:
    """The times at which these places cannot be used that are not over yet, the earliest first."""
    query = select(Closure).where(Closure.place_id.in_(list(places)), Closure.ends_at > after)
    return list(db.session.scalars(query.order_by(Closure.starts_at, Closure.id)))
