"""The time, always UTC and aware; nothing else in the product asks the operating system."""

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

_shift: ContextVar[timedelta] = ContextVar("shift", default=timedelta(0))


def now() -> datetime:
    """This moment, UTC, microseconds."""
    return datetime.now(UTC) + _shift.get()


@contextmanager
def shifted(by: timedelta) -> Iterator[None]:
    """Let it be another time for what runs inside. Only the sample is loaded like this: its fair has a day behind it."""
    token = _shift.set(by)
    try:
        yield
    finally:
        _shift.reset(token)


def today(time_zone: str) -> date:
    """The day it is now in an IANA time zone such as ``Asia/Shanghai``."""
    return now().astimezone(ZoneInfo(time_zone)).date()
