"""How long a listing stands: its first term, when it may be extended and till when. Days only, no database, no clock.

After the field's best-known network of listings: 365 days, notice two weeks before the end, one extension of up to 365 days
counted from the end and asked for at the earliest 30 days before it, possible within a year after it; archived after two years.
"""

from datetime import date, timedelta
from enum import StrEnum

TERM = EXTENSION = timedelta(days=365)
NOTICE = timedelta(days=14)
EARLIEST = timedelta(days=30)
LATEST = timedelta(days=365)
ARCHIVED_AFTER = timedelta(days=730)


class Hindrance(StrEnum):
    """Why a listing cannot be extended now."""

    NO_TERM = "no_term"
    EXTENDED = "extended"
    EARLY = "early"
    LATE = "late"


def end_of_term(current: date | None, *, stated: date | None, stated_before: date | None, published: date, today: date) -> date:
    """The last day once a version is public: the one it newly states, else the one that stands, else `TERM` from the first publication.

    A day that is over gives no term; a listing that is published again after it gets a new one.
    """
    if stated is not None and stated >= today and (stated != stated_before or current is None or current < today):
        return stated
    if current is not None and current >= today:
        return current
    return (published if published + TERM >= today else today) + TERM


def hindrance(ends_on: date | None, *, extended: bool, today: date) -> Hindrance | None:
    """What stands against an extension on this day, or None."""
    if ends_on is None:
        return Hindrance.NO_TERM
    if extended:
        return Hindrance.EXTENDED
    if today < ends_on - EARLIEST:
        return Hindrance.EARLY
    return Hindrance.LATE if today > ends_on + LATEST else None


def is_over(ends_on: date | None, today: date) -> bool:
    """Whether the last day has passed; ``today`` is the day it is where a day ends last."""
    return ends_on is not None and ends_on < today
