"""What happens to listings on its own: those whose last day is over are told to whoever follows the index."""

from datetime import timedelta

from sqlalchemy import and_, insert, or_, select

from marketplace.core.clock import now, today
from marketplace.core.db import db, end_reading, transaction
from marketplace.core.jobs import task
from marketplace.listings.models import Listing, ListingChange, ListingVersion
from marketplace.listings.rules import EVERYWHERE_OVER

LOOK_BACK = timedelta(days=3)  # so that a night without workers loses nobody


@task("listings.close", every=timedelta(hours=6))
def close() -> None:
    """Note public listings that ended in the last days as changed: pages judge the day as they are asked, stored matches do not."""
    last = today(EVERYWHERE_OVER) - timedelta(days=1)
    days = (last - LOOK_BACK, last)
    query = (
        select(Listing.id)
        .join(ListingVersion, and_(ListingVersion.listing_id == Listing.id, ListingVersion.number == Listing.public_number))
        .where(or_(ListingVersion.deadline.between(*days), ListingVersion.valid_until.between(*days)))
    )
    ended = list(db.session.scalars(query))
    end_reading()
    if ended:
        with transaction():
            db.session.execute(insert(ListingChange), [{"listing_id": id, "changed_at": now()} for id in ended])
