"""The listing whose matches are asked for: one's own in its newest version, anybody else's as the public sees it."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, Row, Select, exists, func, select

from marketplace.core.access import Actor
from marketplace.core.db import db, end_reading
from marketplace.core.errors import NotFound
from marketplace.fairs.models import Fair
from marketplace.listings import indexing
from marketplace.listings.models import FairEntry, Kind, Listing
from marketplace.organizations.models import Organization
from marketplace.search.documents import ListingDocument

BATCH = 200
OWNER = (Listing.organization_id, Listing.public_number, Organization.country.label("owner_country"))


@dataclass(frozen=True, slots=True)
class Subject:
    """A listing with what it is compared by; `own` is whether the asking organisation's newest version is meant."""

    row: Row[Any]
    document: ListingDocument
    own: bool

    @property
    def kind(self) -> Kind:
        return Kind(self.row.kind)

    @property
    def id(self) -> UUID:
        return UUID(str(self.row.id))


def one(kind: Kind, listing_id: UUID, *, by: Actor) -> Subject:
    """One's own listing, drafts too, or one that a fair shows where the actor may read matches.

    Raises NotFound for all others, whether they exist or not.
    """
    if by.organization_id is not None and by.may("matching.read"):
        row = _first(indexing.select_newest().where(Listing.organization_id == by.organization_id), kind, listing_id)
        if row is not None:
            return _subject(row, own=True)
    row = _first(indexing.select_public().where(exists().where(*_shown_where_staff(by))), kind, listing_id)
    if row is None:
        raise NotFound()
    return _subject(row, own=False)


def readable(listing_id: UUID, *, by: Actor) -> bool:
    """Whether fair staff may read the matches of a listing that is not their own organisation's."""
    query = select(Listing.id).where(Listing.id == listing_id, exists().where(*_shown_where_staff(by)))
    return db.session.scalar(query) is not None


def by_reference(reference: str) -> Subject:
    """For whoever runs the machine: the public version, the newest one of a listing that is not public. Raises NotFound."""
    for query in (indexing.select_public(), indexing.select_newest()):
        row = db.session.execute(query.add_columns(*OWNER).where(Listing.reference == reference)).one_or_none()
        if row is not None:
            return _subject(row, own=False)
    raise NotFound()


def public(kind: Kind, *, fair: Fair | None = None) -> Iterator[ListingDocument]:
    """The public listings of a kind, those of one fair if given, as they are compared; no transaction stays open."""
    query = indexing.select_public().where(Listing.kind == kind).order_by(Listing.num).limit(BATCH)
    if fair is not None:
        query = query.join(FairEntry, FairEntry.listing_id == Listing.id)
        query = query.where(FairEntry.fair_id == fair.id, FairEntry.published_number.is_not(None))
    rates, after = indexing.latest_rates(), 0
    while rows := db.session.execute(query.where(Listing.num > after)).all():
        end_reading()
        yield from (indexing.document(row, [], rates) for row in rows)
        after = rows[-1].num


def count() -> int:
    """How many listings are public."""
    return db.session.scalar(select(func.count()).select_from(Listing).where(Listing.public_number.is_not(None))) or 0


def _shown_where_staff(by: Actor) -> tuple[ColumnElement[bool], ...]:
    return (
        FairEntry.listing_id == Listing.id,
        FairEntry.fair_id.in_(by.fairs_where("matching.read")),
        FairEntry.published_number.is_not(None),
    )


def _first(query: Select[Any], kind: Kind, listing_id: UUID) -> Row[Any] | None:
    return db.session.execute(query.add_columns(*OWNER).where(Listing.id == listing_id, Listing.kind == kind)).one_or_none()


def _subject(row: Row[Any], *, own: bool) -> Subject:
    return Subject(row, indexing.document(row, [], indexing.latest_rates()), own)
