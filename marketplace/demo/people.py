"""The few sample people who can sign in, with fixed passwords: for trying the product out, never in production."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from flask import current_app

from marketplace.accounts import service as accounts
from marketplace.accounts.models import Person
from marketplace.core.access import Actor, Identity, actor_of
from marketplace.core.i18n import lazy_gettext as _l
from marketplace.demo.organizations import Person as PlannedPerson


@dataclass(frozen=True, slots=True)
class SampleSignIn:
    """Who it is, by which address and password they sign in."""

    code: str
    who: Any

    @property
    def email(self) -> str:
        return f"{self.code}@demo.example"

    @property
    def password(self) -> str:
        return f"demo-{self.code}-2020"


SIGN_INS = {
    code: SampleSignIn(code, who)
    for code, who in (
        ("agency", _l("Transfer agency")),
        ("company", _l("Company")),
        ("clerk", _l("Fair staff: clerk")),
        ("verifier", _l("Fair staff: verifier")),
        ("moderator", _l("Fair staff: moderator")),
        ("manager", _l("Fair staff: manager")),
        ("admin", _l("Platform administrator")),
    )
}
STAFF = ("clerk", "verifier", "moderator", "manager")


def create(code: str, name: str, *, admin: bool = False) -> Person:
    """The sample person of a code of `SIGN_INS`. Raises Duplicate."""
    chosen = SIGN_INS[code]
    return accounts.create(name, chosen.email, password=chosen.password, admin=admin)


def create_staff(planned: Sequence[PlannedPerson]) -> None:
    """The staff of the sample fairs and the platform administrator; their roles are given with the fairs. Raises Duplicate."""
    names = {person.role: person.name_en for person in planned}
    for code in STAFF:
        create(code, names[code])
    create("admin", "Administrator", admin=True)


def acting(person: Person) -> Actor:
    """The person with the roles they have now, acting for their first organisation."""
    return actor_of(Identity(person_id=person.id, name=person.name, email=person.email, admin=person.admin))


def actor(code: str) -> Actor | None:
    """The sample person of a code as they act now; None when there is no such person."""
    person = accounts.by_email(SIGN_INS[code].email)
    return acting(person) if person else None


def hints() -> list[tuple[Any, str, str]]:
    """(who, mail address, password) for the sign-in page; nothing in production, or when no sample is loaded."""
    if current_app.config["SETTINGS"].production or accounts.by_email(SIGN_INS["agency"].email) is None:
        return []
    return [(each.who, each.email, each.password) for each in SIGN_INS.values()]
