"""One calendar of a whole company at a fair: what each colleague has when and where, who meets the same partner, and how far the ways are."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from itertools import pairwise
from uuid import UUID
from zoneinfo import ZoneInfo

from sqlalchemy import select

from marketplace.accounts.models import Person
from marketplace.core.access import Actor
from marketplace.core.db import db
from marketplace.core.i18n import gettext, localized
from marketplace.fairs.models import Fair
from marketplace.meetings import availability, queries
from marketplace.meetings.models import Absence, Meeting, MeetingStatus
from marketplace.venue import rules, walking
from marketplace.venue.models import Booking, Place

SHOWN = (MeetingStatus.REQUESTED, MeetingStatus.CONFIRMED, MeetingStatus.HELD, MeetingStatus.NO_SHOW)


@dataclass(slots=True, kw_only=True)
class Entry:
    """Something a company has at a time: a meeting, an appearance at the roadshow, or a time without meetings."""

    starts_at: datetime
    ends_at: datetime
    people: list[Person]
    line: queries.MeetingLine | None = None
    place: Place | None = None
    absence: Absence | None = None
    remarks: list[str] = field(default_factory=list)


def of_company(fair: Fair, on: date, *, by: Actor) -> list[Entry]:
    """Everything of a day on the fair's own clock, by time, with remarks. A constant number of queries."""
    begins = datetime(on.year, on.month, on.day, tzinfo=ZoneInfo(fair.time_zone))
    ends = datetime.combine(on + timedelta(days=1), begins.timetz())
    colleagues = {person.id: person for person in queries.colleagues(by)}
    everything = list(db.session.scalars(
        queries.own_meetings(by).where(Meeting.fair_id == fair.id, Meeting.status.in_(SHOWN)).order_by(Meeting.starts_at, Meeting.id)
    ))  # fmt: skip
    lines = queries.meeting_lines([one for one in everything if one.standing in SHOWN], by=by)
    entries = [
        Entry(starts_at=line.meeting.starts_at, ends_at=line.meeting.ends_at, people=_own(line, by), line=line, place=line.place)
        for line in lines if begins <= line.meeting.starts_at < ends
    ]  # fmt: skip
    entries += _appearances(colleagues, begins, ends)
    for absence, person in availability.own_absences(by, fair_id=fair.id):
        if absence.starts_at < ends and absence.ends_at > begins:
            whose = [person] if person else list(colleagues.values())
            entries.append(Entry(starts_at=absence.starts_at, ends_at=absence.ends_at, people=whose, absence=absence))
    entries.sort(key=lambda entry: (entry.starts_at, entry.ends_at))
    _partners(entries, lines, by=by)
    _ways(entries, walking.ways(fair.id))
    return entries


def _own(line: queries.MeetingLine, by: Actor) -> list[Person]:
    return [person for organization_id, person in line.people if organization_id == by.organization_id]


def _appearances(colleagues: Mapping[UUID, Person], begins: datetime, ends: datetime) -> list[Entry]:
    """What else colleagues are booked for: pitches and sessions, each with its place."""
    keys = {f"person:{person_id}": person for person_id, person in colleagues.items()}
    query = select(Booking.holder, Booking.resource, Booking.cell).where(
        Booking.resource.in_(list(keys)), Booking.cell >= begins, Booking.cell < ends,
        Booking.holder.startswith("pitch:") | Booking.holder.startswith("session:"),
    )  # fmt: skip
    spans: dict[str, tuple[datetime, datetime, list[Person]]] = {}
    for holder, resource, cell in db.session.execute(query.order_by(Booking.cell)):
        first, last, people = spans.get(holder, (cell, cell, []))
        if keys[resource] not in people:
            people.append(keys[resource])
        spans[holder] = (min(first, cell), max(last, cell), people)
    places = walking.holders_places(spans)
    return [
        Entry(starts_at=first, ends_at=last + rules.CELL, people=people, place=places.get(holder)) for holder, (first, last, people) in spans.items()
    ]


def _partners(entries: Iterable[Entry], lines: Iterable[queries.MeetingLine], *, by: Actor) -> None:
    """Say where colleagues meet the same organisation apart from each other."""
    open_lines = [line for line in lines if line.meeting.standing in (MeetingStatus.REQUESTED, MeetingStatus.CONFIRMED)]
    for entry in entries:
        if entry.line is None or entry.line not in open_lines:
            continue
        mine = {person.id for person in entry.people}
        for other in open_lines:
            theirs = _own(other, by)
            if other is not entry.line and other.other.id == entry.line.other.id and not mine & {person.id for person in theirs}:
                who = ", ".join(person.name for person in theirs) or gettext("nobody named yet")
                entry.remarks.append(gettext("A second visit to the same organisation: %(who)s.", who=who))


def _ways(entries: list[Entry], ways: walking.Ways) -> None:
    """Say how long each colleague's way from the entry before takes, and when there is too little time for it."""
    people = {person.id: person for entry in entries for person in entry.people}
    for person_id, person in people.items():
        theirs = [entry for entry in entries if entry.place is not None and person_id in {one.id for one in entry.people}]
        for one, other in pairwise(theirs):
            if one.place is None or other.place is None:
                continue
            needed, has = ways.minutes(one.place, other.place), int((other.starts_at - one.ends_at) / timedelta(minutes=1))
            place = localized(one.place, "name")[0]
            if needed > has:
                text = gettext("%(who)s has %(has)s min for a way of %(needed)s min from %(place)s.", who=person.name, has=has, needed=needed, place=place)
                other.remarks.append(text)
            elif needed:
                other.remarks.append(gettext("%(who)s walks %(needed)s min from %(place)s.", who=person.name, needed=needed, place=place))
