"""How long a listing stands, by its days; and what the clock does at their end."""

from datetime import date, timedelta

import pytest
from sqlalchemy import select

from marketplace.core.clock import now, shifted, today
from marketplace.core.db import db, transaction
from marketplace.core.errors import Invalid, NotFound
from marketplace.core.jobs import OutboxRow
from marketplace.listings import drafting, entering, indexing, queries
from marketplace.listings.life import renewing, shelving, terms
from marketplace.listings.life.renewing import NotNow
from marketplace.listings.life.terms import Hindrance
from marketplace.listings.models import EntryStatus, FairEntry, Kind, ListingChange
from marketplace.listings.rules import EVERYWHERE_OVER
from marketplace.listings.tasks import look_after_terms
from marketplace.reviews import deciding
from tests.factories import actor, make_fair, make_staff
from tests.listings.factories_listings import draft, listing_of, make_market, make_segment, published, submit

END = date(2026, 6, 30)
DAY = timedelta(days=1)


@pytest.mark.parametrize(
    ("current", "stated", "before", "published", "today", "end"),
    [
        (None, None, None, date(2026, 1, 1), date(2026, 1, 1), date(2027, 1, 1)),  # 365 days from the first publication
        (None, date(2026, 3, 1), None, date(2026, 1, 1), date(2026, 1, 1), date(2026, 3, 1)),  # unless a day is stated
        (None, date(2020, 3, 1), None, date(2026, 1, 1), date(2026, 1, 1), date(2027, 1, 1)),  # that is not over
        (date(2027, 1, 1), None, None, date(2026, 1, 1), date(2026, 9, 1), date(2027, 1, 1)),  # a new version changes nothing
        (date(2027, 6, 1), date(2026, 12, 1), date(2026, 12, 1), date(2026, 1, 1), date(2026, 9, 1), date(2027, 6, 1)),  # nor what was stated before
        (date(2027, 6, 1), date(2026, 12, 2), date(2026, 12, 1), date(2026, 1, 1), date(2026, 9, 1), date(2026, 12, 2)),  # but what is stated newly
        (date(2027, 1, 1), None, None, date(2026, 1, 1), date(2027, 1, 2), date(2028, 1, 2)),  # published again after the end
        (None, None, None, date(2020, 1, 1), date(2026, 1, 1), date(2027, 1, 1)),  # first published long ago, in a fair that is closed
    ],
)  # fmt: skip
def test_the_end_of_a_term(current, stated, before, published, today, end):
    assert terms.end_of_term(current, stated=stated, stated_before=before, published=published, today=today) == end


@pytest.mark.parametrize(
    ("today", "extended", "found"),
    [
        (END - 31 * DAY, False, Hindrance.EARLY), (END - 30 * DAY, False, None), (END, False, None), (END + 365 * DAY, False, None),
        (END + 366 * DAY, False, Hindrance.LATE), (END, True, Hindrance.EXTENDED),
    ],
)  # fmt: skip
def test_when_a_term_may_be_extended(today, extended, found):
    assert terms.hindrance(END, extended=extended, today=today) is found


@pytest.fixture
def market(app):
    with transaction():
        return make_market()


def made(step, *args, **kwargs):
    with transaction():
        return step(*args, **kwargs)


def mails():
    return [row.payload for row in db.session.scalars(select(OutboxRow).where(OutboxRow.task == "mail.send").order_by(OutboxRow.id))]


def at(listing, days):
    """As many days after the listing's last one as it is where a day ends last."""
    return shifted(timedelta(days=(listing.ends_on - today(EVERYWHERE_OVER)).days + days))


def test_a_term_begins_ends_and_is_extended_once(market):
    entry = made(published, market)
    listing = listing_of(entry)
    assert listing.ends_on == now().date() + timedelta(days=365)
    with pytest.raises(NotNow, match="30 days before"):
        renewing.extend(listing.id, by=market.by)
    with at(listing, 0):
        look_after_terms()
        assert listing.public_number == 1  # the last day is a day
    db.session.rollback()
    with at(listing, 1):
        look_after_terms()
        look_after_terms()
        db.session.refresh(listing)
        assert (entry.status, entry.published_number, entry.expired_number) == (EntryStatus.EXPIRED, None, 1)
        assert (listing.public_number, listing.expired_at is not None) == (None, True)
        for shown in (lambda: queries.public_one(Kind.ACHIEVEMENT, listing.id), lambda: queries.rows_by_id([listing.id])[0]):
            with pytest.raises((NotFound, IndexError)):
                shown()
        assert queries.public_rows(Kind.ACHIEVEMENT, fair=market.fair) == []
    end = listing.ends_on
    with at(listing, 365):
        for until in (end, end + timedelta(days=366)):
            with pytest.raises(Invalid), transaction():
                renewing.extend(listing.id, until, by=market.by)
        made(renewing.extend, listing.id, by=market.by)
        assert (listing.ends_on, entry.status, entry.published_number, listing.public_number, listing.expired_at) == (
            end + timedelta(days=365), EntryStatus.PUBLISHED, 1, 1, None,
        )  # fmt: skip
        with pytest.raises(NotNow, match="once already"):
            renewing.extend(listing.id, by=market.by)
    assert [each.listing_id for each in db.session.scalars(select(ListingChange))] == [listing.id] * 3  # published, expired, shown again


def test_what_only_closed_fairs_show_never_ends(market):
    entry = made(published, market)
    listing = listing_of(entry)
    with transaction():
        entry = db.session.merge(entry)
        db.session.merge(market.fair).closed_at = now()
    with at(listing, 400):
        look_after_terms()
    assert (listing_of(entry).public_number, db.session.get(FairEntry, entry.id).status) == (1, EntryStatus.PUBLISHED)


def test_an_update_that_waits_survives_the_end_and_begins_a_new_term(market):
    entry = made(published, market)
    listing = listing_of(entry)
    made(drafting.edit, listing.id, {"trl": 9}, by=market.by)
    made(submit, market, listing)
    with at(listing, 1):
        look_after_terms()
        made(deciding.publish, entry.id, by=market.judge)
        assert (listing.public_number, listing.ends_on, listing.extended_at) == (2, today(EVERYWHERE_OVER) + timedelta(days=365), None)


def test_owners_hear_of_the_end_once_in_their_language(market):
    with transaction():
        market.owner.language = "zh"
        listings = [listing_of(published(market)) for _ in range(2)]
    before = len(mails())
    with at(listings[0], -15):
        look_after_terms()
    assert len(mails()) == before
    for _ in range(2):
        with at(listings[0], -14):
            look_after_terms()
    found = mails()[before:]
    assert [mail["to"] for mail in found] == [market.owner.email]
    assert all(listing.reference in found[0]["body"] for listing in listings)


def test_what_is_long_over_is_archived(market):
    listing = listing_of(made(published, market))
    for days, archived in ((1, False), (729, False), (731, True)):
        with at(listing, days):
            look_after_terms()
            db.session.refresh(listing)
            assert (listing.archived_at is not None) is archived, days
    ids = {state: [row.id for row in db.session.execute(queries.own_listings(by=market.by, state=state))] for state in (None, "archived", "expired")}
    assert ids == {None: [], "archived": [listing.id], "expired": []}
    made(shelving.bring_back, listing.id, by=market.by)
    assert [row.id for row in db.session.execute(queries.own_listings(by=market.by, state="expired"))] == [listing.id]


def test_what_was_published_in_bulk_gets_its_term_from_the_clock(market):
    with transaction():
        listing = draft(market, valid_until=now().date() + timedelta(days=50))
        entering.publish_many(Kind.ACHIEVEMENT, {listing.id: 1}, fair=market.fair, segments={}, by=None)
    db.session.refresh(listing)
    assert listing.ends_on is None
    look_after_terms()
    db.session.refresh(listing)
    assert listing.ends_on == now().date() + timedelta(days=50)


def test_the_index_follows_an_extension(market):
    day = today(EVERYWHERE_OVER) + timedelta(days=10)
    listing = listing_of(made(published, market, valid_until=day))

    def closes():
        row = db.session.execute(indexing.select_newest()).one()
        return indexing.document(row, [], {}).closes

    assert closes() == day
    made(renewing.extend, listing.id, day + timedelta(days=100), by=market.by)
    assert closes() == day + timedelta(days=100)


def test_two_fairs_end_and_come_back_each_in_its_version(market):
    entry = made(published, market)
    with transaction():
        second = make_fair()
        make_segment(second)
        drafting.edit(entry.listing_id, {"title_en": "Second"}, by=market.by)
        other = submit(market, listing_of(entry), second)
        deciding.publish(other.id, by=actor(make_staff(second, "moderator")))
    listing = listing_of(entry)
    with at(listing, 1):
        look_after_terms()
        made(renewing.extend, listing.id, by=market.by)
    assert [db.session.get(FairEntry, each.id).published_number for each in (entry, other)] == [1, 2]
