"""Whether a plan keeps every rule, checked from the instance alone: nothing that made the plan has a part in it."""

from collections.abc import Mapping, Sequence

from marketplace.scheduling.planning.instance import Instance, Seat


def faults(instance: Instance, seats: Mapping[int, Seat]) -> list[str]:
    """One line for each rule that is broken, none for a plan that holds: who cannot come or is in two places, tables that are
    not free or taken twice, interpreters who are missing or not able, ways that are too long, places and times not asked for."""
    found: list[str] = []
    person_at: dict[tuple[int, ...], str] = {}
    table_at: dict[tuple[int, ...], str] = {}
    stays: dict[int, list[tuple[int, int]]] = {}
    for person, slot, group in instance.elsewhere:
        stays.setdefault(person, []).append((slot, group))
    for wish, seat in sorted(seats.items()):
        found += _form(instance, wish, seat)
        name, cells = f"wish {wish}", instance.slots[seat.slot].cells
        people = [*instance.wishes[wish].people, *([seat.interpreter] if seat.interpreter >= 0 else [])]
        for person in people:
            if cells & ~instance.free[person]:
                found.append(f"{name}: person {person} cannot come")
            found += _once(name, f"person {person}", [(person, bit) for bit in _bits(cells)], person_at)
            stays.setdefault(person, []).append((seat.slot, seat.group))
        if cells & ~instance.groups[seat.group].tables[seat.table]:
            found.append(f"{name}: table {seat.group}/{seat.table} is not free")
        found += _once(name, f"table {seat.group}/{seat.table}", [(seat.group, seat.table, bit) for bit in _bits(cells)], table_at)
    return found + _ways(instance, stays)


def _form(instance: Instance, wish: int, seat: Seat) -> list[str]:
    asked, found = instance.wishes[wish], []
    if seat.group not in asked.groups:
        found.append(f"wish {wish}: group {seat.group} was not asked for")
    if seat.slot not in (range(instance.offered) if asked.slots is None else asked.slots):
        found.append(f"wish {wish}: slot {seat.slot} is not on offer")
    if (asked.interpreters is None and seat.interpreter >= 0) or (asked.interpreters is not None and seat.interpreter not in asked.interpreters):
        found.append(f"wish {wish}: interpreter {seat.interpreter}")
    return found


def _once(name: str, what: str, keys: Sequence[tuple[int, ...]], taken: dict[tuple[int, ...], str]) -> list[str]:
    found = sorted({f"{name}: {what} is at {taken[key]}" for key in keys if key in taken})
    taken.update(dict.fromkeys(keys, name))
    return found


def _ways(instance: Instance, stays: Mapping[int, list[tuple[int, int]]]) -> list[str]:
    found = []
    for person, where in stays.items():
        ordered = sorted((instance.slots[slot].starts, instance.slots[slot].ends, group) for slot, group in where)
        for i, (_, ends, group) in enumerate(ordered):
            for starts, _, other in ordered[i + 1 :]:
                if instance.walks[group][other] > starts - ends >= 0:
                    found.append(f"person {person}: {starts - ends} minutes from group {group} to {other}")
    return found


def _bits(mask: int) -> list[int]:
    return [place for place in range(mask.bit_length()) if mask >> place & 1]
