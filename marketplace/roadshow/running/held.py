"""What sessions and their pitches hold, who else has it, and when a slot begins if its session does."""

from collections.abc import Iterable, Sequence
from collections.abc import Set as AbstractSet
from datetime import datetime, timedelta
from uuid import UUID
from zoneinfo import ZoneInfo

from sqlalchemy import select

from marketplace.core.db import db
from marketplace.core.i18n import gettext, localized
from marketplace.fairs.models import Fair
from marketplace.roadshow.models import Pitch, PitchStatus, Session
from marketplace.venue import overdue
from marketplace.venue import rules as venue_rules
from marketplace.venue.models import Booking

Taken = dict[tuple[str, datetime], str]
"""(resource, quarter) → who holds it."""


def pitches_of(session: Session) -> list[Pitch]:
    """Its pitches that were not given up, held ones too, by position."""
    query = select(Pitch).where(Pitch.session_id == session.id, Pitch.status != PitchStatus.CANCELLED).order_by(Pitch.position, Pitch.id)
    return list(db.session.scalars(query))


def own_holders(session: Session, pitches: Iterable[Pitch]) -> list[str]:
    """As whom a session and its pitches hold what they have booked."""
    return [f"session:{session.id}", *(f"pitch:{pitch.id}" for pitch in pitches)]


def taken_by(resources: AbstractSet[str], begins: datetime, ends: datetime, *, but_for: Sequence[str]) -> Taken:
    """Who has these resources between two moments, but for some holders and what gives way."""
    query = select(Booking.resource, Booking.cell, Booking.holder).where(
        Booking.resource.in_(sorted(resources)), Booking.cell >= begins, Booking.cell < ends, Booking.holder.not_in(but_for)
    )
    gone = overdue.over()
    return {(resource, quarter): holder for resource, quarter, holder in db.session.execute(query) if holder not in gone}


def slot_at(session: Session, position: int, starts_at: datetime) -> datetime:
    """When a slot begins if its session does at ``starts_at``."""
    return starts_at + timedelta(minutes=(position - 1) * session.slot_minutes)


def touched_quarters(begins: datetime, ends: datetime) -> list[datetime]:
    """The quarters of an hour that a time touches, also one that begins off the grid."""
    first = venue_rules.quarter(begins)
    return venue_rules.cells(first, int(-((ends - first) // -timedelta(minutes=1))))


def held_by(holders: AbstractSet[str]) -> dict[str, str]:
    """In words what holds a booking: sessions and pitches by title, meetings by no more than that they are one. Two queries."""
    ids = {holder: UUID(holder.partition(":")[2]) for holder in holders}
    pitched = {row.id: row.session_id for row in db.session.execute(select(Pitch.id, Pitch.session_id).where(Pitch.id.in_(ids.values())))} if ids else {}
    wanted = {*ids.values(), *pitched.values()}
    titles = {row.id: localized(row, "title")[0] for row in db.session.scalars(select(Session).where(Session.id.in_(wanted)))} if ids else {}
    words = {
        "meeting": gettext("a meeting"), "move": gettext("a proposed meeting"), "closure": gettext("the place is closed"),
        "absence": gettext("away"),
    }  # fmt: skip
    return {
        holder: titles.get(pitched.get(key, key)) or words.get(holder.partition(":")[0], gettext("something else")) for holder, key in ids.items()
    }  # fmt: skip


def clock(moment: datetime, fair: Fair) -> str:
    return f"{moment.astimezone(ZoneInfo(fair.time_zone)):%H:%M}"
