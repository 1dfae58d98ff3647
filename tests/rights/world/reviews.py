"""What reviewers decided on A's listings: a note to tick off, and a decision that can still be taken back."""

from datetime import datetime, timedelta
from unittest.mock import patch

from sqlalchemy import select

from marketplace.core import clock
from marketplace.core.db import db
from marketplace.listings import drafting, entering
from marketplace.listings.checks.findings import Severity
from marketplace.listings.models import Kind
from marketplace.reviews import deciding, notes
from marketplace.reviews.models import ReviewDecision, ReviewNote
from tests.listings.factories_listings import COMPLETE
from tests.rights.world.whole import World, do


def tomorrow() -> datetime:
    """The tests run longer than a decision can be taken back."""
    return clock.now() + timedelta(days=1)


def add_reviews(world: World) -> None:
    things = world.things
    listing = do(drafting.create, Kind.ACHIEVEMENT, COMPLETE[Kind.ACHIEVEMENT] | {"title_en": "CANARY-RETURNED kiln"}, by=world.by("a_owner"))
    entry = do(entering.submit, listing.id, fair_slug=world.fair.slug, segment_code="universities", by=world.by("a_owner"))
    note = notes.written("summary_en", Severity.MAJOR, "CANARY-NOTE who measured it?")
    with patch.object(deciding, "now", tomorrow):
        do(deciding.send_back, entry.id, notes=(note,), by=world.by("moderator"))
    things["returned"] = listing
    things["decision"] = db.session.scalars(select(ReviewDecision).where(ReviewDecision.entry_id == entry.id)).one()
    things["review_note"] = db.session.scalars(select(ReviewNote).where(ReviewNote.entry_id == entry.id)).one()
