"""Handing listings over to a colleague: when somebody leaves, or when work is shared out anew."""

from collections.abc import Collection, Sequence
from typing import Any, cast
from uuid import UUID

from flask import current_app
from sqlalchemy import Select, and_, func, select

from marketplace.accounts.models import Person
from marketplace.core import audit, mail
from marketplace.core.access import Actor
from marketplace.core.clock import now
from marketplace.core.db import db
from marketplace.core.errors import Forbidden, Invalid, NotFound
from marketplace.core.i18n import gettext, ngettext, speaking
from marketplace.listings.life import contacts
from marketplace.listings.models import Listing, ListingVersion
from marketplace.organizations import queries as organizations
from marketplace.organizations.models import Organization

MOST = 500
"""How many listings one step hands over."""
NAMED_IN_MAIL = 20
GONE, NOBODY = "gone", "none"
KEYS = (Listing.reference, Listing.id)


def theirs(contact: str | None, *, by: Actor) -> Select[Any]:
    """Own listings by contact, for `core.pages.paged` by `KEYS`: a person's id, ``gone`` (cannot any more), ``none`` (nobody named), or all."""
    query = cast(Select[Any], (
        select(Listing.id, Listing.reference, Listing.kind, Listing.contact_id, ListingVersion.title_en, ListingVersion.title_zh, Person.name)
        .select_from(Listing)
        .join(ListingVersion, and_(ListingVersion.listing_id == Listing.id, ListingVersion.number == Listing.draft_number))
        .outerjoin(Person, Person.id == Listing.contact_id)
        .where(Listing.organization_id == by.organization_id, Listing.archived_at.is_(None))
    ))
    if contact == GONE:
        return query.where(contacts.unattended())
    if contact == NOBODY:
        return query.where(Listing.contact_id.is_(None))
    return query if contact is None else query.where(Listing.contact_id == UUID(contact))


def hand_over(listing_ids: Collection[UUID], to: UUID, *, by: Actor) -> int:
    """Let a colleague look after own listings; they get one mail. How many changed hands.

    Raises Forbidden, NotFound (one of another organisation), Invalid (none chosen, too many, somebody who cannot).
    """
    by.require("listings.hand_over")
    if by.organization_id is None:
        raise Forbidden()
    if not listing_ids:
        raise Invalid.field("listings", "required", gettext("Choose at least one listing."))
    if len(listing_ids) > MOST:
        raise Invalid.field("listings", "too_many", gettext("At most %(most)s at once.", most=MOST))
    query = select(Listing).where(Listing.id.in_(listing_ids), Listing.organization_id == by.organization_id).order_by(Listing.id).with_for_update()
    found = db.session.scalars(query).all()
    if len(found) != len(set(listing_ids)):
        raise NotFound()
    person = _colleague(to, by=by)
    changed = [listing for listing in found if listing.contact_id != person.id]
    for listing in changed:
        audit.record("listings.hand_over", f"listing:{listing.id}", by=by, before=str(listing.contact_id or ""), after=str(person.id))
        listing.contact_id, listing.changed_at = person.id, now()
    if changed and person.id != by.person_id:
        _tell(person, changed)
    return len(changed)


def hand_over_all(contact: str | None, to: UUID, *, by: Actor) -> int:
    """The same for all that `theirs` lists, at most `MOST` at once."""
    by.require("listings.hand_over")
    _colleague(to, by=by)
    ids = [row.id for row in db.session.execute(theirs(contact, by=by).where(Listing.contact_id.is_distinct_from(to)).order_by(*KEYS).limit(MOST))]
    return hand_over(ids, to, by=by) if ids else 0


def _colleague(person_id: UUID, *, by: Actor) -> Person:
    found = contacts.candidates(by.organization_id) if by.organization_id else []
    person = next((each for each in found if each.id == person_id), None)
    if person is None:
        raise Invalid.field("to", "person_unknown", gettext("Choose a colleague who may write listings."))
    return person


def _tell(person: Person, listings: Sequence[Listing]) -> None:
    with speaking(person.language):
        subject = ngettext("A listing is yours to look after now", "%(num)s listings are yours to look after now", len(listings))
        address = current_app.config["SETTINGS"].public_url
        lines = [f"{listing.reference}  {address}/listings/{listing.id}" for listing in listings[:NAMED_IN_MAIL]]
        if len(listings) > NAMED_IN_MAIL:
            lines.append(str(ngettext("and one more", "and %(num)s more", len(listings) - NAMED_IN_MAIL)))
        text = gettext("Mails about them come to you from now on:")
        mail.send(person.email, str(subject), f"{text}\n\n" + "\n".join(lines))


def when_somebody_left(organization_id: UUID, person_id: UUID) -> None:
    """Tell the owners, in the transaction that ends a membership, what nobody looks after any more."""
    query = select(func.count()).select_from(Listing)
    number = db.session.scalar(query.where(Listing.organization_id == organization_id, Listing.contact_id == person_id, Listing.archived_at.is_(None))) or 0
    name = db.session.scalar(select(Organization.name_en).where(Organization.id == organization_id)) or ""
    for owner in organizations.owners(organization_id) if number else []:
        if owner.id == person_id:
            continue
        with speaking(owner.language):
            subject = ngettext("One listing has nobody who looks after it", "%(num)s listings have nobody who looks after them", number)
            address = current_app.config["SETTINGS"].public_url
            text = gettext("A colleague left %(organization)s. Until you hand their listings over, mails about them come to you:", organization=name)
            mail.send(owner.email, str(subject), f"{text}\n\n{address}/listings/contacts?contact={GONE}")
