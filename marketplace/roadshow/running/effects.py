"""What a change of a session would break, before it is made: its place, its presenters elsewhere, what follows; and repairs."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import select

from marketplace.accounts.models import Person
from marketplace.core import audit
from marketplace.core.access import Actor
from marketplace.core.clock import now
from marketplace.core.db import db
from marketplace.core.i18n import gettext
from marketplace.fairs import queries as fairs
from marketplace.fairs.models import Fair
from marketplace.payments.models import Fee, FeeStatus
from marketplace.roadshow import programme
from marketplace.roadshow import queries as roadshow
from marketplace.roadshow.models import Pitch, Session
from marketplace.roadshow.running import notices, repairs
from marketplace.roadshow.running.held import Taken, clock, held_by, own_holders, pitches_of, slot_at, taken_by, touched_quarters
from marketplace.venue import booking, conflicts
from marketplace.venue import rules as venue_rules
from marketplace.venue import service as venue
from marketplace.venue.models import Level, Place


@dataclass(frozen=True, slots=True)
class Effect:
    """Something that a change would do: ``code`` says what kind it is, ``level`` whether it stops it; of one pitch or of the session."""

    code: str
    level: Level
    text: str
    pitch_id: UUID | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Preview:
    """What a change of a session would do.

    ``order``: other positions for its pitches, with which nobody is at two places, where there are some; ``elsewhere``: up to three
    places and times at which nothing breaks; ``heard``: the pitches whose presenters know of their slot, before anything is done;
    ``told``: how many people get the message; ``wanted``: when, by then, the presenters of which pitches are expected elsewhere.
    """

    session: Session
    fair: Fair
    place: Place
    starts_at: datetime
    pitches: Sequence[Pitch]
    effects: Sequence[Effect]
    late_minutes: int = 0
    order: Mapping[UUID, int] | None = None
    elsewhere: Sequence[tuple[Place, datetime]] = field(default_factory=tuple)
    heard: Sequence[Pitch] = field(default_factory=tuple)
    told: int = 0
    wanted: Mapping[UUID, datetime] = field(default_factory=dict)

    @property
    def ends_at(self) -> datetime:
        return self.starts_at + (self.session.ends_at - self.session.starts_at)

    @property
    def stops(self) -> bool:
        """Whether no repair helps: the place or the time cannot be had."""
        return any(effect.level is Level.BLOCK and effect.pitch_id is None for effect in self.effects)

    @property
    def broken(self) -> frozenset[UUID]:
        """The pitches whose presenter cannot be there."""
        return frozenset(effect.pitch_id for effect in self.effects if effect.level is Level.BLOCK and effect.pitch_id is not None)

    @property
    def seen(self) -> str:
        """The fingerprint of what is shown: whoever goes ahead names what they saw."""
        shown = [(effect.code, str(effect.pitch_id), effect.text) for effect in self.effects]
        order = sorted((str(key), position) for key, position in (self.order or {}).items())
        where = (str(self.session.id), self.session.version, str(self.place.id), self.starts_at.astimezone(UTC).isoformat(), self.late_minutes)
        return audit.content_hash([where, shown, order])[:20]


def of_move(session_id: UUID, *, place_id: UUID, starts_at: datetime, by: Actor) -> Preview:
    """What breaks when a session moves to this place and time. Raises NotFound, Forbidden, Invalid (off the grid, outside the fair)."""
    session, fair = _managed(session_id, by=by)
    place = venue.get_place(place_id, fair_id=fair.id)
    length = session.ends_at - session.starts_at
    venue.check_times(starts_at, starts_at + length, fair)
    pitches, minutes = pitches_of(session), int(length / timedelta(minutes=1))
    holders = own_holders(session, pitches)
    found = conflicts.found(fair, starts_at=starts_at, minutes=minutes, place=place, holders=holders)
    effects = [Effect(each.kind.value, each.level, each.text) for each in found]
    effects += _room(session, place) + _past(session, starts_at)
    taken = taken_by({booking.person_key(pitch.person_id) for pitch in pitches}, starts_at, starts_at + length, but_for=holders)
    broken = _presenters(session, pitches, starts_at, taken=taken, fair=fair)
    effects += broken or _ways(fair, place, session, pitches, starts_at=starts_at, holders=holders)
    order = repairs.order(session, pitches, starts_at, taken=taken) if broken else None
    elsewhere = repairs.elsewhere(session, fair, place, pitches, wish=starts_at) if any(effect.level is Level.BLOCK for effect in effects) else []
    return Preview(
        session=session, fair=fair, place=place, starts_at=starts_at, pitches=pitches, effects=effects, order=order,
        elsewhere=elsewhere, **_audience(pitches),
    )  # fmt: skip


def of_late(session_id: UUID, minutes: int, *, by: Actor) -> Preview:
    """What a late start runs into: what follows in the place, and presenters who are expected elsewhere. Raises NotFound, Forbidden."""
    session, fair = _managed(session_id, by=by)
    pitches, late = pitches_of(session), timedelta(minutes=minutes)
    holders = own_holders(session, pitches)
    place = venue.get_place(session.place_id, fair_id=fair.id)
    resources = {booking.place_key(place.id), *(booking.person_key(pitch.person_id) for pitch in pitches)}
    taken = taken_by(resources, session.starts_at, session.ends_at + late, but_for=holders)
    names, effects, wanted = held_by(set(taken.values())), list[Effect](), dict[UUID, datetime]()
    for (resource, quarter), holder in sorted(taken.items()):
        if minutes and resource == booking.place_key(place.id):
            text = gettext("%(what)s begins here at %(when)s, before this one ends.", what=names[holder], when=clock(quarter, fair))
            effects.append(Effect("place", Level.WARN, text))
            break
    for pitch in pitches:
        begins = pitch.starts_at + late
        for quarter in touched_quarters(begins, begins + timedelta(minutes=pitch.length_minutes)) if minutes else []:
            elsewhere = taken.get((booking.person_key(pitch.person_id), quarter))
            if elsewhere is not None:
                effects.append(Effect("presenter", Level.WARN, _elsewhere_text(pitch, quarter, names[elsewhere], fair), pitch.id))
                wanted[pitch.id] = quarter
                break
    return Preview(
        session=session, fair=fair, place=place, starts_at=session.starts_at, pitches=pitches, effects=effects, late_minutes=minutes,
        wanted=wanted, **_audience(pitches),
    )  # fmt: skip


def of_calling_off(session_id: UUID, *, by: Actor) -> Preview:
    """What goes with a session that is called off: its pitches that were not held yet, and fees that are given back. Raises NotFound, Forbidden."""
    session, fair = _managed(session_id, by=by)
    pitches = pitches_of(session)
    fees = {fee.id: fee for fee in db.session.scalars(select(Fee).where(Fee.id.in_([pitch.fee_id for pitch in pitches if pitch.fee_id])))}
    effects = []
    for pitch in pitches:
        if pitch.finished_at is not None:
            effects.append(Effect("held", Level.WARN, gettext("The pitch in slot %(slot)s was held: it stays, with its contacts.", slot=pitch.position), pitch.id))
            continue
        fee = fees.get(pitch.fee_id) if pitch.fee_id is not None else None
        if fee is not None and fee.status is FeeStatus.PAID:
            text = gettext("The pitch in slot %(slot)s is given up, and its fee is given back.", slot=pitch.position)
        else:
            text = gettext("The pitch in slot %(slot)s is given up.", slot=pitch.position)
        effects.append(Effect("pitch", Level.WARN, text, pitch.id))
    return Preview(
        session=session, fair=fair, place=venue.get_place(session.place_id, fair_id=fair.id), starts_at=session.starts_at,
        pitches=pitches, effects=effects, **_audience([pitch for pitch in pitches if pitch.finished_at is None]),
    )  # fmt: skip


def _audience(pitches: Sequence[Pitch]) -> dict[str, Any]:
    heard = [pitch for pitch in pitches if roadshow.is_announced(pitch)]
    return {"heard": heard, "told": len(notices.audience(heard))}


def _managed(session_id: UUID, *, by: Actor) -> tuple[Session, Fair]:
    session = programme.get_session(session_id)
    by.require("roadshow.manage", fair_id=session.fair_id)
    return session, fairs.get(session.fair_id)


def _presenters(session: Session, pitches: Sequence[Pitch], starts_at: datetime, *, taken: Taken, fair: Fair) -> list[Effect]:
    names, effects = held_by(set(taken.values())), []
    for pitch in pitches:
        for quarter in venue_rules.cells(slot_at(session, pitch.position, starts_at), pitch.length_minutes):
            if holder := taken.get((booking.person_key(pitch.person_id), quarter)):
                effects.append(Effect("presenter", Level.BLOCK, _elsewhere_text(pitch, quarter, names[holder], fair), pitch.id))
                break
    return effects


def _elsewhere_text(pitch: Pitch, quarter: datetime, what: str, fair: Fair) -> str:
    if not roadshow.is_named(pitch):  # where else they are expected would say who it is as well as their name does
        return gettext("The presenter of slot %(slot)s is expected elsewhere at %(when)s.", slot=pitch.position, when=clock(quarter, fair))
    who = db.session.get_one(Person, pitch.person_id).name
    return gettext("%(who)s (slot %(slot)s) is expected elsewhere at %(when)s: %(what)s.", who=who, slot=pitch.position, when=clock(quarter, fair), what=what)


def _ways(
    fair: Fair, place: Place, session: Session, pitches: Sequence[Pitch], *, starts_at: datetime, holders: Sequence[str]
) -> list[Effect]:
    """Presenters who would have too little time for the way, weighed as the fair weighs it."""
    effects = []
    for pitch in pitches:
        begins = slot_at(session, pitch.position, starts_at)
        people, others = ([pitch.person_id], []) if roadshow.is_named(pitch) else ([], [pitch.person_id])
        found = conflicts.found(fair, starts_at=begins, minutes=pitch.length_minutes, place=place, people=people, others=others, holders=holders)
        effects += [Effect(each.kind.value, Level.WARN, each.text, pitch.id) for each in found if each.kind is conflicts.Kind.WALKING]
    return effects


def _room(session: Session, place: Place) -> list[Effect]:
    if session.capacity <= place.capacity:
        return []
    return [Effect("capacity", Level.WARN, gettext("This place holds %(most)s people, %(fewer)s fewer than planned.", most=place.capacity, fewer=session.capacity - place.capacity))]


def _past(session: Session, starts_at: datetime) -> list[Effect]:
    if starts_at == session.starts_at:
        return []
    if session.started_at is not None:
        return [Effect("started", Level.BLOCK, gettext("This session has begun: only its place can change."))]
    return [Effect("past", Level.BLOCK, gettext("This time has passed."))] if starts_at <= now() else []