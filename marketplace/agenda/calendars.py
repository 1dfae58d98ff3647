"""Schedules as iCalendar (RFC 5545): stable UIDs, SEQUENCE and STATUS for changes and what is called off, times in the fair's zone.

There is no METHOD: a calendar that is fetched, not an invitation. So DTSTAMP is when the event changed last, and the same
schedule gives the same bytes.
"""

from collections.abc import Collection, Mapping, Sequence
from datetime import UTC, date, datetime, timedelta
from uuid import UUID
from zoneinfo import ZoneInfo

from icalendar import Calendar, Event, vDuration

from marketplace.agenda import wording
from marketplace.agenda.rules import Kind, Line, State
from marketplace.core.i18n import gettext
from marketplace.fairs.models import Fair

REFRESH = timedelta(minutes=15)
PAGES = {Kind.MEETING: "/meetings/{0.id}", Kind.PITCH: "/roadshow/sessions/{0.session_id}", Kind.SESSION: "/roadshow/sessions/{0.id}"}


def calendar(lines: Sequence[Line], *, fairs: Mapping[UUID, Fair], own: Collection[UUID], name: str, base: str) -> bytes:
    """The lines as one calendar; absences and closures are left out. ``own``: the organisations whose side the reader is on.

    ``base`` is the address of this site. Lines come with `queries.with_changes`."""
    found = Calendar()
    found.add("prodid", "-//Technology Trading//Schedule//EN")
    found.add("version", "2.0")
    found.add("calscale", "GREGORIAN")
    found.add("x-wr-calname", name)
    found.add("name", name)
    found.add("refresh-interval", vDuration(REFRESH), parameters={"VALUE": "DURATION"})
    found.add("x-published-ttl", vDuration(REFRESH))
    told = [line for line in lines if line.kind in PAGES]
    for line in sorted(told, key=lambda line: (line.starts_at, str(line.id))):
        found.add_component(_event(line, fairs[line.fair_id], own=own, base=base))
    if told:
        first, last = min(line.told[0] for line in told), max(line.told[1] for line in told)
        found.add_missing_timezones(first_date=date(first.year, 1, 1), last_date=date(last.year + 1, 12, 31))
    return bytes(found.to_ical())


def _event(line: Line, fair: Fair, *, own: Collection[UUID], base: str) -> Event:
    zone, event = ZoneInfo(fair.time_zone), Event()
    changed = (line.changed_at or line.starts_at).astimezone(UTC).replace(microsecond=0)
    event.add("uid", str(line.id))
    event.add("dtstamp", changed)
    event.add("last-modified", changed)
    event.add("sequence", line.sequence)
    event.add("status", line.state.value.upper())
    event.add("dtstart", line.told[0].astimezone(zone))
    event.add("dtend", line.told[1].astimezone(zone))
    event.add("summary", wording.title(line, own))
    event.add("transp", "TRANSPARENT" if line.state is State.CANCELLED else "OPAQUE")
    if where := wording.where(line):
        event.add("location", ", ".join(part for part in (where, fair_place(fair)) if part))
    if described := "\n".join(_description(line)):
        event.add("description", described)
    event.add("url", base + PAGES[line.kind].format(line))
    return event


def fair_place(fair: Fair) -> str:
    """Where the fair itself is."""
    return wording.name(fair, "place")


def _description(line: Line) -> list[str]:
    """What stands below the title: the topic for the two sides only, and never a note."""
    parts = []
    if line.topic:
        parts.append(line.topic)
    if line.session_title_en or line.session_title_zh:
        parts.append(gettext("Session: %(title)s", title=wording.name(line, "session_title")))
    if spoken := wording.languages(line):
        parts.append(gettext("Languages: %(codes)s", codes=spoken))
    if line.interpreter:
        parts.append(gettext("Interpreter: %(name)s", name=line.interpreter))
    if line.people:
        parts.append(gettext("Who comes: %(names)s", names=", ".join(dict.fromkeys(person for *_, person in line.people))))
    if line.proposed is not None:
        parts.append(gettext("Another time is proposed; see the page of the meeting."))
    if address := wording.link(line):
        parts.append(address)
    return parts


def window(moment: datetime) -> tuple[datetime, datetime]:
    """What a feed holds: from two months ago to a year and a half ahead."""
    return moment - timedelta(days=60), moment + timedelta(days=550)
