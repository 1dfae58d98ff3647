"""Making a valid plan better by small parts: free some meetings, solve them exactly beside the rest, keep what is not worse.

Large-neighbourhood search. Parts are whole slots, or the people around wishes that were missed; they grow while they are solved
to the end and shrink while they are not.
"""

import random
import time
from collections import defaultdict
from collections.abc import Callable

from .instance import Instance, Plan
from .modelling import Part, solve
from .occupancy import Occupancy, Value, served, value

PART_SECONDS = 0.8
ENOUGH = 0.9997
"""So near to the bound nothing is looked for any more."""
WHOLE = 2_000
"""An instance of so few wishes times slots is solved as a whole at first."""


class Improver:
    """``heard`` is told of each better plan and, about once a second, that it still works."""

    def __init__(self, instance: Instance, plan: Plan, *, bound: Value, seed: int = 0):
        self.instance, self.plan, self.bound = instance, plan, bound
        self.best = value(instance, plan)
        self.random = random.Random(seed)
        self.sizes = {"slots": 2, "missed": 60}
        self.wishes_of: dict[int, list[int]] = defaultdict(list)
        for wish in instance.possible:
            for person in instance.wishes[wish].people:
                self.wishes_of[person].append(wish)

    def run(self, until: float, heard: Callable[[Value], None]) -> Plan:
        """Until the clock (`time.monotonic`) says ``until``, or nothing better is possible."""
        if len(self.instance.possible) * self.instance.offered <= WHOLE and not self.enough():
            if self._solved(set(self.instance.possible), None, seconds=(until - time.monotonic()) / 2):
                return self.plan
            heard(self.best)
        while (left := until - time.monotonic()) > 0.2 and not self.enough():
            self.step(min(PART_SECONDS, left - 0.1))
            heard(self.best)
        return self.plan

    def enough(self) -> bool:
        return self.best.served >= self.bound.served and self.best.weight >= ENOUGH * self.bound.weight

    def step(self, seconds: float) -> None:
        """One part."""
        kind = "slots" if self.random.random() < 1 / 3 else "missed"
        missed = self._missed()
        freed, slots = self._slots(missed) if kind == "slots" else self._around(missed)
        proven = self._solved(freed, slots, seconds=seconds)
        size = self.sizes[kind]
        self.sizes[kind] = size + 1 + size // 20 if proven else max(2, int(size * 0.8))

    def _solved(self, freed: set[int], slots: set[int] | None, *, seconds: float) -> bool:
        """Free these and keep what is not worse; whether nothing better is possible beside the rest."""
        found = solve(self.instance, self._part(freed, slots), seconds=seconds)
        if found is not None and (reached := value(self.instance, found.plan)) >= self.best:
            self.plan, self.best = found.plan, reached
        return found is not None and found.proven

    def _missed(self) -> list[int]:
        """Wishes without a place: those of people who have no meeting first, then by weight."""
        happy = served(self.instance, self.plan) | self.instance.served
        wishes = self.instance.wishes
        missed = [wish for wish in self.instance.possible if wish not in self.plan]
        return sorted(missed, key=lambda wish: (-sum(person not in happy for person in wishes[wish].people), -wishes[wish].weight, wish))

    def _slots(self, missed: list[int]) -> tuple[set[int], set[int] | None]:
        """All of some slots, one after another or anywhere."""
        count, size = self.instance.offered, min(self.sizes["slots"], self.instance.offered)
        if self.random.random() < 0.5:
            slots = set(self.random.sample(range(count), size))
        else:
            first = self.random.randrange(count)
            slots = set(range(first, min(count, first + size)))
        return {wish for wish, option in self.plan.items() if option.slot in slots} | set(missed[:200]), slots

    def _around(self, missed: list[int]) -> tuple[set[int], set[int] | None]:
        """All wishes of the people of some that were missed, and some of those that weigh least."""
        goals = self.random.sample(missed[:120], min(6, len(missed[:120])))
        freed = {wish for goal in goals for person in self.instance.wishes[goal].people for wish in self.wishes_of[person]}
        light = sorted(self.plan, key=lambda wish: (self.instance.wishes[wish].weight, wish))[:600]
        return freed | set(goals) | set(self.random.sample(light, min(len(light), self.sizes["missed"]))), None

    def _part(self, freed: set[int], slots: set[int] | None) -> Part:
        """Nobody who has a meeting loses their last one."""
        instance = self.instance
        fixed = {wish: option for wish, option in self.plan.items() if wish not in freed}
        hint = {wish: option for wish, option in self.plan.items() if wish in freed}
        occupancy = Occupancy(instance, fixed)
        options = {wish: found for wish in sorted(freed) if (found := list(occupancy.options(wish, slots)))}
        sure = served(instance, fixed)
        keep = served(instance, hint) - sure
        win = ({person for wish in options for person in instance.wishes[wish].people} & instance.wishers) - sure - keep
        return Part(fixed, options, lambda wish, _: instance.wishes[wish].weight, frozenset(keep), frozenset(win), hint)
