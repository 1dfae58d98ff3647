"""The pure planning: what a plan must hold, what the verifier sees, and that a process of its own answers the same and can be stopped."""

import random
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from benchmarks.scheduling import generate, lose_person, lose_table
from marketplace.scheduling import solver
from marketplace.scheduling.planning import answering, repairing, solving
from marketplace.scheduling.planning.changing import Kind, broken, difference
from marketplace.scheduling.planning.greedy import greedy
from marketplace.scheduling.planning.improving import Improver
from marketplace.scheduling.planning.instance import Group, Instance, Option, Seat, Slot, Wish, from_json, to_json
from marketplace.scheduling.planning.occupancy import Value, value
from marketplace.scheduling.planning.placing import place
from marketplace.scheduling.planning.repairing import Old, repairs
from marketplace.scheduling.planning.selecting import select
from marketplace.scheduling.planning.tabling import seat
from marketplace.scheduling.planning.verifying import faults

pytestmark = pytest.mark.one_database
HALLS = ((0, 10, 0), (10, 0, 0), (0, 0, 0))


def slots(count=4):
    return tuple(Slot(30 * t, 30 * t + 30, 3 << 2 * t) for t in range(count))


def fair(wishes, *, people=4, count=4, tables=(1, 1, 1), free=None, **more):
    """Two halls ten minutes apart and online rooms; everybody is there all the time."""
    whole = (1 << 2 * count) - 1
    groups = tuple(Group((whole,) * number, online=place == 2) for place, number in enumerate(tables))
    return Instance(slots(count), count, tuple(free or [whole] * people), groups, HALLS, tuple(wishes), **more)


def made(instance, seconds=2.0):
    solution = solving.plan(instance, seconds=seconds)
    assert faults(instance, solution.seats) == []
    return solution


TWO = Wish((0, 1), 1000, (0, 1)), Wish((0, 2), 1000, (0, 1))
GOOD = {0: Seat(0, 0, -1, 0), 1: Seat(2, 1, -1, 0)}


@pytest.mark.parametrize(("seats", "found"), [
    (GOOD, []),
    ({0: Seat(0, 0, -1, 0), 1: Seat(0, 1, -1, 0)}, ["person 0 is at wish 0"]),
    ({0: Seat(0, 0, -1, 0), 1: Seat(1, 1, -1, 0)}, ["person 0 has 0 minutes from group 0 to 1"]),
    ({0: Seat(3, 0, -1, 0)}, ["person 1 cannot come"]),
    ({1: Seat(1, 1, -1, 1)}, ["table 1/1 is not free"]),
    ({0: Seat(0, 2, -1, 0)}, ["group 2 was not asked for"]),
    ({0: Seat(0, 0, 3, 0)}, ["interpreter 3 is not wanted or not able"]),
    ({2: Seat(0, 0, -1, 0)}, ["interpreter -1 is not wanted or not able"]),
    ({0: Seat(0, 0, -1, 0), 2: Seat(0, 0, 3, 0)}, ["person 1 is at wish 0", "table 0/0 is at wish 0"]),
])  # fmt: skip
def test_the_verifier_names_each_broken_rule(seats, found):
    whole = 255
    instance = fair([*TWO, Wish((1, 2), 1000, (0,), (3,))], tables=(1, 2, 1), free=[whole, whole & ~(3 << 6), whole, whole])
    groups = (instance.groups[0], Group((whole, 0)), instance.groups[2])
    assert [fault.text for fault in faults(replace(instance, groups=groups), seats)] == found


@pytest.mark.parametrize(("instance", "reached"), [
    (fair(TWO), (3, 2000)),
    (fair(TWO, count=1), (2, 1000)),  # one slot: person 0 meets one of them
    (fair([Wish((0, 1), 900, (0,)), Wish((2, 3), 100, (0,)), Wish((0, 3), 1000, (0,))], count=1), (2, 1000)),
    (fair([Wish((0, 1), 900, (0,)), Wish((2, 3), 100, (0,)), Wish((0, 3), 1000, (0,))], count=2, tables=(2, 0, 0)), (4, 2000)),
    (fair([Wish((0, 1), 300, (0,)), Wish((1, 2), 1000, (0,)), Wish((2, 3), 300, (0,))], count=2, tables=(1, 0, 0)), (4, 600)),
    (fair([Wish((0, 1), 1000, (0,)), Wish((0, 2), 1000, (1,))], count=2), (2, 1000)),  # too far to walk at once
    (fair([Wish((0, 1), 1000, (0,)), Wish((0, 2), 1000, (1,))], count=3), (3, 2000)),
    (fair([Wish((0, 1), 1000, (0,), ())]), (0, 0)),  # nobody speaks both languages
    (fair([Wish((0, 1), 1000, (0,), (3,)), Wish((1, 2), 1000, (1,), (3,))], count=2), (2, 1000)),  # the interpreter walks too
    (fair([Wish((0, 1), 1000, (0,))], elsewhere=((0, 1, 1),), count=3), (0, 0)),  # before and after it the way is too long
    (fair([Wish((0, 1), 1000, (0,))], elsewhere=((0, 1, 1),)), (2, 1000)),
])  # fmt: skip
def test_people_come_first_and_weight_second(instance, reached):
    solution = made(instance)
    assert solution.reached == Value(*reached) <= solution.bound


def test_an_instance_comes_back_from_json_as_it_was():
    instance = fair([Wish((0, 1), 7, (0, 2), (3,), (1, 2))], elsewhere=((0, 1, 1),), served=frozenset({2}))
    assert from_json(to_json(instance)) == instance


@settings(max_examples=12)
@given(st.integers(0, 10**6))
def test_any_plan_is_valid_and_serves_no_fewer_than_greedy(seed):
    draw = random.Random(seed)
    count, people = draw.randint(1, 6), draw.randint(2, 9)
    whole = (1 << 2 * count) - 1
    free = [sum(3 << 2 * t for t in range(count) if draw.random() < 0.8) for _ in range(people)]
    wishes = []
    for _ in range(draw.randint(1, 15)):
        one, other = draw.sample(range(people), 2)
        groups = draw.choice([(0, 1), (0, 1, 2), (2,), (0,)])
        interpreters = draw.choice([None, None, None, (people - 1,)]) if people - 1 not in (one, other) else None
        wishes.append(Wish((one, other), draw.randint(1, 1000), groups, interpreters))
    tables = tuple(draw.randint(0, 2) for _ in range(3))
    instance = fair(wishes, people=people, count=count, tables=tables, free=[mask & whole for mask in free])
    solution = made(instance, seconds=1.0)
    assert solution.bound >= solution.reached >= solution.greedy == value(instance, greedy(instance))
    lost = lose_person(instance, 0, slots=range(count)) if draw.random() < 0.5 or not tables[0] else lose_table(instance, 0, 0, slots=range(count))
    old = Old(solution.seats, frozenset(range(draw.randint(0, 1), count)))
    hit = set(broken(lost, solution.seats))
    for kind, repaired in repairs(lost, old, seconds=0.6).items():
        became = difference(solution.seats, repaired)
        assert faults(lost, repaired) == []
        assert set(became.dropped) <= hit
        if kind is not Kind.FEWEST:
            assert not became.moved
            assert not became.added
        if kind is Kind.DROP:
            assert set(became.dropped) == hit


def test_a_small_fair_keeps_the_promises_of_a_large_one():
    instance = generate(3, size=0.05)
    selection = select(instance, seconds=60)
    bound, beside = Value(selection.served, selection.weight), value(instance, greedy(instance))
    improver = Improver(instance, place(instance, selection.chosen), bound=bound)
    for _ in range(150):  # parts, not seconds: a busy machine makes as many
        if improver.best.served == bound.served and improver.best.weight >= max(0.99 * bound.weight, 0.995 * beside.weight):
            break
        improver.step(1)
    else:
        pytest.fail(f"{improver.best} of {bound} beside {beside}")
    seats = seat(instance, improver.plan)
    assert bound.served == len(instance.wishers) > beside.served
    assert faults(instance, seats) == []
    lost = lose_table(instance, 0, 0, slots=range(8))
    became = difference(seats, repairs(lost, Old(seats, frozenset(range(24))), seconds=1)[Kind.FEWEST])
    assert len(became.moved) <= max(len(broken(lost, seats)), 0.01 * len(seats))


def test_which_wishes_of_a_whole_fair_can_be_met_at_all_is_proven():
    instance = generate(1)
    selection = select(instance, seconds=60)  # it takes less than one
    assert selection.weight == sum(instance.wishes[wish].weight for wish in selection.chosen)
    assert selection.served == len(instance.wishers)


def test_what_can_simply_be_moved_is_kept_though_nothing_was_solved(monkeypatch):
    monkeypatch.setattr(repairing, "solve", lambda *args, **more: None)
    instance = fair([Wish((0, 1), 1000, (0,)), Wish((2, 3), 300, (0,))], tables=(1, 0, 0))
    seats = {0: Seat(0, 0, -1, 0), 1: Seat(1, 0, -1, 0)}
    found = repairs(lose_person(instance, 0, slots=range(1)), Old(seats, frozenset(range(4))), seconds=1)
    became = {kind: difference(seats, plan) for kind, plan in found.items()}
    assert (became[Kind.FEWEST].moved, became[Kind.FEWEST].dropped) == ((0,), ())
    assert became[Kind.TABLES].dropped == became[Kind.DROP].dropped == (0,)


def test_tables_stay_as_they_were_where_they_are_free():
    instance = fair([Wish((0, 1), 1, (0,)), Wish((2, 3), 1, (0,))], tables=(2, 0, 0))
    before = {0: Seat(0, 0, -1, 1)}
    assert seat(instance, {0: Option(0, 0, -1), 1: Option(0, 0, -1)}, before=before) == {0: Seat(0, 0, -1, 1), 1: Seat(0, 0, -1, 0)}
    assert seat(instance, {1: Option(0, 0, -1), 0: Option(1, 0, -1)}, before=before)[0].table == 0


def question(instance, seconds):
    return {"task": "plan", "instance": to_json(instance), "seconds": seconds, "seed": 0}


def test_a_process_of_its_own_answers_and_is_gone_when_it_is_not_heard_any_more(monkeypatch):
    monkeypatch.delenv("PYTHONPYCACHEPREFIX", raising=False)
    instance = fair(TWO)
    answer = solver.in_process(question(instance, 5), heard=lambda line: None)
    assert faults(instance, answering.seats_of(answer["seats"])) == []
    assert answer["reached"] == [3, 2000]

    class Cancelled(Exception):
        pass

    heard = []

    def stop(line):
        heard.append(line)
        raise Cancelled

    with pytest.raises(Cancelled):
        solver.in_process(question(instance, 60), heard=stop)
    assert len(heard) == 1


def test_a_process_that_dies_is_no_answer(monkeypatch):
    monkeypatch.setattr(solver, "COMMAND", (*solver.COMMAND[:1], "-c", "raise SystemExit(9)"))
    with pytest.raises(solver.SolverFailed):
        solver.in_process(question(fair(TWO), 5), heard=lambda line: None)
