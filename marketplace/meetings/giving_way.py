"""What meetings keep for an answer gives way to whoever takes it once the time to answer is over (`venue.overdue`)."""

from collections.abc import Collection
from uuid import UUID

from sqlalchemy import select

from marketplace.core.db import db
from marketplace.meetings import expiring
from marketplace.meetings.models import Meeting
from marketplace.venue import overdue


def over() -> set[str]:
    """As whom requests and proposed moves that nobody answered in time hold what they have booked."""
    moves = select(Meeting.id).where(expiring.due(), Meeting.move_to.is_not(None))
    asked = select(Meeting.id).where(expiring.lapsed())
    return {f"move:{key}" for key in db.session.scalars(moves)} | {f"meeting:{key}" for key in db.session.scalars(asked)}


def end(holders: Collection[str]) -> set[str]:
    """End them, unless somebody is answering one of them right now: then none. Returns all that those meetings kept in vain."""
    ids = {UUID(holder.partition(":")[2]) for holder in holders}
    free = select(Meeting.id).where(expiring.due(), Meeting.id.in_(ids)).order_by(Meeting.id).with_for_update(skip_locked=True)
    if set(db.session.scalars(free)) != ids:
        return set()
    return set(expiring.end_overdue(of=ids))


def register() -> None:
    overdue.kept_by(over, end)
