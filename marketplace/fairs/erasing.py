"""What fairs do when a person is erased: their roles end."""

from sqlalchemy import select

from marketplace.accounts.events import person_erased
from marketplace.accounts.models import Person
from marketplace.core import audit
from marketplace.core.access import Actor
from marketplace.core.clock import now
from marketplace.core.db import db
from marketplace.fairs.models import Staff


@person_erased.connect
def end_roles(person: Person, *, email: str, by: Actor | None) -> list[str]:
    roles = select(Staff).where(Staff.person_id == person.id, Staff.ended_at.is_(None)).with_for_update()
    for role in db.session.scalars(roles).all():
        role.ended_at = now()
        audit.record("fairs.dismiss", f"fair:{role.fair_id}", by=by, fair_id=role.fair_id, person=str(person.id), role=role.role.value)
    return []
