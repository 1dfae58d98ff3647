"""The log of reads, and who closes what: what a partner opened is written down before it is shown."""

from uuid import UUID

from sqlalchemy import select

from marketplace.core import audit
from marketplace.core.access import Actor
from marketplace.core.clock import now
from marketplace.core.db import db, transaction
from marketplace.core.errors import Forbidden, NotFound
from marketplace.disclosure import queries
from marketplace.disclosure.models import Closure, Read
from marketplace.listings.audiences import Reading
from marketplace.listings.models import Listing


def write(reading: Reading, by: Actor) -> None:
    """One row for one request, in a transaction of its own before the answer is made: what raises here, lets nothing out."""
    if by.organization_id is None:
        raise Forbidden()
    with transaction():
        db.session.add(Read(
            at=now(), listing_id=reading.listing_id, number=reading.number, level=reading.level, groups=list(reading.groups),
            file_id=reading.file_id, person_id=by.person_id, organization_id=by.organization_id,
        ))  # fmt: skip


def close(listing_id: UUID, organization_id: UUID, *, by: Actor) -> Closure:
    """Close an own listing's reserved parts to a partner, at once; to repeat it changes nothing. Raises NotFound, Forbidden."""
    listing = _locked(listing_id, organization_id, by=by)
    found = _closure(listing.id, organization_id)
    if found is None:
        found = Closure(listing_id=listing.id, organization_id=organization_id, closed_at=now(), closed_by=by.person_id)
        db.session.add(found)
        audit.record("disclosure.close", f"listing:{listing.id}", by=by, organization=str(organization_id))
    return found


def reopen(listing_id: UUID, organization_id: UUID, *, by: Actor) -> None:
    """Open it again, as far as the negotiation goes; to repeat it changes nothing. Raises NotFound, Forbidden."""
    listing = _locked(listing_id, organization_id, by=by)
    found = _closure(listing.id, organization_id)
    if found is not None:
        found.reopened_at, found.reopened_by = now(), by.person_id
        audit.record("disclosure.reopen", f"listing:{listing.id}", by=by, organization=str(organization_id))


def _locked(listing_id: UUID, organization_id: UUID, *, by: Actor) -> Listing:
    """An own listing under its lock, of which the organisation is a partner. Raises NotFound, Forbidden."""
    listing = queries.own_listing(listing_id, by=by)
    by.require("negotiations.write")
    db.session.execute(select(Listing.id).where(Listing.id == listing.id).with_for_update())
    if organization_id not in {partner.organization.id for partner in queries.partners(listing)}:
        raise NotFound()
    return listing


def _closure(listing_id: UUID, organization_id: UUID) -> Closure | None:
    query = select(Closure).where(Closure.listing_id == listing_id, Closure.organization_id == organization_id, Closure.reopened_at.is_(None))
    return db.session.scalar(query.execution_options(populate_existing=True))
