"""State machines as tables: {state: {states it may move to}}."""

from collections.abc import Mapping
from enum import StrEnum
from typing import TypeVar

from marketplace.core.errors import IllegalMove

S = TypeVar("S", bound=StrEnum)


def check_move(table: Mapping[S, set[S]], start: S, end: S) -> S:
    """Return ``end`` if the table allows start → end; raise IllegalMove otherwise."""
    if end not in table[start]:
        raise IllegalMove(start=start.value, end=end.value)
    return end
