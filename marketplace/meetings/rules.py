"""How long an unanswered request, or a proposed move, keeps its time."""

from datetime import datetime, timedelta

LONGEST = timedelta(hours=24)
BEFORE_START = timedelta(hours=2)
SHORTEST = timedelta(minutes=30)


def held_until(asked_at: datetime, starts_at: datetime) -> datetime:
    """A day long, but at most until two hours before the start, so that others can still use the time; never less than half an hour."""
    return max(min(asked_at + LONGEST, starts_at - BEFORE_START), asked_at + SHORTEST)
