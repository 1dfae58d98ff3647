"""Closing a place for a time, and opening it again. What is booked there has to be moved first: nothing is thrown out silently."""

from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import select
from uuid_utils.compat import uuid7

from marketplace.core import audit
from marketplace.core.access import Actor
from marketplace.core.clock import now
from marketplace.core.db import db
from marketplace.core.errors import DomainError, NotFound
from marketplace.core.i18n import gettext
from marketplace.core.i18n import lazy_gettext as _l
from marketplace.fairs import queries as fairs
from marketplace.venue import booking, overdue, service
from marketplace.venue.models import Booking, Closure


class InUse(DomainError):
    """Something takes place there in that time."""

    slug, title = "place-in-use", _l("The place is in use")
    text = _l("Something takes place there in this time. Move it first.")


def close(place_id: UUID, *, starts_at: datetime, ends_at: datetime, reason: str, by: Actor) -> Closure:
    """Keep a place unused for a time. Raises NotFound, Invalid, InUse with the number of what takes place there."""
    place = service.managed_place(place_id, by=by)
    service.check_times(starts_at, ends_at, fairs.get(place.fair_id))
    closure = Closure(
        id=uuid7(), place_id=place.id, starts_at=starts_at, ends_at=ends_at, reason=reason, closed_by=by.person_id, created_at=now()
    )
    minutes = int((ends_at - starts_at) / timedelta(minutes=1))
    if booking.take([booking.place_key(place.id)], starts_at, minutes=minutes, holder=f"closure:{closure.id}"):
        raise InUse(gettext("In this time there is already: %(what)s. Move it first.", what=_what(closure)))
    db.session.add(closure)
    db.session.flush()
    audit.record("venue.close_place", f"closure:{closure.id}", by=by, fair_id=place.fair_id)
    return closure


def _what(closure: Closure) -> str:
    """What takes place there, counted by kind; nobody is named."""
    query = select(Booking.holder).distinct().where(
        Booking.resource == booking.place_key(closure.place_id), Booking.cell >= closure.starts_at, Booking.cell < closure.ends_at,
        Booking.holder != f"closure:{closure.id}",
    )  # fmt: skip
    gone = overdue.over()
    kinds = [holder.partition(":")[0] for holder in db.session.scalars(query) if holder not in gone]
    names = {"session": gettext("sessions"), "meeting": gettext("meetings"), "move": gettext("proposed meetings"), "closure": gettext("closures")}
    return ", ".join(f"{name}: {kinds.count(kind)}" for kind, name in names.items() if kind in kinds)


def open_again(closure_id: UUID, *, by: Actor) -> UUID:
    """Let the place be used again; returns the place. Raises NotFound."""
    closure = db.session.get(Closure, closure_id, with_for_update=True)
    if closure is None:
        raise NotFound()
    place = service.managed_place(closure.place_id, by=by)
    booking.free(f"closure:{closure.id}")
    db.session.delete(closure)
    audit.record("venue.open_place", f"closure:{closure_id}", by=by, fair_id=place.fair_id)
    db.session.flush()
    return place.id
