"""Erasing a person: what they searched for and what they were told goes."""

from sqlalchemy import delete

from marketplace.accounts.events import person_erased
from marketplace.accounts.models import Person
from marketplace.alerts.models import AlertReader, AnnouncedPair, MatchAlert, Notice, SavedSearch
from marketplace.core import audit
from marketplace.core.access import Actor
from marketplace.core.db import db


@person_erased.connect
def on_person_erased(person: Person, *, email: str, by: Actor | None) -> list[str]:
    """Nothing of it is anybody else's; a mail that waits goes with the address."""
    for table in (Notice, AnnouncedPair, SavedSearch, MatchAlert, AlertReader):
        db.session.execute(delete(table).where(table.person_id == person.id))
    audit.record("alerts.erase", f"person:{person.id}", by=by)
    return []
