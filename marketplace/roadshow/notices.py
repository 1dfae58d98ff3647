"""What people are told by mail: written with the fact, in each reader's own language."""

from datetime import datetime
from zoneinfo import ZoneInfo

from flask_babel import force_locale, format_date

from marketplace.accounts.models import Person
from marketplace.core import mail
from marketplace.core.db import db
from marketplace.core.i18n import gettext, localized
from marketplace.core.zones import city
from marketplace.fairs.models import Fair
from marketplace.payments.till import own_address
from marketplace.roadshow.models import Pitch, Session


def pitch_confirmed(pitch: Pitch, fair: Fair) -> None:
    """To who booked it."""
    person, session = db.session.get_one(Person, pitch.person_id), db.session.get_one(Session, pitch.session_id)
    with force_locale(person.language):
        subject = gettext("Your pitch slot is confirmed")
        text = gettext(
            "Slot %(position)s in “%(session)s” is yours: %(when)s (%(zone)s).",
            position=pitch.position, session=localized(session, "title")[0], when=day_and_time(pitch.starts_at, fair), zone=city(fair.time_zone),
        )  # fmt: skip
        mail.send(person.email, subject, f"{text}\n\n{own_address(f'/roadshow/sessions/{session.id}')}\n")


def day_and_time(moment: datetime, fair: Fair) -> str:
    """A moment on the fair's own clock, as the language of who reads it writes days."""
    local = moment.astimezone(ZoneInfo(fair.time_zone))
    return f"{format_date(local.date(), 'medium')} {local:%H:%M}"
