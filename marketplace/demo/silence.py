"""Takes back the mail that the sample's steps asked for: invented people get none."""

from collections.abc import Collection, Iterable
from uuid import UUID

from sqlalchemy import delete, select

from marketplace.accounts.models import Person
from marketplace.core.db import db
from marketplace.core.jobs import OutboxRow


def keep(people: Iterable[Person], *, threads: Collection[UUID]) -> None:
    """Delete what waits to be mailed to these people, and what would tell the sides of these negotiations."""
    addresses, negotiations = {person.email for person in people}, {str(thread) for thread in threads}
    waiting = select(OutboxRow).where(OutboxRow.task.in_(["mail.send", "negotiations.tell"]), OutboxRow.done_at.is_(None))
    silent = [
        row.id
        for row in db.session.scalars(waiting)
        if row.payload.get("to") in addresses or row.payload.get("negotiation_id") in negotiations
    ]
    db.session.execute(delete(OutboxRow).where(OutboxRow.id.in_(silent)))
