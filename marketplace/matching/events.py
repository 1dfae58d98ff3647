"""What higher domains hear of stored matches."""

from collections.abc import Callable

from marketplace.matching.models import StoredMatch

new_matches: list[Callable[[list[StoredMatch]], None]] = []
"""Called inside the transaction that stores them with pairs that were not stored before; they only write rows of their own.

The objects are not attached to the session. Pairs that come only because the ranking itself changed, or because a need that has long
been public is matched for the first time, are no news and are not told."""


def tell(rows: list[StoredMatch]) -> None:
    """Call everyone who listens, when there is something to tell."""
    if rows:
        for listener in new_matches:
            listener(rows)
