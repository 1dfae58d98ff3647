"""What a plan stands on: a fair's slots and quarters, its tables in groups with the ways between them, and who is busy when."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from uuid import UUID

from sqlalchemy import select

from marketplace.core.db import db
from marketplace.fairs.models import Fair
from marketplace.meetings.models import Absence
from marketplace.scheduling import rules
from marketplace.scheduling.models import MeetingCall
from marketplace.scheduling.planning.instance import Group, Slot
from marketplace.venue import booking, conflicts, walking
from marketplace.venue import queries as venue
from marketplace.venue import rules as quarters
from marketplace.venue.models import Booking, Level, Place, PlaceKind

KINDS = (PlaceKind.TABLE, PlaceKind.ONLINE)
"""Where a plan puts meetings; rooms are left to sessions and to those who ask for one."""
AT_ONCE = 5_000
"""So many resources are asked for in one query."""
Stay = tuple[datetime, datetime]


@dataclass(slots=True)
class Times:
    """Slots and quarters by moment. The first ``offered`` slots are the call's; `of` adds others as they come up."""

    offered: int = 0
    stays: list[Stay] = field(default_factory=list)
    numbers: dict[Stay, int] = field(default_factory=dict)
    bits: dict[datetime, int] = field(default_factory=dict)

    def of(self, starts_at: datetime, ends_at: datetime) -> int:
        """The number of the slot of this time."""
        stay = (starts_at, ends_at)
        if stay not in self.numbers:
            self.numbers[stay] = len(self.stays)
            self.stays.append(stay)
            for cell in cells_of(starts_at, ends_at):
                self.bits.setdefault(cell, 1 << len(self.bits))
        return self.numbers[stay]

    def mask(self, cells: Iterable[datetime]) -> int:
        """Bits of quarters; those of no slot have none."""
        found = 0
        for cell in cells:
            found |= self.bits.get(cell, 0)
        return found

    def slots(self) -> tuple[Slot, ...]:
        """For the instance: minutes since the earliest."""
        first = min((starts_at for starts_at, _ in self.stays), default=None)
        if first is None:
            return ()
        return tuple(
            Slot(_minutes(starts_at - first), _minutes(ends_at - first), self.mask(cells_of(starts_at, ends_at))) for starts_at, ends_at in self.stays
        )

    @property
    def all(self) -> int:
        return (1 << len(self.bits)) - 1


def _minutes(span: timedelta) -> int:
    return int(span / timedelta(minutes=1))


def cells_of(starts_at: datetime, ends_at: datetime) -> list[datetime]:
    """The quarters of a time."""
    return quarters.cells(starts_at, _minutes(ends_at - starts_at))


def times(call: MeetingCall | None, fair: Fair, *, after: datetime) -> Times:
    """The slots of a fair's call that begin after a moment."""
    found = Times()
    if call is not None:
        length = timedelta(minutes=call.length_minutes)
        for starts_at in slots_of(call, fair):
            if starts_at > after:
                found.of(starts_at, starts_at + length)
    found.offered = len(found.stays)
    return found


def slots_of(call: MeetingCall, fair: Fair) -> list[datetime]:
    days = [date.fromisoformat(day) for day in call.days]
    return rules.slots(days, call.hours, length_minutes=call.length_minutes, pause_minutes=call.pause_minutes, time_zone=fair.time_zone)


@dataclass(frozen=True, slots=True)
class Tables:
    """Places by group: those of one kind in one hall. ``walks``: minutes from group to group."""

    groups: tuple[tuple[Place, ...], ...]
    walks: tuple[tuple[int, ...], ...]

    def at(self, place_id: UUID) -> tuple[int, int] | None:
        """Group and number of a place; None for one that is not for meetings."""
        for number, places in enumerate(self.groups):
            for position, place in enumerate(places):
                if place.id == place_id:
                    return number, position
        return None

    def of_kind(self, *kinds: PlaceKind) -> tuple[int, ...]:
        return tuple(number for number, places in enumerate(self.groups) if places[0].kind in kinds)

    def keys(self) -> list[str]:
        """What their bookings are of."""
        return [booking.place_key(place.id) for places in self.groups for place in places]

    def for_instance(self, held: "Held", times: Times) -> tuple[Group, ...]:
        return tuple(
            Group(tuple(times.all & ~held.mask(booking.place_key(place.id), times) for place in places), places[0].kind is PlaceKind.ONLINE)
            for places in self.groups
        )


def tables(fair: Fair, *, kinds: Collection[PlaceKind] = KINDS) -> Tables:
    """Halls beside each other in the order in which they were made. Where this fair ignores ways, there are none."""
    by_hall: dict[tuple[PlaceKind, UUID | None], list[Place]] = {}
    for place in venue.places(fair.id, for_meetings=True):
        if place.kind in kinds:
            by_hall.setdefault((place.kind, place.hall_id if place.kind is not PlaceKind.ONLINE else None), []).append(place)
    groups = tuple(tuple(places) for _, places in sorted(by_hall.items(), key=lambda item: (item[0][0] is PlaceKind.ONLINE, item[1][0].created_at, item[1][0].id)))
    ignored = conflicts.levels(fair.id)[conflicts.Kind.WALKING] is Level.IGNORE
    ways = walking.Ways({}) if ignored else walking.ways(fair.id)
    return Tables(groups, tuple(tuple(ways.minutes(one[0], other[0]) for other in groups) for one in groups))


@dataclass(frozen=True, slots=True)
class Held:
    """Which quarters somebody else holds of each resource, and by which holder."""

    by_resource: Mapping[str, Mapping[datetime, str]]

    def mask(self, resource: str, times: Times) -> int:
        return times.mask(self.by_resource.get(resource, ()))


def held(resources: Collection[str], first: datetime, last: datetime, *, but_for: Collection[str] = ()) -> Held:
    """The bookings of these between two moments, but for those of some holders. A query for each `AT_ONCE` of them, whatever other fairs hold."""
    found: dict[str, dict[datetime, str]] = {}
    own, wanted = set(but_for), sorted(resources)
    for start in range(0, len(wanted), AT_ONCE):
        query = select(Booking.resource, Booking.cell, Booking.holder).where(
            Booking.resource.in_(wanted[start : start + AT_ONCE]), Booking.cell >= first, Booking.cell < last
        )
        for resource, cell, holder in db.session.execute(query):
            if holder not in own:
                found.setdefault(resource, {})[cell] = holder
    return Held(found)


def elsewhere(people: Sequence[str], held: Held, tables: Tables, times: Times) -> tuple[tuple[int, int, int], ...]:
    """Where people are for other reasons, as (person, slot, group); a hall without tables for meetings is no group and left out."""
    stays: dict[tuple[int, str], list[datetime]] = {}
    for person, resource in enumerate(people):
        for cell, holder in held.by_resource.get(resource, {}).items():
            stays.setdefault((person, holder), []).append(cell)
    places = walking.holders_places({holder for _, holder in stays})
    halls = {(place.hall_id or place.id): number for number, group in enumerate(tables.groups) for place in group if place.kind is not PlaceKind.ONLINE}
    found = []
    for (person, holder), cells in sorted(stays.items()):
        place = places.get(holder)
        group = halls.get(place.hall_id or place.id) if place is not None else None
        if group is not None:
            found.append((person, times.of(min(cells), max(cells) + quarters.CELL), group))
    return tuple(found)


def absent(fair: Fair) -> dict[UUID, list[Stay]]:
    """When whole organisations take no meetings; nothing where this fair ignores it."""
    if conflicts.levels(fair.id)[conflicts.Kind.ORGANIZATION_ABSENT] is Level.IGNORE:
        return {}
    found: dict[UUID, list[Stay]] = {}
    query = select(Absence).where(Absence.fair_id == fair.id, Absence.organization_id.is_not(None), Absence.person_id.is_(None))
    for absence in db.session.scalars(query):
        if absence.organization_id is not None:
            found.setdefault(absence.organization_id, []).append((absence.starts_at, absence.ends_at))
    return found
