"""Which of WIPO's technology fields are near each other."""

from collections.abc import Mapping
from functools import cache

from marketplace.taxonomy.ipc import concordance
from marketplace.taxonomy.vocabularies import WIPO_FIELDS


@cache
def neighbours() -> Mapping[str, tuple[str, ...]]:
    """The neighbours of each field, in the order of the codes: the project's reading of WIPO's concordance with the IPC.

    Two fields are neighbours when a subclass of the IPC is divided between them, or when at least half of the classes of
    the one with fewer belong to both. The relation holds both ways and may cross sectors.
    """
    classes, subclasses = _prefixes(3), _prefixes(4)
    near: dict[str, list[str]] = {code: [] for code in WIPO_FIELDS}
    for one in WIPO_FIELDS:
        for other in WIPO_FIELDS:
            common = len(classes[one] & classes[other])
            half = 2 * common >= min(len(classes[one]), len(classes[other]))
            if one != other and (half or subclasses[one] & subclasses[other]):
                near[one].append(other)
    return {code: tuple(found) for code, found in near.items()}


def _prefixes(length: int) -> dict[str, set[str]]:
    found: dict[str, set[str]] = {code: set() for code in WIPO_FIELDS}
    for prefix, field in concordance().items():
        found[field].add(prefix[:length])
    return found
