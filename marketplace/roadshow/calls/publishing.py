"""Publishing the timetable: what was placed becomes public, and every presenter whose slot changed hears of it, once."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import func, select, update

from marketplace.accounts.models import Person
from marketplace.core import audit, mail
from marketplace.core.access import Actor
from marketplace.core.clock import now
from marketplace.core.db import db
from marketplace.core.i18n import gettext, localized, speaking
from marketplace.core.states import check_move
from marketplace.core.zones import city
from marketplace.fairs import queries as fairs
from marketplace.fairs.models import Fair
from marketplace.listings.models import Listing
from marketplace.payments.till import own_address
from marketplace.roadshow import readers
from marketplace.roadshow.calls.models import Application, PitchCall, TimetableChange, Told
from marketplace.roadshow.models import PITCH_MOVES, Pitch, PitchStatus, Session
from marketplace.roadshow.notices import day_and_time
from marketplace.venue.models import Place


@dataclass(frozen=True, slots=True, kw_only=True)
class Seat:
    """A pitch in its slot: session, its place, and when it begins."""

    session: Session
    place: Place
    starts_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Notice:
    """What a presenter has to hear: ``before`` is the slot they know of, ``after`` the one they have, None for no slot.

    ``named``: whether staff may know who it is."""

    pitch: Pitch
    person: Person
    named: bool
    reference: str
    before: tuple[UUID, int] | None
    after: Seat | None


def pending(fair_id: UUID) -> list[Notice]:
    """Whose slot is another one than they know of, by reference. Whoever does not know that they were chosen waits. A constant number of queries."""
    found = []
    latest = _latest(_changes(fair_id))
    seats = _seats([pitch.id for _, pitch in latest.values()])
    people = {each.id: each for each in db.session.scalars(select(Person).where(Person.id.in_({pitch.person_id for _, pitch in latest.values()})))}
    listings = {each.id: each for each in db.session.scalars(select(Listing).where(Listing.id.in_({pitch.achievement_id for _, pitch in latest.values()})))}
    for before, pitch in latest.values():
        stands = pitch.status is not PitchStatus.CANCELLED
        if before == ((pitch.session_id, pitch.position) if stands else None):
            continue
        found.append(Notice(
            pitch=pitch, person=people[pitch.person_id], named=listings[pitch.achievement_id].shown_owner_id is not None,
            reference=listings[pitch.achievement_id].reference, before=before, after=seats[pitch.id] if stands else None,
        ))  # fmt: skip
    return sorted(found, key=lambda each: (each.reference, each.pitch.id))


def _changes(fair_id: UUID) -> list[tuple[TimetableChange, Pitch]]:
    """What was not told, in order, each with the pitch in question: of an application the one it was given last."""
    query = (
        select(TimetableChange, Pitch)
        .outerjoin(Application, Application.id == TimetableChange.application_id)
        .join(Pitch, Pitch.id == func.coalesce(Application.pitch_id, TimetableChange.pitch_id))
        .where(
            TimetableChange.fair_id == fair_id, TimetableChange.told_at.is_(None),
            (Application.id.is_(None)) | (Application.told == Told.SELECTED),
        )
        .order_by(TimetableChange.id)
    )  # fmt: skip
    return [(change, pitch) for change, pitch in db.session.execute(query)]


def _latest(changes: Sequence[tuple[TimetableChange, Pitch]]) -> dict[UUID, tuple[tuple[UUID, int] | None, Pitch]]:
    """By pitch: the slot that its presenter knows of, which is where the first change found it, and the pitch as it is."""
    found: dict[UUID, tuple[tuple[UUID, int] | None, Pitch]] = {}
    for change, pitch in changes:
        known = (change.from_session_id, change.from_position) if change.from_session_id and change.from_position else None
        found.setdefault(pitch.id, (known, pitch))
    return found


def _seats(pitch_ids: Sequence[UUID]) -> dict[UUID, Seat]:
    query = (
        select(Pitch.id, Pitch.starts_at, Session, Place)
        .join(Session, Session.id == Pitch.session_id)
        .join(Place, Place.id == Session.place_id)
        .where(Pitch.id.in_(pitch_ids))
    )
    return {row[0]: Seat(starts_at=row[1], session=row[2], place=row[3]) for row in db.session.execute(query)}


def unpublished(fair_id: UUID) -> int:
    """How many placed applications are not public yet, although their organisations know that they were chosen."""
    return len(_held(fair_id))


def _held(fair_id: UUID) -> list[Pitch]:
    query = (
        select(Pitch)
        .join(Application, Application.pitch_id == Pitch.id)
        .join(Session, Session.id == Pitch.session_id)
        .where(Session.fair_id == fair_id, Pitch.status == PitchStatus.HELD, Pitch.fee_id.is_(None), Application.told == Told.SELECTED)
        .order_by(Pitch.id)
    )
    return list(db.session.scalars(query))


def publish(fair_id: UUID, *, by: Actor) -> int:
    """Make what was placed public and tell every presenter whose slot changed. Returns how many presenters were told. Raises Forbidden."""
    by.require("roadshow.manage", fair_id=fair_id)
    fair, moment = fairs.get(fair_id), now()
    # Of two managers who press at once the second finds nothing left to tell.
    db.session.execute(select(PitchCall.id).where(PitchCall.fair_id == fair_id).with_for_update())
    notices, held = pending(fair_id), _held(fair_id)
    for pitch in held:
        pitch.status = check_move(PITCH_MOVES, pitch.status, PitchStatus.CONFIRMED)
        audit.record("roadshow.confirm_pitch", f"pitch:{pitch.id}", by=by, fair_id=fair_id)
    for change, _ in _changes(fair_id):
        change.told_at = moment
    _send(notices, fair)
    if notices or held:
        audit.record("roadshow.publish_timetable", f"fair:{fair_id}", by=by, fair_id=fair_id, told=len(notices), confirmed=len(held))
    db.session.flush()
    return len(notices)


def tell_at_once(pitch: Pitch, before: tuple[UUID, int] | None, *, fair_id: UUID) -> None:
    """Mail the presenter of a public pitch that its slot is another one, or none, now; there is nothing left to publish of it."""
    stands = pitch.status is not PitchStatus.CANCELLED
    listing = db.session.get_one(Listing, pitch.achievement_id)
    notice = Notice(
        pitch=pitch, person=db.session.get_one(Person, pitch.person_id), named=listing.shown_owner_id is not None, reference=listing.reference,
        before=before, after=_seats([pitch.id])[pitch.id] if stands else None,
    )  # fmt: skip
    _send([notice], fairs.get(fair_id))
    untold = update(TimetableChange).where(TimetableChange.pitch_id == pitch.id, TimetableChange.told_at.is_(None))
    db.session.execute(untold.values(told_at=now()))


def _send(notices: Sequence[Notice], fair: Fair) -> None:
    """To each presenter, or to those who act for the organisation where the presenter has left it."""
    reading = readers.of({(notice.pitch.organization_id, notice.pitch.person_id) for notice in notices})
    for notice in notices:
        for person in reading[(notice.pitch.organization_id, notice.pitch.person_id)]:
            subject, text = worded(notice, fair, language=person.language)
            mail.send(person.email, subject, text)


def worded(notice: Notice, fair: Fair, *, language: str) -> tuple[str, str]:
    """(subject, text) of the mail in the reader's language; times on the fair's own clock."""
    with speaking(language):
        if notice.after is None:
            subject = gettext("Your pitch has no slot at the moment")
            text = gettext("The slot of your pitch of %(reference)s was taken out of the timetable. You hear from us when it has another one.", reference=notice.reference)
            return subject, f"{text}\n\n{own_address(f'/roadshow/call?fair={fair.slug}')}\n"
        when = day_and_time(notice.after.starts_at, fair)
        subject = gettext("Your pitch has another slot") if notice.before else gettext("Your pitch has its slot")
        text = gettext(
            "You present %(reference)s on %(when)s (%(zone)s): slot %(position)s of “%(session)s”, %(place)s.",
            reference=notice.reference, when=when, zone=city(fair.time_zone), position=notice.pitch.position,
            session=localized(notice.after.session, "title")[0], place=localized(notice.after.place, "name")[0],
        )  # fmt: skip
        return subject, f"{text}\n\n{own_address(f'/roadshow/sessions/{notice.after.session.id}')}\n"
