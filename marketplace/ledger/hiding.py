"""When confidential deals may enter public figures: no two public moments may differ in a way that tells a single deal.

**The rule.** A sum of public figures is a class, the set of scopes that take a deal in, and a measure (count, total,
technology amount): scopes that differ in some deals only can be subtracted from each other, so deals are told apart by all
the scopes that take them in, and every public figure is made of such sums. Take any two public moments. Of each sum, the
deals that moved it between the two are none, or at least three of which every organisation is a stranger to at least two.

**Why the check is enough, and short.** Call a set of deals *safe* when it satisfies the last sentence. More deals keep a
safe set safe (1). A batch is held against the moments before it, the newest first.

- Two moments before the batch: the check of an earlier batch has looked at them (induction; with no batch there is one
  moment, and nothing differs).
- The batch and an earlier moment, a sum that the batch does not move: the difference is that of the moment just before the
  batch, which was looked at.
- The batch and an earlier moment, a sum that it moves: looked at one by one, until a moment is reached behind which there
  is a *core*: a safe set of deals that entered then, for the first time, and are counted in this sum to this day as they
  were. Before it none of them was counted, now each one is, so they are part of the difference with any still earlier
  moment, and by (1) it is safe. No moment before that needs to be looked at.

A batch with a safe set of new deals is its own core; only voids and amendments look further back, at most over
`FARTHEST` batches: what is not settled then waits on, which changes nothing and so reveals nothing.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Generic, TypeVar
from uuid import UUID

from marketplace.ledger.models import ContractClass
from marketplace.ledger.rules import batch_is_safe

FARTHEST = 64
Key = TypeVar("Key")
Item = TypeVar("Item")
Sum = tuple[ContractClass, frozenset[UUID], str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Hidden:
    """What public figures count of a confidential deal; amounts in the fair's currency, None when undisclosed.

    ``known``: it was open once, so that everybody can subtract it, and it hides no other.
    """

    contract_class: ContractClass
    counted_by: frozenset[UUID]
    parties: tuple[str, ...]
    total: int | None
    technology: int | None
    known: bool = False

    def sums(self) -> dict[Sum, int]:
        """What it adds to which sums; a deal that no scope takes in is in none."""
        if not self.counted_by:
            return {}
        parts = {"count": 1, "total": self.total, "technology": self.technology}
        return {(self.contract_class, self.counted_by, measure): value for measure, value in parts.items() if value is not None}


@dataclass(frozen=True, slots=True)
class Change:
    """One deal at two moments: what was counted of it before, what is counted after; None is nothing.

    A deal is never counted again after it was taken out, so that ``before`` None means: never before.
    """

    before: Hidden | None
    after: Hidden | None

    def moved(self) -> set[Sum]:
        """The sums in which it makes a difference."""
        one, two = (deal.sums() if deal else {} for deal in (self.before, self.after))
        return {total for total in one.keys() | two.keys() if one.get(total) != two.get(total)}

    def parties(self) -> list[str]:
        return [party for deal in (self.before, self.after) if deal for party in deal.parties]

    def hides(self) -> bool:
        return not any(deal.known for deal in (self.before, self.after) if deal)


def shown_together(waiting: Mapping[Key, Change], earlier: Iterable[Mapping[Key, Change]] = (), *, farthest: int = FARTHEST) -> set[Key]:
    """Those of the waiting deals that may enter public figures at once, by the rule of this module.

    ``earlier``: the batches that were shown so far, the newest first, read only as far as needed. A deal that would tell
    stays behind, and the rest is looked at again, until nothing tells.
    """
    chosen, history = dict(waiting), _Replayed(earlier)
    while telling := _telling(chosen, history, farthest):
        chosen = {key: change for key, change in chosen.items() if key not in telling}
    return set(chosen)


def reveals_nobody(batches: Sequence[Mapping[Key, Change]]) -> bool:
    """Whether all these batches, the oldest first, obey the rule."""
    return not any(_telling(batch, reversed(batches[:place]), len(batches)) for place, batch in enumerate(batches))


class _Replayed(Generic[Item]):
    """An iterable that is read once, and only as far as somebody asked."""

    def __init__(self, source: Iterable[Item]):
        self.source, self.seen = iter(source), list[Item]()

    def __iter__(self) -> Iterator[Item]:
        yield from self.seen
        for item in self.source:
            self.seen.append(item)
            yield item


def _telling(batch: Mapping[Key, Change], earlier: Iterable[Mapping[Key, Change]], farthest: int) -> set[Key]:
    """The deals of a batch whose sum would tell something against some earlier moment."""
    movers: dict[Sum, set[Key]] = defaultdict(set)
    for key, change in batch.items():
        for total in change.moved():
            movers[total].add(key)
    since, unsettled, telling = dict(batch), set(movers), set[Key]()
    moments = iter(earlier)
    for _ in range(farthest):
        moved = {key: change.moved() for key, change in since.items()}
        for total in list(unsettled):
            apart = [key for key in since if total in moved[key]]
            if apart and not _hide(since, apart):
                telling |= movers[total]
                unsettled.discard(total)
            elif _hide(since, [key for key in _core(batch, since) if total in moved[key]]):
                unsettled.discard(total)
        found = next(moments, None) if unsettled else None
        if found is None:
            return telling
        batch = found
        for key, change in batch.items():
            since[key] = Change(change.before, since[key].after if key in since else change.after)
    return telling.union(*(movers[total] for total in unsettled))


def _hide(since: Mapping[Key, Change], keys: Iterable[Key]) -> bool:
    return batch_is_safe([since[key].parties() for key in keys if since[key].hides()])


def _core(batch: Mapping[Key, Change], since: Mapping[Key, Change]) -> list[Key]:
    """The deals that entered with a batch for the first time and are counted to this day as they were."""
    return [key for key, change in batch.items() if change.before is None and since[key] == change]
