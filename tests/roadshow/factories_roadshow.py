"""Sessions and published achievements: the smallest valid ones, saved."""

from itertools import count

from marketplace.core.clock import now
from marketplace.core.db import db
from marketplace.listings.models import EntryStatus, FairEntry, Kind, Listing, ListingVersion
from marketplace.roadshow.models import Session, SessionStatus
from marketplace.venue.models import PlaceKind
from tests.factories import make_organization, save
from tests.venue.factories_venue import at, make_place

numbers = count(1)
EMPTY = dict.fromkeys(("technology_codes", "unknowns", "deal_kinds", "target_countries", "excluded_countries", "partner_kinds"), [])


def make_session(fair, place=None, **fields) -> Session:
    """A session of an hour in a hall of its own, with four slots of a quarter; its place is not booked."""
    place = place or make_place(fair, PlaceKind.HALL)
    return save(Session(**{
        "fair_id": fair.id, "place_id": place.id, "title_en": "New materials", "title_zh": "新材料", "starts_at": at(fair, 10),
        "ends_at": at(fair, 11), "capacity": 50, "slots": 4, "slot_minutes": 15, "status": SessionStatus.SCHEDULED, "created_at": now(),
    } | fields))  # fmt: skip


def make_achievement(fair, organization=None, status=EntryStatus.PUBLISHED, anonymous=False, **fields) -> Listing:
    """An achievement with one version, entered in the fair."""
    n, organization, public = next(numbers), organization or make_organization(), status is EntryStatus.PUBLISHED
    listing = Listing(
        num=10_000_000 + n, kind=Kind.ACHIEVEMENT, reference=f"A-2001-{n:06d}", organization_id=organization.id,
        anonymous=anonymous, shown_owner_id=None if anonymous else organization.id,
        created_at=now(), changed_at=now(), public_number=1 if public else None,
    )  # fmt: skip
    db.session.add(listing)
    db.session.flush()
    db.session.add(ListingVersion(**{"listing_id": listing.id, "number": 1, "created_at": now(), "title_en": f"Achievement {n}"} | EMPTY | fields))
    db.session.add(FairEntry(
        listing_id=listing.id, fair_id=fair.id, kind=Kind.ACHIEVEMENT, num=listing.num, status=status,
        submitted_number=None if public else 1, published_number=1 if public else None, published_at=now() if public else None,
    ))  # fmt: skip
    db.session.commit()
    return listing
