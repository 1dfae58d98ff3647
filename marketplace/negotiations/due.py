"""By when a move is expected, on which days one is reminded of it, and when talks count as stalled: without database or clock."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from marketplace.negotiations.models import STOPPED, Stage

SATURDAY = 5
BEFORE = 1
"""Working days before the day that something is due on, for the first reminder."""
AFTER = (1, 3, 6)
"""Working days after it, for the last three."""
STILL = STOPPED | {Stage.SIGNED, Stage.PAUSED}
"""Stages in which nobody is expected to move, so that nothing stalls."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Days:
    """What a fair expects: working days for an answer and for any other move, calendar days until talks count as stalled."""

    answer: int = 3
    move: int = 5
    stalled: int = 10


def is_working(day: date) -> bool:
    """Monday to Friday. Public holidays differ between the two sides' countries and are not taken into account."""
    return day.weekday() < SATURDAY


def after(day: date, working_days: int) -> date:
    """The day that so many working days later is; a negative number goes back."""
    step = timedelta(days=1 if working_days >= 0 else -1)
    for _ in range(abs(working_days)):
        day += step
        while not is_working(day):
            day += step
    return day


def expected(stage: Stage, today: date, days: Days, *, valid_until: datetime | None = None, time_zone: str) -> date:
    """The day by which who has to move is expected to; not later than the day on which the open round runs out."""
    usual = after(today, days.answer if stage is Stage.INTEREST else days.move)
    return usual if valid_until is None else min(usual, valid_until.astimezone(ZoneInfo(time_zone)).date())


def reminds(due_on: date, today: date) -> bool:
    """Whether this is a day to remind of what is due: the working day before it, the day itself, and three days after it."""
    return today == due_on or today == after(due_on, -BEFORE) or today in [after(due_on, days) for days in AFTER]


def reminding_days(today: date) -> frozenset[date]:
    """The days due that somebody is reminded of today: what `reminds` says, turned round."""
    near = (today + timedelta(days=offset) for offset in range(-15, 8))
    return frozenset(day for day in near if reminds(day, today))


def quiet_since(at: datetime, days: Days) -> datetime:
    """A thread whose last step is older than this moment has stalled, unless nobody is expected to move in it."""
    return at - timedelta(days=days.stalled)


def stalled(stage: Stage, *, moved_at: datetime, ended: bool, at: datetime, days: Days) -> bool:
    """Whether nothing happened for longer than the fair's number of days, although a move is expected."""
    return not ended and stage not in STILL and moved_at < quiet_since(at, days)
