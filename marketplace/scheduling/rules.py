"""The slots that a fair's hours give, and how much the wishes of two organisations weigh (`docs/rules/scheduling.md`)."""

import re
from collections.abc import Iterable, Sequence
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from marketplace.scheduling.models import Presence, Wanted

MUST, LIKE, MOST_FOR_FIT = 1000, 300, 100
"""A wish that must be, one that would be liked, and what a perfect match of the two adds to the latter."""
MOST_MUSTS, MOST_WISHES = 10, 100
"""Of one organisation at one fair: where everything is a must, nothing is."""
MOST_SLOTS = 400
HOURS = re.compile(r"([01]?\d|2[0-3]):(00|15|30|45)\s*(?:-|–|to|至)\s*(([01]?\d|2[0-3]):(00|15|30|45)|24:00)")


def parse_hours(text: str) -> list[list[str]]:
    """Spans such as "9:00-12:00, 13:30-17:00" as pairs. Raises ValueError when something is no time, off the quarter, or out of order."""
    found = []
    for part in (part.strip() for part in re.split(r"[,;，；、\n]", text) if part.strip()):
        match = HOURS.fullmatch(part)
        if match is None:
            raise ValueError(part)
        found.append([f"{match[1]:0>2}:{match[2]}", f"{match[3]:0>5}"])
    flat = [moment for pair in found for moment in pair]
    if not found or any(later <= earlier for earlier, later in zip(flat, flat[1:], strict=False) if (earlier, later) not in _touching(found)):
        raise ValueError(text)
    return found


def _touching(hours: Sequence[Sequence[str]]) -> set[tuple[str, str]]:
    """The end of one span and the beginning of the next may be the same."""
    return {(one[1], other[0]) for one, other in zip(hours, hours[1:], strict=False) if one[1] == other[0]}


def hours_text(hours: Iterable[Sequence[str]]) -> str:
    return ", ".join(f"{begins}-{ends}" for begins, ends in hours)


def slots(days: Iterable[date], hours: Sequence[Sequence[str]], *, length_minutes: int, pause_minutes: int, time_zone: str) -> list[datetime]:
    """The beginnings of all slots, in UTC: within each span one after another, as many as fit."""
    zone, found = ZoneInfo(time_zone), []
    step, length = timedelta(minutes=length_minutes + pause_minutes), timedelta(minutes=length_minutes)
    for day in sorted(days):
        for begins, ends in hours:
            start, end = _moment(day, begins, zone), _moment(day, ends, zone)
            while start + length <= end:
                found.append(start)
                start += step
    return found


def _moment(day: date, clock: str, zone: ZoneInfo) -> datetime:
    if clock == "24:00":
        day, clock = day + timedelta(days=1), "00:00"
    return datetime.combine(day, time.fromisoformat(clock), zone).astimezone(ZoneInfo("UTC"))


def weight(sides: Iterable[Wanted], *, strength: int) -> int:
    """Of a pair of organisations, from what its one or two wishes say: 0 when a side says no. ``strength`` in tenths of a percent."""
    said = list(sides)
    if Wanted.NO in said:
        return 0
    return sum(MUST if wanted is Wanted.MUST else LIKE + MOST_FOR_FIT * strength // 1000 for wanted in said)


def languages_between(one: Sequence[str], other: Sequence[str]) -> tuple[str | None, str | None]:
    """What each side speaks in a meeting: a language of both, else the first of each; unknown where nothing was said."""
    common = next((language for language in one if language in other), None)
    if common is not None:
        return common, common
    return (one[0] if one else None), (other[0] if other else None)


def where(one: Presence, other: Presence) -> tuple[bool, bool]:
    """Whether the two may meet at a table, and whether online: online as soon as one is only there."""
    if Presence.ONLINE in (one, other):
        return False, True
    return True, one is other is Presence.EITHER
