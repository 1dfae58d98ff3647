"""Booking several things at once: what is new is taken first, in one order; then own bookings change hands; at last the rest is freed.

So nothing is free in between, and two who do this at the same time wait for each other and never in a circle: who waits has freed and
changed nothing yet, and no row of another holder is ever locked. Everybody who books does it by this one function, most by `booking.take`.
"""

from collections.abc import Collection, Mapping

from sqlalchemy import delete, select, tuple_, update
from sqlalchemy.dialects.postgresql import insert as postgresql_insert
from sqlalchemy.dialects.sqlite import insert as sqlite_insert

from marketplace.core.db import db, is_postgresql
from marketplace.venue import overdue, rooms
from marketplace.venue.models import Booking
from marketplace.venue.rooms import Key

AT_ONCE = 1000


def rebook(wanted: Mapping[Key, str], *, instead_of: Collection[str] = ()) -> set[Key]:
    """Have each resource and quarter held by the holder given; whatever else the holders ``instead_of`` have is free afterwards.

    ``instead_of``: the caller's own, locked by it. What is overdue gives way (`overdue`). Returns the keys that somebody else holds:
    then refuse, and nothing stays."""
    uses, others = rooms.claims(wanted)
    if others:
        return set(others)
    old = _of(instead_of)
    blocked = _take({key: holder for key, holder in {**wanted, **uses}.items() if key not in old})
    ended = overdue.end({holder for holder in blocked.values() if holder is not None})
    if blocked.keys() - (given := _of(ended)).keys():
        return set(blocked)
    old |= given
    changing: dict[str, list[Key]] = {}
    for key, holder in wanted.items():
        if key in old and old[key] != holder:
            changing.setdefault(holder, []).append(key)
    for holder, keys in sorted(changing.items()):
        moved = update(Booking).where(tuple_(Booking.resource, Booking.cell).in_(sorted(keys))).values(holder=holder)
        db.session.execute(moved, execution_options={"synchronize_session": False})
    rest = sorted(key for key in old if key not in wanted)
    for first in range(0, len(rest), AT_ONCE):
        freed = delete(Booking).where(tuple_(Booking.resource, Booking.cell).in_(rest[first : first + AT_ONCE]))
        db.session.execute(freed, execution_options={"synchronize_session": False})
    return set()


def _of(holders: Collection[str]) -> dict[Key, str]:
    if not holders:
        return {}
    query = select(Booking.resource, Booking.cell, Booking.holder).where(Booking.holder.in_(sorted(holders)))
    return {(resource, cell): holder for resource, cell, holder in db.session.execute(query)}


def _take(wanted: Mapping[Key, str]) -> dict[Key, str | None]:
    """Book what is free; returns who holds the rest, None where it was given back a moment ago."""
    blocked: dict[Key, str | None] = {}
    insert = postgresql_insert if is_postgresql() else sqlite_insert
    keys = sorted(wanted)
    for first in range(0, len(keys), AT_ONCE):
        part = keys[first : first + AT_ONCE]
        rows = [{"resource": resource, "cell": cell, "holder": wanted[resource, cell]} for resource, cell in part]
        made = db.session.execute(insert(Booking).values(rows).on_conflict_do_nothing())
        if made.rowcount != len(part):  # type: ignore[attr-defined]
            query = select(Booking.resource, Booking.cell, Booking.holder).where(tuple_(Booking.resource, Booking.cell).in_(part))
            held = {(resource, cell): holder for resource, cell, holder in db.session.execute(query)}
            blocked |= {key: held.get(key) for key in part if held.get(key) != wanted[key]}
    return blocked
