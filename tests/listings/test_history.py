"""The history of a listing: who wrote what when, what became of it, what differs, and an older version taken up again."""

from datetime import UTC, datetime

import pytest

from marketplace.core.db import transaction
from marketplace.core.errors import Forbidden, Invalid, NotFound
from marketplace.listings import drafting, events, rules
from marketplace.listings.levels import Level
from marketplace.listings.life import history
from marketplace.listings.models import EntryStatus
from marketplace.reviews import deciding
from tests.factories import actor, form_token, sign_in
from tests.listings.factories_listings import draft, listing_of, make_market, published, submit


@pytest.fixture
def market(app):
    with transaction():
        return make_market()


@pytest.fixture
def listing(market):
    """Version 1 is public, 2 was sent back, 3 is a draft."""
    with transaction():
        entry = published(market, description_en="It lifts heat. It is quiet.", parameters=[{"name": "cop", "operator": ">=", "value": "3.1", "upper": None, "unit": None}])
        found = listing_of(entry)
        drafting.edit(found.id, {"description_en": "It lifts heat. It is loud.", "deal_kinds": ["licence", "transfer"], "levels": {"price": Level.NEVER.value}}, by=market.by)
        submit(market, found)
        deciding.send_back(entry.id, reason="How loud?", by=market.judge)
        drafting.edit(found.id, {"trl": 9, "parameters": []}, by=market.by)
    return found


def test_every_version_says_who_wrote_it_and_where_it_stands(market, listing):
    found = history.revisions(listing)
    assert [(row["number"], row["author"], [place["status"] for place in row["places"]]) for row in found] == [
        (3, market.owner.name, []), (2, market.owner.name, [EntryStatus.SENT_BACK]), (1, market.owner.name, [EntryStatus.PUBLISHED]),
    ]  # fmt: skip
    assert [row["changed"] for row in found] == [
        ["Measurable parameters", "Maturity"], ["Description in English", "Kinds of deal"], [],
    ]  # fmt: skip


def test_two_versions_are_compared_in_words(market, listing):
    changes = {change["label"]: change for change in history.compared(listing, 1, 3)}
    assert changes["Description in English"]["pieces"] == [("same", "It lifts heat. "), ("removed", "It is quiet."), ("added", "It is loud.")]
    assert "Who may read what" not in changes, "what is reserved is reserved in every version at once"
    assert (changes["Maturity"]["old"], changes["Maturity"]["new"]) == ("7", "9")
    assert "3.1" in changes["Measurable parameters"]["old"] and changes["Measurable parameters"]["new"] == ""
    with pytest.raises(NotFound):
        history.compared(listing, 1, 4)


@pytest.mark.parametrize(
    ("numbers", "old", "new", "pair"),
    [([3, 2, 1], None, None, (2, 3)), ([3, 2, 1], "3", "1", (1, 3)), ([3, 2, 1], "x", "1", (2, 3)), ([1], None, None, None), ([2, 1], "²", "1", (1, 2)), ([2, 1], "1", "9", (1, 9))],
)  # fmt: skip
def test_which_two_are_compared(numbers, old, new, pair):
    assert history.chosen(numbers, old, new) == pair


def test_an_older_version_is_taken_up_as_a_new_draft(market, listing):
    with transaction():
        submit(market, listing)
        assert history.restore(listing.id, 1, by=market.by) is True
    newest = drafting.newest_version(listing)
    assert (newest.number, newest.entered_at, listing.public_number) == (4, None, 1)
    assert history.compared(listing, 1, 4) == []
    with transaction():
        assert history.restore(listing.id, 1, by=market.by) is False
    for refusal, number, by in ((NotFound, 9, market.by), (Forbidden, 1, actor(market.reader, market.agency)), (NotFound, 1, actor(market.outsider))):
        with pytest.raises(refusal):
            history.restore(listing.id, number, by=by)


@pytest.mark.one_database
def test_the_page_shows_decisions_and_compares(client, market, listing, monkeypatch):
    said = events.Decision(number=2, at=datetime(2026, 1, 2, tzinfo=UTC), fair_en="Fair", fair_zh=None, label="sent back", reason="How loud?")
    monkeypatch.setattr(events, "DECISIONS", [lambda _listing_id: [said]])
    sign_in(client, market.owner, market.agency)
    page = f"/listings/{listing.id}/history"
    last = client.get(page).text
    assert all(text in last for text in ("From version 2 to version 3", "How loud?", "Take version 2 up again"))
    assert '<ins class="chg">It is loud.</ins>' in client.get(f"{page}?from=3&to=1").text
    assert client.get(f"{page}?from=1&to=7").status_code == 404
    assert client.post(f"/listings/{listing.id}/restore", data=form_token(client, page) | {"number": "x"}).status_code == 422
    assert client.post(f"/listings/{listing.id}/restore", data=form_token(client, page) | {"number": "1"}).status_code == 303
    assert rules.content_of(drafting.newest_version(listing))["trl"] == 7
    with transaction():
        single = draft(market)
    assert "nothing to compare yet" in client.get(f"/listings/{single.id}/history").text


def test_what_is_asked_today_is_asked_of_an_old_version_too(market, listing, monkeypatch):
    monkeypatch.setattr(rules, "draft_faults", lambda content: (rules._fault("title_en", "x", "x"),))
    with pytest.raises(Invalid):
        history.restore(listing.id, 1, by=market.by)
