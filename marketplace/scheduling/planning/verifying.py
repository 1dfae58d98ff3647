"""Whether a plan keeps every rule, checked from the instance alone: nothing that made the plan has a part in it."""

from collections.abc import Iterator, Mapping, Sequence
from typing import NamedTuple

from .instance import Instance, Seat


class Fault(NamedTuple):
    """A rule that a wish's seat breaks."""

    wish: int
    text: str


def faults(instance: Instance, seats: Mapping[int, Seat]) -> list[Fault]:
    """One for each rule that is broken, none for a plan that holds: who cannot come or is in two places, tables that are not free or
    taken twice, interpreters who are missing or not able, ways that are too long, places and times not asked for."""
    found: list[Fault] = []
    person_at: dict[tuple[int, ...], int] = {}
    table_at: dict[tuple[int, ...], int] = {}
    for wish, seat in sorted(seats.items()):
        cells = instance.slots[seat.slot].cells
        texts = [*_form(instance, wish, seat)]
        for person in _people(instance, wish, seat):
            if cells & ~instance.free[person]:
                texts.append(f"person {person} cannot come")
            texts += _once(f"person {person}", [(person, bit) for bit in _bits(cells)], person_at, wish)
        table = f"table {seat.group}/{seat.table}"
        if cells & ~instance.groups[seat.group].tables[seat.table]:
            texts.append(f"{table} is not free")
        texts += _once(table, [(seat.group, seat.table, bit) for bit in _bits(cells)], table_at, wish)
        found += [Fault(wish, text) for text in texts]
    return found + list(_ways(instance, seats))


def _people(instance: Instance, wish: int, seat: Seat) -> list[int]:
    return [*instance.wishes[wish].people, *([seat.interpreter] if seat.interpreter >= 0 else [])]


def _form(instance: Instance, wish: int, seat: Seat) -> Iterator[str]:
    asked = instance.wishes[wish]
    if seat.group not in asked.groups:
        yield f"group {seat.group} was not asked for"
    if seat.slot not in (range(instance.offered) if asked.slots is None else asked.slots):
        yield f"slot {seat.slot} is not on offer"
    if seat.interpreter >= 0 if asked.interpreters is None else seat.interpreter not in asked.interpreters:
        yield f"interpreter {seat.interpreter} is not wanted or not able"


def _once(what: str, keys: Sequence[tuple[int, ...]], taken: dict[tuple[int, ...], int], wish: int) -> list[str]:
    found = sorted({f"{what} is at wish {taken[key]}" for key in keys if key in taken})
    taken.update(dict.fromkeys(keys, wish))
    return found


def _ways(instance: Instance, seats: Mapping[int, Seat]) -> Iterator[Fault]:
    """Of two stays that are too far apart the later one is at fault, unless nobody planned it."""
    stays: dict[int, list[tuple[int, int, int, int]]] = {}
    for person, slot, group in instance.elsewhere:
        stays.setdefault(person, []).append((instance.slots[slot].starts, instance.slots[slot].ends, group, -1))
    for wish, seat in seats.items():
        for person in _people(instance, wish, seat):
            stays.setdefault(person, []).append((instance.slots[seat.slot].starts, instance.slots[seat.slot].ends, seat.group, wish))
    for person, where in stays.items():
        where.sort()
        for i, (_, ends, group, earlier) in enumerate(where):
            for starts, _, other, later in where[i + 1 :]:
                if instance.walks[group][other] > starts - ends >= 0 and (earlier, later) != (-1, -1):
                    yield Fault(later if later >= 0 else earlier, f"person {person} has {starts - ends} minutes from group {group} to {other}")


def _bits(mask: int) -> list[int]:
    return [place for place in range(mask.bit_length()) if mask >> place & 1]
