"""What meetings do when somebody is erased: what they typed goes, and who interpreted has no name any more."""

from sqlalchemy import update

from marketplace.accounts.erasing import NAME
from marketplace.accounts.events import person_erased
from marketplace.accounts.models import Person
from marketplace.core.access import Actor
from marketplace.core.db import db
from marketplace.meetings import noting
from marketplace.meetings.models import Interpreter


@person_erased.connect
def forget(person: Person, *, email: str, by: Actor | None) -> list[str]:
    noting.forget_person(person.id)
    db.session.execute(update(Interpreter).where(Interpreter.person_id == person.id).values(name=NAME))
    return []


def register() -> None:
    """Importing this module connects it."""
