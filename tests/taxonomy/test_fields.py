"""How near two fields are, with the pairs that docs/taxonomy.md names."""

import pytest

from marketplace.taxonomy.fields import distance, neighbours
from marketplace.taxonomy.vocabularies import WIPO_FIELDS


@pytest.mark.parametrize(
    ("one", "other", "steps"),
    [
        ("9", "9", 0),  # Optics
        ("8", "9", 1),  # H01S and H01L: half of the classes of Semiconductors belong to Optics too
        ("10", "11", 1),  # G01N is divided by main group
        ("13", "16", 1),  # A61
        ("9", "10", 2),  # both Instruments
        ("9", "35", 3),
    ],
)
def test_distances(one: str, other: str, steps: int) -> None:
    assert distance(one, other) == distance(other, one) == steps


def test_who_is_a_neighbour_has_one() -> None:
    near = neighbours()
    assert {(one, other) for one in near for other in near[one]} == {(other, one) for one in near for other in near[one]}
    assert all(code not in near[code] for code in WIPO_FIELDS)
    assert max(map(len, near.values())) <= 3
    assert sum(map(len, near.values())) == 36


def test_an_unknown_field_has_no_distance() -> None:
    with pytest.raises(KeyError):
        distance("9", "36")
