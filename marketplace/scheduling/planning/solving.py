"""A whole plan in a given time: select, place, improve, assign tables; with its bound and the greedy plan beside it."""

import time
from collections.abc import Callable
from dataclasses import dataclass

from .greedy import greedy
from .improving import Improver
from .instance import Instance, Seat
from .occupancy import Value, value
from .placing import place
from .selecting import select
from .tabling import seat

SELECTING = 0.4
"""The share of the time that choosing wishes may take; mostly it takes a second."""


@dataclass(frozen=True, slots=True)
class Solution:
    seats: dict[int, Seat]
    reached: Value
    bound: Value
    greedy: Value
    seconds: float


Heard = Callable[[str, Value | None, Value | None], None]
"""Told of each step: its name, the best value so far, the bound."""


def plan(instance: Instance, *, seconds: float, heard: Heard = lambda stage, best, bound: None, seed: int = 0) -> Solution:
    """The best plan found in ``seconds`` of the clock; earlier when nothing better is possible. Always valid, never worse than greedy."""
    began = time.monotonic()
    heard("selecting", None, None)
    simple = greedy(instance)
    beside = value(instance, simple)
    selection = select(instance, seconds=seconds * SELECTING)
    bound = Value(selection.served, selection.weight)
    heard("placing", beside, bound)
    first = max((place(instance, selection.chosen), simple), key=lambda one: value(instance, one))
    heard("improving", value(instance, first), bound)
    improver = Improver(instance, first, bound=bound, seed=seed)
    best = improver.run(began + seconds - 0.5, lambda reached: heard("improving", reached, bound))
    return Solution(seat(instance, best), value(instance, best), bound, beside, time.monotonic() - began)
