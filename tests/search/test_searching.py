"""Looking at the best first gives what looking at everything gives."""

import random
from dataclasses import dataclass
from typing import Any

import pytest

from marketplace.search import searching
from marketplace.search.clauses import between, only
from marketplace.search.documents import Kind, ListingDocument
from marketplace.search.index import apply
from marketplace.search.reader import Reader
from marketplace.search.searching import best, whole
from tests.search.conftest import make

WORDS = [f"w{letter}" for letter in "abcdefghijklmnopqrst"]


@dataclass(frozen=True)
class Term:
    field: str
    token: str
    weight: float


@pytest.fixture(scope="module")
def crowd(tmp_path_factory: Any) -> Reader:
    """400 listings of few words, many of them equal; some in segments of their own, some deleted."""
    from marketplace.search.index import rebuild

    rng = random.Random(7)
    root = tmp_path_factory.mktemp("crowd") / "index"

    def listing(number: int) -> ListingDocument:
        text = " ".join(rng.choices(WORDS, weights=range(1, 21), k=rng.choice((3, 3, 8))))
        return make(number, text, trl=rng.randrange(10), country=rng.choice(("CN", "DE", "FR")), fields=(str(rng.randrange(1, 4)),))

    rebuild(root, [listing(number) for number in range(1, 361)], seq=1)
    for seq in range(2, 6):
        apply(root, [listing(number) for number in range(seq * 80, seq * 80 + 10)], [listing(seq).id], seq=seq)
    return Reader(root)


@pytest.mark.parametrize("seed", range(40))
def test_the_best_first_are_the_best_of_all(crowd: Reader, seed: int, monkeypatch: pytest.MonkeyPatch) -> None:
    rng = random.Random(seed)
    monkeypatch.setattr(searching, "SCORED_WHOLE", 0)
    monkeypatch.setattr(searching, "LEAST", rng.choice((1, 5, 40)))
    monkeypatch.setattr(searching, "PER_PLACE", rng.choice((1, 3)))
    deciding = [Term("words", word, rng.choice((1.0, 1.0, 2.5))) for word in rng.sample(WORDS, rng.randrange(1, 9))]
    near = [Term("codes", f"f{code}", 0.4) for code in rng.sample((1, 2, 3), rng.randrange(3))]
    conditions = [[], [only("country", ("CN",))], [between("trl", 7, None)], [only("country", ("CN", "FR")), between("trl", 9, None)]][seed % 4]
    snapshot, limit = crowd.snapshot(Kind.ACHIEVEMENT), rng.choice((1, 4, 10, 500))
    plain = snapshot.search(whole(deciding, near, conditions), limit)
    found = best(snapshot, deciding, near, conditions=conditions, limit=limit, passing_most=rng.random() < 0.5)
    assert [row[1:] for row in found] == [row[1:] for row in plain]
    assert [row[0] for row in found] == pytest.approx([row[0] for row in plain], rel=2e-5)


def test_the_best_first_are_looked_at_first(crowd: Reader, monkeypatch: pytest.MonkeyPatch) -> None:
    """The table above would pass if everything were always looked at."""
    monkeypatch.setattr(searching, "SCORED_WHOLE", 0)
    snapshot = crowd.snapshot(Kind.ACHIEVEMENT)
    monkeypatch.setattr(searching, "whole", lambda *_: pytest.fail("looked at everything"))
    terms = [Term("words", "wa", 1.0), Term("words", "wb", 1.0)]
    assert len(best(snapshot, terms, [], conditions=[only("country", ("CN", "DE"))], limit=3)) == 3
