"""The plan of a whole fair: how near it comes to its bound, how long it takes, and what one lost table or person costs.

The fair is generated: 1,000 people, 300 of them with a project that others wish to hear of; 3,000 wishes, a few projects wished
for by many; 60 tables in 3 halls and 20 online rooms; 24 slots on three days; people who can come half of the time or all of it;
one wish in seven across languages, 20 interpreters. About a third of the wishes cannot be served: there are not enough tables.
"""

import argparse
import random
import resource
import statistics
import sys
import time
from dataclasses import dataclass, replace

from marketplace.scheduling.planning.instance import Group, Instance, Slot, Wish
from marketplace.scheduling.planning.verifying import faults

LIMIT_SECONDS, OF_BOUND, OF_GREEDY = 60.0, 0.99, 0.995
REPAIR_SECONDS, MOST_MOVED = 5.0, 0.01
SLOTS, SLOTS_A_DAY, HALLS, ONLINE = 24, 8, 3, 3
MUST, LIKE = 1000, (300, 400)
LANGUAGES = 8


def generate(seed: int, *, size: float = 1.0) -> Instance:
    """The fair of this seed; ``size`` makes it smaller or larger in every number but the slots and halls."""
    draw = random.Random(seed)
    owners, visitors, wanted, interpreters = (round(number * size) for number in (300, 700, 3000, 20))
    people = owners + visitors
    organizations = [draw.randrange(max(4, round(500 * size))) for _ in range(people)]
    slots = tuple(Slot(1440 * (t // SLOTS_A_DAY) + 30 * (t % SLOTS_A_DAY), 1440 * (t // SLOTS_A_DAY) + 30 * (t % SLOTS_A_DAY) + 30, 3 << 2 * t) for t in range(SLOTS))
    free = [_time(draw) for _ in range(people + interpreters)]
    always = (1 << 2 * SLOTS) - 1
    groups = tuple(Group((always,) * max(1, round(20 * size)), online=group == ONLINE) for group in range(HALLS + 1))
    walks = tuple(tuple(0 if one == other or ONLINE in (one, other) else 10 for other in range(HALLS + 1)) for one in range(HALLS + 1))
    speaks = _speaks(draw, people, interpreters)
    popular = [draw.lognormvariate(0, 0.7) for _ in range(owners)]
    active = [draw.lognormvariate(0, 0.6) for _ in range(visitors)]
    remote = set(draw.sample(range(owners, people), round(0.15 * visitors)))
    pairs: set[tuple[int, int]] = set()
    while len(pairs) < wanted:
        owner = draw.choices(range(owners), popular)[0]
        visitor = owners + draw.choices(range(visitors), active)[0]
        if organizations[owner] != organizations[visitor]:
            pairs.add((visitor, owner))
    return Instance(slots, SLOTS, tuple(free), groups, walks, tuple(_wish(draw, pair, remote, speaks) for pair in sorted(pairs)))


def _time(draw: random.Random) -> int:
    """Between half of the slots and all of them."""
    share = draw.uniform(0.5, 1)
    mask = 0
    for slot in draw.sample(range(SLOTS), round(SLOTS * share)):
        mask |= 3 << 2 * slot
    return mask


def _speaks(draw: random.Random, people: int, interpreters: int) -> dict[int, tuple[int, ...]]:
    """Pair of languages to who interprets it; each pair has somebody."""
    found: dict[int, list[int]] = {pair: [] for pair in range(LANGUAGES)}
    for one in range(max(interpreters, LANGUAGES)):
        for pair in {one % LANGUAGES, *draw.sample(range(LANGUAGES), draw.choice((0, 1, 2)))}:
            found[pair].append(people + one % interpreters)
    return {pair: tuple(sorted(set(who))) for pair, who in found.items()}


def _wish(draw: random.Random, pair: tuple[int, int], remote: set[int], speaks: dict[int, tuple[int, ...]]) -> Wish:
    weight = MUST if draw.random() < 0.3 else draw.randint(*LIKE)
    foreign = draw.random() < 0.15
    language = draw.choices(range(LANGUAGES), [8, 6, 5, 4, 3, 2, 1, 1])[0]
    either = draw.random() < 0.25
    groups = (ONLINE,) if pair[0] in remote else (*range(HALLS), ONLINE) if either else tuple(range(HALLS))
    return Wish(pair, weight, groups, speaks[language] if foreign else None)


def lose_table(instance: Instance, group: int, table: int, *, slots: range) -> Instance:
    """The fair without that table in these slots."""
    gone = _cells(instance, slots)
    tables = tuple(mask & ~gone if place == table else mask for place, mask in enumerate(instance.groups[group].tables))
    groups = tuple(replace(one, tables=tables) if place == group else one for place, one in enumerate(instance.groups))
    return replace(instance, groups=groups)


def lose_person(instance: Instance, person: int, *, slots: range) -> Instance:
    """The fair when somebody, an interpreter perhaps, cannot come in these slots."""
    gone = _cells(instance, slots)
    return replace(instance, free=tuple(mask & ~gone if one == person else mask for one, mask in enumerate(instance.free)))


def _cells(instance: Instance, slots: range) -> int:
    mask = 0
    for slot in slots:
        mask |= instance.slots[slot].cells
    return mask
