"""What a plan is made for: slots, people and when they can come, groups of tables, walking times, wishes with their weights."""

from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass, field
from functools import cached_property
from typing import Any, NamedTuple


class Option(NamedTuple):
    """When, among which tables, and with which person as interpreter (-1: none)."""

    slot: int
    group: int
    interpreter: int


class Seat(NamedTuple):
    """An option with its table: the number of it in its group."""

    slot: int
    group: int
    interpreter: int
    table: int


Plan = dict[int, Option]
"""Wish to option; a wish that is not in it is not served."""


@dataclass(frozen=True, slots=True)
class Slot:
    """Minutes since the beginning of the fair, and the bits of the quarters of an hour that it covers."""

    starts: int
    ends: int
    cells: int


@dataclass(frozen=True, slots=True)
class Group:
    """Tables that stand in for each other: for each the bits of the quarters in which it is free. Nobody walks to an online room."""

    tables: tuple[int, ...]
    online: bool = False


@dataclass(frozen=True, slots=True)
class Wish:
    """People who would meet, how much that weighs, where they may, and who could interpret (None: nobody has to).

    ``slots``: only these; None for all that are on offer.
    """

    people: tuple[int, ...]
    weight: int
    groups: tuple[int, ...]
    interpreters: tuple[int, ...] | None = None
    slots: tuple[int, ...] | None = None


@dataclass(frozen=True)
class Instance:
    """``free``: for each person and interpreter the bits of the quarters they can give. ``offered``: the first so many slots are
    on offer to everybody; further ones belong to a wish's own time or to ``elsewhere``: (person, slot, group) where somebody is
    for another reason, which matters for the way between halls. ``walks``: minutes from group to group."""

    slots: tuple[Slot, ...]
    offered: int
    free: tuple[int, ...]
    groups: tuple[Group, ...]
    walks: tuple[tuple[int, ...], ...]
    wishes: tuple[Wish, ...]
    elsewhere: tuple[tuple[int, int, int], ...] = ()
    served: frozenset[int] = field(default_factory=frozenset)
    """People who have a meeting already, whatever the plan gives them."""

    @cached_property
    def overlapping(self) -> list[list[int]]:
        """For each slot those that share a quarter with it, itself among them."""
        return [[u for u, other in enumerate(self.slots) if slot.cells & other.cells] for slot in self.slots]

    @cached_property
    def cliques(self) -> list[list[int]]:
        """Sets of slots of which a person takes one at most, none inside another; together they say all that overlaps."""
        cells = 0
        for slot in self.slots:
            cells |= slot.cells
        sets = {frozenset(t for t, slot in enumerate(self.slots) if slot.cells >> bit & 1) for bit in bits(cells)}
        return [sorted(one) for one in sorted(sets, key=sorted) if not any(one < other for other in sets)]

    @cached_property
    def gaps(self) -> dict[tuple[int, int], int]:
        """Pairs of slots so close that some way between halls takes longer: minutes between the end of the one and the other."""
        longest = max((minutes for row in self.walks for minutes in row), default=0)
        found = {}
        for t, one in enumerate(self.slots):
            for u, other in enumerate(self.slots):
                gap = other.starts - one.ends
                if one.starts < other.starts and not one.cells & other.cells and gap < longest:
                    found[t, u] = found[u, t] = gap
        return found

    @cached_property
    def near(self) -> list[list[int]]:
        """For each slot those of `gaps`."""
        found: list[list[int]] = [[] for _ in self.slots]
        for t, u in self.gaps:
            found[t].append(u)
        return found

    def too_far(self, slot: int, group: int, *, other_slot: int, other_group: int) -> bool:
        """Whether nobody gets from the one to the other in time."""
        gap = self.gaps.get((slot, other_slot))
        return gap is not None and self.walks[group][other_group] > gap

    @cached_property
    def room(self) -> list[list[int]]:
        """Tables that are free, by group and slot."""
        return [[sum(not slot.cells & ~table for table in group.tables) for slot in self.slots] for group in self.groups]

    def slots_of(self, wish: int) -> tuple[int, ...] | range:
        own = self.wishes[wish].slots
        return range(self.offered) if own is None else own

    @cached_property
    def wishers(self) -> frozenset[int]:
        """Who is in a wish that could be served if nobody else were there, and has no meeting yet."""
        return frozenset(person for wish in self.possible for person in self.wishes[wish].people) - self.served

    @cached_property
    def possible(self) -> list[int]:
        """The wishes that have an option at all."""
        return [wish for wish in range(len(self.wishes)) if next(self.options_alone(wish), None) is not None]

    def options_alone(self, wish: int) -> Iterator[Option]:
        """Where a wish could go if it were the only one."""
        asked = self.wishes[wish]
        together = ~0
        for person in asked.people:
            together &= self.free[person]
        for slot in self.slots_of(wish):
            cells = self.slots[slot].cells
            if cells & ~together:
                continue
            who = [-1] if asked.interpreters is None else [one for one in asked.interpreters if not cells & ~self.free[one]]
            for group in asked.groups:
                if self.room[group][slot]:
                    yield from (Option(slot, group, one) for one in who)


def bits(mask: int) -> list[int]:
    """Which bits are set, the lowest first."""
    return [place for place in range(mask.bit_length()) if mask >> place & 1]


def to_json(instance: Instance) -> dict[str, Any]:
    """Plain lists and numbers; masks as hexadecimal text, since JSON numbers end at 64 bits."""
    data = asdict(instance)
    data["slots"] = [{**slot, "cells": hex(slot["cells"])} for slot in data["slots"]]
    data["free"] = [hex(mask) for mask in instance.free]
    data["groups"] = [{"tables": [hex(mask) for mask in group.tables], "online": group.online} for group in instance.groups]
    data["served"] = sorted(instance.served)
    return data


def from_json(data: Mapping[str, Any]) -> Instance:
    """The way back from `to_json`."""
    return Instance(
        slots=tuple(Slot(one["starts"], one["ends"], int(one["cells"], 16)) for one in data["slots"]),
        offered=data["offered"],
        free=tuple(int(mask, 16) for mask in data["free"]),
        groups=tuple(Group(tuple(int(mask, 16) for mask in one["tables"]), one["online"]) for one in data["groups"]),
        walks=tuple(tuple(row) for row in data["walks"]),
        wishes=tuple(_wish(one) for one in data["wishes"]),
        elsewhere=tuple((person, slot, group) for person, slot, group in data["elsewhere"]),
        served=frozenset(data["served"]),
    )


def _wish(data: Mapping[str, Any]) -> Wish:
    interpreters, slots = data["interpreters"], data["slots"]
    return Wish(
        people=tuple(data["people"]), weight=data["weight"], groups=tuple(data["groups"]),
        interpreters=None if interpreters is None else tuple(interpreters), slots=None if slots is None else tuple(slots),
    )  # fmt: skip
