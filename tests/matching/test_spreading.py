"""Spreading: the top is never touched, and what everybody sees already gives way at the very end."""

from dataclasses import dataclass
from uuid import UUID

import pytest

from marketplace.core.db import db, transaction
from marketplace.matching import rematching
from marketplace.matching.spreading import DEPTH, GIVEN, SHOWN, exposures, spread


@dataclass(frozen=True)
class Hit:
    id: UUID
    score: float


def hits(*scores):
    return [Hit(UUID(int=rank), score) for rank, score in enumerate(scores, start=1)]


TEN = [20, 19, 18, 17, 16, 15, 14, 13, 12, 11]


@pytest.mark.parametrize(
    ("scores", "exposed", "ranks"),
    [
        (TEN, {}, list(range(1, 11))),  # everything is seen anyway
        ([*TEN, 10.9], {}, [*range(1, 10), 11]),  # one that nobody sees
        ([*TEN, 10.9, 10.88, 10.86], {}, [*range(1, 9), 11, 12]),  # two at most
        ([*TEN, 10.9, 10.88, 10.86], {11: 1}, [*range(1, 9), 12, 13]),  # the first stands elsewhere
        ([*TEN, 10.83, 10.8], {}, list(range(1, 11))),  # too weak
        ([*TEN, 10.84], {}, [*range(1, 10), 11]),  # just near enough
        ([*TEN, *[10.9] * 30], dict.fromkeys(range(11, DEPTH + 1), 1), list(range(1, 11))),  # the others stand too deep
    ],
)
def test_the_last_two_places_go_to_whom_nobody_sees(scores, exposed, ranks):
    places = spread(hits(*scores), {UUID(int=rank): count for rank, count in exposed.items()})
    assert [place.found.id.int for place in places] == ranks
    assert [place.rare for place in places] == [rank > SHOWN for rank in ranks]
    assert ranks[: SHOWN - GIVEN] == list(range(1, 9))


def test_a_shorter_list_is_left_alone():
    assert [place.found.id.int for place in spread(hits(*TEN, 10.9), {}, shown=5)] == [1, 2, 3, 4, 5]


def test_exposure_counts_the_first_places_of_public_needs(app, sides):
    laser, wheat = sides.achievement("Laser welding"), sides.achievement("Wheat", technology_codes=["14"])
    for title in ("Laser", "Welding"):
        sides.need(title)
    rematching.drain()
    assert exposures([laser.id, wheat.id]) == {laser.id: 2}
    with transaction():
        db.session.execute(db.text("UPDATE matches SET rank = rank + 10"))
    assert exposures([laser.id]) == {}
