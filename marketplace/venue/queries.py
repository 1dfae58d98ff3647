"""Reading the places of a fair."""

from uuid import UUID

from sqlalchemy import Select, select

from marketplace.core.db import db
from marketplace.venue.models import Place, PlaceKind


def places_of(fair_id: UUID) -> Select[Place]:
    return select(Place).where(Place.fair_id == fair_id)


def places(fair_id: UUID, *, for_meetings: bool = False) -> list[Place]:
    """Places of a fair, the oldest first; halls are not for meetings."""
    query = places_of(fair_id).order_by(Place.created_at, Place.id)
    if for_meetings:
        query = query.where(Place.kind != PlaceKind.HALL)
    return list(db.session.scalars(query))
