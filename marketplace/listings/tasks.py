"""What happens to listings on its own: terms begin and end, unsaved text is forgotten, and whoever follows the index hears what is over."""

from datetime import timedelta
from typing import Any

from sqlalchemy import Select, and_, case, delete, insert, or_, select

from marketplace.core.clock import now, today
from marketplace.core.db import db, end_reading, transaction
from marketplace.core.jobs import task
from marketplace.listings.life import autosaving, renewing
from marketplace.listings.models import Listing, ListingChange, ListingTyped, ListingVersion
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


@task("listings.terms", every=timedelta(hours=1))
def look_after_terms() -> None:
    """Give terms to what was published in bulk, tell of ends that are near, take out what is over, archive what is long over.

    Some at a time, so that no other writer waits; an hour in which nothing is to do opens no transaction.
    """
    for wanted, act in renewing.STEPS:
        while _are_there(wanted()):
            with transaction():
                act(renewing.locked(wanted()))


def _are_there(query: Select[Any]) -> bool:
    found = db.session.scalar(query.with_only_columns(Listing.id).limit(1)) is not None
    end_reading()
    return found


@task("listings.forget_typed", every=timedelta(hours=12))
def forget_typed() -> None:
    """Delete what was typed long ago and never saved."""
    found = db.session.scalar(select(ListingTyped.id).where(autosaving.is_old()).limit(1))
    end_reading()
    if found is not None:
        with transaction():
            db.session.execute(delete(ListingTyped).where(autosaving.is_old()))
