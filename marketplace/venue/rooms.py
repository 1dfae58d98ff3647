"""What an online room is for: sessions, whose link everybody reads, or 1:1 meetings, whose link is for the two sides alone.

Whoever books a room first decides it for good (one row of the table of bookings says which); with a new link it is open again.
"""

from collections.abc import Collection, Iterable, Mapping
from datetime import UTC, datetime
from uuid import UUID

from sqlalchemy import delete, or_, select

from marketplace.core.db import db
from marketplace.venue.models import Booking, Place, PlaceKind

SESSIONS, MEETINGS = "sessions", "meetings"
USES: Mapping[str, str] = {"session": SESSIONS, "meeting": MEETINGS, "move": MEETINGS}
"""By kind of holder what it books a room for; a closure says nothing of it."""
ALWAYS = datetime(1970, 1, 1, tzinfo=UTC)
"""The quarter of the one row that says what a room is for."""
Key = tuple[str, datetime]
"""A resource and the quarter of an hour in which it is held."""


def use_key(place_id: UUID) -> str:
    return f"use:{place_id}"


def use_of(holder: str) -> str | None:
    """What a holder books a room for."""
    return USES.get(holder.partition(":")[0])


def uses(places: Collection[UUID]) -> dict[UUID, str]:
    """What these places are for, those that are for something; one query."""
    keys = {use_key(place_id): place_id for place_id in places}
    rows = db.session.execute(select(Booking.resource, Booking.holder).where(Booking.resource.in_(list(keys)))) if keys else ()
    return {keys[resource]: holder for resource, holder in rows}


def usable(places: Iterable[Place], use: str | None) -> list[Place]:
    """Those that are not for the other use."""
    found = list(places)
    known = uses([place.id for place in found if place.kind is PlaceKind.ONLINE]) if use else {}
    return [place for place in found if known.get(place.id, use) == use]


def claims(wanted: Mapping[Key, str]) -> tuple[dict[Key, str], dict[Key, str]]:
    """What has to be booked beside ``wanted`` to say what its online rooms are for; and what of that the other use has."""
    by_place = {UUID(resource.split(":")[1]): use for (resource, _), holder in wanted.items() if resource.startswith("place:") and (use := use_of(holder))}
    if not by_place:
        return {}, {}
    online = set(db.session.scalars(select(Place.id).where(Place.id.in_(list(by_place)), Place.kind == PlaceKind.ONLINE)))
    if not online:
        return {}, {}
    known, new, others = uses(online), dict[Key, str](), dict[Key, str]()
    for place_id in sorted(online):
        has = known.get(place_id) or _first(place_id) or by_place[place_id]
        if has != by_place[place_id]:
            others[(use_key(place_id), ALWAYS)] = has
        elif place_id not in known:
            new[(use_key(place_id), ALWAYS)] = has
    return new, others


def _first(place_id: UUID) -> str | None:
    """What a room without such a row was booked for first."""
    holder = select(Booking.holder).where(Booking.resource == f"place:{place_id}", or_(*(Booking.holder.startswith(f"{kind}:") for kind in USES)))
    found = db.session.scalar(holder.order_by(Booking.cell).limit(1))
    return use_of(found) if found else None


def forget(place_id: UUID, *, after: datetime) -> None:
    """Let a room that has a new link, and in which nothing takes place any more, be booked for either."""
    ahead = select(Booking.cell).where(Booking.resource == f"place:{place_id}", Booking.cell >= after)
    if db.session.scalar(ahead.limit(1)) is None:
        db.session.execute(delete(Booking).where(Booking.resource == use_key(place_id)))
