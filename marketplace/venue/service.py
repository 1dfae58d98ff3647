"""The places of a fair and its hours. Written by the fair's managers."""

from datetime import datetime, timedelta
from uuid import UUID

from marketplace.core import audit
from marketplace.core.access import Actor
from marketplace.core.clock import now
from marketplace.core.db import db
from marketplace.core.errors import Invalid, NotFound
from marketplace.core.i18n import gettext
from marketplace.fairs.models import Fair
from marketplace.venue import rules
from marketplace.venue.models import Place, PlaceKind


def add_place(
    fair_id: UUID, *, kind: str, name_en: str | None, name_zh: str | None, capacity: int, link: str | None, by: Actor
) -> Place:
    """A hall, room, table or online room of a fair. Raises Forbidden, Invalid (an online room needs a link)."""
    by.require("venue.manage", fair_id=fair_id)
    if kind == PlaceKind.ONLINE and link is None:
        raise Invalid.field("link", "link_missing", gettext("An online room needs its link."))
    place = Place(
        fair_id=fair_id, kind=PlaceKind(kind), name_en=name_en, name_zh=name_zh, capacity=capacity, link=link, created_at=now()
    )
    db.session.add(place)
    db.session.flush()
    audit.record("venue.add_place", f"place:{place.id}", by=by, fair_id=fair_id)
    return place


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
