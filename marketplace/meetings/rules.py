"""How long an unanswered request, or a proposed move, keeps its time; and when the link of an online room is shown."""

from datetime import datetime, timedelta

LONGEST = timedelta(hours=24)
BEFORE_START = timedelta(hours=2)
SHORTEST = timedelta(minutes=30)
LINK_BEFORE = timedelta(minutes=30)


def held_until(asked_at: datetime, starts_at: datetime) -> datetime:
    """A day long, but at most until two hours before the start, so that others can still use the time; half an hour, or as long as there
    is to the start, in any case."""
    return min(max(min(asked_at + LONGEST, starts_at - BEFORE_START), asked_at + SHORTEST), starts_at)


def link_open(starts_at: datetime, ends_at: datetime, moment: datetime) -> bool:
    """Whether the link of a meeting's online room is shown: the room is another pair's before and after."""
    return starts_at - LINK_BEFORE <= moment < ends_at
