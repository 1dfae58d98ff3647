"""The moderator's decisions: publish what waits, or send it back with a reason. Never about one's own organisation."""

from typing import Any
from uuid import UUID

from sqlalchemy import select

from marketplace.accounts.models import Person
from marketplace.core import audit, mail
from marketplace.core.access import Actor
from marketplace.core.clock import now
from marketplace.core.db import db
from marketplace.core.errors import FourEyes, IllegalMove, NotFound, Stale
from marketplace.core.i18n import lazy_gettext as _l
from marketplace.core.i18n import speaking
from marketplace.core.states import check_move
from marketplace.listings.entering import make_public, numbered
from marketplace.listings.models import MOVES, EntryStatus, FairEntry, Listing
from marketplace.listings.telling import told


def publish(entry_id: UUID, *, by: Actor, number: int | None = None) -> FairEntry:
    """Show the version that waits to the fair's visitors. ``number`` is the version the moderator read.

    Raises NotFound (also for another fair's), FourEyes, IllegalMove (nothing waits), Stale (another version waits now).
    """
    entry, listing = _waiting(entry_id, by=by, number=number)
    check_move(MOVES, entry.status, EntryStatus.PUBLISHED)
    entry.num = numbered(listing)  # before the other fields: it asks the database, which would be told half the move
    entry.status = EntryStatus.PUBLISHED
    entry.published_number, entry.submitted_number, entry.returned_number, entry.reason = entry.submitted_number, None, None, None
    entry.decided_by, entry.decided_at = by.person_id, now()
    entry.published_at = entry.published_at or entry.decided_at
    db.session.flush()
    make_public(listing)
    audit.record("listings.publish", f"listing:{listing.id}", by=by, fair_id=entry.fair_id, number=entry.published_number)
    told("published", listing, fair_id=entry.fair_id, number=entry.published_number)
    _tell(entry, _l("%(reference)s is published", reference=listing.reference), _l("Visitors of the fair can read it now."))
    return entry


def send_back(entry_id: UUID, *, reason: str, by: Actor, number: int | None = None) -> FairEntry:
    """Ask the owner for a change, with the reason. What was published before stays visible.

    Raises NotFound (also for another fair's), FourEyes, IllegalMove (nothing waits), Stale (another version waits now).
    """
    entry, listing = _waiting(entry_id, by=by, number=number)
    stays = entry.status is EntryStatus.PUBLISHED
    entry.status = check_move(MOVES, entry.status, EntryStatus.PUBLISHED if stays else EntryStatus.SENT_BACK)
    entry.returned_number, entry.submitted_number, entry.reason = entry.submitted_number, None, reason
    entry.decided_by, entry.decided_at = by.person_id, now()
    audit.record("listings.send_back", f"listing:{listing.id}", by=by, fair_id=entry.fair_id, number=entry.returned_number)
    told("sent_back", listing, fair_id=entry.fair_id, number=entry.returned_number)
    _tell(entry, _l("%(reference)s was sent back", reference=listing.reference), reason)
    return entry


def _waiting(entry_id: UUID, *, by: Actor, number: int | None) -> tuple[FairEntry, Listing]:
    """The entry and its listing, locked, parent first. Raises NotFound, FourEyes, IllegalMove, Stale."""
    place = db.session.execute(select(FairEntry.listing_id, FairEntry.fair_id).where(FairEntry.id == entry_id)).one_or_none()
    if place is None or not by.may("listings.moderate", fair_id=place.fair_id):
        raise NotFound()
    listing = db.session.scalars(select(Listing).where(Listing.id == place.listing_id).with_for_update()).one()
    entry = db.session.scalars(select(FairEntry).where(FairEntry.id == entry_id).with_for_update().execution_options(populate_existing=True)).one()
    if listing.organization_id in {membership.id for membership in by.memberships} or entry.submitted_by == by.person_id:
        raise FourEyes(_l("This listing belongs to your organisation: another moderator has to decide."))
    if not entry.waiting:
        raise IllegalMove(_l("Nothing waits for a decision here."))
    if number is not None and number != entry.submitted_number:
        raise Stale()
    return entry, listing


def _tell(entry: FairEntry, subject: Any, text: Any) -> None:
    """Mail to whoever handed it in, in their language, not in the moderator's."""
    person = db.session.scalar(select(Person).where(Person.id == entry.submitted_by, Person.disabled_at.is_(None)))
    if person:
        with speaking(person.language):
            mail.send(person.email, str(subject), str(text))
