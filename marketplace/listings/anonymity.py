"""Whether a listing's owner is named to the public: one switch, in force at once, for pages, JSON and imports."""


from marketplace.core import audit
from marketplace.core.access import Actor
from marketplace.core.clock import now
from marketplace.core.db import db
from marketplace.listings.models import Listing, ListingChange


def switch(listing: Listing, anonymous: bool, *, by: Actor | None) -> bool:
    """Name the owner of a locked listing, or name it no more, and tell the index; False when nothing changes.

    Who has been told the name in a negotiation goes on knowing it.
    """
    if listing.anonymous is anonymous:
        return False
    listing.anonymous = anonymous
    listing.shown_owner_id = None if anonymous else listing.organization_id
    listing.changed_at = now()
    if listing.public_number is not None:
        db.session.add(ListingChange(listing_id=listing.id, changed_at=listing.changed_at))
    audit.record("listings.anonymous" if anonymous else "listings.named", f"listing:{listing.id}", by=by, reference=listing.reference)
    return True
