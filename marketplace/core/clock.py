"""The time, always UTC and aware; nothing else in the product asks the operating system."""

from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo


def now() -> datetime:
    """This moment, UTC, microseconds."""
    return datetime.now(UTC)


def today(time_zone: str) -> date:
    """The day it is now in an IANA time zone such as ``Asia/Shanghai``."""
    return now().astimezone(ZoneInfo(time_zone)).date()
