"""Colleagues and workers at the same moment: one file, one extension, one end, one unsaved text."""

import io
from datetime import timedelta

import pytest
from sqlalchemy import func, select

from marketplace.core.audit import AuditRow
from marketplace.core.clock import now
from marketplace.core.db import db, transaction
from marketplace.core.jobs import OutboxRow
from marketplace.listings.attachments import files, storing
from marketplace.listings.levels import Level
from marketplace.listings.life import autosaving, renewing
from marketplace.listings.models import FairEntry, Listing, ListingFile, ListingTyped
from tests.at_once import own_app, rush
from tests.listings.factories_files import png
from tests.listings.factories_listings import make_market, published

AT_ONCE = 5
assert own_app  # the fixture: an application with a database of its own, for threads that commit


def number(query):
    found = db.session.scalar(query)
    db.session.remove()
    return found


@pytest.mark.timeout(120)
def test_what_several_do_at_once_is_done_once(own_app, monkeypatch, tmp_path):
    monkeypatch.setattr(storing, "root", lambda: tmp_path / "listings")
    received = files.receive(io.BytesIO(png()), name="pump.png")
    with transaction():
        market = make_market()
        listing_id = published(market).listing_id
        by = market.by
    db.session.remove()
    answers = rush(own_app, [lambda: files.add(listing_id, received, title="The pump", level=Level.PUBLIC, by=by)] * AT_ONCE)
    assert (answers, number(select(func.count()).select_from(ListingFile))) == ({"won": 1, "409": AT_ONCE - 1}, 1)
    answers = rush(own_app, [lambda: autosaving.keep("need", [("title_en", "x")], by=by)] * AT_ONCE)
    assert (answers, number(select(func.count()).select_from(ListingTyped))) == ({"won": AT_ONCE}, 1)

    def clock(query, act):
        """Several workers look at the same hour."""
        assert rush(own_app, [lambda: act(renewing.locked(query()))] * AT_ONCE) == {"won": AT_ONCE}

    def ends(days):
        with transaction():
            db.session.get_one(Listing, listing_id).ends_on = now().date() + timedelta(days=days)
        db.session.remove()

    ends(10)
    clock(renewing.near, renewing.notify)
    assert number(select(func.count()).select_from(OutboxRow).where(OutboxRow.payload["subject"].as_string().contains("A listing ends soon"))) == 1
    ends(-10)
    clock(renewing.over, renewing.expire_all)
    assert number(select(func.count()).select_from(AuditRow).where(AuditRow.action == "listings.expire")) == 1
    assert rush(own_app, [lambda: renewing.extend(listing_id, by=by)] * AT_ONCE) == {"won": 1, "409": AT_ONCE - 1}
    assert number(select(FairEntry.published_number)) == 1
