"""What people are told of a plan by mail: each once, all of their own meetings in one, in their own language."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import select

from marketplace.accounts.models import Person
from marketplace.core import mail, zones
from marketplace.core.db import db
from marketplace.core.i18n import gettext, localized, ngettext, speaking
from marketplace.fairs.models import Fair
from marketplace.meetings.models import Meeting, MeetingPerson
from marketplace.organizations.models import Membership, Organization
from marketplace.payments.till import own_address
from marketplace.venue.models import Place


@dataclass(frozen=True, slots=True)
class Told:
    """What became of a meeting: where it was before (None: it is new), and whether it is cancelled."""

    meeting: Meeting
    before: tuple[datetime, UUID] | None = None
    dropped: bool = False


def published(fair: Fair, meetings: Sequence[Meeting]) -> None:
    """To everybody who comes to one of these."""

    def subject(number: int) -> str:
        return str(ngettext("The fair planned a meeting for you", "The fair planned %(num)s meetings for you", number))

    _tell(fair, [Told(meeting) for meeting in meetings], subject)


def changed(fair: Fair, told: Sequence[Told], *, reason: str) -> None:
    """To everybody who comes to one of these: where and when it is now, or that it is cancelled."""

    def subject(number: int) -> str:
        return str(ngettext("One of your meetings changed", "%(num)s of your meetings changed", number))

    _tell(fair, told, subject, reason=reason)


def _tell(fair: Fair, told: Sequence[Told], subject: Callable[[int], str], *, reason: str = "") -> None:
    """Four queries, however many, and a mail to each person who still belongs to their side."""
    by_id = {one.meeting.id: one for one in told}
    rows = db.session.execute(
        select(MeetingPerson.meeting_id, MeetingPerson.organization_id, Person)
        .join(Person, Person.id == MeetingPerson.person_id)
        .join(Membership, (Membership.person_id == Person.id) & (Membership.organization_id == MeetingPerson.organization_id))
        .where(MeetingPerson.meeting_id.in_(by_id), Person.disabled_at.is_(None), Membership.ended_at.is_(None))
        .order_by(Person.id)
    ).all()
    names, places = _names(told), _places(told)
    mine: dict[UUID, tuple[Person, list[tuple[Told, UUID]]]] = {}
    for meeting_id, organization_id, person in rows:
        mine.setdefault(person.id, (person, []))[1].append((by_id[meeting_id], organization_id))
    for person, own in mine.values():
        own.sort(key=lambda each: each[0].meeting.starts_at)
        with speaking(person.language):
            lines = [_line(fair, one, names[one.meeting.other_side(organization_id)], places) for one, organization_id in own]
            if reason:
                lines.insert(0, gettext("Why: %(reason)s", reason=reason))
            zone = gettext("Times are those of %(zone)s", zone=zones.city(fair.time_zone))
            mail.send(person.email, subject(len(own)), "\n".join([*lines, "", zone, own_address("/meetings")]) + "\n")


def _line(fair: Fair, told: Told, other: Organization, places: dict[UUID, Place]) -> str:
    meeting = told.meeting
    now = {"when": _clock(meeting.starts_at, fair), "place": localized(places[meeting.place_id], "name")[0], "name": localized(other, "name")[0]}
    if told.dropped:
        return gettext("Cancelled: %(when)s, %(place)s, with %(name)s.", **now)
    if told.before is None:
        return gettext("%(when)s, %(place)s, with %(name)s.", **now)
    starts_at, place_id = told.before
    before = f"{_clock(starts_at, fair)}, {localized(places[place_id], 'name')[0]}"
    return gettext("%(when)s, %(place)s, with %(name)s (it was: %(before)s).", before=before, **now)


def _names(told: Iterable[Told]) -> dict[UUID, Organization]:
    ids = {one for each in told for one in (each.meeting.from_organization_id, each.meeting.to_organization_id)}
    return {row.id: row for row in db.session.scalars(select(Organization).where(Organization.id.in_(ids)))}


def _places(told: Iterable[Told]) -> dict[UUID, Place]:
    ids = {one for each in told for one in (each.meeting.place_id, each.before[1] if each.before else each.meeting.place_id)}
    return {row.id: row for row in db.session.scalars(select(Place).where(Place.id.in_(ids)))}


def _clock(moment: datetime, fair: Fair) -> str:
    return zones.plain(moment, fair.time_zone)
