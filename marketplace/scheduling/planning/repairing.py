"""Three repairs of a plan that a change broke: as few meetings lost and then as few moved as can be; the same times only; none.

What still holds stays: meetings that the change does not touch may change their table at its times, and those of the people
whom it touches their time, so few of them that `MOST_MOVED` is kept.
"""

import time
from collections.abc import Collection, Mapping
from dataclasses import dataclass

from .changing import Kind, broken
from .instance import Instance, Option, Plan, Seat
from .modelling import Part, solve
from .occupancy import Occupancy, served
from .tabling import seat

MOST_MOVED = 0.01
"""The share of all meetings that may get another time."""
LOST, MOVED, HALL, INTERPRETER = 1_000_000, 10_000, 1_000, 500
"""What a change costs beside others; a meeting that was only waiting so far is worth less than any of them."""


@dataclass(frozen=True, slots=True)
class Old:
    """The plan before, and the first slots that may still be changed: what has begun stays."""

    seats: Mapping[int, Seat]
    open_slots: frozenset[int]


def repairs(instance: Instance, old: Old, *, seconds: float) -> dict[Kind, dict[int, Seat]]:
    """``instance`` is the fair after the change; plans by repair, each valid in it."""
    lost = broken(instance, old.seats)
    fixed = {wish: Option(*one[:3]) for wish, one in old.seats.items() if wish not in set(lost)}
    began = time.monotonic()
    tables = _same_time(instance, old, fixed, lost, seconds=seconds / 4)
    fewest = _fewest(instance, old, fixed, lost, start=tables, until=began + seconds)
    plans = {Kind.FEWEST: fewest, Kind.TABLES: tables, Kind.DROP: fixed}
    return {kind: seat(instance, plan, before=old.seats) for kind, plan in plans.items()}


def _same_time(instance: Instance, old: Old, fixed: Plan, lost: Collection[int], *, seconds: float) -> Plan:
    occupancy = Occupancy(instance, fixed)
    found = {wish: list(occupancy.options(wish, old.open_slots & {old.seats[wish].slot})) for wish in lost}
    part = Part(fixed, {wish: options for wish, options in found.items() if options}, _Worth(instance, old), win=_without(instance, fixed, lost))
    solved = solve(instance, part, seconds=seconds)
    return solved.plan if solved is not None else _placed(instance, fixed, {wish: {old.seats[wish].slot} & old.open_slots for wish in lost})


def _fewest(instance: Instance, old: Old, fixed: Plan, lost: Collection[int], *, start: Plan, until: float) -> Plan:
    """Frees what the change touches, its people's other meetings and the tables of its times, and the wishes its people still have."""
    hit = {person for wish in lost for person in instance.wishes[wish].people}
    theirs = {wish for wish, option in fixed.items() if option.slot in old.open_slots and hit & set(instance.wishes[wish].people)}
    beside = _beside(instance, old, fixed, lost) - theirs
    waiting = {wish for wish in instance.possible if wish not in old.seats and hit & set(instance.wishes[wish].people)}
    start = _placed(instance, start, {wish: old.open_slots for wish in lost if wish not in start})
    rest = {wish: option for wish, option in fixed.items() if wish not in theirs | beside}
    occupancy = Occupancy(instance, rest)
    options = {}
    most_few = max(0, int(MOST_MOVED * len(old.seats)) - len(lost))
    for wish in sorted(theirs | beside | waiting | set(lost)):
        slots_of = {old.seats[wish].slot} if wish in beside or (wish in theirs and not most_few) else old.open_slots
        if found := list(occupancy.options(wish, slots_of)):
            options[wish] = found
    few = {(wish, option) for wish in theirs for option in options[wish] if option.slot != old.seats[wish].slot}
    part = Part(
        rest, options, _Worth(instance, old), win=_without(instance, fixed, lost), stay=frozenset(theirs | beside), few=frozenset(few),
        hint={wish: option for wish, option in start.items() if wish not in rest}, most_few=most_few,
    )  # fmt: skip
    solved = solve(instance, part, seconds=until - time.monotonic())
    if solved is None:
        return start  # a machine too busy to solve anything loses no meeting that could simply be moved
    return max((solved.plan, start), key=lambda plan: (len(served(instance, plan)), len(plan.keys() & old.seats)))


def _placed(instance: Instance, plan: Plan, wanted: Mapping[int, Collection[int]]) -> Plan:
    """The plan with these wishes put where something is left in their slots, the heaviest first."""
    found, occupancy = dict(plan), Occupancy(instance, plan)
    for wish in sorted(wanted, key=lambda one: (-instance.wishes[one].weight, one)):
        option = next(occupancy.options(wish, wanted[wish]), None)
        if option is not None:
            found[wish] = option
            occupancy.put(wish, option)
    return found


def _beside(instance: Instance, old: Old, fixed: Plan, lost: Collection[int]) -> set[int]:
    """The meetings that can give something up at the same time: a table, where another place is left for them; an interpreter."""
    used = Occupancy(instance, fixed).used
    tables, interpreters = set[int](), set[int]()
    for wish in lost:
        slot, group, interpreter, table = old.seats[wish]
        cells = instance.slots[slot].cells
        if not 0 <= table < len(instance.groups[group].tables) or cells & ~instance.groups[group].tables[table]:
            tables.add(slot)
        if interpreter >= 0 and cells & ~instance.free[interpreter]:
            interpreters.add(slot)
    tables = {slot for slot in tables & old.open_slots if any(room[slot] > taken[slot] for room, taken in zip(instance.room, used, strict=True))}
    return {
        wish for wish, option in fixed.items() if option.slot in tables or (option.interpreter >= 0 and option.slot in interpreters & old.open_slots)
    }


def _without(instance: Instance, fixed: Plan, lost: Collection[int]) -> frozenset[int]:
    """Who would be left without any meeting."""
    return frozenset({person for wish in lost for person in instance.wishes[wish].people} & instance.wishers - served(instance, fixed))


class _Worth:
    """Of an option beside losing the meeting, or beside not having it."""

    def __init__(self, instance: Instance, old: Old):
        self.instance, self.old = instance, old

    def __call__(self, wish: int, option: Option) -> int:
        weight = self.instance.wishes[wish].weight
        before = self.old.seats.get(wish)
        if before is None:
            return 1 + min(weight, 2000) // 20
        if option.slot != before.slot:
            return LOST + weight - MOVED
        return LOST + weight - HALL * (option.group != before.group) - INTERPRETER * (option.interpreter != before.interpreter)
