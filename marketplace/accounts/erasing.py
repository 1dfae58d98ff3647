"""Erasing a person: what tells who they are goes, what they did stays under their id, and no total and no hash changes."""

import secrets
from uuid import UUID

from sqlalchemy import delete

from marketplace.accounts import passwords
from marketplace.accounts.events import person_erased
from marketplace.accounts.models import ApiToken, MailLink, Person, SignIn
from marketplace.core import audit, idempotency, mail
from marketplace.core.access import Actor
from marketplace.core.clock import now
from marketplace.core.db import db
from marketplace.core.errors import DomainError, NotFound
from marketplace.core.i18n import lazy_gettext as _l

NAME, DOMAIN = "–", "erased.invalid"


class AlreadyErased(DomainError):
    """There is nothing left to take away."""

    text = _l("This person is erased already.")


def erase(person_id: UUID, *, by: Actor | None) -> list[str]:
    """Take name, mail, password, sessions, tokens, links, mails, stored answers and the personal part of audit rows away.

    The id stays wherever it stands. Domains above end what belongs to them (memberships, roles). Returns what the operator
    should know, a sentence each. Raises NotFound, AlreadyErased.
    """
    person = db.session.get(Person, person_id, with_for_update=True)
    if person is None:
        raise NotFound()
    email, name, erased = person.email, person.name, f"{person.id}@{DOMAIN}"
    if email == erased:
        raise AlreadyErased()
    notes = [note for _, found in person_erased.send(person, email=email, by=by) for note in found]
    _end_access(person)
    person.name, person.email, person.password_hash, person.admin = NAME, erased, None, False
    person.disabled_at = person.disabled_at or now()
    db.session.execute(delete(MailLink).where(MailLink.email == email))
    mail.forget(email, name=name)
    idempotency.forget_person(person.id)
    audit.forget_person(person.id)
    audit.record("accounts.erase", f"person:{person.id}", by=by)
    return notes


def _end_access(person: Person) -> None:
    db.session.execute(delete(SignIn).where(SignIn.person_id == person.id))
    moment = now()
    for token in db.session.query(ApiToken).filter_by(person_id=person.id).with_for_update():
        token.name, token.revoked_at = NAME, token.revoked_at or moment
        token.secret_hash = passwords.hash_secret(secrets.token_urlsafe(32))
