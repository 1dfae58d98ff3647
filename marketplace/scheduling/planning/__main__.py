"""The solving process: one question as a line of JSON on standard input, lines of progress and the answer on standard output.

    {"task": "plan", "instance": …, "seconds": 60, "seed": 0}
        → {"stage": …, "best": [served, weight], "bound": …} …, {"seats": [[wish, slot, group, interpreter, table], …], "reached": …, …}
    {"task": "repair", "instance": …, "seats": …, "open_slots": […], "seconds": 2.5} → {"repairs": {kind: seats}}

It ends when whoever asked is gone: the end of standard input is watched.
"""

import json
import os
import sys
import threading
import time
from collections.abc import Iterable, Mapping
from typing import Any

from marketplace.scheduling.planning.instance import Seat, from_json
from marketplace.scheduling.planning.occupancy import Value

TELL_EVERY = 0.5


def main() -> None:
    began = time.monotonic()
    asked = json.loads(sys.stdin.readline())
    threading.Thread(target=_end_with_asker, daemon=True).start()
    answer = _plan(asked, began) if asked["task"] == "plan" else _repair(asked, began)
    _say(answer)


def _end_with_asker() -> None:
    sys.stdin.read()
    os._exit(3)


def _plan(asked: Mapping[str, Any], began: float) -> dict[str, Any]:
    from marketplace.scheduling.planning.solving import plan

    os.nice(10)  # others' pages first
    told = [0.0, ""]

    def heard(stage: str, best: Value | None, bound: Value | None) -> None:
        if stage != told[1] or time.monotonic() - float(told[0]) >= TELL_EVERY:
            told[:] = [time.monotonic(), stage]
            _say({"stage": stage, "best": best, "bound": bound})

    found = plan(from_json(asked["instance"]), seconds=asked["seconds"] - (time.monotonic() - began), heard=heard, seed=asked["seed"])
    return {"seats": _rows(found.seats), "reached": found.reached, "bound": found.bound, "greedy": found.greedy, "seconds": time.monotonic() - began}


def _repair(asked: Mapping[str, Any], began: float) -> dict[str, Any]:
    from marketplace.scheduling.planning.repairing import Old, repairs

    old = Old(seats_of(asked["seats"]), frozenset(asked["open_slots"]))
    found = repairs(from_json(asked["instance"]), old, seconds=asked["seconds"] - (time.monotonic() - began))
    return {"repairs": {kind.value: _rows(seats) for kind, seats in found.items()}, "seconds": time.monotonic() - began}


def seats_of(rows: Iterable[Iterable[int]]) -> dict[int, Seat]:
    """Seats by wish from the rows that the answer holds."""
    return {wish: Seat(*seat) for wish, *seat in rows}


def _rows(seats: Mapping[int, Seat]) -> list[list[int]]:
    return [[wish, *seat] for wish, seat in sorted(seats.items())]


def _say(line: Mapping[str, Any]) -> None:
    sys.stdout.write(json.dumps(line) + "\n")
    sys.stdout.flush()


if __name__ == "__main__":
    main()
