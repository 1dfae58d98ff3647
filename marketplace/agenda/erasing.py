"""Erasing a person: the addresses of their calendars end and go."""

from sqlalchemy import delete

from marketplace.accounts.events import person_erased
from marketplace.accounts.models import Person
from marketplace.agenda.models import CalendarFeed
from marketplace.core.access import Actor
from marketplace.core.db import db


@person_erased.connect
def on_person_erased(person: Person, *, email: str, by: Actor | None) -> list[str]:
    """Nobody else has anything of them."""
    db.session.execute(delete(CalendarFeed).where(CalendarFeed.person_id == person.id))
    return []
