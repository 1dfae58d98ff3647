"""What would repair a session that cannot be where it is wanted: another order of its pitches, or another place and time."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from uuid import UUID

from marketplace.core.clock import now
from marketplace.fairs.models import Fair
from marketplace.roadshow.models import Pitch, Session
from marketplace.roadshow.running import rules
from marketplace.roadshow.running.held import Taken, own_holders, slot_at, taken_by
from marketplace.venue import booking, rooms
from marketplace.venue import rules as venue_rules
from marketplace.venue.models import Place


def order(session: Session, pitches: Sequence[Pitch], starts_at: datetime, *, taken: Taken) -> dict[UUID, int] | None:
    """Positions with which every presenter can be there; None when there are none. What was started stays where it is."""
    possible = {}
    for pitch in pitches:
        choices = range(1, session.slots + 1) if pitch.started_at is None else [pitch.position]
        free = {
            position for position in choices
            if not any((booking.person_key(pitch.person_id), quarter) in taken for quarter in venue_rules.cells(slot_at(session, position, starts_at), pitch.length_minutes))
        }  # fmt: skip
        possible[pitch.id] = free
    return rules.another_order({pitch.id: pitch.position for pitch in pitches}, possible)


def elsewhere(session: Session, fair: Fair, place: Place, pitches: Sequence[Pitch], *, wish: datetime) -> list[tuple[Place, datetime]]:
    """Up to three (place, start) at which nothing breaks, the nearest to the wish first. One query of bookings."""
    length, moment = session.ends_at - session.starts_at, now()
    minutes = int(length / timedelta(minutes=1))
    days = venue_rules.days(fair.opens_on, fair.closes_on)
    starts = [start for start in venue_rules.starts(days, minutes, time_zone=fair.time_zone) if start > moment]
    if session.started_at is not None:
        starts = [session.starts_at]
    if not starts:
        return []
    places = [one for one in rooms.usable(booking.similar(place), rooms.SESSIONS) if one.capacity >= min(session.capacity, place.capacity)]
    resources = {booking.place_key(one.id) for one in places} | {booking.person_key(pitch.person_id) for pitch in pitches}
    taken = taken_by(resources, min(starts), max(starts) + length, but_for=own_holders(session, pitches))
    found: list[tuple[Place, datetime]] = []
    for start in sorted(starts, key=lambda one: (abs(one - wish), one)):
        if any((booking.person_key(p.person_id), q) in taken for p in pitches for q in venue_rules.cells(slot_at(session, p.position, start), p.length_minutes)):
            continue
        cells = venue_rules.cells(start, minutes)
        free = next((one for one in places if not any((booking.place_key(one.id), quarter) in taken for quarter in cells)), None)
        if free is not None and (free.id, start) != (session.place_id, session.starts_at):
            found.append((free, start))
        if len(found) == 3:
            break
    return found
