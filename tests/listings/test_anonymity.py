"""The switch of a listing's owner: by page and by JSON, in force at once, in the audit, and told to the index."""

import pytest
from sqlalchemy import func, select

from marketplace.core.audit import AuditRow
from marketplace.core.db import db, transaction
from marketplace.listings import drafting, indexing
from marketplace.listings.models import Kind, Listing, ListingChange
from tests.factories import api, form_token, make_token, sign_in
from tests.listings.factories_listings import COMPLETE, draft, listing_of, make_market, published

NAME = "Northgate Transfer"


@pytest.fixture
def market(app):
    with transaction():
        return make_market()


def moves():
    return list(db.session.scalars(select(AuditRow.action).where(AuditRow.action.in_(["listings.anonymous", "listings.named", "listings.edit"])).order_by(AuditRow.seq)))


def waiting():
    return db.session.scalar(select(func.count()).select_from(ListingChange))


def test_a_published_listing_loses_its_name_at_once_and_gets_it_back(client, market):
    with transaction():
        entry = published(market)
    indexing.drain()
    address, listing = f"/api/v1/achievements/{entry.listing_id}", listing_of(entry)
    token = make_token(market.owner, market.agency)

    def switch(anonymous):
        version = client.get(address, headers=api(token)).headers["ETag"]
        return client.patch(address, json={"anonymous": anonymous}, headers=api(token, **{"If-Match": version}))

    stranger = client.application.test_client()
    assert NAME in stranger.get(address).text
    hidden = switch(anonymous=True)
    assert (hidden.status_code, hidden.json["anonymous"]) == (200, True)
    assert (listing.shown_owner_id, listing.draft_number, waiting(), moves()) == (None, 1, 1, ["listings.anonymous"])
    assert NAME not in stranger.get(address).text
    assert NAME not in stranger.get(f"/achievements/{entry.listing_id}").text
    again = switch(anonymous=True)
    assert (again.headers["ETag"], moves()) == (hidden.headers["ETag"], ["listings.anonymous"])
    named = switch(anonymous=False)
    assert (named.json["anonymous"], listing.shown_owner_id, moves()) == (False, market.agency.id, ["listings.anonymous", "listings.named"])


def test_the_form_switches_it_and_a_draft_begins_with_it(client, market):
    sign_in(client, market.owner, market.agency)
    fields = {"title_en": "Steam", "description_en": "Steam.", "unit": "one", "anonymous": "on", "level_price": "never", "amount_max": "5", "currency": "CNY", "country": "DE"}
    made = client.post("/listings/new?kind=need", data=form_token(client, "/listings/new?kind=need") | fields)
    assert made.status_code == 303, made.text
    listing = db.session.scalars(select(Listing)).one()
    assert (listing.anonymous, listing.shown_owner_id, waiting(), moves()) == (True, None, 0, [])
    page = client.get(f"{made.location}/edit").text
    assert 'name="anonymous" value="on" checked' in page
    assert '<option value="never" selected>' in page
    kept = {name: value for name, value in fields.items() if name != "anonymous"} | {"version": "1"}
    assert client.post(f"{made.location}/edit", data=form_token(client, f"{made.location}/edit") | kept).status_code == 303
    assert (listing.anonymous, listing.shown_owner_id, moves()) == (False, market.agency.id, ["listings.named"])


def test_drafts_in_bulk_may_be_anonymous(app, market):
    contents = [COMPLETE[Kind.NEED] | {"anonymous": True}, COMPLETE[Kind.NEED]]
    with transaction():
        ids = drafting.create_many(Kind.NEED, contents, organization_id=market.agency.id, by=market.by)
    assert [db.session.get_one(Listing, id).shown_owner_id for id in ids] == [None, market.agency.id]


def test_content_and_name_change_in_one_edit(app, market):
    listing = draft(market)
    with transaction():
        drafting.edit(listing.id, {"anonymous": True, "summary_en": "Another."}, by=market.by)
    assert (listing.anonymous, moves()) == (True, ["listings.anonymous", "listings.edit"])
    assert drafting.revise(listing, {"anonymous": True}, by=market.by) is False
