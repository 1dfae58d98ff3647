"""What people are told of meetings by mail: written with the fact, in each reader's own language."""

from datetime import datetime
from zoneinfo import ZoneInfo

from flask_babel import force_locale
from sqlalchemy import select

from marketplace.accounts.models import Person
from marketplace.core import mail
from marketplace.core.db import db
from marketplace.core.i18n import gettext, localized
from marketplace.fairs.models import Fair
from marketplace.meetings.models import Meeting
from marketplace.organizations.models import Membership, Organization, Role
from marketplace.payments.till import own_address


def meeting_requested(meeting: Meeting, fair: Fair, asking: Organization) -> None:
    """To the owners and editors of the organisation that is asked."""
    query = (
        select(Person)
        .join(Membership, Membership.person_id == Person.id)
        .where(
            Membership.organization_id == meeting.to_organization_id, Membership.ended_at.is_(None),
            Membership.role.in_([Role.OWNER, Role.EDITOR]), Person.disabled_at.is_(None),
        )
    )  # fmt: skip
    for person in db.session.scalars(query.order_by(Person.id).limit(20)):
        with force_locale(person.language):
            subject = gettext("%(name)s would like to meet you", name=localized(asking, "name")[0])
            text = gettext("Proposed: %(when)s (%(zone)s). Please accept or decline.", when=_clock(meeting.starts_at, fair), zone=fair.time_zone)
            mail.send(person.email, subject, f"{text}\n\n{own_address(f'/meetings/{meeting.id}')}\n")


def meeting_answered(meeting: Meeting, fair: Fair) -> None:
    """To who asked for it."""
    person = db.session.get_one(Person, meeting.requested_by)
    if person.disabled_at is not None:
        return
    with force_locale(person.language):
        subjects = {
            "confirmed": gettext("Your meeting is confirmed"), "declined": gettext("Your meeting was declined"),
            "cancelled": gettext("A meeting was cancelled"),
        }  # fmt: skip
        text = gettext("It is about the meeting of %(when)s (%(zone)s).", when=_clock(meeting.starts_at, fair), zone=fair.time_zone)
        mail.send(person.email, subjects[meeting.status.value], f"{text}\n\n{own_address(f'/meetings/{meeting.id}')}\n")


def _clock(moment: datetime, fair: Fair) -> str:
    return f"{moment.astimezone(ZoneInfo(fair.time_zone)):%Y-%m-%d %H:%M}"
