"""Which table each meeting of a plan has: any of its group that is free, the same one as before where that can be."""

from collections import Counter
from collections.abc import Mapping

from .instance import Instance, Plan, Seat


def seat(instance: Instance, plan: Plan, *, before: Mapping[int, Seat] | None = None) -> dict[int, Seat]:
    """A table for each. ``before``: seats that stay at their table while it is free; then people stay at their usual table.

    A group has at least as many tables free in a slot as the plan puts there, so that each finds one."""
    taken: list[list[int]] = [[0] * len(group.tables) for group in instance.groups]
    usual: Counter[tuple[int, int, int]] = Counter()
    seats: dict[int, Seat] = {}

    def free(group: int, table: int, cells: int) -> bool:
        return not cells & (taken[group][table] | ~instance.groups[group].tables[table])

    def sit(wish: int, table: int) -> None:
        slot, group, interpreter = plan[wish]
        taken[group][table] |= instance.slots[slot].cells
        seats[wish] = Seat(slot, group, interpreter, table)
        usual.update((person, group, table) for person in instance.wishes[wish].people)

    known = before or {}
    for wish in sorted(plan):
        old, option = known.get(wish), plan[wish]
        if old and (old.slot, old.group) == (option.slot, option.group) and free(old.group, old.table, instance.slots[option.slot].cells):
            sit(wish, old.table)
    for wish in sorted(plan.keys() - seats.keys(), key=lambda one: (instance.slots[plan[one].slot].starts, one)):
        slot, group, _ = plan[wish]
        people, cells = instance.wishes[wish].people, instance.slots[slot].cells
        tables = [table for table in range(len(instance.groups[group].tables)) if free(group, table, cells)]
        sit(wish, max(tables, key=lambda table: (sum(usual[person, group, table] for person in people), -table)))
    return seats
