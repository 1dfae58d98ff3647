"""A listing whose last day is over is noted once more, so that what is stored follows the calendar."""

from datetime import timedelta

import pytest
from sqlalchemy import delete, select

from marketplace.core.clock import today
from marketplace.core.db import db, transaction
from marketplace.listings.models import Kind, ListingChange
from marketplace.listings.rules import EVERYWHERE_OVER
from marketplace.listings.tasks import close
from tests.listings.factories_listings import draft, make_market, published


@pytest.mark.parametrize(("days", "noted"), [(0, False), (-1, True), (-4, True), (-5, False)])
def test_the_last_days_are_looked_at(app, days, noted):
    day = today(EVERYWHERE_OVER) + timedelta(days=days)
    market = make_market()
    with transaction():
        entries = [published(market, Kind.NEED, deadline=day), published(market, valid_until=day)]
        draft(market, valid_until=day)
        published(market)
        db.session.execute(delete(ListingChange))
    close()
    assert set(db.session.scalars(select(ListingChange.listing_id))) == ({entry.listing_id for entry in entries} if noted else set())
