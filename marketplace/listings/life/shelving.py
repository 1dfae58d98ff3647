"""What an owner decides about a listing as a whole: open for interest or not, archived or back, a need met or given up."""

from uuid import UUID

from sqlalchemy import select

from marketplace.core import audit
from marketplace.core.access import Actor
from marketplace.core.clock import now
from marketplace.core.db import db
from marketplace.core.errors import IllegalMove, NotFound
from marketplace.core.i18n import lazy_gettext as _l
from marketplace.core.states import check_move
from marketplace.fairs.models import Fair
from marketplace.listings.drafting import own
from marketplace.listings.entering import make_public
from marketplace.listings.models import MOVES, Closed, EntryStatus, FairEntry, Kind, Listing
from marketplace.listings.telling import told


def set_open(listing_id: UUID, is_open: bool, *, by: Actor) -> Listing:
    """Say whether others may ask to talk about it; it stays as visible as it is. Raises NotFound, Forbidden."""
    listing = own(listing_id, by=by, lock=True)
    by.require("listings.write")
    if listing.open_for_interest != is_open:
        listing.open_for_interest = is_open
        make_public(listing)
        audit.record("listings.open" if is_open else "listings.pause", f"listing:{listing.id}", by=by)
    return listing


def archive(listing_id: UUID, *, by: Actor) -> Listing:
    """Put away what no fair shows and none has to decide on. Raises NotFound, Forbidden, IllegalMove."""
    listing = own(listing_id, by=by, lock=True)
    by.require("listings.write")
    if listing.archived_at is not None:
        raise IllegalMove(_l("It is archived already."))
    waits = select(FairEntry.id).where(FairEntry.listing_id == listing.id, FairEntry.submitted_number.is_not(None))
    if listing.public_number is not None or db.session.scalar(waits.limit(1)) is not None:
        raise IllegalMove(_l("A fair shows it or has to decide on it. Withdraw it first."))
    listing.archived_at = listing.changed_at = now()
    audit.record("listings.archive", f"listing:{listing.id}", by=by)
    return listing


def bring_back(listing_id: UUID, *, by: Actor) -> Listing:
    """Take it out of the archive, as a draft. Raises NotFound, Forbidden, IllegalMove."""
    listing = own(listing_id, by=by, lock=True)
    by.require("listings.write")
    if listing.archived_at is None:
        raise IllegalMove(_l("It is not archived."))
    listing.archived_at, listing.changed_at = None, now()
    audit.record("listings.bring_back", f"listing:{listing.id}", by=by)
    return listing


def close(listing_id: UUID, how: Closed, *, reason: str | None = None, by: Actor) -> Listing:
    """A need was met, or is given up for a reason: it leaves the open fairs; handing it in again opens it.

    Raises NotFound (also for an achievement), Forbidden, IllegalMove (closed already).
    """
    listing = own(listing_id, by=by, lock=True)
    if listing.kind is not Kind.NEED:
        raise NotFound()
    by.require("listings.write")
    if listing.closed_at is not None:
        raise IllegalMove(_l("It is closed already. Hand it in again to open it."))
    open_ones = select(Fair.id).where(Fair.closed_at.is_(None))
    query = select(FairEntry).where(
        FairEntry.listing_id == listing.id, FairEntry.fair_id.in_(open_ones), FairEntry.status != EntryStatus.WITHDRAWN
    )
    for entry in db.session.scalars(query.order_by(FairEntry.id).with_for_update()):
        entry.status = check_move(MOVES, entry.status, EntryStatus.WITHDRAWN)
        entry.submitted_number = entry.published_number = None
        told("withdrawn", listing, fair_id=entry.fair_id)
    listing.closed_at, listing.closed_as, listing.closed_reason = now(), how, reason
    db.session.flush()
    make_public(listing)
    audit.record("listings.close", f"listing:{listing.id}", by=by, closed_as=how.value, reason=audit.content_hash({"reason": reason}))
    return listing
