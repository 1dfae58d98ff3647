"""The link in each mail that ends it with one click, without a sign-in: signed, so that nothing has to be kept for each mail.

It names one search, the matches of one organisation, or all mails of this kind to one person; it works as long as they exist,
again and again, and can only end mails, never begin them.
"""

import hashlib
from dataclasses import dataclass
from uuid import UUID

from flask import current_app
from itsdangerous import BadData, Signer
from itsdangerous.encoding import base64_decode, base64_encode
from sqlalchemy import select

from marketplace.accounts.models import Person
from marketplace.alerts import readers, service
from marketplace.alerts.models import SavedSearch
from marketplace.core.access import Actor
from marketplace.core.db import db
from marketplace.core.errors import NotFound
from marketplace.organizations.models import Organization

LENGTHS = {b"s": 16, b"m": 32, b"a": 16}


@dataclass(frozen=True, slots=True)
class Mails:
    """What a link ends: the mails about one search, about one organisation's matches, or, with neither, all of them."""

    person: Person
    search: SavedSearch | None = None
    organization: Organization | None = None


def of_search(search_id: UUID) -> str:
    """The secret of the link that stops one search."""
    return _sign(b"s" + search_id.bytes)


def of_matches(person_id: UUID, organization_id: UUID) -> str:
    """The secret of the link that stops one person's mails about the matches of an organisation."""
    return _sign(b"m" + person_id.bytes + organization_id.bytes)


def of_all(person_id: UUID) -> str:
    """The secret of the link that stops everything for one person."""
    return _sign(b"a" + person_id.bytes)


def _signer() -> Signer:
    return Signer(current_app.secret_key or "", salt="alerts.stop", digest_method=hashlib.sha256)


def _sign(what: bytes) -> str:
    return _signer().sign(base64_encode(what)).decode()


def opened(secret: str) -> Mails:
    """What a link ends. Raises NotFound, the same for a forged one and for what is not there any more."""
    try:
        what = base64_decode(_signer().unsign(secret.encode("utf-8", "surrogatepass")))
    except (BadData, ValueError) as error:
        raise NotFound() from error
    kind, ids = what[:1], what[1:]
    if LENGTHS.get(kind) != len(ids):
        raise NotFound()
    first, second = UUID(bytes=ids[:16]), ids[16:]
    if kind == b"s":
        search = db.session.get(SavedSearch, first)
        if search is None or search.deleted_at is not None:
            raise NotFound()
        return Mails(_person(search.person_id), search=search)
    if kind == b"a":
        return Mails(_person(first))
    organization = db.session.get(Organization, UUID(bytes=second))
    if organization is None:
        raise NotFound()
    return Mails(_person(first), organization=organization)


def _person(person_id: UUID) -> Person:
    person = db.session.scalar(select(Person).where(Person.id == person_id, Person.disabled_at.is_(None)))
    if person is None:
        raise NotFound()
    return person


def stop(secret: str, *, by: Actor | None) -> Mails:
    """End what the link names; harmless to repeat. Whoever has the link may: ``by`` is only noted. Raises NotFound."""
    mails = opened(secret)
    readers.lock(mails.person.id)
    if mails.search is not None:
        service.stop_search(mails.search, by=by)
    elif mails.organization is not None:
        service.stop_matches(mails.person, mails.organization.id, by=by)
    else:
        service.stop_all(mails.person.id, by=by)
    db.session.flush()
    return mails
