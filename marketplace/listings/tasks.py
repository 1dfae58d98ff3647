"""What happens to listings on its own: those whose last day is over are told to whoever follows the index."""

from datetime import timedelta

from sqlalchemy import and_, case, insert, or_, select

from marketplace.core.clock import now, today
from marketplace.core.db import db, end_reading, transaction
from marketplace.core.jobs import task
from marketplace.listings.models import Listing, ListingChange, ListingVersion
from marketplace.listings.rules import EVERYWHERE_OVER, closes
from marketplace.listings.telling import told_of

LOOK_BACK = timedelta(days=3)  # so that a night without workers loses nobody


@task("listings.close", every=timedelta(hours=6))
def close() -> None:
    """Note public listings that ended in the last days as changed: pages judge the day as they are asked, stored matches do not."""
    last = today(EVERYWHERE_OVER) - timedelta(days=1)
    days = (last - LOOK_BACK, last)
    until = case((Listing.extended_at.is_not(None), Listing.ends_on), else_=ListingVersion.valid_until).label("valid_until")
    query = (
        select(Listing.id, Listing.created_at, ListingVersion.deadline, until)
        .join(ListingVersion, and_(ListingVersion.listing_id == Listing.id, ListingVersion.number == Listing.public_number))
        .where(or_(ListingVersion.deadline.between(*days), until.between(*days)))
    )
    found = db.session.execute(query).all()
    over = {row.id: str(day) for row in found if (day := closes(row.deadline, row.valid_until, written_on=row.created_at.date())) and day <= last}
    end_reading()
    if found:
        with transaction():
            db.session.execute(insert(ListingChange), [{"listing_id": row.id, "changed_at": now()} for row in found])
            told_of("expired", over, keys=over)
