"""Who and what a partial plan keeps busy, and which options that leaves a wish."""

from collections.abc import Collection, Iterator
from typing import NamedTuple

from .instance import Instance, Option, Plan


class Value(NamedTuple):
    """How good a plan is: people with a meeting first, the weight of the wishes served second."""

    served: int
    weight: int


class Occupancy:
    """Of a plan that may grow and shrink."""

    def __init__(self, instance: Instance, plan: Plan | None = None):
        self.instance = instance
        self.busy = [0] * len(instance.free)
        self.where: list[dict[int, int]] = [{} for _ in instance.free]
        self.used = [[0] * len(instance.slots) for _ in instance.groups]
        for person, slot, group in instance.elsewhere:
            self.busy[person] |= instance.slots[slot].cells
            self.where[person][slot] = group
        for wish, option in (plan or {}).items():
            self.put(wish, option)

    def people(self, wish: int, option: Option) -> tuple[int, ...]:
        """Who is at it, with the interpreter."""
        people = self.instance.wishes[wish].people
        return people if option.interpreter < 0 else (*people, option.interpreter)

    def put(self, wish: int, option: Option) -> None:
        cells = self.instance.slots[option.slot].cells
        for person in self.people(wish, option):
            self.busy[person] |= cells
            self.where[person][option.slot] = option.group
        for slot in self.instance.overlapping[option.slot]:
            self.used[option.group][slot] += 1

    def remove(self, wish: int, option: Option) -> None:
        cells = self.instance.slots[option.slot].cells
        for person in self.people(wish, option):
            self.busy[person] &= ~cells
            del self.where[person][option.slot]
        for slot in self.instance.overlapping[option.slot]:
            self.used[option.group][slot] -= 1

    def in_time(self, person: int, slot: int, group: int) -> bool:
        """Whether the person can walk there and away again."""
        where = self.where[person]
        far = self.instance.too_far
        return not any(u in where and far(slot, group, other_slot=u, other_group=where[u]) for u in self.instance.near[slot])

    def options(self, wish: int, slots: Collection[int] | None = None) -> Iterator[Option]:
        """Where the wish may go now; only in ``slots``, if given."""
        asked, free, busy = self.instance.wishes[wish], self.instance.free, self.busy
        together = ~0
        for person in asked.people:
            together &= free[person] & ~busy[person]
        for slot in self.instance.slots_of(wish):
            cells = self.instance.slots[slot].cells
            if cells & ~together or (slots is not None and slot not in slots):
                continue
            who = (-1,) if asked.interpreters is None else tuple(one for one in asked.interpreters if not cells & ~(free[one] & ~busy[one]))
            for group in asked.groups:
                if self.used[group][slot] >= self.instance.room[group][slot] or not all(self.in_time(one, slot, group) for one in asked.people):
                    continue
                for one in who:
                    if one < 0 or self.in_time(one, slot, group):
                        yield Option(slot, group, one)


def served(instance: Instance, plan: Plan) -> set[int]:
    """The people whom the plan gives a meeting, of those who wish one."""
    return {person for wish in plan for person in instance.wishes[wish].people} & instance.wishers


def value(instance: Instance, plan: Plan) -> Value:
    """Plans compare by this."""
    return Value(len(served(instance, plan)), sum(instance.wishes[wish].weight for wish in plan))
