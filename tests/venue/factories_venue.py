"""Places and moments of a fair."""

from datetime import datetime, timedelta
from itertools import count
from zoneinfo import ZoneInfo

from marketplace.core.clock import now
from marketplace.venue.models import Place, PlaceKind
from tests.factories import save

numbers = count(1)


def at(fair, hour, minute=0, *, day=0) -> datetime:
    """A moment of the fair: ``day`` counts from its last day backwards, so that it lies ahead for a fair that is open."""
    last = fair.closes_on - timedelta(days=day)
    return datetime(last.year, last.month, last.day, hour, minute, tzinfo=ZoneInfo(fair.time_zone))


def make_place(fair, kind=PlaceKind.TABLE, **fields) -> Place:
    n = next(numbers)
    link = f"https://meet.example.org/{n}" if kind is PlaceKind.ONLINE else None
    return save(Place(**{
        "fair_id": fair.id, "kind": kind, "name_en": f"Table {n}", "capacity": 100, "link": link, "created_at": now(),
    } | fields))  # fmt: skip
