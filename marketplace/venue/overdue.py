"""What gives way: bookings kept for an answer that did not come in time.

The domain that keeps such bookings says which they are and ends them (`kept_by`); whoever takes something takes it from them.
"""

from collections.abc import Callable, Collection

_over: list[Callable[[], set[str]]] = []
_end: list[Callable[[Collection[str]], set[str]]] = []


def kept_by(over: Callable[[], set[str]], end: Callable[[Collection[str]], set[str]]) -> None:
    """``over``: which holders have no claim any more; read only, a constant number of queries. ``end``: ends those given, all of them or none, and returns
    the holders it ended; their bookings are freed by who asked. What another transaction is changing right now is not ended."""
    if over not in _over:
        _over.append(over)
        _end.append(end)


def over() -> set[str]:
    """The holders that give way to whoever comes next."""
    return {holder for each in _over for holder in each()}


def end(holders: Collection[str]) -> set[str]:
    """End all of these holders, or none when one of them has a claim or cannot be ended now; returns those that were ended."""
    if not holders or not over().issuperset(holders):
        return set()
    return {holder for each in _end for holder in each(holders)}
