"""The first plan: the wishes that were chosen, the hardest to place first, each where it leaves most; then whatever still fits."""

from collections.abc import Collection

from .instance import Instance, Option, Plan
from .occupancy import Occupancy


def place(instance: Instance, chosen: Collection[int], start: Plan | None = None) -> Plan:
    """A valid plan; not every chosen wish finds a place in it."""
    plan = dict(start or {})
    occupancy = Occupancy(instance, plan)
    tightness = _tightness(instance, chosen)
    rest = sorted(set(instance.possible) - set(chosen), key=lambda one: (-instance.wishes[one].weight, one))
    for wish in [*sorted(chosen, key=lambda one: (-tightness[one], one)), *rest]:
        if wish in plan:
            continue
        option = min(occupancy.options(wish), key=lambda one: _cost(instance, occupancy, wish, one), default=None)
        if option is not None:
            plan[wish] = option
            occupancy.put(wish, option)
    return plan


def _tightness(instance: Instance, chosen: Collection[int]) -> dict[int, float]:
    """How much of their time the busiest of its people give to chosen wishes; with an interpreter it is harder still."""
    load = [0] * len(instance.free)
    for wish in chosen:
        for person in instance.wishes[wish].people:
            load[person] += 1
    time = [max(1, sum(not slot.cells & ~mask for slot in instance.slots[: instance.offered])) for mask in instance.free]
    return {
        wish: max(load[person] / time[person] for person in instance.wishes[wish].people) + (instance.wishes[wish].interpreters is not None)
        for wish in chosen
    }


def _cost(instance: Instance, occupancy: Occupancy, wish: int, option: Option) -> tuple[float, Option]:
    """Empty tables first; beside people's meetings in the same hall, which a way would otherwise cut off."""
    same = sum(
        occupancy.where[person].get(near) == option.group for person in instance.wishes[wish].people for near in instance.near[option.slot]
    )
    share = occupancy.used[option.group][option.slot] / instance.room[option.group][option.slot]
    return share - 0.1 * same, option
