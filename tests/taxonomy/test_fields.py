"""Which fields are near each other, with the pairs that docs/taxonomy.md names."""

import pytest

from marketplace.taxonomy.fields import neighbours
from marketplace.taxonomy.vocabularies import WIPO_FIELDS


@pytest.mark.parametrize(
    ("field", "near"),
    [
        ("8", ("1", "3", "9")),  # H01: half of the classes of Semiconductors
        ("10", ("11",)),  # G01N is divided by main group
        ("16", ("13", "14")),  # A61
        ("32", ()),
    ],
)
def test_neighbours(field: str, near: tuple[str, ...]) -> None:
    assert neighbours()[field] == near


def test_who_is_a_neighbour_has_one() -> None:
    near = neighbours()
    assert {(one, other) for one in near for other in near[one]} == {(other, one) for one in near for other in near[one]}
    assert all(code not in near[code] for code in WIPO_FIELDS)
    assert max(map(len, near.values())) <= 3
    assert sum(map(len, near.values())) == 36

