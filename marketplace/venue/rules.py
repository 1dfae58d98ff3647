"""Quarters of an hour: which ones a time span covers, and which free ones lie nearest to a wish."""

from collections.abc import Iterable, Sequence
from collections.abc import Set as AbstractSet
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

CELL = timedelta(minutes=15)
DAY_BEGINS, DAY_ENDS = time(8), time(20)
"""Between these hours of the fair's wall clock an alternative is offered."""
MOST_DAYS = 31


def on_grid(moment: datetime) -> bool:
    """Whether a moment is a full quarter of an hour."""
    return moment.minute % 15 == 0 and moment.second == 0 and moment.microsecond == 0


def quarter(moment: datetime) -> datetime:
    """The full quarter of an hour in which a moment lies."""
    return moment - timedelta(minutes=moment.minute % 15, seconds=moment.second, microseconds=moment.microsecond)


def days(opens_on: date, closes_on: date) -> list[date]:
    """The days of a fair for which times are offered: its first `MOST_DAYS`."""
    return [opens_on + timedelta(days=i) for i in range(min((closes_on - opens_on).days + 1, MOST_DAYS))]


def cells(starts_at: datetime, minutes: int) -> list[datetime]:
    """The quarters that ``minutes`` from ``starts_at`` (on the grid) touch, each named by its beginning."""
    return [starts_at + CELL * i for i in range(-(-minutes // 15))]


def within_days(starts_at: datetime, ends_at: datetime, *, opens_on: date, closes_on: date, time_zone: str) -> bool:
    """Whether a span lies within the fair's days on the fair's own wall clock; it may end at midnight of the last one."""
    zone = ZoneInfo(time_zone)
    last = (ends_at - timedelta(microseconds=1)).astimezone(zone).date()
    return opens_on <= starts_at.astimezone(zone).date() and last <= closes_on


def starts(days: Iterable[date], minutes: int, *, time_zone: str) -> list[datetime]:
    """Every quarter, in the zone of the fair, from which ``minutes`` fit between `DAY_BEGINS` and `DAY_ENDS` of one of the days."""
    zone, found = ZoneInfo(time_zone), []
    for day in days:
        begins, ends = (datetime.combine(day, at, zone).astimezone(ZoneInfo("UTC")) for at in (DAY_BEGINS, DAY_ENDS))
        quarters = int((ends - begins) / CELL)
        found += [begins + CELL * i for i in range(quarters) if begins + CELL * i + timedelta(minutes=minutes) <= ends]
    return [moment.astimezone(zone) for moment in found]


def alternatives(
    wish: datetime,
    *,
    minutes: int,
    places: Sequence[str],
    people: Sequence[str],
    candidates: Iterable[datetime],
    taken: AbstractSet[tuple[str, datetime]],
    most: int = 3,
) -> list[tuple[str, datetime]]:
    """Up to ``most`` (place, start) at which the place and all the people are free, the nearest to the wish first.

    Of several places free at one time the earliest in ``places`` is offered; the wished time itself may be offered elsewhere."""
    found: list[tuple[str, datetime]] = []
    for start in sorted(candidates, key=lambda moment: (abs(moment - wish), moment)):
        quarters = cells(start, minutes)
        if any((person, quarter) in taken for person in people for quarter in quarters):
            continue
        place = next((one for one in places if all((one, quarter) not in taken for quarter in quarters)), None)
        if place is not None:
            found.append((place, start))
        if len(found) == most:
            break
    return found
