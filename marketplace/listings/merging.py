"""What becomes of listings when their organisation is merged into another: they move, and equal numbers of their own stay apart."""

from uuid import UUID

from sqlalchemy import func, insert, select, update
from sqlalchemy.orm import aliased

from marketplace.core.clock import now
from marketplace.core.db import db
from marketplace.core.i18n import lazy_gettext as _l
from marketplace.listings.models import Listing, ListingChange, ListingTyped
from marketplace.organizations import merging
from marketplace.organizations.models import Organization

LONGEST = 120


def _count(loser: UUID, _winner: UUID) -> int:
    return db.session.scalar(select(func.count()).select_from(Listing).where(Listing.organization_id == loser)) or 0


def _move(loser: UUID, winner: UUID) -> None:
    """``external_id`` that the winner uses too gets the loser's slug behind it: both can be found, neither is lost."""
    _keep_apart(loser, winner)
    ids = list(db.session.scalars(select(Listing.id).where(Listing.organization_id == loser).order_by(Listing.id).with_for_update()))
    moment = now()
    silent = {"synchronize_session": False}
    changed = {"organization_id": winner, "changed_at": moment, "version": Listing.version + 1}
    db.session.execute(update(Listing).where(Listing.shown_owner_id == loser).values(shown_owner_id=winner), execution_options=silent)
    db.session.execute(update(Listing).where(Listing.organization_id == loser).values(**changed), execution_options=silent)
    if ids:
        db.session.execute(insert(ListingChange), [{"listing_id": listing_id, "changed_at": moment} for listing_id in ids])


def _keep_apart(loser: UUID, winner: UUID) -> None:
    theirs = aliased(Listing)
    same = select(Listing).join(theirs, (theirs.kind == Listing.kind) & (theirs.external_id == Listing.external_id))
    colliding = list(db.session.scalars(same.where(Listing.organization_id == loser, theirs.organization_id == winner)))
    if not colliding:
        return
    slug = db.session.get_one(Organization, loser).slug
    pair = select(Listing.kind, Listing.external_id).where(Listing.organization_id.in_([loser, winner]))
    taken = {(kind, external_id) for kind, external_id in db.session.execute(pair)}
    for listing in colliding:
        number, wished = 1, ""
        while not wished or (listing.kind, wished) in taken:
            tail = f"@{slug}" if number == 1 else f"@{slug}-{number}"
            wished, number = (listing.external_id or "")[: LONGEST - len(tail)] + tail, number + 1
        taken.add((listing.kind, wished))
        listing.external_id = wished
    db.session.flush()


def register() -> None:
    merging.moves(merging.Mover(_l("Achievements and needs"), (Listing.organization_id, Listing.shown_owner_id), _count, _move))
    met = merging.meets(ListingTyped.organization_id, ListingTyped.person_id, ListingTyped.place)
    merging.carries(_l("Forms that were not saved yet"), ListingTyped.organization_id, apart=met)
