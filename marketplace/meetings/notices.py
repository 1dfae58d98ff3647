"""What people are told of meetings by mail: written with the fact, in each reader's own language."""

from collections.abc import Callable, Sequence
from datetime import datetime
from uuid import UUID
from zoneinfo import ZoneInfo

from flask_babel import format_date
from sqlalchemy import or_, select

from marketplace.accounts.models import Person
from marketplace.core import mail
from marketplace.core.db import db
from marketplace.core.i18n import gettext, localized, speaking
from marketplace.core.zones import city, clock_time
from marketplace.fairs.models import Fair
from marketplace.meetings.models import Meeting, MeetingPerson
from marketplace.organizations.models import Membership, Organization, Role
from marketplace.payments.till import own_address
from marketplace.venue.models import Place

MOST_READERS = 20


def side(meeting: Meeting, organization_id: UUID) -> Sequence[Person]:
    """Who of a side is told: those who come and who asked; the owners and editors while nobody does."""
    coming = select(MeetingPerson.person_id).where(MeetingPerson.meeting_id == meeting.id, MeetingPerson.organization_id == organization_id)
    members = (
        select(Person)
        .join(Membership, Membership.person_id == Person.id)
        .where(Membership.organization_id == organization_id, Membership.ended_at.is_(None), Person.disabled_at.is_(None))
        .order_by(Person.id)
        .limit(MOST_READERS)
    )
    found = db.session.scalars(members.where(or_(Person.id.in_(coming), Person.id == meeting.requested_by))).all()
    return found or db.session.scalars(members.where(Membership.role.in_([Role.OWNER, Role.EDITOR]))).all()


def tell(meeting: Meeting, organization_id: UUID, write: Callable[[], tuple[str, str]]) -> None:
    """Send each reader of a side what ``write`` says, subject and text, with the address of the meeting below."""
    for person in side(meeting, organization_id):
        with speaking(person.language):
            subject, text = write()
            mail.send(person.email, subject, f"{text}\n\n{own_address(f'/meetings/{meeting.id}')}\n")


def _name(organization_id: UUID) -> str:
    return localized(db.session.get_one(Organization, organization_id), "name")[0]


def requested(meeting: Meeting, fair: Fair) -> None:
    """To the organisation that is asked."""

    def write() -> tuple[str, str]:
        until = meeting.held_until or meeting.starts_at
        text = gettext("Proposed: %(when)s (%(zone)s). Please accept or decline.", when=clock(meeting.starts_at, fair), zone=city(fair.time_zone))
        held = gettext("Place and time are kept until %(until)s.", until=clock(until, fair))
        return gettext("%(name)s would like to meet you", name=_name(meeting.from_organization_id)), f"{text}\n{held}"

    tell(meeting, meeting.to_organization_id, write)


def answered(meeting: Meeting, fair: Fair, *, by_id: UUID) -> None:
    """To the side that did not act: confirmed, declined or cancelled."""

    def write() -> tuple[str, str]:
        subjects = {
            "confirmed": gettext("Your meeting is confirmed"), "declined": gettext("Your meeting was declined"),
            "cancelled": gettext("A meeting was cancelled"),
        }  # fmt: skip
        text = gettext("It is about the meeting of %(when)s (%(zone)s).", when=clock(meeting.starts_at, fair), zone=city(fair.time_zone))
        place = localized(db.session.get_one(Place, meeting.place_id), "name")[0]
        text += "\n" + gettext("With %(name)s, %(place)s.", name=_name(by_id), place=place)
        return subjects[meeting.status.value], text

    tell(meeting, meeting.other_side(by_id), write)


def expired(meeting: Meeting, fair: Fair) -> None:
    """To who asked: nobody answered, and the time is given back."""

    def write() -> tuple[str, str]:
        text = gettext("It was for %(when)s (%(zone)s). Place and people are free again.", when=clock(meeting.starts_at, fair), zone=city(fair.time_zone))
        return gettext("Your request to meet was not answered in time"), text

    tell(meeting, meeting.from_organization_id, write)


def move_proposed(meeting: Meeting, fair: Fair, *, to: datetime, by_id: UUID) -> None:
    """To the other side: a new time is kept beside the old one until it answers."""

    def write() -> tuple[str, str]:
        text = gettext(
            "So far: %(old)s. Proposed: %(new)s (%(zone)s). Both are kept until you agree or keep the old one.",
            old=clock(meeting.starts_at, fair), new=clock(to, fair), zone=city(fair.time_zone),
        )  # fmt: skip
        return gettext("%(name)s would like to move your meeting", name=_name(by_id)), text

    tell(meeting, meeting.other_side(by_id), write)


def moved(meeting: Meeting, fair: Fair, *, by_id: UUID) -> None:
    """To the other side: the meeting has its new time."""

    def write() -> tuple[str, str]:
        text = gettext("It is now on %(when)s (%(zone)s).", when=clock(meeting.starts_at, fair), zone=city(fair.time_zone))
        return gettext("A meeting was moved"), text

    tell(meeting, meeting.other_side(by_id), write)


def move_dropped(meeting: Meeting, fair: Fair, *, by_id: UUID) -> None:
    """To the other side: the meeting stays where it was."""

    def write() -> tuple[str, str]:
        text = gettext("It is still on %(when)s (%(zone)s).", when=clock(meeting.starts_at, fair), zone=city(fair.time_zone))
        return gettext("A meeting stays at its time"), text

    tell(meeting, meeting.other_side(by_id), write)


def clock(moment: datetime, fair: Fair) -> str:
    """The fair's own wall clock, in the reader's form of a date."""
    return f"{format_date(moment.astimezone(ZoneInfo(fair.time_zone)).date(), 'medium')} {clock_time(moment, fair.time_zone)}"
