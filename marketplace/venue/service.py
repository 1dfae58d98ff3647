"""The places of a fair and its hours. Written by the fair's managers."""

from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from marketplace.core import audit
from marketplace.core.access import Actor
from marketplace.core.clock import now
from marketplace.core.db import db
from marketplace.core.errors import Invalid, NotFound
from marketplace.core.i18n import gettext
from marketplace.fairs.models import Fair
from marketplace.venue import rooms, rules
from marketplace.venue.models import Place, PlaceKind, Walk


def add_place(
    fair_id: UUID, *, kind: str, name_en: str | None, name_zh: str | None, capacity: int, link: str | None, hall_id: UUID | None = None,
    by: Actor,
) -> Place:  # fmt: skip
    """A hall, room, table or online room of a fair; ``hall_id``: the hall a room or table stands in.

    Raises Forbidden, Invalid (an online room needs a link, a hall stands in no hall)."""
    by.require("venue.manage", fair_id=fair_id)
    place = Place(
        fair_id=fair_id, kind=PlaceKind(kind), name_en=name_en, name_zh=name_zh, capacity=capacity, link=link, hall_id=hall_id, created_at=now()
    )
    _check(place)
    db.session.add(place)
    db.session.flush()
    audit.record("venue.add_place", f"place:{place.id}", by=by, fair_id=fair_id)
    return place


def _check(place: Place) -> None:
    if place.kind is PlaceKind.ONLINE and place.link is None:
        raise Invalid.field("link", "link_missing", gettext("An online room needs its link."))
    if not (place.name_en or place.name_zh):
        raise Invalid.field("name_en", "name_missing", gettext("Give a name in at least one language."))
    if place.hall_id is None:
        return
    hall = db.session.get(Place, place.hall_id)
    if place.kind in (PlaceKind.HALL, PlaceKind.ONLINE) or hall is None or hall.fair_id != place.fair_id or hall.kind is not PlaceKind.HALL:
        raise Invalid.field("hall_id", "hall", gettext("Rooms and tables stand in a hall of the same fair; halls and online rooms in none."))


CHANGEABLE = ("name_en", "name_zh", "capacity", "link", "hall_id")


def managed_place(place_id: UUID, *, by: Actor, lock: bool = False) -> Place:
    """A place of a fair that the person lays out. Raises NotFound, the same for a foreign one as for none."""
    place = db.session.get(Place, place_id, with_for_update=lock or None, populate_existing=lock)
    if place is None or not by.may("venue.manage", fair_id=place.fair_id):
        raise NotFound()
    return place


def change_place(place: Place, *, by: Actor, **changes: Any) -> Place:
    """Change some of `CHANGEABLE`; its kind stays, for what is booked there was meant for it. Raises Forbidden, Invalid."""
    by.require("venue.manage", fair_id=place.fair_id)
    before = {name: getattr(place, name) for name in CHANGEABLE}
    with db.session.no_autoflush:
        for name in CHANGEABLE:
            setattr(place, name, changes.get(name, before[name]))
        _check(place)
    db.session.flush()
    if place.link != before["link"]:
        rooms.forget(place.id, after=now())
    changed = sorted(name for name in CHANGEABLE if getattr(place, name) != before[name])
    if changed:
        audit.record("venue.change_place", f"place:{place.id}", by=by, fair_id=place.fair_id, changed=changed)
    return place


def say_way(fair_id: UUID, one_hall_id: UUID, other_hall_id: UUID, *, minutes: int | None, by: Actor) -> None:
    """How long it takes from one hall to another and back; None forgets it. Raises Forbidden, NotFound, Invalid for the same hall twice."""
    by.require("venue.manage", fair_id=fair_id)
    for hall_id in (one_hall_id, other_hall_id):
        if get_place(hall_id, fair_id=fair_id).kind is not PlaceKind.HALL:
            raise NotFound()
    if one_hall_id == other_hall_id:
        raise Invalid.field("other_hall_id", "same_hall", gettext("Choose two different halls."))
    first, second = sorted((one_hall_id, other_hall_id))
    row = db.session.get(Walk, (first, second), with_for_update=True)
    if (row.minutes if row else None) == minutes:
        return
    if minutes is None:
        db.session.delete(row)
    elif row is None:
        db.session.add(Walk(one_hall_id=first, other_hall_id=second, minutes=minutes))
    else:
        row.minutes = minutes
    audit.record("venue.say_way", f"place:{first}", by=by, fair_id=fair_id, to=str(second), minutes=minutes)
    db.session.flush()


def get_place(place_id: UUID, *, fair_id: UUID) -> Place:
    """Raises NotFound for an unknown place, and for one of another fair."""
    place = db.session.get(Place, place_id)
    if place is None or place.fair_id != fair_id:
        raise NotFound()
    return place


def check_times(starts_at: datetime, ends_at: datetime, fair: Fair) -> None:
    """Raises Invalid when a time is off the quarter of an hour, the wrong way round, or outside the fair's days."""
    for name, moment in (("starts_at", starts_at), ("ends_at", ends_at)):
        if not rules.on_grid(moment):
            raise Invalid.field(name, "quarter", gettext("Times are full quarters of an hour, such as 09:15."))
    if not timedelta(0) < ends_at - starts_at <= timedelta(hours=14):
        raise Invalid.field("ends_at", "times_order", gettext("The end must come after the beginning, on the same day."))
    if not rules.within_days(starts_at, ends_at, opens_on=fair.opens_on, closes_on=fair.closes_on, time_zone=fair.time_zone):
        days = f"{fair.opens_on.isoformat()} – {fair.closes_on.isoformat()}"
        raise Invalid.field("starts_at", "outside_fair", gettext("The fair's days are %(days)s, on its own clock.", days=days))
