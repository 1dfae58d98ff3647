"""Who reads which entry: a claim of twenty minutes, so that two reviewers never work on the same one by accident."""

from datetime import timedelta
from uuid import UUID

from sqlalchemy import and_, delete, or_, select
from sqlalchemy.dialects.postgresql import insert as postgresql_insert
from sqlalchemy.dialects.sqlite import insert as sqlite_insert

from marketplace.core.access import Actor
from marketplace.core.clock import now
from marketplace.core.db import db, is_postgresql
from marketplace.core.errors import DomainError, FourEyes, IllegalMove, NotFound
from marketplace.core.i18n import lazy_gettext as _l
from marketplace.fairs.models import Fair
from marketplace.listings.models import FairEntry, Listing
from marketplace.reviews import queries
from marketplace.reviews.models import ReviewClaim
from marketplace.reviews.queries import Wanted

MINUTES = 20
TRIES = 20
OWN = _l("This listing belongs to your organisation: another moderator has to decide.")


class Claimed(DomainError):
    slug, title = "claimed", _l("Somebody else is reading it")
    text = _l("Another reviewer took this listing. Take the next one, or take it over when you have agreed on that.")


def take_next(*, by: Actor, fair: Fair | None = None, wanted: Wanted = queries.ALL, after: UUID | None = None) -> UUID | None:
    """Claim the oldest entry that waits and that nobody reads, and leave what one read before; None when there is none.

    ``after``: the one behind that entry, so that one can pass over it; at the end of the queue it begins again with the oldest.
    Never one's own organisation's, nor what one handed in oneself. Raises NotFound for a fair one does not moderate.
    """
    leave(by=by)
    for entry_id in queries.takeable(by=by, fair=fair, wanted=wanted, after=after, limit=TRIES):
        if _claim(entry_id, by):
            return entry_id
    return None


def take(entry_id: UUID, *, by: Actor, over: bool = False) -> ReviewClaim:
    """Claim this entry, or one's own claim anew; ``over``: also from somebody who reads it.

    Raises NotFound (also for another fair's), FourEyes, IllegalMove (nothing waits), Claimed.
    """
    entry = place_of(entry_id, by=by)
    if not entry.waiting:
        raise IllegalMove(_l("Nothing waits for a decision here."))
    if over:
        db.session.execute(delete(ReviewClaim).where(ReviewClaim.entry_id == entry_id))
    leave(by=by)
    if not _claim(entry_id, by):
        raise Claimed()
    return db.session.scalars(select(ReviewClaim).where(ReviewClaim.entry_id == entry_id).execution_options(populate_existing=True)).one()


def place_of(entry_id: UUID, *, by: Actor) -> FairEntry:
    """An entry of a fair one moderates, of another organisation than one's own. Raises NotFound, FourEyes."""
    row = db.session.execute(
        select(FairEntry, Listing.organization_id).join(Listing, Listing.id == FairEntry.listing_id).where(FairEntry.id == entry_id)
    ).one_or_none()
    if row is None or not by.may("listings.moderate", fair_id=row.FairEntry.fair_id):
        raise NotFound()
    if row.organization_id in {membership.id for membership in by.memberships} or row.FairEntry.submitted_by == by.person_id:
        raise FourEyes(OWN)
    entry: FairEntry = row.FairEntry
    return entry


def leave(*, by: Actor, entry_id: UUID | None = None) -> None:
    """Give up what one reads, or this one of it. Nothing happens when one reads nothing."""
    mine = delete(ReviewClaim).where(ReviewClaim.person_id == by.person_id)
    db.session.execute(mine if entry_id is None else mine.where(ReviewClaim.entry_id == entry_id))


def ended(entry_id: UUID) -> None:
    """Nobody reads it any more: it was decided."""
    db.session.execute(delete(ReviewClaim).where(ReviewClaim.entry_id == entry_id))


def check_free(entry_id: UUID, *, by: Actor) -> None:
    """Raises Claimed while somebody else reads it."""
    others = (ReviewClaim.entry_id == entry_id, ReviewClaim.person_id != by.person_id, ReviewClaim.expires_at > now())
    if db.session.scalar(select(ReviewClaim.entry_id).where(*others)):
        raise Claimed()


def _claim(entry_id: UUID, by: Actor) -> bool:
    """Whether the database gave it to this person: of two that ask at once one gets it."""
    moment = now()
    over = and_(ReviewClaim.entry_id == entry_id, or_(ReviewClaim.expires_at <= moment, ReviewClaim.person_id == by.person_id))
    db.session.execute(delete(ReviewClaim).where(over))
    insert = postgresql_insert if is_postgresql() else sqlite_insert
    row = {"entry_id": entry_id, "person_id": by.person_id, "claimed_at": moment, "expires_at": moment + timedelta(minutes=MINUTES)}
    made = insert(ReviewClaim).values(row).on_conflict_do_nothing().returning(ReviewClaim.entry_id)
    return db.session.scalar(made) is not None
