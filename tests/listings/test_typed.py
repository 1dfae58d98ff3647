"""What is typed and not saved: kept as it stands, for one person, offered again, gone when saved."""

from datetime import timedelta

import pytest
from sqlalchemy import func, select

from marketplace.core.clock import shifted
from marketplace.core.db import db, transaction
from marketplace.core.errors import Forbidden, Invalid, NotFound, TooLarge
from marketplace.listings.life import autosaving
from marketplace.listings.models import ListingTyped
from marketplace.listings.tasks import forget_typed
from tests.factories import actor, form_token, make_member, make_person, sign_in
from tests.listings.factories_listings import COMPLETE, draft, make_market

TYPED = [("title_en", "Half a ti"), ("trl", "seventeen"), ("deal_kinds", "licence"), ("deal_kinds", "sale"), ("csrf_token", "x"), ("once", "y")]


@pytest.fixture
def market(app):
    with transaction():
        return make_market()


def keep(place, pairs=TYPED, *, by):
    with transaction():
        return autosaving.keep(place, pairs, by=by)


def number():
    return db.session.scalar(select(func.count()).select_from(ListingTyped))


def test_it_is_kept_right_or_wrong_once_for_each_place_and_person(market):
    with transaction():
        listing, colleague = draft(market), make_member(market.agency)
    for place in (str(listing.id), "achievement", "need", "need"):
        keep(place, by=market.by)
    assert (number(), autosaving.kept("need", by=market.by).fields) == (3, [list(pair) for pair in TYPED[:4]])
    keep("need", [("title_en", "More")], by=market.by)
    assert (number(), autosaving.kept("need", by=market.by).fields) == (3, [["title_en", "More"]])
    assert autosaving.kept("need", by=actor(colleague, market.agency)) is None
    with transaction():
        other = draft(market)
    assert autosaving.kept(str(other.id), by=market.by) is None


def test_what_cannot_be_kept_is_refused(market):
    with transaction():
        listing = draft(market)
    reader, outsider = actor(market.reader, market.agency), actor(market.outsider)
    for refusal, place, pairs, by in (
        (Forbidden, "need", TYPED, reader), (Forbidden, "need", TYPED, actor(make_person())), (NotFound, str(listing.id), TYPED, outsider), (Invalid, "elsewhere", TYPED, market.by),
        (Invalid, "need", [("title_en", "a\x00b")], market.by), (TooLarge, "need", [("title_en", "x" * 400_001)], market.by),
        (TooLarge, "need", [("unknown", "budget")] * 1001, market.by),
    ):  # fmt: skip
        with pytest.raises(refusal):
            keep(place, pairs, by=by)
    assert number() == 0


def test_it_is_forgotten_after_thirty_days_and_with_its_person(market):
    keep("need", by=market.by)
    forget_typed()
    assert number() == 1
    with shifted(timedelta(days=30, minutes=1)):
        assert autosaving.kept("need", by=market.by) is None
        forget_typed()
    assert number() == 0
    keep("need", by=market.by)
    with transaction():
        autosaving.forget_person(market.owner.id)
    assert number() == 0


@pytest.mark.one_database
def test_a_form_offers_it_and_forgets_it_when_saved(client, market):
    with transaction():
        listing = draft(market)
        colleague = make_member(market.agency)
    page = f"/listings/{listing.id}/edit"
    sign_in(client, market.owner, market.agency)
    sent = form_token(client, page) | {"place": str(listing.id), "title_en": "Half a ti", "trl": "seventeen", "deal_kinds": ["licence", "sale"]}
    sent["once"] = "the form's own"
    answers = [client.post("/listings/typed", data=sent) for _ in range(2)]
    assert [(answer.status_code, "saved_at" in answer.json) for answer in answers] == [(200, True)] * 2
    assert client.post("/listings/typed", data={"place": str(listing.id), "title_en": "x"}).status_code == 403  # without the form's token
    sign_in(client, colleague, market.agency)
    assert "Go on with it" not in client.get(page).text
    sign_in(client, market.owner, market.agency)  # another session of the same person
    shown = client.get(page)
    assert ("Go on with it" in shown.text, "Half a ti" in shown.text) == (True, False)
    taken_up = client.get(f"{page}?typed=1")
    assert all(text in taken_up.text for text in ('value="Half a ti"', "It is not saved yet")) and "Go on with it" not in taken_up.text
    assert client.post("/listings/typed/discard", data=form_token(client, page) | {"place": str(listing.id)}).headers["Location"] == page
    assert number() == 0
    for path, place in ((page, str(listing.id)), ("/listings/new?kind=achievement", "achievement")):
        client.post("/listings/typed", data=sent | {"place": place})
        wrong = client.post(path, data=form_token(client, path) | {"title_en": ""})
        assert (wrong.status_code, number()) == (422, 1)
        content = COMPLETE["achievement"] | {"title_en": "Whole title"}
        assert client.post(path, data=form_token(client, path) | content).status_code == 303
        assert number() == 0
