"""Matches that pass every condition: the index's, without those whose parameters do not meet what is asked."""

from collections.abc import Iterable
from dataclasses import replace
from uuid import UUID

from sqlalchemy import and_, select

from marketplace.core.db import db
from marketplace.listings.models import Listing, ListingVersion
from marketplace.listings.parameters import typed
from marketplace.matching.parameters import answers
from marketplace.matching.ranking import Matches, match
from marketplace.search.documents import Kind, ListingDocument
from marketplace.search.reader import Reader

FARTHEST = 1_000
"""How far down the index's matches are read while parameters keep so many out that `limit` is not reached."""


def fitting(reader: Reader, listing: ListingDocument, *, limit: int = 20, fair: str = "") -> Matches:
    """Return the best `limit` public listings that pass every condition, as `match` does, but parameters too.

    Only a listing with parameters of its own costs more: a query of the others' rows. Raises IndexUnusable.
    """
    asked = limit * 2 if listing.parameters else limit
    found = match(reader, listing, limit=asked, fair=fair)
    if not listing.parameters:
        return found
    while True:
        broken = _broken(listing, (hit.id for hit in found.hits))
        hits = [hit for hit in found.hits if hit.id not in broken]
        if len(hits) >= limit or len(found.hits) < asked or asked >= FARTHEST:
            return replace(found, hits=hits[:limit])
        asked *= 4
        found = match(reader, listing, limit=asked, fair=fair)


def _broken(listing: ListingDocument, ids: Iterable[UUID]) -> set[UUID]:
    """Which of the public listings `ids` do not meet a row of the need, as they are now."""
    query = (
        select(Listing.id, ListingVersion.parameters)
        .join(ListingVersion, and_(ListingVersion.listing_id == Listing.id, ListingVersion.number == Listing.public_number))
        .where(Listing.id.in_(list(ids)))
    )
    broken = set()
    for id, rows in db.session.execute(query):
        wanted, offered = (listing.parameters, typed(rows)) if listing.kind is Kind.NEED else (typed(rows), listing.parameters)
        if any(answer.met is False for answer in answers(wanted, offered)):
            broken.add(id)
    return broken
