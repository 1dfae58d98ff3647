"""What a change of the fair breaks in its plan, and how two plans differ."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from .instance import Instance, Seat


class Kind(StrEnum):
    """How a broken plan is repaired: as few meetings lost and then moved as can be; another table at the same time only; not at all."""

    FEWEST = "fewest_moves"
    TABLES = "tables_only"
    DROP = "drop"


@dataclass(frozen=True, slots=True)
class Difference:
    """Wishes by what became of them. ``moved``: another time; ``reseated``: the same time at another table; ``reinterpreted``: the
    same time and table with another interpreter; ``dropped``: no meeting any more; ``added``: one that there was not."""

    moved: tuple[int, ...]
    reseated: tuple[int, ...]
    reinterpreted: tuple[int, ...]
    dropped: tuple[int, ...]
    added: tuple[int, ...]


def broken(instance: Instance, seats: Mapping[int, Seat]) -> list[int]:
    """The wishes that cannot stay as they are: somebody cannot come, or the table is not there."""
    return sorted(
        wish for wish, seat in seats.items()
        if not 0 <= seat.table < len(instance.groups[seat.group].tables) or instance.slots[seat.slot].cells & ~_free(instance, wish, seat)
    )  # fmt: skip


def _free(instance: Instance, wish: int, seat: Seat) -> int:
    together = instance.groups[seat.group].tables[seat.table]
    for person in (*instance.wishes[wish].people, *([seat.interpreter] if seat.interpreter >= 0 else [])):
        together &= instance.free[person]
    return together


def difference(old: Mapping[int, Seat], new: Mapping[int, Seat]) -> Difference:
    both = sorted(old.keys() & new.keys())
    moved = tuple(wish for wish in both if old[wish].slot != new[wish].slot)
    same = [wish for wish in both if old[wish].slot == new[wish].slot]
    reseated = tuple(wish for wish in same if (old[wish].group, old[wish].table) != (new[wish].group, new[wish].table))
    others = tuple(wish for wish in same if wish not in set(reseated) and old[wish].interpreter != new[wish].interpreter)
    return Difference(moved, reseated, others, tuple(sorted(old.keys() - new.keys())), tuple(sorted(new.keys() - old.keys())))
