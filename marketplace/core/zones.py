"""Two clocks: a fair's own, and beside it that of who reads, wherever in the world they sit.

The zone one reads in is chosen on a page, kept with the account and in a cookie; a browser that never chose says its own. The
fair's clock always comes first and in full; the reader's follows only where it shows something else.
"""

from collections.abc import Callable
from datetime import date, datetime, timedelta
from functools import cache
from zoneinfo import ZoneInfo, available_timezones

from babel.dates import get_timezone_location
from flask import Flask, has_request_context, request
from flask_babel import format_date as babel_date
from flask_babel import get_locale
from markupsafe import Markup

from marketplace.core.i18n import gettext

COOKIE = "zone"
FAIR_ONLY = "fair"
"""What the cookie says of who wants to see the fair's clock alone."""
OFTEN = (
    "Asia/Shanghai", "Asia/Hong_Kong", "Asia/Tokyo", "Asia/Seoul", "Asia/Singapore", "Asia/Dubai", "Asia/Jerusalem", "Europe/Moscow",
    "Africa/Cairo", "Europe/Berlin", "Europe/Paris", "Europe/London", "America/Sao_Paulo", "America/New_York", "America/Chicago",
    "America/Los_Angeles", "Australia/Sydney", "UTC",
)  # fmt: skip
"""The zones that stand first where one is chosen."""


@cache
def known() -> frozenset[str]:
    """Every zone of the IANA database that is a place, or UTC."""
    return frozenset(name for name in available_timezones() if "/" in name and not name.startswith(("Etc/", "SystemV/"))) | {"UTC"}


FAIR_ZONE: list[Callable[[], str | None]] = []
"""The zone of the page's fair, None where there is none yet; connected by the domain that knows fairs."""


def page_zone() -> str:
    """Whose clock comes first on a page: that of its fair, or of the current one; UTC before there is any."""
    return next((zone for each in FAIR_ZONE if has_request_context() and (zone := each())), "UTC")


def readers_zone() -> str | None:
    """The zone whose clock the reader wants beside a fair's; None outside a request, and when they want none."""
    chosen = request.cookies.get(COOKIE) if has_request_context() else None
    return chosen if chosen in known() else None


def city(zone: str) -> str:
    """What a zone is called in the language of the page: New York, 纽约."""
    return _city(zone, str(get_locale() or "en"))


@cache
def _city(zone: str, locale: str) -> str:
    return str(get_timezone_location(zone, locale=locale, return_city=True))


def clock_time(moment: datetime, zone: str, *, ends: bool = False) -> str:
    """'10:15' on that zone's wall clock. An end at midnight is 24:00 of its day; a time that the clocks pass twice says which one."""
    local = moment.astimezone(ZoneInfo(zone))
    if ends and (local.hour, local.minute) == (0, 0):
        return "24:00"
    twice = local.replace(fold=0).utcoffset() != local.replace(fold=1).utcoffset() and _real(local)
    return f"{local:%H:%M} {local.tzname()}" if twice else f"{local:%H:%M}"


def _real(local: datetime) -> bool:
    """Whether both readings of an hour exist: where clocks are put forward neither does."""
    return local.replace(fold=0).utcoffset() > local.replace(fold=1).utcoffset()  # type: ignore[operator]


def day_of(moment: datetime, zone: str, *, ends: bool = False) -> date:
    """The day a moment belongs to in that zone; an end at midnight still belongs to the day before."""
    return (moment - timedelta(microseconds=1) if ends else moment).astimezone(ZoneInfo(zone)).date()


def elsewhere(start: datetime, end: datetime | None, zone: str, *, there: str | None) -> str:
    """What another zone's clock shows of a time given in ``zone``: '22:00–23:00 New York, the day before'; '' when it is the same."""
    moments = [start, end or start]
    if there is None or all(one.astimezone(ZoneInfo(zone)).utcoffset() == one.astimezone(ZoneInfo(there)).utcoffset() for one in moments):
        return ""
    here, name = day_of(start, zone), city(there)
    begins = clock_time(start, there)
    first = (day_of(start, there) - here).days
    if end is None or end <= start:
        return _on_day(begins, name, first, on=day_of(start, there))
    ends = clock_time(end, there, ends=True)
    last = (day_of(end, there, ends=True) - here).days
    if first == last:
        return _on_day(f"{begins}–{ends}", name, first, on=day_of(start, there))
    if (first, last) == (-1, 0):
        return gettext("%(start)s the day before – %(end)s %(city)s", start=begins, end=ends, city=name)
    if (first, last) == (0, 1):
        return gettext("%(start)s %(city)s – %(end)s the day after", start=begins, end=ends, city=name)
    days = [babel_date(day_of(start, there), "medium"), babel_date(day_of(end, there, ends=True), "medium")]
    return f"{days[0]} {begins} – {days[1]} {ends} {name}"


def _on_day(times: str, name: str, offset: int, *, on: date) -> str:
    if offset == 0:
        return f"{times} {name}"
    if offset == -1:
        return gettext("%(times)s %(city)s, the day before", times=times, city=name)
    if offset == 1:
        return gettext("%(times)s %(city)s, the day after", times=times, city=name)
    return f"{times} {name}, {babel_date(on, 'medium')}"


def beside(start: datetime, end: datetime | None, zone: str) -> Markup:
    """The reader's clock as it stands behind the fair's, empty when they see the same or want none."""
    text = elsewhere(start, end, zone, there=readers_zone())
    return Markup(' <span class="there">· {}</span>').format(text) if text else Markup("")


def stamp(moment: datetime, zone: str, text: str) -> Markup:
    """A text that shows a moment, with the exact one and the zone in the markup."""
    return Markup('<time datetime="{}" data-zone="{}" title="{}">{}</time>').format(moment.isoformat(), zone, zone, text)


def at(moment: datetime, zone: str) -> Markup:
    """Day and time on that clock, and the reader's beside it. Where there is no fair to show the clock of, UTC is named."""
    text = plain(moment, zone)
    return stamp(moment, zone, f"{text} UTC" if zone == "UTC" else text) + beside(moment, None, zone)


def plain(moment: datetime, zone: str) -> str:
    """Day and time on that clock as text alone: for mails."""
    return f"{babel_date(day_of(moment, zone), 'medium')} {clock_time(moment, zone)}"


def hours(start: datetime, end: datetime, zone: str) -> Markup:
    """'10:00–11:00' on the fair's clock, and the reader's beside it: for lists under a day's heading."""
    both = stamp(start, zone, clock_time(start, zone)) + "–" + stamp(end, zone, clock_time(end, zone, ends=True))
    return both + beside(start, end, zone)


def hour(moment: datetime, zone: str) -> Markup:
    """'10:00' on the fair's clock, and the reader's beside it."""
    return stamp(moment, zone, clock_time(moment, zone)) + beside(moment, None, zone)


def times(start: datetime, end: datetime, zone: str) -> Markup:
    """As `hours`, with the day in front: where no heading says it."""
    return Markup("{} ").format(babel_date(day_of(start, zone), "medium")) + hours(start, end, zone)


def register(app: Flask) -> None:
    app.jinja_env.filters.update(hour=hour, hours=hours, times=times)
    app.jinja_env.globals.update(city=city, readers_zone=readers_zone, page_zone=page_zone)
