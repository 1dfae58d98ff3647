"""No two public moments tell a confidential deal: random histories, checked pair by pair by an independent count."""

from itertools import combinations
from random import Random
from uuid import UUID

from hypothesis import event, given, settings
from hypothesis import strategies as st

from marketplace.ledger.hiding import Change, Hidden, reveals_nobody, shown_together
from marketplace.ledger.models import ContractClass

ALL, EXPO = UUID(int=1), UUID(int=2)
SCOPES = (frozenset({ALL}), frozenset({ALL, EXPO}), frozenset())
ORGANIZATIONS = "abcdefghijklmnop"


def deal(parties="ab", *, scopes=SCOPES[0], total=5, technology=None, known=False, contract_class=ContractClass.CONTRACT):
    return Hidden(contract_class=contract_class, counted_by=scopes, parties=tuple(parties), total=total, technology=technology, known=known)


deals = st.builds(
    deal,
    st.sets(st.sampled_from(ORGANIZATIONS), min_size=2, max_size=3).map(sorted),
    scopes=st.sampled_from(SCOPES), total=st.sampled_from([None, 5, 5, 7]), technology=st.sampled_from([None, None, 3]),
    known=st.sampled_from([False] * 9 + [True]),
)  # fmt: skip


def acts(seed):
    """Sixty acts; by a seed, because short lists, which hypothesis likes, have no batches."""
    chance = Random(seed)
    for _ in range(60):
        parties = chance.sample(ORGANIZATIONS, chance.choice([2, 2, 2, 3]))
        scopes = chance.choices(SCOPES, [12, 4, 1])[0]
        new = deal(parties, scopes=scopes, total=chance.choice([None, 5, 5, 5, 7]), technology=chance.choice([None] * 5 + [3]), known=chance.random() < 0.05)
        yield chance.choices(["enter", "void", "amend", "hold", "release"], [6, 5, 2, 1, 1])[0], new, chance.randrange(30)


class Fair:
    """The deals as they are, those held, and every public moment so far."""

    def __init__(self):
        self.now, self.held, self.batches, self.moments, self.made = {}, set(), [], [{}], 0

    def act(self, what, new, place):
        open_to = sorted(key for key, there in self.now.items() if there)
        key = open_to[place % len(open_to)] if open_to else None
        if what == "enter":
            self.now[self.made] = new
            self.made += 1
        elif key is None:
            return
        elif what == "void":
            self.now[key] = None
        elif what == "amend":
            self.now[key] = deal(new.parties, scopes=new.counted_by, total=new.total, technology=new.technology, known=self.now[key].known)
        elif what == "hold" and all(key not in moment for moment in self.moments):
            self.held.add(key)
        elif what == "release":
            self.held.discard(key)
        self.publish()

    def publish(self):
        shown = self.moments[-1]
        waiting = {key: Change(shown.get(key), there) for key, there in self.now.items() if key not in self.held and shown.get(key) != there}
        waiting = {key: change for key, change in waiting.items() if change.moved()}
        chosen = shown_together(waiting, reversed(self.batches))
        if chosen:
            self.batches.append({key: waiting[key] for key in chosen})
            after = shown | {key: self.now[key] for key in chosen}
            self.moments.append({key: there for key, there in after.items() if there})


def told(one, two):
    """The sums of two moments whose difference tells something: (scopes, measure)."""
    found = []
    for scopes in SCOPES[:2]:
        for measure in ("count", "total", "technology"):
            differing = [key for key in one.keys() | two.keys() if worth(one.get(key), scopes, measure) != worth(two.get(key), scopes, measure)]
            hiding = [[one.get(key), two.get(key)] for key in differing]
            hiding = [{party for deal in pair if deal for party in deal.parties} for pair in hiding if not any(deal.known for deal in pair if deal)]
            strangers = [sum(organization not in parties for parties in hiding) for organization in ORGANIZATIONS]
            if differing and (len(hiding) < 3 or min(strangers) < 2):
                found.append((scopes, measure))
    return found


def worth(deal, scopes, measure):
    if deal is None or deal.counted_by != scopes:
        return None
    return {"count": 1, "total": deal.total, "technology": deal.technology}[measure]


@settings(deadline=None, max_examples=200)
@given(st.integers(0, 2**32))
def test_no_two_public_moments_tell_a_deal(seed):
    fair = Fair()
    for step in acts(seed):
        fair.act(*step)
    event(f"{min(len(fair.batches), 9)} batches")
    for one, two in combinations(fair.moments, 2):
        assert told(one, two) == []
    assert reveals_nobody(fair.batches)


@settings(deadline=None, max_examples=150)
@given(st.lists(deals, min_size=1, max_size=6), st.lists(deals, max_size=6), st.sets(st.integers(0, 5)))
def test_a_history_is_accepted_exactly_when_no_pair_of_moments_tells(first, second, leaving):
    batches = [
        {("first", place): Change(None, one) for place, one in enumerate(first)},
        {("second", place): Change(None, one) for place, one in enumerate(second)}
        | {("first", place): Change(first[place], None) for place in leaving if place < len(first)},
    ]
    moments = [{}]
    for batch in batches:
        after = moments[-1] | {key: change.after for key, change in batch.items()}
        moments.append({key: there for key, there in after.items() if there})
    assert reveals_nobody(batches) is not any(told(one, two) for one, two in combinations(moments, 2))


def enter(*parties):
    return {f"new{n}{pair}": Change(None, deal(pair)) for n, pair in enumerate(parties)}


def test_new_deals_are_never_held_up_by_voids_that_wait():
    shown = enter("ab", "cd", "ef", "gh")
    leaving = {key: Change(change.after, None) for key, change in list(shown.items())[:3]}
    coming = {f"more{key}": change for key, change in enter("ab", "cd", "ef").items()}
    assert shown_together(leaving) == set(leaving)
    assert shown_together(leaving, [shown]) == set()  # the batch alone would do; beside the beginning the fourth stands alone
    assert shown_together(leaving | coming, [shown]) == {*leaving, *coming}


def test_what_cannot_be_settled_within_the_newest_batches_waits():
    shown = enter("ab", "cd", "ef")
    leaving = {key: Change(change.after, None) for key, change in shown.items()}
    between = [{f"{n}{key}": Change(change.after, change.before) for key, change in shown.items()} for n in range(5)]
    assert shown_together(leaving, [*between, shown]) == set(leaving)
    assert shown_together(leaving, [*between, shown], farthest=5) == set()


def test_history_is_read_only_as_far_as_needed():
    def unread():
        raise AssertionError("nobody needs the past for a batch of new deals")
        yield {}

    assert len(shown_together(enter("ab", "cd", "ef"), unread())) == 3
