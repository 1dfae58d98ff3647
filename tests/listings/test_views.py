"""Pages of listings: the owner's way to publication by clicks, the moderator's desk, the catalogue, and what they refuse."""

import re

import pytest
from sqlalchemy import select

from marketplace.core.db import db, transaction
from marketplace.listings import drafting, indexing, queries
from marketplace.listings.models import EntryStatus, FairEntry, Kind, Listing
from marketplace.reviews.queries import queue_state
from tests.counting import asked_by
from tests.factories import form_token, make_member, make_organization, sign_in
from tests.listings.factories_listings import draft, listing_of, make_market, published, submit, submitted

CHINESE = {"Accept-Language": "zh-CN"}


@pytest.fixture
def market(app):
    with transaction():
        return make_market()


def put_forward(market, make=submitted, **content):
    with transaction():
        return make(market, **content)


def post(client, path, page=None, **fields):
    return client.post(path, data=form_token(client, page or path) | fields)


def as_owner(client, market):
    sign_in(client, market.owner, market.agency)


@pytest.mark.parametrize("headers", [{}, CHINESE])
def test_every_page_opens_in_both_languages(client, market, headers):
    entry = put_forward(market, published, title_zh="热泵", source_organization="ACME", target_countries=["CN"], stage="concept")
    need = put_forward(market, published, kind=Kind.NEED)
    waiting = put_forward(market)
    with transaction():
        drafting.edit(entry.listing_id, {"trl": 9, "description_en": "It lifts waste heat. Twice."}, by=market.by)
        submit(market, listing_of(entry))
    indexing.drain()
    lang = 'lang="zh-Hans"' if headers else 'lang="en"'

    def opens(*paths):
        for path in paths:
            page = client.get(path, headers=headers)
            assert (page.status_code, lang in page.text[:80]) == (200, True), (path, page.status_code)

    public = [
        "/achievements", "/needs", "/achievements?q=heat&trl=7&fair=any&sort=maturity", "/achievements?q=nothingofthekind",
        f"/achievements/{entry.listing_id}", f"/needs/{need.listing_id}",
    ]  # fmt: skip
    opens(*public)
    as_owner(client, market)
    own = f"/listings/{entry.listing_id}"
    opens(*public, "/listings", "/listings?kind=need", "/listings?state=waiting", "/listings?state=sent_back", own, f"{own}/edit",
          f"{own}/edit?check=1", f"{own}/submit", "/listings/new", "/listings/new?kind=need")  # fmt: skip
    sign_in(client, market.moderator)
    opens("/staff/moderation", f"/staff/moderation/{entry.id}", f"/staff/moderation/{waiting.id}")


def test_a_draft_becomes_public_by_clicks(client, market):
    as_owner(client, market)
    made = post(client, "/listings/new", title_en="Pump", description_en="A pump.", unit="one", currency="CNY")
    assert made.status_code == 303, made.text
    page = client.get(made.location)
    assert "Before you can submit it" in page.text
    listing = db.session.scalars(select(Listing)).one()
    edit = f"/listings/{listing.id}/edit"
    asked = client.get(f"{edit}?check=1")
    assert asked.text.count('data-code="asked_at_submission"') >= 5
    fields = {
        "title_en": "Pump", "description_en": "A pump.", "summary_en": "A pump that pumps.", "technology_codes": ["27"], "deal_kinds": ["licence"],
        "trl": "unknown", "ip_status": "granted", "price_mode": "range", "amount_min": "500", "amount_max": "800", "unit": "wan", "currency": "CNY",
        "version": re.search(r'name="version" value="(\d+)"', asked.text)[1],
    }  # fmt: skip
    assert post(client, edit, **fields).status_code == 303
    with_unknown = client.get(edit).text
    assert '<option value="unknown" selected>' in with_unknown
    assert 'value="5000000.00"' in with_unknown
    sent = post(client, f"/listings/{listing.id}/submit", fair=market.fair.slug, segment="universities")
    assert sent.status_code == 303, sent.text
    sign_in(client, market.moderator)
    queue = client.get("/staff/moderation").text
    case = re.search(r'href="(/staff/moderation/[0-9a-f-]+)"', queue)[1]
    assert "A pump that pumps." in client.get(case).text
    assert post(client, f"{case}/publish", page=case, number="1").status_code == 303
    assert "Nothing waits" in client.get("/staff/moderation").text
    shown = client.application.test_client().get(f"/achievements/{listing.id}")
    assert shown.status_code == 200
    assert "CNY 5,000,000 to 8,000,000" in shown.text


def test_a_refused_form_keeps_the_text_and_names_the_field(client, market):
    as_owner(client, market)
    page = post(client, "/listings/new", title_en="x" * 257, description_en="Kept text", amount_min="1,00", unit="one", currency="CNY")
    assert page.status_code == 422
    assert "Kept text" in page.text
    assert 'data-code="text_too_long"' in page.text
    assert db.session.scalars(select(Listing)).first() is None


def test_a_need_answers_with_unknown_and_forgets_it_once_it_knows(client, market):
    as_owner(client, market)
    fields = {"title_en": "Steam", "description_en": "Steam.", "unit": "one", "min_trl": "unknown", "unknown": ["budget", "deadline"]}
    made = post(client, "/listings/new?kind=need", **fields)
    listing = db.session.scalars(select(Listing)).one()
    assert drafting.newest_version(listing).unknowns == ["budget", "deadline", "min_trl"]
    page = client.get(f"{made.location}/edit").text
    assert page.count('value="budget" checked') == page.count('value="deadline" checked') == 1
    known = fields | {"min_trl": "5", "deadline": "2030-01-31", "version": "1"}
    assert post(client, f"{made.location}/edit", **known).status_code == 303
    assert drafting.newest_version(listing).unknowns == ["budget"]


def test_two_editors_of_one_version_do_not_overwrite_each_other(client, market):
    listing = put_forward(market, draft)
    as_owner(client, market)
    path = f"/listings/{listing.id}/edit"
    fields = {"title_en": "First", "description_en": "A", "unit": "one", "version": "1"}
    assert post(client, path, **fields).status_code == 303
    late = post(client, path, **fields | {"title_en": "Second"})
    assert late.status_code == 412
    assert "Second" in late.text
    assert drafting.newest_version(db.session.get(Listing, listing.id)).title_en == "First"


def test_the_moderator_sees_what_changed_and_sends_it_back_with_a_reason(client, market):
    entry = put_forward(market, published, description_en="It lifts waste heat. It is loud.")
    with transaction():
        drafting.edit(entry.listing_id, {"description_en": "It lifts waste heat. It is silent.", "trl": 9}, by=market.by)
        submit(market, listing_of(entry))
    sign_in(client, market.moderator)
    case = f"/staff/moderation/{entry.id}"
    page = client.get(case).text
    assert '<ins class="chg">It is silent.</ins>' in page
    assert '<del class="was">It is loud.</del>' in page
    assert post(client, f"{case}/send-back", page=case, number="2", reason="").status_code == 422
    assert post(client, f"{case}/send-back", page=case, number="2", reason="Who heard it?").status_code == 303
    as_owner(client, market)
    assert "Who heard it?" in client.get(f"/listings/{entry.listing_id}").text
    assert "Who heard it?" in client.get("/listings?state=sent_back").text
    assert all("Who heard it?" in client.get(f"/listings/{entry.listing_id}/{page}").text for page in ("edit", "submit"))


def test_a_decision_on_a_version_that_was_replaced_is_refused(client, market):
    entry = put_forward(market)
    sign_in(client, market.moderator)
    case = f"/staff/moderation/{entry.id}"
    hidden = form_token(client, case)
    with transaction():
        drafting.edit(entry.listing_id, {"trl": 9}, by=market.by)
        submit(market, listing_of(entry))
    assert client.post(f"{case}/publish", data=hidden | {"number": "1"}).status_code == 412
    assert db.session.get(FairEntry, entry.id).status is EntryStatus.SUBMITTED


def test_a_moderator_of_the_same_organization_finds_no_button(client, market):
    entry = put_forward(market)
    make_member(market.agency, person=market.moderator)
    sign_in(client, market.moderator)
    case = f"/staff/moderation/{entry.id}"
    page = client.get(case).text
    assert "another moderator has to decide" in page
    assert f"{case}/publish" not in page
    hidden = form_token(client, f"/listings/{entry.listing_id}")
    assert client.post(f"{case}/publish", data=hidden).status_code == 403


def test_an_owner_withdraws_and_the_page_is_gone(client, market):
    entry = put_forward(market, published)
    as_owner(client, market)
    own = f"/listings/{entry.listing_id}"
    assert post(client, f"{own}/withdraw", page=own, fair=market.fair.slug).status_code == 303
    assert client.get(f"/achievements/{entry.listing_id}").status_code == 404
    assert "withdrawn" in client.get(own).text


@pytest.mark.parametrize("path", ["/listings/{id}", "/listings/{id}/edit", "/listings/{id}/submit", "/achievements/{id}"])
def test_a_foreign_draft_looks_like_an_unknown_one(client, market, path):
    entry = put_forward(market)
    sign_in(client, make_member(make_organization()))
    pages = []
    for listing_id in (str(entry.listing_id), "01890000-0000-7000-8000-000000000000"):
        answer = client.get(path.format(id=listing_id))
        same = re.sub(r'name="csrf_token" value="[^"]*"|[0-9a-f]{8}-[0-9a-f-]{27}', "", answer.text)  # the request's number, the session's token
        pages.append((answer.status_code, same))
    assert pages[0] == pages[1]
    assert pages[0][0] == 404


@pytest.mark.parametrize("path", ["/listings", "/listings/new", "/staff/moderation"])
def test_a_stranger_is_asked_to_sign_in(client, market, path):
    answer = client.get(path)
    assert (answer.status_code, "sign-in" in answer.location) == (303, True)


@pytest.mark.parametrize(("path", "status"), [("/staff/moderation", 403), ("/listings/new", 403), ("/listings", 200)])
def test_a_reader_sees_and_does_not_write(client, market, path, status):
    sign_in(client, market.reader, market.agency)
    assert client.get(path).status_code == status


def test_the_catalogue_marks_words_counts_filters_and_pages(client, market):
    for n in range(25):
        put_forward(market, published, title_en=f"Laser welding {n}", trl=7 if n else 9)
    indexing.drain()
    where = f"/achievements?fair={market.fair.slug}"
    page = client.get(f"{where}&q=laser").text
    assert "<mark>Laser</mark> welding" in page
    assert "25 achievements" in page
    assert page.count("<h3>") == 20
    following = re.search(r'rel="next" href="([^"]+)"', page)[1].replace("&amp;", "&")
    assert client.get(following).text.count("<h3>") == 5
    narrowed = client.get(f"{where}&q=laser&trl=9").text
    assert (narrowed.count("<h3>"), "1 achievement" in narrowed) == (1, True)
    assert 'value="7"> <span>7' in narrowed


def test_script_in_a_listing_is_text(client, market):
    evil = "<script>alert(1)</script> \" onmouseover=x"
    entry = put_forward(market, published, title_en=evil, description_en=evil, source_url="javascript:alert(1)")
    indexing.drain()
    for path in (f"/achievements/{entry.listing_id}", f"/achievements?q=alert&fair={market.fair.slug}"):
        text = client.get(path).text
        assert "<script>alert" not in text
        assert 'href="javascript' not in text


@pytest.mark.parametrize("query", ["trl=99", "limit=0", "cursor=x", "sort=x", "country=Atlantis"])
def test_a_bad_address_is_a_page_not_a_crash(client, market, query):
    answer = client.get(f"/achievements?{query}")
    assert (answer.status_code, answer.mimetype) == (400, "text/html")


def test_somebody_elses_parameters_do_no_harm(client, market):
    assert client.get("/achievements?utm_source=mail&q=").status_code == 200


def test_an_empty_house_says_what_to_do(client, market):
    indexing.drain()
    assert "Nothing is published yet" in client.get(f"/achievements?fair={market.fair.slug}").text
    as_owner(client, market)
    assert "Nothing here yet" in client.get("/listings").text


def test_the_catalogue_and_own_lists_cost_the_same_queries_whatever_their_length(app, market):
    counts = {}
    for size in (1, 8):
        while db.session.query(Listing).count() < size:
            put_forward(market, published)
        indexing.drain()
        for path, person in ((f"/achievements?fair={market.fair.slug}", None), ("/listings", market.owner), ("/staff/moderation", market.moderator)):
            browser = app.test_client()
            if person is not None:
                sign_in(browser, person)
            browser.get(path)
            counts.setdefault(path, []).append(asked_by(browser, path))
    assert all(first == last for first, last in counts.values()), counts


def test_the_day_page_counts_are_the_lists(client, market):
    entry = put_forward(market)
    assert queue_state(by=market.judge)[0] == 1
    assert queries.own_counts(by=market.by) == {"sent_back": 0, "waiting": 1}
    assert entry.waiting
