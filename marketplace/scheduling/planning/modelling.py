"""The exact model of a small part of a plan: some wishes with the options that the fixed rest leaves them."""

import time
from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from ortools.sat.python import cp_model

from .instance import Instance, Option, Plan
from .occupancy import Occupancy

Worth = Callable[[int, Option], int]
"""What it is worth to give a wish an option."""


@dataclass(frozen=True, slots=True)
class Part:
    """``fixed`` stays as it is; ``options`` are those of the others beside it. ``keep``: people who must not lose their meeting;
    ``win``: people for whom a first meeting is worth more than anything else. ``stay``: wishes that keep a meeting, whichever.
    ``few``: options of which no more than ``most_few`` are taken."""

    fixed: Plan
    options: Mapping[int, Sequence[Option]]
    worth: Worth
    keep: frozenset[int] = frozenset()
    win: frozenset[int] = frozenset()
    hint: Mapping[int, Option] | None = None
    stay: frozenset[int] = frozenset()
    few: frozenset[tuple[int, Option]] = frozenset()
    most_few: int = 0


@dataclass(frozen=True, slots=True)
class Solved:
    plan: Plan
    proven: bool


def solve(instance: Instance, part: Part, *, seconds: float) -> Solved | None:
    """The whole plan with the part at its best, or as good as found in ``seconds`` (building the model among them); None when nothing was found."""
    began = time.monotonic()
    model = cp_model.CpModel()
    xs = {(wish, option): model.new_bool_var("") for wish, options in part.options.items() for option in options}
    if part.hint is not None:
        for (wish, option), x in xs.items():
            model.add_hint(x, part.hint.get(wish) == option)
    _rules(instance, model, part.fixed, xs)
    for wish in sorted(part.stay):
        model.add_bool_or([xs[wish, option] for option in part.options[wish]])
    if part.few:
        model.add(sum(xs[one] for one in sorted(part.few)) <= part.most_few)
    goal = [(part.worth(wish, option), x) for (wish, option), x in xs.items()]
    first = sum(abs(worth) for worth, _ in goal) + 1
    goal += [(first, won) for won in _people(instance, model, part, xs)]
    model.maximize(sum(worth * x for worth, x in goal))
    solver = searcher(seconds=max(seconds - (time.monotonic() - began), 0.05))
    code = solver.solve(model)
    if code not in (cp_model.OPTIMAL, cp_model.FEASIBLE):
        return None
    plan = {**part.fixed, **{wish: option for (wish, option), x in xs.items() if solver.value(x)}}
    return Solved(plan, code == cp_model.OPTIMAL)


def searcher(*, seconds: float) -> cp_model.CpSolver:
    """Who meets whom is nearly a flow: the linear relaxation of all constraints is nearly whole already, and proves in tenths of a second
    what search alone does not in many. Long presolving only makes clauses of what that relaxation takes as it is."""
    solver = cp_model.CpSolver()
    solver.parameters.max_time_in_seconds = seconds
    solver.parameters.num_workers = 1
    solver.parameters.linearization_level = 2
    solver.parameters.max_presolve_iterations = 1
    solver.parameters.cp_model_probing_level = 0
    return solver


def _people(instance: Instance, model: cp_model.CpModel, part: Part, xs: Mapping[tuple[int, Option], Any]) -> list[Any]:
    """Fairness: those to keep are kept; a variable each for those to win."""
    meets: dict[int, list[Any]] = defaultdict(list)
    for (wish, _), x in xs.items():
        for person in instance.wishes[wish].people:
            meets[person].append(x)
    won = []
    for person in sorted(part.keep):
        model.add_bool_or(meets[person])
    for person in sorted(part.win):
        if meets[person]:
            won.append(model.new_bool_var(""))
            model.add_bool_or([*meets[person], won[-1].negated()])
            if part.hint is not None:
                model.add_hint(won[-1], any(person in instance.wishes[wish].people for wish in part.hint))
    return won


def _rules(instance: Instance, model: cp_model.CpModel, fixed: Plan, xs: Mapping[tuple[int, Option], Any]) -> None:
    by_wish: dict[int, list[Any]] = defaultdict(list)
    at: dict[tuple[int, int], dict[int, list[Any]]] = defaultdict(lambda: defaultdict(list))
    tables: dict[tuple[int, int], list[Any]] = defaultdict(list)
    for (wish, option), x in xs.items():
        by_wish[wish].append(x)
        for person in (*instance.wishes[wish].people, *([option.interpreter] if option.interpreter >= 0 else [])):
            at[person, option.slot][option.group].append(x)
        for slot in instance.overlapping[option.slot]:
            tables[option.group, slot].append(x)
    for mine in by_wish.values():
        model.add_at_most_one(mine)
    used = Occupancy(instance, fixed).used
    for (group, slot), taken in tables.items():
        if len(taken) > (room := instance.room[group][slot] - used[group][slot]):
            model.add(sum(taken) <= room)
    people = {person for person, _ in at}
    for clique in instance.cliques:
        for person in sorted(people):
            busy = [x for slot in clique if (person, slot) in at for group in at[person, slot].values() for x in group]
            if len(busy) > 1:
                model.add_at_most_one(busy)
    _ways(instance, model, at)


def _ways(instance: Instance, model: cp_model.CpModel, at: Mapping[tuple[int, int], Mapping[int, list[Any]]]) -> None:
    """Who is in one hall is not so soon in another that is too far away."""
    for (person, slot), groups in at.items():
        for later in instance.near[slot]:
            if later < slot or (person, later) not in at:
                continue
            for group, here in groups.items():
                there = [
                    x for other, xs in at[person, later].items() for x in xs
                    if instance.too_far(slot, group, other_slot=later, other_group=other)
                ]  # fmt: skip
                if there:
                    model.add_at_most_one([*here, *there])
