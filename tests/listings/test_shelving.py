"""Archived and back, a need that is met, and interest that is not wanted."""

import pytest
from sqlalchemy import select

from marketplace.core.db import db, transaction
from marketplace.core.errors import Forbidden, IllegalMove, NotFound
from marketplace.listings import entering, queries
from marketplace.listings.life import shelving
from marketplace.listings.models import Closed, EntryStatus, FairEntry, Kind, Listing
from marketplace.negotiations import interest
from tests.factories import actor, form_token, make_member, make_organization, sign_in
from tests.listings.factories_listings import draft, listing_of, make_market, published, submit, submitted

ASKED = {"cooperation_wanted": "licence", "question": "May we see it run?"}


@pytest.fixture
def market(app):
    with transaction():
        return make_market()


def made(step, *args, **kwargs):
    with transaction():
        return step(*args, **kwargs)


def test_only_what_no_fair_has_is_archived(market):
    waiting, shown, plain = made(submitted, market), made(published, market), made(draft, market)
    for entry in (waiting, shown):
        with pytest.raises(IllegalMove, match="Withdraw it first"):
            shelving.archive(entry.listing_id, by=market.by)
    made(shelving.archive, plain.id, by=market.by)
    with pytest.raises(IllegalMove):
        shelving.archive(plain.id, by=market.by)
    assert plain.id not in {row.id for row in db.session.execute(queries.own_listings(by=market.by))}
    assert plain.id in {row.id for row in db.session.execute(queries.own_listings(by=market.by, state="archived"))}
    made(submit, market, plain)  # whoever hands it in wants it back
    assert plain.archived_at is None
    with pytest.raises(IllegalMove):
        shelving.bring_back(plain.id, by=market.by)


def test_a_need_is_met_or_given_up_and_leaves_the_open_fairs(market):
    entry = made(published, market, Kind.NEED)
    made(shelving.close, entry.listing_id, Closed.MET, reason="Signed with Northgate", by=market.by)
    listing = listing_of(entry)
    assert (entry.status, listing.public_number, listing.closed_as) == (EntryStatus.WITHDRAWN, None, Closed.MET)
    with pytest.raises(IllegalMove):
        shelving.close(listing.id, Closed.UNMET, by=market.by)
    made(submit, market, listing)
    assert (listing.closed_as, listing.closed_at, listing.closed_reason) == (None, None, None)
    with pytest.raises(NotFound):
        shelving.close(made(draft, market).id, Closed.MET, by=market.by)


def test_the_life_of_a_listing_is_its_writers(market):
    need = made(draft, market, Kind.NEED)
    steps = [
        lambda by: shelving.archive(need.id, by=by), lambda by: shelving.bring_back(need.id, by=by),
        lambda by: shelving.close(need.id, Closed.MET, by=by), lambda by: shelving.set_open(need.id, False, by=by),
    ]  # fmt: skip
    for step in steps:
        with pytest.raises(Forbidden):
            step(actor(market.reader, market.agency))
        with pytest.raises(NotFound):
            step(actor(market.outsider))


@pytest.mark.one_database
def test_who_takes_no_interest_is_read_but_not_asked(client, market):
    entry = made(published, market)
    with transaction():
        company = make_organization(kind="company")
        seeker = make_member(company)
    page = f"/achievements/{entry.listing_id}"
    sign_in(client, seeker, company)
    assert "Ask to talk" in client.get(page).text
    made(shelving.set_open, entry.listing_id, False, by=market.by)
    shown = client.get(page)
    assert (shown.status_code, "Ask to talk" in shown.text, "Takes no interest now" in shown.text) == (200, False, True)
    with pytest.raises(interest.NoInterest):
        interest.ask(achievement_id=entry.listing_id, **ASKED, by=actor(seeker, company))
    made(shelving.set_open, entry.listing_id, True, by=market.by)
    thread, is_new = made(interest.ask, achievement_id=entry.listing_id, **ASKED, by=actor(seeker, company))
    made(shelving.set_open, entry.listing_id, False, by=market.by)
    again, is_newer = made(interest.ask, achievement_id=entry.listing_id, **ASKED, by=actor(seeker, company))
    assert (thread.id == again.id, is_new, is_newer) == (True, True, False)  # talks that are open go on


@pytest.mark.one_database
def test_an_owner_does_it_all_by_pages(client, market):
    entry = made(published, market, Kind.NEED)
    sign_in(client, market.owner, market.agency)
    own = f"/listings/{entry.listing_id}"
    assert "Take no more interest" in client.get(own).text

    def post(step, page=own, **fields):
        return client.post(f"{own}/{step}", data=form_token(client, page) | fields).status_code

    assert (post("interest", open="false"), post("interest"), post("archive")) == (303, 422, 409)
    assert (client.get(f"{own}/extend").status_code, post("extend", f"{own}/close")) == (200, 409)
    assert (post("close", how="lost"), post("close", how="unmet", reason="Budget cut")) == (422, 303)
    assert "Budget cut" in client.get(own).text
    assert (post("archive"), post("bring-back")) == (303, 303)
    assert db.session.scalar(select(FairEntry.status)) is EntryStatus.WITHDRAWN
    assert db.session.scalars(select(Listing)).one().open_for_interest is False
    other = made(draft, market)
    assert client.get(f"/listings/{other.id}/close").status_code == 404


def test_a_draft_is_what_no_fair_has(market):
    entry, plain = made(submitted, market), made(draft, market)

    def drafts():
        return {row.id for row in db.session.execute(queries.own_listings(by=market.by, state="draft"))}

    assert drafts() == {plain.id}
    made(entering.withdraw, entry.listing_id, fair_slug=market.fair.slug, by=market.by)
    assert drafts() == {plain.id, entry.listing_id}
