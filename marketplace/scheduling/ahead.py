"""The meetings of a fair that lie ahead, as an instance to repair when something is not there for a time."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import or_, select

from marketplace.core.clock import now
from marketplace.core.db import db
from marketplace.fairs.models import Fair
from marketplace.meetings import expiring
from marketplace.meetings.models import Interpreter, Meeting, MeetingPerson, MeetingStatus
from marketplace.scheduling import gathering, ground, pairing, queries
from marketplace.scheduling.ground import Tables, Times
from marketplace.scheduling.models import ChangeKind, PlannedMeeting
from marketplace.scheduling.pairing import ENDED, Pair
from marketplace.scheduling.planning.instance import Instance, Seat, Wish
from marketplace.scheduling.rules import MUST
from marketplace.venue import booking
from marketplace.venue.models import PlaceKind

ALIVE = (MeetingStatus.REQUESTED, MeetingStatus.CONFIRMED)
KINDS = (PlaceKind.TABLE, PlaceKind.ROOM, PlaceKind.ONLINE)


@dataclass(frozen=True, slots=True)
class Loss:
    """What is not there for a time: a place, person, organisation or interpreter."""

    kind: ChangeKind
    subject_id: UUID
    starts_at: datetime
    ends_at: datetime


@dataclass(frozen=True, slots=True)
class Ahead:
    """``meetings`` are the first wishes of the instance, ``waiting`` the rest: wishes without a meeting so far. ``helpers``: interpreters by number."""

    instance: Instance
    seats: dict[int, Seat]
    open_slots: list[int]
    times: Times
    tables: Tables
    meetings: list[Meeting]
    waiting: list[Pair]
    people: list[UUID]
    helpers: Mapping[int, Interpreter]


def meetings(fair_id: UUID) -> list[Meeting]:
    """Agreed or asked for, and not begun."""
    query = select(Meeting).where(
        Meeting.fair_id == fair_id, Meeting.status.in_(ALIVE), ~expiring.lapsed(), Meeting.starts_at > now()
    )
    return list(db.session.scalars(query.order_by(Meeting.starts_at, Meeting.id)))


def coming(ids: Sequence[UUID]) -> dict[UUID, list[MeetingPerson]]:
    """Who comes, by meeting."""
    found: dict[UUID, list[MeetingPerson]] = {}
    for row in db.session.scalars(select(MeetingPerson).where(MeetingPerson.meeting_id.in_(ids)).order_by(MeetingPerson.id)):
        found.setdefault(row.meeting_id, []).append(row)
    return found


def broken(loss: Loss, rows: Sequence[Meeting]) -> list[Meeting]:
    """Which of these cannot be held."""
    within = [row for row in rows if row.starts_at < loss.ends_at and row.ends_at > loss.starts_at]
    if loss.kind is ChangeKind.PLACE:
        return [row for row in within if row.place_id == loss.subject_id]
    if loss.kind is ChangeKind.INTERPRETER:
        return [row for row in within if row.interpreter_id == loss.subject_id]
    if loss.kind is ChangeKind.ORGANIZATION:
        return [row for row in within if loss.subject_id in (row.from_organization_id, row.to_organization_id)]
    people = coming([row.id for row in within])
    helps = set(db.session.scalars(select(Interpreter.id).where(Interpreter.person_id == loss.subject_id)))
    return [row for row in within if row.interpreter_id in helps or any(one.person_id == loss.subject_id for one in people.get(row.id, []))]


def ahead(fair: Fair, loss: Loss) -> Ahead:
    """The fair's meetings as they are, and what is free for them once the loss has happened. A constant number of queries."""
    tables = ground.tables(fair, kinds=KINDS)
    rows = [row for row in meetings(fair.id) if tables.at(row.place_id) is not None]
    moment, call = now(), queries.call(fair.id)
    times = ground.times(call, fair, after=moment)
    own = [times.of(row.starts_at, row.ends_at) for row in rows]
    waiting = _waiting(fair.id, broken(loss, rows))
    who = coming([row.id for row in rows])
    pairs_people = {one.person_id: one.organization_id for pair in waiting for one in (pair.sender, pair.receiver)}
    organizations = pairs_people | {one.person_id: one.organization_id for people in who.values() for one in people}
    people = sorted(organizations)
    numbers = {person_id: number for number, person_id in enumerate(people)}
    helpers = gathering.numbered(_interpreters(fair.id, rows), numbers)
    keys = [booking.person_key(person_id) for person_id in people]
    everything = {*keys, *gathering.helpers_keys(helpers), *tables.keys()}
    held = ground.held(everything, *gathering.span(times), but_for={f"meeting:{row.id}" for row in rows} | gathering.overdue(fair.id))
    elsewhere = ground.elsewhere(keys, held, tables, times)
    free = [times.all & ~held.mask(key, times) for key in keys]
    free += gathering.free_helpers(helpers, held, times, first=len(people))
    weights = _weights([row.id for row in rows])
    wishes = [
        Wish(tuple(numbers[one.person_id] for one in who.get(row.id, [])), weights.get(row.id, MUST), _groups(row, tables),
             _able(row, helpers, but_for={numbers[one.person_id] for one in who.get(row.id, [])}), _slots(row, slot, times))
        for row, slot in zip(rows, own, strict=True)
    ]  # fmt: skip
    wishes += [gathering.wish_of(pair, numbers, tables, helpers, unaided=False) for pair in waiting]
    instance = Instance(
        slots=times.slots(), offered=times.offered, free=tuple(free), groups=tables.for_instance(held, times), walks=tables.walks,
        wishes=tuple(wishes), elsewhere=elsewhere, served=frozenset(numbers[one] for one in _met_before(fair.id, rows) if one in numbers),
    )  # fmt: skip
    seats = {number: _seat(row, slot, tables, helpers) for number, (row, slot) in enumerate(zip(rows, own, strict=True))}
    lost = {number for number, person_id in enumerate(people) if loss.subject_id in (person_id, organizations[person_id])}
    lost |= {number for number, one in helpers.items() if loss.subject_id in (one.id, one.person_id)}
    after = _without(instance, loss, lost, times, tables)
    open_slots = [slot for slot, (starts_at, _) in enumerate(times.stays) if starts_at > moment]
    return Ahead(after, seats, open_slots, times, tables, rows, waiting, people, helpers)


def _without(instance: Instance, loss: Loss, people: set[int], times: Times, tables: Tables) -> Instance:
    """The fair once the loss has happened."""
    gone = times.mask(ground.cells_of(loss.starts_at, loss.ends_at))
    free = tuple(mask & ~gone if number in people else mask for number, mask in enumerate(instance.free))
    groups = list(instance.groups)
    if loss.kind is ChangeKind.PLACE and (at := tables.at(loss.subject_id)) is not None:
        masks = list(groups[at[0]].tables)
        masks[at[1]] &= ~gone
        groups[at[0]] = replace(groups[at[0]], tables=tuple(masks))
    return replace(instance, free=free, groups=tuple(groups))


def _seat(row: Meeting, slot: int, tables: Tables, helpers: Mapping[int, Interpreter]) -> Seat:
    at = tables.at(row.place_id)
    assert at is not None
    number = next((number for number, one in helpers.items() if one.id == row.interpreter_id), -1)
    return Seat(slot, at[0], number, at[1])


def _groups(row: Meeting, tables: Tables) -> tuple[int, ...]:
    """At a table or in its room, or online, as it is."""
    at = tables.at(row.place_id)
    assert at is not None
    if tables.groups[at[0]][0].kind is PlaceKind.ONLINE:
        return (at[0],)
    return tuple(dict.fromkeys((at[0], *tables.of_kind(PlaceKind.TABLE))))


def _slots(row: Meeting, own: int, times: Times) -> tuple[int, ...]:
    """Its own time, and those of the plan that are long enough."""
    long_enough = [slot for slot in range(times.offered) if times.stays[slot][1] - times.stays[slot][0] >= timedelta(minutes=row.length_minutes)]
    return tuple(dict.fromkeys((own, *long_enough)))


def _able(row: Meeting, helpers: Mapping[int, Interpreter], *, but_for: Collection[int]) -> tuple[int, ...] | None:
    """Who could interpret a meeting that has somebody; None for one that has nobody."""
    if row.interpreter_id is None:
        return None
    named = tuple(number for number, one in helpers.items() if one.id == row.interpreter_id)
    working = {number: one for number, one in helpers.items() if one.left_at is None}
    others = gathering.able((row.from_language, row.to_language), working, but_for=but_for) or ()
    return tuple(dict.fromkeys((*named, *others)))


def _interpreters(fair_id: UUID, rows: Sequence[Meeting]) -> list[Interpreter]:
    """Those who work at the fair, first; then who is assigned although they left."""
    assigned = {row.interpreter_id for row in rows if row.interpreter_id is not None}
    query = select(Interpreter).where(Interpreter.fair_id == fair_id, or_(Interpreter.left_at.is_(None), Interpreter.id.in_(assigned)))
    return list(db.session.scalars(query.order_by(Interpreter.left_at.is_not(None), Interpreter.created_at, Interpreter.id)))


def _waiting(fair_id: UUID, hit: Sequence[Meeting]) -> list[Pair]:
    """Wishes of the organisations concerned that have no meeting, once a plan was published."""
    if not hit or queries.published(fair_id) is None:
        return []
    concerned = {one for row in hit for one in (row.from_organization_id, row.to_organization_id)}
    return pairing.pairs(fair_id, only=concerned).pairs


def _weights(ids: Sequence[UUID]) -> dict[UUID, int]:
    """Of meetings that a plan made."""
    query = select(PlannedMeeting.meeting_id, PlannedMeeting.weight).where(PlannedMeeting.meeting_id.in_(ids))
    return {meeting_id: weight for meeting_id, weight in db.session.execute(query) if meeting_id is not None}


def _met_before(fair_id: UUID, rows: Sequence[Meeting]) -> set[UUID]:
    """Who has or had another meeting at the fair."""
    ids = {row.id for row in rows}
    query = select(MeetingPerson.meeting_id, MeetingPerson.person_id).join(Meeting, Meeting.id == MeetingPerson.meeting_id)
    query = query.where(Meeting.fair_id == fair_id, Meeting.status.not_in(ENDED))
    return {person_id for meeting_id, person_id in db.session.execute(query) if meeting_id not in ids}
