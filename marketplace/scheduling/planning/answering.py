"""A question about an instance, as JSON, and its answer: what the solving process does, and what a test may do without one.

    {"task": "plan", "instance": …, "seconds": 60, "seed": 0, "asked_at": …} → {"seats": [[wish, slot, group, interpreter, table], …],
        "reached": [served, weight], "bound": …, "greedy": …, "seconds": …}; progress before: {"stage": …, "best": …, "bound": …}
    {"task": "repair", "instance": …, "seats": …, "open_slots": […], "seconds": 4, "asked_at": …} → {"repairs": {kind: seats}, "seconds": …}
"""

import time
from collections.abc import Callable, Iterable, Mapping
from typing import Any

from .instance import Seat, from_json
from .occupancy import Value

TELL_EVERY = 0.5
AT_LEAST = 1.5
"""Seconds that a repair is looked for however long the process took to start: better a late answer than a bad one."""


def answer(asked: Mapping[str, Any], tell: Callable[[dict[str, Any]], None], *, began: float) -> dict[str, Any]:
    """``began``: when the time given began to run, by `time.monotonic`, which is the same in all processes of a machine."""
    return _plan(asked, tell, began) if asked["task"] == "plan" else _repair(asked, began)


def _plan(asked: Mapping[str, Any], tell: Callable[[dict[str, Any]], None], began: float) -> dict[str, Any]:
    from .solving import plan

    told_at, told = 0.0, ""

    def heard(stage: str, best: Value | None, bound: Value | None) -> None:
        nonlocal told_at, told
        if stage != told or time.monotonic() - told_at >= TELL_EVERY:
            told_at, told = time.monotonic(), stage
            tell({"stage": stage, "best": list(best) if best else None, "bound": list(bound) if bound else None})

    found = plan(from_json(asked["instance"]), seconds=asked["seconds"] - (time.monotonic() - began), heard=heard, seed=asked["seed"])
    return {
        "seats": rows(found.seats), "reached": list(found.reached), "bound": list(found.bound), "greedy": list(found.greedy),
        "seconds": round(time.monotonic() - began, 2),
    }  # fmt: skip


def _repair(asked: Mapping[str, Any], began: float) -> dict[str, Any]:
    from .repairing import Old, repairs

    old = Old(seats_of(asked["seats"]), frozenset(asked["open_slots"]))
    found = repairs(from_json(asked["instance"]), old, seconds=max(AT_LEAST, asked["seconds"] - (time.monotonic() - began)))
    return {"repairs": {kind.value: rows(seats) for kind, seats in found.items()}, "seconds": round(time.monotonic() - began, 2)}


def seats_of(rows: Iterable[Iterable[int]]) -> dict[int, Seat]:
    """Seats by wish from the rows of an answer."""
    return {wish: Seat(*seat) for wish, *seat in rows}


def rows(seats: Mapping[int, Seat]) -> list[list[int]]:
    return [[wish, *seat] for wish, seat in sorted(seats.items())]
