"""One message to all whom a change of a session touches: presenters and visitors who gave their contact, each in their own language."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from uuid import UUID
from zoneinfo import ZoneInfo

from flask_babel import force_locale
from sqlalchemy import select

from marketplace.accounts.models import Person
from marketplace.core import mail
from marketplace.core.db import db
from marketplace.core.i18n import gettext, localized
from marketplace.core.zones import city
from marketplace.fairs.models import Fair
from marketplace.payments.till import own_address
from marketplace.roadshow import readers
from marketplace.roadshow.models import Pitch, Session
from marketplace.roadshow.notices import day_and_time
from marketplace.roadshow.running.models import DoorInterest
from marketplace.venue.models import Place


@dataclass(frozen=True, slots=True, kw_only=True)
class Stood:
    """Where and when a session stood before the change."""

    place: Place
    starts_at: datetime
    ends_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """What happened to a session: ``what`` is moved, late or called_off; ``given_up`` of its ``pitches`` are in it no more, and the presenters
    of those ``wanted`` are expected elsewhere at that time."""

    what: str
    session: Session
    fair: Fair
    place: Place
    before: Stood
    pitches: Sequence[Pitch]
    given_up: frozenset[UUID] = frozenset()
    note: str | None = None
    wanted: Mapping[UUID, datetime] = field(default_factory=dict)


def audience(pitches: Sequence[Pitch]) -> dict[UUID, dict[Pitch, bool]]:
    """Whom a change of these pitches concerns, each with which: who reads for the presenter (True), and who is interested and known.

    A constant number of queries."""
    found: dict[UUID, dict[Pitch, bool]] = {}
    reading = readers.of({(pitch.organization_id, pitch.person_id) for pitch in pitches})
    for pitch in pitches:
        for person in reading[(pitch.organization_id, pitch.person_id)]:
            found.setdefault(person.id, {})[pitch] = True
    by_id = {pitch.id: pitch for pitch in pitches if pitch.finished_at is None}
    query = select(DoorInterest.person_id, DoorInterest.pitch_id).where(DoorInterest.pitch_id.in_(list(by_id)), DoorInterest.shares_contact)
    for person_id, pitch_id in db.session.execute(query) if by_id else ():
        if person_id is not None:
            found.setdefault(person_id, {}).setdefault(by_id[pitch_id], False)
    return found


def tell(change: Change) -> int:
    """Write to each of them once; returns to how many."""
    concerned = audience(change.pitches)
    people = select(Person).where(Person.id.in_(list(concerned)), Person.disabled_at.is_(None)).order_by(Person.id)
    told = 0
    for person in db.session.scalars(people):
        with force_locale(person.language):
            _send(person, change, concerned[person.id])
        told += 1
    return told


def _send(person: Person, change: Change, pitches: Mapping[Pitch, bool]) -> None:
    title = localized(change.session, "title")[0]
    subjects: Mapping[str, str] = {
        "moved": gettext("Moved: “%(title)s”", title=title), "late": gettext("Later: “%(title)s”", title=title),
        "called_off": gettext("Called off: “%(title)s”", title=title),
    }  # fmt: skip
    lines = [_now(change)]
    if change.what == "moved":
        lines.append(gettext("Before: %(when)s", when=_where(change.before.starts_at, change.before.ends_at, change.before.place, change.fair)))
    lines += [_of_pitch(pitch, change) for pitch, own in pitches.items() if own]
    if change.note:
        lines += ["", change.note]
    lines += ["", own_address(f"/roadshow/sessions/{change.session.id}/running")]
    mail.send(person.email, subjects[change.what], "\n".join(lines) + "\n")


def _now(change: Change) -> str:
    session = change.session
    if change.what == "called_off":
        return gettext("It does not take place: %(when)s", when=_where(session.starts_at, session.ends_at, change.place, change.fair))
    if change.what == "late":
        if not session.late_minutes:
            return gettext("It begins on time: %(when)s", when=_where(session.starts_at, session.ends_at, change.place, change.fair))
        return gettext("It begins %(minutes)s minutes later than planned.", minutes=session.late_minutes)
    return gettext("Now: %(when)s", when=_where(session.starts_at, session.ends_at, change.place, change.fair))


def _of_pitch(pitch: Pitch, change: Change) -> str:
    """What a presenter has to know of an own pitch."""
    if pitch.id in change.given_up:
        text = gettext("Your pitch in slot %(slot)s was taken out of the programme.", slot=pitch.position)
        given_back = gettext("Its fee is given back.")
        return f"{text} {given_back}" if pitch.fee_id is not None else text
    if change.what == "late" and change.session.late_minutes:
        begins = day_and_time(pitch.starts_at + timedelta(minutes=change.session.late_minutes), change.fair)
        planned = f"{pitch.starts_at.astimezone(ZoneInfo(change.fair.time_zone)):%H:%M}"
        text = gettext("Your pitch: slot %(slot)s, now about %(when)s instead of %(planned)s.", slot=pitch.position, when=begins, planned=planned)
        elsewhere = change.wanted.get(pitch.id)
        if elsewhere is None:
            return text
        at = f"{elsewhere.astimezone(ZoneInfo(change.fair.time_zone)):%H:%M}"
        return f"{text} " + gettext("At %(when)s you are expected elsewhere: tell those who wait there.", when=at)
    return gettext("Your pitch: slot %(slot)s, planned for %(when)s.", slot=pitch.position, when=day_and_time(pitch.starts_at, change.fair))


def _where(starts_at: datetime, ends_at: datetime, place: Place, fair: Fair) -> str:
    ends = ends_at.astimezone(ZoneInfo(fair.time_zone))
    return f"{day_and_time(starts_at, fair)}–{ends:%H:%M} ({city(fair.time_zone)}), {localized(place, 'name')[0]}"
