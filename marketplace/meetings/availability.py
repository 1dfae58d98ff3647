"""When people and whole organisations take no meetings, and the times that two organisations have in common."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from uuid import UUID

from sqlalchemy import Select, func, select
from uuid_utils.compat import uuid7

from marketplace.accounts.models import Person
from marketplace.core import audit
from marketplace.core.access import Actor
from marketplace.core.clock import now, today
from marketplace.core.db import db
from marketplace.core.errors import DomainError, Invalid, NotFound
from marketplace.core.i18n import gettext
from marketplace.core.i18n import lazy_gettext as _l
from marketplace.fairs import queries as fairs
from marketplace.fairs.models import Fair
from marketplace.meetings import expiring, queries
from marketplace.meetings.models import Absence, Meeting, MeetingStatus
from marketplace.organizations.models import Membership
from marketplace.venue import booking, conflicts, rules
from marketplace.venue import queries as venue_queries
from marketplace.venue import service as venue
from marketplace.venue.models import Level, Place, PlaceKind

MOST_ABSENCES = 200
MOST_MEMBERS = 200


class Engaged(DomainError):
    """The person has something in that time."""

    slug, title = "engaged", _l("Something lies in this time")
    text = _l("There is something in this time already. Move or cancel it first, or choose another time.")


class TooManyAbsences(DomainError):
    slug, title = "too-many-absences", _l("Too many times")
    text = _l("You have written down many times already. Remove some before you add more.")


@dataclass(frozen=True, slots=True, kw_only=True)
class Slot:
    """A time at which both sides could meet, and how many places are free then."""

    starts_at: datetime
    ends_at: datetime
    places: int


def whole_absences(fair_id: UUID, organizations: Collection[UUID], starts_at: datetime, ends_at: datetime) -> list[Absence]:
    """When a whole organisation is away within a time."""
    query = select(Absence).where(
        Absence.fair_id == fair_id, Absence.organization_id.in_(list(organizations)), Absence.person_id.is_(None),
        Absence.starts_at < ends_at, Absence.ends_at > starts_at,
    )  # fmt: skip
    return list(db.session.scalars(query.order_by(Absence.starts_at)))


def useless(fair: Fair, organizations: Collection[UUID]) -> set[datetime]:
    """The quarters of a fair, from now on, at which one of the organisations takes no meetings or all its people are taken."""
    first, last = _span(fair)
    found: set[datetime] = set()
    for absence in whole_absences(fair.id, organizations, first, last):
        found.update(_quarters(max(absence.starts_at, first), min(absence.ends_at, last)))
    for organization_id in organizations:
        found |= _nobody_free(organization_id, first, last)
    return found


def _span(fair: Fair) -> tuple[datetime, datetime]:
    days = rules.days(fair.opens_on, fair.closes_on)
    all_starts = rules.starts([days[0], days[-1]], 15, time_zone=fair.time_zone)
    return max(all_starts[0], rules.quarter(now())), all_starts[-1] + rules.CELL


def _quarters(starts_at: datetime, ends_at: datetime) -> list[datetime]:
    if ends_at <= starts_at:
        return []
    return rules.cells(starts_at, int((ends_at - starts_at) / timedelta(minutes=1)))


def _nobody_free(organization_id: UUID, first: datetime, last: datetime) -> set[datetime]:
    """The quarters at which every person of an organisation is taken."""
    members = list(db.session.scalars(_members(organization_id)))
    if not members:
        return set()
    held = booking.occupied([booking.person_key(person_id) for person_id in members], first, last)
    by_quarter: dict[datetime, int] = {}
    for _, quarter in held:
        by_quarter[quarter] = by_quarter.get(quarter, 0) + 1
    return {quarter for quarter, taken in by_quarter.items() if taken == len(members)}


def _members(organization_id: UUID) -> Select[UUID]:
    return (
        select(Membership.person_id)
        .join(Person, Person.id == Membership.person_id)
        .where(Membership.organization_id == organization_id, Membership.ended_at.is_(None), Person.disabled_at.is_(None))
        .order_by(Membership.person_id)
        .limit(MOST_MEMBERS)
    )


def meeting_places(fair_id: UUID) -> list[Place]:
    return venue_queries.places(fair_id, for_meetings=True)


def common(
    fair: Fair, *, people: Collection[UUID], other_id: UUID, minutes: int, online: bool, theirs: Collection[UUID] = (), by: Actor
) -> list[tuple[date, list[Slot]]]:
    """The times from now on, by day of the fair, at which ``people`` of one's own side are free, and ``theirs`` where it is said who comes
    from the other side, or else somebody of it; no side is away, and a place is free. A constant number of queries, whatever the number of days, people and places."""
    first, last = _span(fair)
    days = [day for day in rules.days(fair.opens_on, fair.closes_on) if day >= today(fair.time_zone)]
    if not days or by.organization_id is None:
        return []
    kinds = {PlaceKind.ONLINE} if online else {PlaceKind.TABLE, PlaceKind.ROOM}
    places = [booking.place_key(place.id) for place in meeting_places(fair.id) if place.kind in kinds]
    who = [booking.person_key(person_id) for person_id in (*people, *theirs)]
    closed = useless(fair, (by.organization_id, other_id))
    held = booking.occupied([*places, *who], first, last)
    found: dict[date, list[Slot]] = {}
    moment = now()
    for start in rules.starts(days, minutes, time_zone=fair.time_zone):
        quarters = rules.cells(start, minutes)
        if start <= moment or any(quarter in closed or any((person, quarter) in held for person in who) for quarter in quarters):
            continue
        free = sum(1 for place in places if not any((place, quarter) in held for quarter in quarters))
        if free:
            found.setdefault(start.date(), []).append(Slot(starts_at=start, ends_at=start + timedelta(minutes=minutes), places=free))
    return sorted(found.items())


def own_absences(by: Actor, *, fair_id: UUID) -> list[tuple[Absence, Person | None]]:
    """When one's organisation, or a colleague, takes no meetings at a fair; whose it is, None for all."""
    query = (
        select(Absence, Person)
        .outerjoin(Person, Person.id == Absence.person_id)
        .where(Absence.organization_id == by.organization_id, Absence.fair_id == fair_id)
        .order_by(Absence.starts_at, Absence.id)
    )
    return [(absence, person) for absence, person in db.session.execute(query.limit(MOST_ABSENCES))]


def away(
    fair_id: UUID, *, starts_at: datetime, ends_at: datetime, person_id: UUID | None, reason: str | None = None, accept_warnings: bool = False,
    by: Actor,
) -> Absence:  # fmt: skip
    """Take no meetings for a time: a colleague or oneself, or (None) the whole organisation, whose agreed meetings stay.

    Raises Forbidden, Invalid, Engaged (the person has something then), Warned (the organisation has), TooManyAbsences."""
    by.require("meetings.write")
    fair = fairs.get(fair_id)
    venue.check_times(starts_at, ends_at, fair)
    count = select(func.count()).select_from(Absence).where(Absence.organization_id == by.organization_id, Absence.fair_id == fair_id)
    if (db.session.scalar(count) or 0) >= MOST_ABSENCES:
        raise TooManyAbsences()
    if person_id is not None and person_id not in {person.id for person in queries.colleagues(by)}:
        raise Invalid.field("person_id", "people", gettext("Choose somebody of your organisation."))
    absence = Absence(
        id=uuid7(), fair_id=fair_id, organization_id=by.organization_id, person_id=person_id, starts_at=starts_at, ends_at=ends_at, reason=reason,
        created_by=by.person_id, created_at=now(),
    )  # fmt: skip
    minutes = int((ends_at - starts_at) / timedelta(minutes=1))
    if person_id is None:
        _warn_of_meetings(absence, accept_warnings=accept_warnings, by=by)
    else:
        overdue = expiring.end_overdue(fair_id)
        key = booking.person_key(person_id)
        if booking.take([key], starts_at, minutes=minutes, holder=f"absence:{absence.id}", instead_of=overdue):
            raise Engaged()
        expiring.free_all(overdue)
    db.session.add(absence)
    db.session.flush()
    audit.record("meetings.away", f"absence:{absence.id}", by=by, fair_id=fair_id)
    return absence


def _warn_of_meetings(absence: Absence, *, accept_warnings: bool, by: Actor) -> None:
    inside = queries.own_meetings(by).where(
        Meeting.fair_id == absence.fair_id, Meeting.status == MeetingStatus.CONFIRMED, Meeting.starts_at < absence.ends_at,
        Meeting.starts_at >= absence.starts_at - timedelta(hours=2),
    )  # fmt: skip
    number = sum(1 for meeting in db.session.scalars(inside) if meeting.ends_at > absence.starts_at)
    if number:
        text = gettext("Agreed meetings lie in this time and stay until you move or cancel them: %(number)s.", number=number)
        found = [conflicts.Conflict(conflicts.Kind.ORGANIZATION_ABSENT, Level.WARN, text)]
        conflicts.settle(found, accept_warnings=accept_warnings)


def back(absence_id: UUID, *, by: Actor) -> Fair:
    """Take meetings again at that time; returns the fair it was at. Raises NotFound (also for another organisation's), Forbidden."""
    query = select(Absence).where(Absence.id == absence_id, Absence.organization_id == by.organization_id).with_for_update()
    absence = db.session.scalar(query)
    if absence is None or by.organization_id is None or not by.may("meetings.read"):
        raise NotFound()
    by.require("meetings.write")
    fair = fairs.get(absence.fair_id)
    booking.free(f"absence:{absence.id}")
    db.session.delete(absence)
    audit.record("meetings.back", f"absence:{absence_id}", by=by, fair_id=fair.id)
    db.session.flush()
    return fair
