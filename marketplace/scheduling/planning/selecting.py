"""Which wishes can be met at all, slots left aside: only how many each person, interpreter and kind of place can take.

Every plan keeps these sums, so that the best value under them is an upper bound for any plan.
"""

import time
from collections import defaultdict
from dataclasses import dataclass
from typing import Any

from ortools.sat.python import cp_model

from .instance import Instance
from .modelling import searcher


@dataclass(frozen=True, slots=True)
class Selection:
    """The wishes to try first, and the bound: no plan serves more people, and none that serves as many has more weight."""

    chosen: frozenset[int]
    served: int
    weight: int


def select(instance: Instance, *, seconds: float) -> Selection:
    """First the most people, then the most weight with as many people. Takes ``seconds`` at most; the bound holds whenever it ends."""
    began = time.monotonic()
    everybody = _heaviest(instance, None, seconds=seconds * 0.7)
    if everybody is not None:
        return everybody
    model, _, served = _model(instance)
    model.maximize(sum(served))
    first, solver = _solve(model, (seconds - (time.monotonic() - began)) / 2)
    people = min(int(solver.best_objective_bound + 1e-6), len(served)) if first else len(served)
    reached = round(solver.objective_value) if first else 0
    found = _heaviest(instance, reached, seconds=seconds - (time.monotonic() - began))
    if found is None:
        return Selection(frozenset(instance.possible), people, sum(instance.wishes[wish].weight for wish in instance.possible))
    return Selection(found.chosen, people, found.weight)


def _heaviest(instance: Instance, people: int | None, *, seconds: float) -> Selection | None:
    """The most weight with at least so many people, or (None) with everybody; None when nothing was found."""
    model, xs, served = _model(instance)
    wanted = len(served) if people is None else people
    if served:
        model.add(sum(served) >= wanted)
    model.maximize(sum(instance.wishes[wish].weight * x for wish, x in xs.items()))
    found, solver = _solve(model, seconds)
    if not found:
        return None
    weight = min(int(solver.best_objective_bound + 1e-6), sum(instance.wishes[wish].weight for wish in xs))
    return Selection(frozenset(wish for wish, x in xs.items() if solver.value(x)), wanted, weight)


def _solve(model: cp_model.CpModel, seconds: float) -> tuple[bool, cp_model.CpSolver]:
    solver = searcher(seconds=max(seconds, 0.1))
    return solver.solve(model) in (cp_model.OPTIMAL, cp_model.FEASIBLE), solver


def _model(instance: Instance) -> tuple[cp_model.CpModel, dict[int, Any], list[Any]]:
    model = cp_model.CpModel()
    xs = {wish: model.new_bool_var("") for wish in instance.possible}
    by_person: dict[int, list[Any]] = defaultdict(list)
    by_groups: dict[frozenset[int], list[Any]] = defaultdict(list)
    by_interpreters: dict[frozenset[int], list[Any]] = defaultdict(list)
    for wish, x in xs.items():
        asked = instance.wishes[wish]
        by_groups[frozenset(asked.groups)].append(x)
        if asked.interpreters is not None:
            by_interpreters[frozenset(asked.interpreters)].append(x)
        for person in asked.people:
            by_person[person].append(x)
    times = [_most(instance, mask) for mask in instance.free]
    served = []
    for person, mine in by_person.items():
        model.add(sum(mine) <= times[person])
        if person in instance.wishers:
            served.append(model.new_bool_var(""))
            model.add_bool_or([*mine, served[-1].negated()])
    rooms = [sum(_most(instance, table) for table in group.tables) for group in instance.groups]
    _flow(model, by_groups, dict(enumerate(rooms)))
    _flow(model, by_interpreters, {one: times[one] for who in by_interpreters for one in who})
    return model, xs, served


def _most(instance: Instance, free: int) -> int:
    """How many slots without overlap fit into these quarters, at most."""
    count, until = 0, 0
    for slot in sorted(instance.slots, key=lambda one: one.ends):
        if not slot.cells & ~free and (count == 0 or slot.starts >= until):
            count, until = count + 1, slot.ends
    return count


def _flow(model: cp_model.CpModel, by_allowed: dict[frozenset[int], list[Any]], most: dict[int, int]) -> None:
    """Whoever asks for one of a set is given one of it, and nothing is given more often than it can be."""
    given: dict[int, list[Any]] = defaultdict(list)
    for allowed, xs in by_allowed.items():
        parts = {one: model.new_int_var(0, min(most[one], len(xs)), "") for one in allowed}
        model.add(sum(xs) <= sum(parts.values()))
        for one, part in parts.items():
            given[one].append(part)
    for one, parts_of_one in given.items():
        model.add(sum(parts_of_one) <= most[one])
