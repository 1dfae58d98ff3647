"""Which own listings a list shows: what is archived only when it is asked for."""

from typing import Any

from sqlalchemy import ColumnElement, and_, func, select

from marketplace.core.access import Actor
from marketplace.core.clock import today
from marketplace.core.db import db
from marketplace.listings.entering import shown_in_open_fair
from marketplace.listings.life import terms
from marketplace.listings.models import EntryStatus, FairEntry, Listing
from marketplace.listings.rules import EVERYWHERE_OVER


def in_state(state: str | None) -> ColumnElement[bool]:
    """Listings in a state of the owner's list; all that are not archived without one. Raises KeyError for an unknown state."""
    if state == "archived":
        return Listing.archived_at.is_not(None)
    wanted: dict[str | None, Any] = {
        None: True, "ending": ending(), "expired": Listing.expired_at.is_not(None), "closed": Listing.closed_at.is_not(None),
        "draft": ~_entered(FairEntry.id), "sent_back": _entered(FairEntry.returned_number), "waiting": _entered(FairEntry.submitted_number),
    }  # fmt: skip
    return and_(Listing.archived_at.is_(None), wanted[state])


def ending() -> ColumnElement[bool]:
    """Listings whose last day in open fairs is near."""
    day = today(EVERYWHERE_OVER)
    return and_(Listing.ends_on.between(day, day + terms.NOTICE), Listing.public_number.is_not(None), shown_in_open_fair(Listing.id))


def ending_number(*, by: Actor) -> int:
    """How many own listings end soon."""
    query = select(func.count()).select_from(Listing).where(Listing.organization_id == by.organization_id, ending())
    return db.session.scalar(query) or 0


def _entered(number: Any) -> ColumnElement[bool]:
    live = (FairEntry.listing_id == Listing.id, FairEntry.status != EntryStatus.WITHDRAWN, number.is_not(None))
    return select(FairEntry.id).where(*live).exists()
