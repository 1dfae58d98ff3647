"""A fair's wishes as an instance to plan, with the way back from its numbers to people, places and times."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import select

from marketplace.core.clock import now
from marketplace.core.db import db
from marketplace.fairs.models import Fair
from marketplace.meetings import expiring, interpreters
from marketplace.meetings.models import Interpreter, Meeting, MeetingPerson
from marketplace.scheduling import ground, pairing
from marketplace.scheduling.ground import Tables, Times
from marketplace.scheduling.models import MeetingCall, PlannedMeeting
from marketplace.scheduling.pairing import ENDED, Pair, Pairs
from marketplace.scheduling.planning.instance import Instance, Seat, Wish
from marketplace.venue import booking, conflicts
from marketplace.venue.models import Level, PlaceKind

DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Problem:
    """An instance and what its numbers stand for; people first, then interpreters (``helpers``: each by number), one number for one human."""

    instance: Instance
    times: Times
    tables: Tables
    people: list[UUID]
    helpers: Mapping[int, Interpreter]
    pairs: Pairs

    def row(self, plan_id: UUID, number: int, seat: Seat) -> PlannedMeeting:
        """A seat as it is kept; ``number`` is that of the pair."""
        pair = self.pairs.pairs[number]
        starts_at, ends_at = self.times.stays[seat.slot]
        interpreter = self.helpers[seat.interpreter].id if seat.interpreter >= 0 else None
        ours, theirs = pair.languages
        return PlannedMeeting(
            plan_id=plan_id, number=number, from_organization_id=pair.wish.organization_id, to_organization_id=pair.wish.about_organization_id,
            from_person_id=pair.sender.person_id, to_person_id=pair.receiver.person_id, place_id=self.tables.groups[seat.group][seat.table].id,
            starts_at=starts_at, length_minutes=int((ends_at - starts_at) / timedelta(minutes=1)), interpreter_id=interpreter,
            from_language=ours, to_language=theirs, wish_id=pair.wish.id, weight=pair.weight,
        )  # fmt: skip

    def seats(self, rows: Iterable[PlannedMeeting]) -> tuple[dict[int, Seat], dict[int, PlannedMeeting], list[PlannedMeeting]]:
        """The way back: seats and rows by number of the pair now, and the rows that stand for nothing any more."""
        numbers = {(pair.wish.organization_id, pair.wish.about_organization_id, pair.sender.person_id, pair.receiver.person_id): number for number, pair in enumerate(self.pairs.pairs)}
        interpreters = {one.id: number for number, one in self.helpers.items()}
        seats: dict[int, Seat] = {}
        found: dict[int, PlannedMeeting] = {}
        lost = []
        for row in rows:
            number = numbers.get((row.from_organization_id, row.to_organization_id, row.from_person_id, row.to_person_id))
            at = self.tables.at(row.place_id)
            slot = self.times.numbers.get((row.starts_at, row.starts_at + timedelta(minutes=row.length_minutes)))
            interpreter = -1 if row.interpreter_id is None else interpreters.get(row.interpreter_id)
            same = number is not None and self.pairs.pairs[number].wish.id == row.wish_id  # else it was taken back, and said anew
            if number is None or not same or at is None or slot is None or interpreter is None:
                lost.append(row)
                continue
            seats[number], found[number] = Seat(slot, at[0], interpreter, at[1]), row
        return seats, found, lost


def problem(fair: Fair, call: MeetingCall) -> Problem:
    """The fair as it is now: what is booked, closed or away already is not there to be planned. A constant number of queries."""
    times = ground.times(call, fair, after=now())
    tables = ground.tables(fair)
    pairs = pairing.pairs(fair.id)
    people = sorted({one.person_id for pair in pairs.pairs for one in (pair.sender, pair.receiver)})
    numbers = {person_id: number for number, person_id in enumerate(people)}
    helpers = numbered(working_interpreters(fair.id), numbers)
    keys = [booking.person_key(person_id) for person_id in people]
    held = ground.held({*keys, *helpers_keys(helpers), *tables.keys()}, *span(times), but_for=overdue(fair.id))
    away = ground.absent(fair)
    elsewhere = ground.elsewhere(keys, held, tables, times)
    organizations = {one.person_id: one.organization_id for pair in pairs.pairs for one in (pair.sender, pair.receiver)}
    free = [times.all & ~held.mask(key, times) & ~_away(away.get(organizations[person_id], ()), times) for person_id, key in zip(people, keys, strict=True)]
    free += free_helpers(helpers, held, times, first=len(people))
    ignore = conflicts.levels(fair.id)[conflicts.Kind.NO_INTERPRETER] is Level.IGNORE
    instance = Instance(
        slots=times.slots(), offered=times.offered, free=tuple(free), groups=tables.for_instance(held, times), walks=tables.walks,
        wishes=tuple(wish_of(pair, numbers, tables, helpers, unaided=ignore) for pair in pairs.pairs), elsewhere=elsewhere,
        served=frozenset(numbers[person_id] for person_id in meeting_already(fair.id) if person_id in numbers),
    )  # fmt: skip
    return Problem(instance, times, tables, people, helpers, pairs)


def span(times: Times) -> tuple[datetime, datetime]:
    """From a day before the first slot to a day after the last."""
    moments = [moment for stay in times.stays for moment in stay] or [now()]
    return min(moments) - DAY, max(moments) + DAY


def _away(stays: Sequence[ground.Stay], times: Times) -> int:
    return times.mask(cell for starts_at, ends_at in stays for cell in ground.cells_of(starts_at, ends_at))


def numbered(interpreters: Iterable[Interpreter], numbers: Mapping[UUID, int]) -> dict[int, Interpreter]:
    """Each interpreter by number: who is among the people keeps theirs, so that nobody meets and interprets at once; the others come after."""
    found: dict[int, Interpreter] = {}
    following = len(numbers)
    for one in interpreters:
        own = numbers.get(one.person_id) if one.person_id is not None else None
        found[following if own is None else own] = one
        following += own is None
    return found


def helpers_keys(helpers: Mapping[int, Interpreter]) -> list[str]:
    """What their bookings are of."""
    return [key for one in helpers.values() for key in interpreters.keys(one)]


def free_helpers(helpers: Mapping[int, Interpreter], held: ground.Held, times: Times, *, first: int) -> list[int]:
    """The free quarters of those who are not among the people, in the order of their numbers."""
    later = sorted((number, one) for number, one in helpers.items() if number >= first)
    return [times.all & ~times.mask(cell for key in interpreters.keys(one) for cell in held.by_resource.get(key, ())) for _, one in later]


def wish_of(pair: Pair, numbers: Mapping[UUID, int], tables: Tables, helpers: Mapping[int, Interpreter], *, unaided: bool) -> Wish:
    """A pair as the planning knows it. ``unaided``: this fair does without interpreters."""
    seated, online = pair.where
    groups = (tables.of_kind(PlaceKind.TABLE) if seated else ()) + (tables.of_kind(PlaceKind.ONLINE) if online else ())
    both = (numbers[pair.sender.person_id], numbers[pair.receiver.person_id])
    return Wish(both, pair.weight, groups, None if unaided else able(pair.languages, helpers, but_for=both))


def able(languages: tuple[str | None, str | None], helpers: Mapping[int, Interpreter], *, but_for: Collection[int]) -> tuple[int, ...] | None:
    """The numbers of who speaks both and is none of the two; None when nobody is needed."""
    if None in languages or languages[0] == languages[1]:
        return None
    return tuple(number for number, one in helpers.items() if set(languages) <= set(one.languages) and number not in but_for)


def working_interpreters(fair_id: UUID) -> list[Interpreter]:
    query = select(Interpreter).where(Interpreter.fair_id == fair_id, Interpreter.left_at.is_(None))
    return list(db.session.scalars(query.order_by(Interpreter.created_at, Interpreter.id)))


def overdue(fair_id: UUID) -> set[str]:
    """Who still holds bookings although nobody answered in time."""
    query = select(Meeting.id).where(Meeting.fair_id == fair_id, expiring.lapsed())
    return {f"meeting:{meeting_id}" for meeting_id in db.session.scalars(query)}


def meeting_already(fair_id: UUID) -> set[UUID]:
    """The people who have a meeting at the fair, asked for by hand or planned before."""
    query = select(MeetingPerson.person_id).join(Meeting, Meeting.id == MeetingPerson.meeting_id)
    return set(db.session.scalars(query.where(Meeting.fair_id == fair_id, Meeting.status.not_in(ENDED))))
