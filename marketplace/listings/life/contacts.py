"""Who looks after a listing: its contact, while they belong to the owner or to an agency that acts for it; else the owner's owners."""

from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, Select, and_, func, or_, select

from marketplace.accounts.models import Person
from marketplace.core.access import Actor
from marketplace.core.clock import now
from marketplace.core.db import db
from marketplace.listings.models import Listing
from marketplace.organizations import queries as organizations
from marketplace.organizations.models import Mandate, MandateStatus, Membership, Role

WRITERS = (Role.OWNER, Role.EDITOR)


def _seats(organization_id: Any) -> ColumnElement[bool]:
    """A membership that lets a person write for an organisation: in it, or in an agency with a mandate of it."""
    acts = select(Mandate.agency_id).where(
        Mandate.principal_id == organization_id, Mandate.status == MandateStatus.IN_FORCE, Mandate.role == Role.EDITOR,
        Mandate.ends_on >= now().date(),
    )  # fmt: skip
    here = or_(Membership.organization_id == organization_id, Membership.organization_id.in_(acts))
    return and_(here, Membership.ended_at.is_(None), Membership.role.in_(WRITERS))


def candidates(organization_id: UUID) -> list[Person]:
    """Who can look after the listings of an organisation, by name."""
    seated = select(Membership.person_id).where(_seats(organization_id))
    return list(db.session.scalars(select(Person).where(Person.id.in_(seated), Person.disabled_at.is_(None)).order_by(Person.name, Person.id)))


def unattended() -> ColumnElement[bool]:
    """Listings whose contact can look after them no longer."""
    seat = select(Membership.id).join(Person, Person.id == Membership.person_id)
    seated = seat.where(Membership.person_id == Listing.contact_id, Person.disabled_at.is_(None), _seats(Listing.organization_id)).exists()
    return and_(Listing.contact_id.is_not(None), ~seated)


def asked_about(listing: Listing) -> list[Person]:
    """Whom mails about a listing go to: its contact, else the owners of its organisation."""
    found = [person for person in candidates(listing.organization_id) if person.id == listing.contact_id]
    return found or organizations.owners(listing.organization_id)


def contact_of(listing_id: UUID, *, by: Actor) -> tuple[Person | None, bool]:
    """The contact of an own listing, and whether they can still look after it."""
    query = select(Person, unattended()).select_from(Listing).outerjoin(Person, Person.id == Listing.contact_id)
    row = db.session.execute(query.where(Listing.id == listing_id, Listing.organization_id == by.organization_id)).one_or_none()
    return (row[0], not row[1]) if row else (None, True)


def by_contact(*, by: Actor) -> list[dict[str, Any]]:
    """``contact_id, name, number, gone`` of the own listings: those that nobody looks after first, then by number. Two queries."""
    query = (
        select(Listing.contact_id, Person.name, func.count().label("number"))
        .select_from(Listing)
        .outerjoin(Person, Person.id == Listing.contact_id)
        .where(Listing.organization_id == by.organization_id, Listing.archived_at.is_(None))
        .group_by(Listing.contact_id, Person.name)
    )
    able = {person.id for person in candidates(by.organization_id)} if by.organization_id else set()
    rows = [dict(row._mapping) | {"gone": row.contact_id is not None and row.contact_id not in able} for row in db.session.execute(query)]
    return sorted(rows, key=lambda row: (not row["gone"], -row["number"], row["name"] or ""))


def unattended_number(*, by: Actor) -> int:
    """How many own listings nobody looks after."""
    query: Select[Any] = select(func.count()).select_from(Listing)
    return db.session.scalar(query.where(Listing.organization_id == by.organization_id, Listing.archived_at.is_(None), unattended())) or 0
