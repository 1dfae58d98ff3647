"""What listings do when somebody is erased or leaves: what they typed goes, and owners hear what nobody looks after."""

from marketplace.accounts.events import person_erased
from marketplace.accounts.models import Person
from marketplace.core.access import Actor
from marketplace.listings.life import autosaving, handing_over
from marketplace.organizations import events


@person_erased.connect
def forget_typed(person: Person, *, email: str, by: Actor | None) -> list[str]:
    autosaving.forget_person(person.id)
    return []


def register() -> None:
    events.when_left(handing_over.when_somebody_left)
