"""One organisation or listing of a fair, as its list on the board shows it, and what stands beside it."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import Row, and_, select

from marketplace.core.db import db
from marketplace.core.errors import NotFound
from marketplace.coverage import counted
from marketplace.coverage.counted import TITLES, Filter, V
from marketplace.fairs.models import Fair
from marketplace.listings.models import FairEntry, Kind, Listing
from marketplace.matching.models import StoredMatch
from marketplace.organizations.models import Organization


def organization(fair: Fair, organization_id: UUID) -> Row[Any]:
    """One organisation with listings at the fair, as its list shows it. Raises NotFound."""
    found = counted.organizations(fair, Filter()).subquery()
    row = db.session.execute(select(found).where(found.c.id == organization_id)).one_or_none()
    if row is None:
        raise NotFound()
    return row


def listing(fair: Fair, kind: Kind, listing_id: UUID) -> Row[Any]:
    """One listing that the fair shows, as its list shows it. Raises NotFound."""
    columns = (*TITLES, FairEntry.published_at, V.technology_codes, V.country)
    row = db.session.execute(counted.listings(fair, kind, Filter(), *columns).where(Listing.id == listing_id)).one_or_none()
    if row is None:
        raise NotFound()
    return row


def by_reference(fair: Fair, kind: Kind, reference: str) -> UUID | None:
    """The id of a listing that the fair shows, by its reference however it was typed."""
    query = counted.listings(fair, kind, Filter(), Listing.id).where(Listing.reference == reference.strip().upper())
    found: UUID | None = db.session.scalar(query)
    return found


def listings_of(fair: Fair, organization_id: UUID, *, most: int = 200) -> Sequence[Row[Any]]:
    """What an organisation shows at the fair: needs first, at most so many."""
    found: list[Row[Any]] = []
    for kind in (Kind.NEED, Kind.ACHIEVEMENT):
        query = counted.listings(fair, kind, Filter(), *TITLES, FairEntry.published_at).where(Listing.organization_id == organization_id)
        found += db.session.execute(query.order_by(Listing.reference).limit(most - len(found))).all()
    return found


def shows(fair: Fair, organization_id: UUID, listing_id: UUID) -> bool:
    """Whether an organisation shows this listing at the fair."""
    shown = (FairEntry.listing_id == listing_id, FairEntry.fair_id == fair.id, FairEntry.published_number.is_not(None))
    query = select(Listing.id).join(FairEntry, FairEntry.listing_id == Listing.id).where(*shown, Listing.organization_id == organization_id)
    return db.session.scalar(query) is not None


def best_of(need_ids: Sequence[UUID]) -> dict[UUID, Row[Any]]:
    """The first stored match of each need, while its achievement is public: strength and the achievement's `TITLES`."""
    query = (
        select(StoredMatch.need_id, StoredMatch.strength, *TITLES)
        .join(Listing, Listing.id == StoredMatch.achievement_id)
        .join(V, and_(V.listing_id == Listing.id, V.number == Listing.public_number))
        .join(Organization, Organization.id == Listing.organization_id)
        .where(StoredMatch.need_id.in_(need_ids), StoredMatch.rank == 1)
    )
    return {row.need_id: row for row in db.session.execute(query)}
