"""What speaks against giving a pitch a certain slot; weighed as the fair weighs it."""

from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from uuid import UUID
from zoneinfo import ZoneInfo

from sqlalchemy import select

from marketplace.core.db import db
from marketplace.core.errors import NotFound
from marketplace.core.i18n import gettext
from marketplace.fairs import queries as fairs
from marketplace.fairs.models import Fair
from marketplace.listings.models import Listing
from marketplace.roadshow import pitching, queries
from marketplace.roadshow.calls import wording
from marketplace.roadshow.calls.models import Application
from marketplace.roadshow.models import Pitch, PitchStatus, Session
from marketplace.venue import booking, conflicts
from marketplace.venue import service as venue
from marketplace.venue.conflicts import Conflict, Fact, Kind
from marketplace.venue.models import Booking

LONGEST_SLOT = timedelta(minutes=60)


@dataclass(frozen=True, slots=True)
class Slot:
    """A slot of a session, by its number from 1. Raises NotFound when the session has no such slot."""

    session: Session
    position: int

    def __post_init__(self) -> None:
        if not 1 <= self.position <= self.session.slots:
            raise NotFound(gettext("This session has %(slots)s pitch slots.", slots=self.session.slots))

    @property
    def key(self) -> tuple[UUID, int]:
        return self.session.id, self.position

    @property
    def starts_at(self) -> datetime:
        return pitching.slot_starts(self.session, self.position)

    @property
    def ends_at(self) -> datetime:
        return self.starts_at + timedelta(minutes=self.session.slot_minutes)


def of(pitch: Pitch, slot: Slot, *, application: Application | None, beside: Pitch | None = None) -> list[Conflict]:
    """What speaks against a slot for a pitch, the heaviest first. ``beside``: the pitch it changes places with, whose slot is free for it;
    then each sentence names the pitch it is about."""
    fair = fairs.get(slot.session.fair_id)
    apart = {pitch.id, *([beside.id] if beside else [])}
    facts = [*_slot_taken(slot, apart), *_twice_in_session(pitch, slot, apart), *_twice_at_once(pitch, slot, apart), *_other_day(slot, application, fair), *_public(pitch)]
    named = queries.is_named(pitch)
    found = conflicts.found(
        fair, starts_at=slot.starts_at, minutes=slot.session.slot_minutes, place=venue.get_place(slot.session.place_id, fair_id=fair.id),
        people=[pitch.person_id] if named else [], others=[] if named else [pitch.person_id], holders=[f"session:{slot.session.id}", *(f"pitch:{key}" for key in apart)], more=facts,
    )  # fmt: skip
    if beside is None:
        return found
    reference = _reference(pitch)
    return [each if each.kind is Kind.TOLD_AT_ONCE else replace(each, text=gettext("%(reference)s: %(sentence)s", reference=reference, sentence=each.text)) for each in found]


def of_taking_out(pitch: Pitch, *, fair_id: UUID) -> list[Conflict]:
    """What speaks against taking a pitch out of the timetable."""
    return conflicts.weighed(_public(pitch), fair_id=fair_id)


def _public(pitch: Pitch) -> list[Fact]:
    """What the programme shows changes there, and for its presenter, with the change itself."""
    if not queries.is_announced(pitch):
        return []
    text = gettext("%(reference)s is in the public programme: it changes there at once, and its presenter gets a mail.", reference=_reference(pitch))
    return [Fact(Kind.TOLD_AT_ONCE, text)]


def _reference(pitch: Pitch) -> str:
    return db.session.get_one(Listing, pitch.achievement_id).reference


def _slot_taken(slot: Slot, apart: set[UUID]) -> list[Fact]:
    key = booking.slot_key(slot.session.id, slot.position)
    held = select(Booking.holder).where(Booking.resource == key, Booking.holder.not_in([f"pitch:{each}" for each in apart]))
    if db.session.scalar(held.limit(1)) is not None:
        return [Fact(Kind.DOUBLE_BOOKING, gettext("Another pitch has this slot. Move it away first, or let the two change places."))]
    return []


def _twice_in_session(pitch: Pitch, slot: Slot, apart: set[UUID]) -> list[Fact]:
    query = select(Pitch.id).where(
        Pitch.session_id == slot.session.id, Pitch.achievement_id == pitch.achievement_id, Pitch.status != PitchStatus.CANCELLED,
        Pitch.id.not_in(apart),
    )  # fmt: skip
    if db.session.scalar(query.limit(1)) is None:
        return []
    return [Fact(Kind.DOUBLE_BOOKING, gettext("This achievement has a slot in this session already."))]


def _twice_at_once(pitch: Pitch, slot: Slot, apart: set[UUID]) -> list[Fact]:
    """Another presenter of the same organisation at the same time; the same presenter is a double booking.

    Nothing is said where one of the two achievements is anonymous: trying its slots would find whose it is."""
    if not queries.is_named(pitch):
        return []
    query = select(Pitch).join(Listing, Listing.id == Pitch.achievement_id).where(
        Listing.shown_owner_id.is_not(None), Pitch.organization_id == pitch.organization_id, Pitch.person_id != pitch.person_id, Pitch.status != PitchStatus.CANCELLED,
        Pitch.starts_at < slot.ends_at, Pitch.starts_at > slot.starts_at - LONGEST_SLOT, Pitch.id.not_in(apart),
    )  # fmt: skip
    at_once = [each for each in db.session.scalars(query) if each.starts_at + timedelta(minutes=each.length_minutes) > slot.starts_at]
    if not at_once:
        return []
    return [Fact(Kind.TWICE_AT_ONCE, gettext("The same organisation presents something else at this time."))]


def _other_day(slot: Slot, application: Application | None, fair: Fair) -> list[Fact]:
    day = slot.starts_at.astimezone(ZoneInfo(fair.time_zone)).date().isoformat()
    if application is None or not application.days or day in application.days:
        return []
    return [Fact(Kind.OTHER_DAY, gettext("They asked for other days: %(days)s.", days=", ".join(wording.day(date.fromisoformat(each)) for each in application.days)))]
