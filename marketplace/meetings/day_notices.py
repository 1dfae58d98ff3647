"""What people are told by mail on the day of meetings: interpreters, who did not come, times that came free, the day's list, next steps."""

from collections.abc import Callable, Collection, Sequence
from datetime import date
from uuid import UUID

from flask_babel import format_date
from sqlalchemy import select

from marketplace.accounts.models import Person
from marketplace.core import mail
from marketplace.core.db import db
from marketplace.core.i18n import gettext, localized, speaking
from marketplace.core.zones import city, clock_time
from marketplace.fairs import queries as fairs
from marketplace.fairs.models import Fair
from marketplace.meetings.models import Interpreter, Meeting, MeetingStatus, Standby
from marketplace.meetings.notices import clock, tell
from marketplace.organizations.models import Organization
from marketplace.payments.till import own_address
from marketplace.venue.models import Place


def _name(organization_id: UUID) -> str:
    return localized(db.session.get_one(Organization, organization_id), "name")[0]


def _where(meeting: Meeting) -> str:
    return localized(db.session.get_one(Place, meeting.place_id), "name")[0]


def interpreter_changed(meetings: Collection[Meeting]) -> None:
    """To both sides of meetings that are confirmed, and to the interpreter who has an account."""
    for meeting in meetings:
        if meeting.status is not MeetingStatus.CONFIRMED:
            continue
        one = db.session.get(Interpreter, meeting.interpreter_id) if meeting.interpreter_id else None
        for organization_id in (meeting.from_organization_id, meeting.to_organization_id):
            tell(meeting, organization_id, _interpreted(meeting, one))
        if one is not None and one.person_id is not None:
            _to(one.person_id, _interpreting(meeting, one), "/schedule/interpreting")


def _interpreted(meeting: Meeting, one: Interpreter | None) -> Callable[[], tuple[str, str]]:
    def write() -> tuple[str, str]:
        fair = fairs.get(meeting.fair_id)
        when = gettext("It is about the meeting of %(when)s (%(zone)s).", when=clock(meeting.starts_at, fair), zone=city(fair.time_zone))
        if one is None:
            return gettext("A meeting has no interpreter now"), when
        return gettext("%(name)s interprets at your meeting", name=one.name), when

    return write


def _interpreting(meeting: Meeting, one: Interpreter) -> Callable[[], tuple[str, str]]:
    def write() -> tuple[str, str]:
        fair = fairs.get(one.fair_id)
        text = gettext(
            "%(when)s (%(zone)s), %(place)s: %(one)s and %(other)s.",
            when=clock(meeting.starts_at, fair), zone=city(fair.time_zone), place=_where(meeting),
            one=_name(meeting.from_organization_id), other=_name(meeting.to_organization_id),
        )  # fmt: skip
        return gettext("You interpret at a meeting"), text

    return write


def missed(meeting: Meeting) -> None:
    """To the side that did not come."""

    def write() -> tuple[str, str]:
        text = gettext("The other side waited for you on %(when)s at %(place)s.", when=clock(meeting.starts_at, fairs.get(meeting.fair_id)), place=_where(meeting))
        text += " " + gettext("If you are there, say so on the page of the meeting.")
        return gettext("You were missed at a meeting"), text

    if meeting.missed_by_id is not None:
        tell(meeting, meeting.missed_by_id, write)


def here(meeting: Meeting) -> None:
    """To the side that waits: the other one says that it is there."""

    def write() -> tuple[str, str]:
        text = gettext(
            "%(name)s is at %(place)s, as they say. If you see them, press “They came after all” on the page of the meeting.",
            name=_name(meeting.missed_by_id or meeting.from_organization_id), place=_where(meeting),
        )  # fmt: skip
        return gettext("They say that they are there"), text

    if meeting.missed_by_id is not None:
        tell(meeting, meeting.other_side(meeting.missed_by_id), write)


def offered(standby: Standby, meeting: Meeting) -> None:
    """To who waits: a time is free now, for a few minutes."""

    def write() -> tuple[str, str]:
        fair = fairs.get(meeting.fair_id)
        text = gettext(
            "%(place)s is free until %(until)s. Take it before %(before)s, then it is offered to the next one.",
            place=_where(meeting), until=clock(meeting.ends_at, fair), before=clock(standby.offered_until or meeting.ends_at, fair),
        )  # fmt: skip
        return gettext("%(name)s has time for you now", name=_name(standby.for_organization_id)), text

    _to(standby.person_id, write, "/meetings/standby")


def taken_over(meeting: Meeting) -> None:
    """To the side that sits at the table: who comes instead."""

    def write() -> tuple[str, str]:
        text = gettext("They come to %(place)s, until %(until)s.", place=_where(meeting), until=clock(meeting.ends_at, fairs.get(meeting.fair_id)))
        return gettext("%(name)s comes instead", name=_name(meeting.from_organization_id)), text

    tell(meeting, meeting.to_organization_id, write)


def day_ahead(person: Person, fair: Fair, day: date, *, meetings: Sequence[Meeting]) -> None:
    """To one person: tomorrow's meetings in order."""
    names = _names({other for meeting in meetings for other in (meeting.from_organization_id, meeting.to_organization_id)})
    places = {row.id: row for row in db.session.scalars(select(Place).where(Place.id.in_({meeting.place_id for meeting in meetings})))}
    with speaking(person.language):
        lines = [
            f"{clock_time(meeting.starts_at, fair.time_zone)}–{clock_time(meeting.ends_at, fair.time_zone, ends=True)}  {localized(places[meeting.place_id], 'name')[0]}  "
            + " – ".join(localized(names[key], "name")[0] for key in (meeting.from_organization_id, meeting.to_organization_id))
            for meeting in meetings
        ]
        subject = gettext("Your meetings of %(day)s", day=format_date(day, "medium"))
        foot = gettext("Times are those of %(zone)s.", zone=city(fair.time_zone))
        mail.send(person.email, subject, "\n".join([*lines, "", foot, "", own_address(f"/meetings/today?day={day.isoformat()}&fair={fair.slug}"), ""]))


def step_due(person: Person, meeting: Meeting) -> None:
    """To one person: the next step that was agreed is due today."""

    def write() -> tuple[str, str]:
        other = gettext(
            "Agreed at the meeting of %(one)s and %(other)s.", one=_name(meeting.from_organization_id), other=_name(meeting.to_organization_id)
        )
        return gettext("Due today: %(step)s", step=meeting.next_step or ""), other

    _to(person.id, write, f"/meetings/{meeting.id}")


def _names(ids: Collection[UUID]) -> dict[UUID, Organization]:
    return {row.id: row for row in db.session.scalars(select(Organization).where(Organization.id.in_(ids)))}


def _to(person_id: UUID, write: Callable[[], tuple[str, str]], path: str) -> None:
    person = db.session.get_one(Person, person_id)
    if person.disabled_at is not None:
        return
    with speaking(person.language):
        subject, text = write()
        mail.send(person.email, subject, f"{text}\n\n{own_address(path)}\n")
