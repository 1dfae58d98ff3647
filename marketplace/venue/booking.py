"""Taking and freeing quarters of an hour. The table's key decides; nothing here asks first and hopes afterwards."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from urllib.parse import urlencode
from uuid import UUID

from flask_babel import format_date
from sqlalchemy import delete, select

from marketplace.accounts.models import Person
from marketplace.core.clock import now
from marketplace.core.db import db
from marketplace.core.errors import DomainError, FieldError
from marketplace.core.i18n import gettext, localized
from marketplace.core.i18n import lazy_gettext as _l
from marketplace.fairs.models import Fair
from marketplace.venue import overdue, rooms, rules, seating
from marketplace.venue.models import Booking, Place, PlaceKind
from marketplace.venue.rooms import Key


class Taken(DomainError):
    """Somebody else holds the place, the person or the slot at that time; names what, and up to three free alternatives."""

    slug, title = "taken", _l("Already taken")
    text = _l("This place, person or slot is taken at that time.")


@dataclass(frozen=True, slots=True, kw_only=True)
class Offer:
    """A place and time that are free instead of what was asked for; times on the fair's own clock, the place by its name."""

    place_id: UUID
    place: str
    starts_at: datetime
    ends_at: datetime
    time_zone: str

    @property
    def values(self) -> str:
        """What a form that asks for place and time takes, written like the query of an address (`core.forms`)."""
        times = {name: f"{getattr(self, name):%Y-%m-%dT%H:%M}" for name in ("starts_at", "ends_at")}
        return urlencode({"place_id": str(self.place_id), **times})

    @property
    def label(self) -> str:
        return f"{format_date(self.starts_at.date(), 'medium')} {self.starts_at:%H:%M}, {self.place}"


def place_key(place_id: UUID) -> str:
    return f"place:{place_id}"


def person_key(person_id: UUID) -> str:
    return f"person:{person_id}"


def interpreter_key(interpreter_id: UUID) -> str:
    return f"interpreter:{interpreter_id}"


def slot_key(session_id: UUID, position: int) -> str:
    return f"slot:{session_id}:{position}"


def take(
    resources: Iterable[str], starts_at: datetime, *, minutes: int, holder: str, instead_of: Collection[str] = (), beside: str = ""
) -> list[str]:
    """Book each resource for the quarters from ``starts_at``; returns those that another holds: then refuse, and nothing stays.

    ``beside``: a holder of the caller's own, locked by it: what that one has already need not be taken again. What holders ``instead_of``
    have (their time is over, and the caller has ended them) is taken over or free, as is what is overdue.
    Rows go in by one order everywhere (`seating.rebook`), so that two takers of several resources wait for each other and never in a
    circle: for the same reason a caller frees nothing before it takes. Who changes what it holds uses `rebook`."""
    wanted = dict.fromkeys(keys(resources, starts_at, minutes=minutes), holder)
    if beside:
        own = select(Booking.resource, Booking.cell).where(Booking.holder == beside)
        for resource, quarter in db.session.execute(own):
            wanted.pop((resource, quarter), None)
    return rebook(wanted, instead_of=instead_of)


def keys(resources: Iterable[str], starts_at: datetime, *, minutes: int) -> list[Key]:
    """Each resource with each of the quarters that ``minutes`` from ``starts_at`` touch."""
    return [(resource, quarter) for resource in resources for quarter in rules.cells(starts_at, minutes)]


def rebook(wanted: Mapping[Key, str], *, instead_of: Collection[str] = ()) -> list[str]:
    """Have each resource and quarter held by the holder given, and nothing else by those ``instead_of``, the caller's own, which may be
    among them; returns the resources that another holds: then refuse, and nothing stays."""
    return sorted({resource for resource, _ in seating.rebook(wanted, instead_of=instead_of)}) if wanted else []


def free(holder: str) -> None:
    """Give back whatever this holder has booked."""
    db.session.execute(delete(Booking).where(Booking.holder == holder))


def occupied(resources: Iterable[str], first: datetime, last: datetime, *, but_for: str = "", to_take: bool = False) -> set[Key]:
    """The (resource, quarter) between two quarters that somebody holds; ``to_take``: without what gives way to who takes it now."""
    gone = overdue.over() if to_take else ()
    query = select(Booking.resource, Booking.cell, Booking.holder).where(
        Booking.resource.in_(list(resources)), Booking.cell >= first, Booking.cell <= last, Booking.holder != but_for
    )
    return {(resource, quarter) for resource, quarter, holder in db.session.execute(query) if holder not in gone}


def clash(
    taken: Sequence[str], starts_at: datetime, *, minutes: int, fair: Fair, places: Sequence[Place], people: Sequence[UUID],
    holder: str = "", closed: Collection[datetime] = (), unnamed: Collection[UUID] = (),
) -> Taken:  # fmt: skip
    """The refusal to raise: what is taken, by name, and where and when it would go instead, on the fair's wall clock. Programs find
    the same as ``alternatives`` of the problem.

    ``closed``: quarters that are no use though everybody named is free; ``unnamed`` of the people are told of as somebody."""
    fitting = rooms.usable(places, rooms.use_of(holder))
    offers = _alternatives(starts_at, minutes=minutes, fair=fair, places=fitting, people=people, holder=holder, closed=closed)
    hidden = {person_key(person_id) for person_id in unnamed}
    names = [gettext("somebody of the other side") if resource in hidden else name_of(resource, places) for resource in taken]
    sentence = gettext("Already taken at this time: %(what)s.", what="; ".join(names))
    found = [FieldError("/starts_at", "taken", sentence)]
    found += [FieldError("/starts_at", "free", gettext("Free: %(when)s.", when=offer.label)) for offer in offers]
    if offers:
        sentence += " " + " ".join(error.detail for error in found[1:])
    refusal = Taken(sentence, errors=tuple(found))
    refusal.offers = tuple(offers)
    refusal.members = {"alternatives": [{"starts_at": offer.starts_at.isoformat(), "place_id": str(offer.place_id)} for offer in offers]}
    return refusal


def _alternatives(
    starts_at: datetime, *, minutes: int, fair: Fair, places: Sequence[Place], people: Sequence[UUID], holder: str, closed: Collection[datetime]
) -> list[Offer]:
    days = rules.days(fair.opens_on, fair.closes_on)
    moment = now()
    candidates = [
        start for start in rules.starts(days, minutes, time_zone=fair.time_zone)
        if start > moment and not any(quarter in closed for quarter in rules.cells(start, minutes))
    ]  # fmt: skip
    if not candidates:
        return []
    by_key = {place_key(place.id): place for place in places}
    who = [person_key(person_id) for person_id in people]
    taken = occupied([*by_key, *who], candidates[0], candidates[-1] + timedelta(minutes=minutes), but_for=holder)
    found = rules.alternatives(starts_at, minutes=minutes, places=list(by_key), people=who, candidates=candidates, taken=taken)
    length = timedelta(minutes=minutes)
    return [
        Offer(place_id=by_key[key].id, place=localized(by_key[key], "name")[0], starts_at=start, ends_at=start + length, time_zone=fair.time_zone)
        for key, start in found
    ]  # fmt: skip


def name_of(resource: str, places: Sequence[Place]) -> str:
    """What is taken, for who reads it; places by name where they are among ``places``."""
    kind, key, *_ = resource.split(":")
    if kind in ("place", "use"):
        place = next((one for one in places if str(one.id) == key), None)
        name = localized(place, "name")[0] if place else str(gettext("the place"))
        return name if kind == "place" else gettext("%(place)s (an online room is for sessions or for 1:1 meetings, never for both: the link of a session is public)", place=name)
    if kind == "person":
        person = db.session.get(Person, UUID(key))
        return person.name if person else str(gettext("the person"))
    return str(gettext("the pitch slot"))


def similar(place: Place) -> list[Place]:
    """The place itself, then others of its fair that could stand in: halls and rooms for each other, tables for tables."""
    kinds = {
        PlaceKind.HALL: [PlaceKind.HALL, PlaceKind.ROOM], PlaceKind.ROOM: [PlaceKind.ROOM, PlaceKind.HALL],
        PlaceKind.TABLE: [PlaceKind.TABLE, PlaceKind.ROOM], PlaceKind.ONLINE: [PlaceKind.ONLINE],
    }[place.kind]  # fmt: skip
    others = select(Place).where(Place.fair_id == place.fair_id, Place.kind.in_(kinds), Place.id != place.id).order_by(Place.created_at)
    return [place, *db.session.scalars(others.limit(100))]
