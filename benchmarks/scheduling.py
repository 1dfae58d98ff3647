"""The plan of a whole fair: how near it comes to its bound, how long it takes, and what one lost table or person costs.

The fair is generated: 1,000 people, 300 of them with a project that others wish to hear of; 3,000 wishes, a few projects wished
for by many; 60 tables in 3 halls and 20 online rooms; 24 slots on three days; people who can come half of the time or all of it;
one wish in seven across languages, 20 interpreters. About a third of the wishes cannot be served: there are not enough tables.
"""

import json
import random
import resource
import subprocess
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any

from marketplace.scheduling import repairing, solver
from marketplace.scheduling.planning.answering import rows, seats_of
from marketplace.scheduling.planning.changing import Kind, broken, difference
from marketplace.scheduling.planning.instance import Group, Instance, Seat, Slot, Wish, to_json
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


@dataclass(frozen=True, slots=True)
class Answered:
    """What the solving process said, by the clock and by the processor, with the most memory that any such process had so far."""

    answer: Mapping[str, Any]
    seconds: float
    processor_seconds: float
    memory_mb: float


def ask(question: Mapping[str, Any]) -> Answered:
    """A question to a process of its own, as the product asks it. Raises RuntimeError."""
    before, began = resource.getrusage(resource.RUSAGE_CHILDREN), time.monotonic()
    with subprocess.Popen(solver.COMMAND, cwd=solver.FOLDER.parent, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as child:
        assert child.stdin is not None
        assert child.stdout is not None
        child.stdin.write(json.dumps({**question, "asked_at": began}) + "\n")
        child.stdin.flush()
        found = [json.loads(line) for line in child.stdout]
    seconds, after = time.monotonic() - began, resource.getrusage(resource.RUSAGE_CHILDREN)
    if not found or "answer" not in found[-1]:
        raise RuntimeError("the solving process gave no answer")
    spent = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    return Answered(found[-1]["answer"], seconds, spent, after.ru_maxrss / 1024)


def compare(say: Callable[[str], None], *, seed: int = 1, seconds: float = LIMIT_SECONDS) -> bool:
    """One fair planned in ``seconds`` and repaired four times; whether the goals are reached."""
    instance = generate(seed)
    done = ask({"task": "plan", "instance": to_json(instance), "seconds": seconds - 1, "seed": seed})
    seats, best, bound, greedy = seats_of(done.answer["seats"]), done.answer["reached"], done.answer["bound"], done.answer["greedy"]
    say(f"  plan     {done.seconds:6.1f} s   {done.processor_seconds:6.1f} s of the processor   {done.memory_mb:5.0f} MB   {len(seats):,} meetings")
    say(f"  people with a meeting: {best[0]:,} of {len(instance.wishers):,} (bound {bound[0]:,}, greedy {greedy[0]:,})")
    say(f"  weight: {best[1]:,} (bound {bound[1]:,}, greedy {greedy[1]:,})")
    goals = [
        (f"planned in {done.seconds:.1f} s", done.seconds <= LIMIT_SECONDS, f"{LIMIT_SECONDS:.0f} s"),
        (f"{len(instance.wishers) - best[0]} people without a meeting", best[0] == len(instance.wishers), "0"),
        (f"{best[1] / bound[1]:.4f} of the bound", best[1] >= OF_BOUND * bound[1] and best[0] == bound[0], f"{OF_BOUND}"),
        (f"{best[1] / greedy[1]:.4f} of greedy's weight", best[1] >= OF_GREEDY * greedy[1], f"{OF_GREEDY}"),
        (f"{len(faults(instance, seats))} conflicts", not faults(instance, seats), "0"),
    ]
    for name, lost in losses(instance, seats).items():
        goals += _repaired(say, name, lost, seats)
    for text, reached, goal in goals:
        say(f"  {text:44} goal {goal}: {'reached' if reached else 'missed'}")
    return all(reached for _, reached, _ in goals)


def losses(instance: Instance, seats: Mapping[int, Seat]) -> dict[str, Instance]:
    """A table for a day and for the whole fair, the busiest person for a day, an interpreter for the whole fair."""
    people = range(len(instance.free) - 20)
    busiest = max(people, key=lambda person: sum(person in instance.wishes[wish].people for wish in seats))
    return {
        "table, a day": lose_table(instance, 0, 3, slots=range(SLOTS_A_DAY)),
        "table, all days": lose_table(instance, 1, 3, slots=range(SLOTS)),
        "person, a day": lose_person(instance, busiest, slots=range(SLOTS_A_DAY, 2 * SLOTS_A_DAY)),
        "interpreter": lose_person(instance, len(people), slots=range(SLOTS)),
    }


def _repaired(say: Callable[[str], None], name: str, lost: Instance, seats: Mapping[int, Seat]) -> list[tuple[str, bool, str]]:
    done = ask({"task": "repair", "instance": to_json(lost), "seats": rows(seats), "open_slots": list(range(SLOTS)), "seconds": repairing.SECONDS})
    repaired = seats_of(done.answer["repairs"][Kind.FEWEST.value])
    became = difference(seats, repaired)
    share = len(became.moved) / len(seats)
    say(
        f"  {name:16} breaks {len(broken(lost, seats)):3}: {len(became.moved)} at another time, {len(became.reseated)} at another table, "
        f"{len(became.reinterpreted)} with another interpreter, {len(became.dropped)} dropped, {len(became.added)} added"
    )
    return [
        (f"{name}: repaired in {done.seconds:.1f} s ({done.processor_seconds:.1f} s)", done.seconds <= REPAIR_SECONDS, f"{REPAIR_SECONDS:.0f} s"),
        (f"{name}: {share:.2%} moved in time", share <= MOST_MOVED, f"{MOST_MOVED:.0%}"),
        (f"{name}: {len(faults(lost, repaired))} conflicts", not faults(lost, repaired), "0"),
    ]
