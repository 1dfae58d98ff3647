"""The catalogue for who searches it: facets, other names, slips, phrases, help where nothing fits, and nothing that is not public."""

import re
from html import unescape
from urllib.parse import quote

import pytest

from marketplace.core.db import db, transaction
from marketplace.listings import anonymity, excerpts, filters, indexing, searches
from marketplace.listings.models import Kind, Listing
from marketplace.listings.schemas import CatalogueIn
from tests.listings.factories_listings import make_market, published

SECRET = "zyxomma"


@pytest.fixture
def market(client):
    """Three listings: one in Chinese, one whose owner is not named, one with a price and a part that is reserved."""
    market = make_market()
    for listing in (
        {"title_en": None, "title_zh": "工业热泵", "summary_en": None, "summary_zh": "利用余热", "description_en": None, "description_zh": "九十度余热。", "country": "CN"},
        {"title_en": "Heat pump for dairies", "technology_codes": ["19"], "trl": 9, "price_mode": "fixed", "amount_min_minor": 50_000_000, "currency": "CNY"},
        {
            "title_en": "Membrane reactor", "technology_codes": ["23"], "summary_en": "A reactor.", "advantages_en": "It needs no palladium at all.",
            "description_en": f"The {SECRET} is kept apart.", "price_mode": "fixed", "amount_min_minor": 100, "currency": "CNY",
            "levels": {"description": "after_nda", "price": "registered"},
        },
    ):  # fmt: skip
        with transaction():
            published(market, **listing)
    with transaction():
        hidden = db.session.query(Listing).order_by(Listing.num.desc()).first()
        anonymity.switch(hidden, True, by=market.by)
    indexing.drain()
    return market


def page(client, market, **asked):
    query = "&".join(f"{name}={quote(str(value))}" for name, value in {"fair": market.fair.slug, **asked}.items())
    answer = client.get(f"/achievements?{query}")
    assert answer.status_code == 200, answer.text
    return re.sub(r"\s+", " ", unescape(answer.text))


def titles(text):
    return re.findall(r"<h3><a [^>]*>(.*?)</a></h3>", text.replace("<mark>", "").replace("</mark>", ""))


def test_a_page_counts_fields_prices_and_named_owners(client, market):
    text = page(client, market)
    for part in (
        'Chemistry</span> <span class="k">2</span>', 'value="chemistry"> <span>all of it</span> <span class="k">2</span>',
        'value="100000-1000000"> <span>100,000 yuan to 1 million yuan</span> <span class="k">1</span>',
        "organisation not named", "on request", 'aria-keyshortcuts="/"',
    ):  # fmt: skip
        assert part in text, part
    assert len(re.findall(r'name="organization"[^>]*> <span>Northgate Transfer</span> <span class="k">2</span>', text)) == 1
    chosen = page(client, market, sector="chemistry", price="100000-1000000", sort="price")
    assert titles(chosen) == ["Heat pump for dairies"]
    taken_away = re.findall(r'<a class="tag" href="([^"]*)" title="Take this filter away"><b>(.*?)</b>', chosen)
    assert [label for _, label in taken_away] == ["Chemistry", "100,000 yuan to 1 million yuan"]
    assert taken_away[0][0] == f"/achievements?fair={market.fair.slug}&price=100000-1000000&sort=price"
    assert len(titles(page(client, market, organization=market.agency.slug))) == 2
    assert "<b>nobody-else</b>" in page(client, market, organization="nobody-else")


def test_other_names_slips_and_phrases_are_told(client, market):
    text = page(client, market, q="热泵")
    assert titles(text) == ["工业热泵", "Heat pump for dairies"]
    assert "热泵 = heat pump" in text and "<mark>Heat</mark> <mark>pump</mark>" in text
    text = page(client, market, q="membrene")
    assert "No listing says “membrene”: what says membrane is shown." in text
    assert "Did you mean: <a href=\"/achievements?fair=" in text and titles(text) == ["Membrane reactor"]
    assert "0 achievements" in page(client, market, q='"pump heat"')
    text = page(client, market, q="palladium")
    assert "needs no <mark>palladium</mark> at all" in text


def test_where_nothing_fits_each_part_left_out_says_what_it_gives(client, market):
    text = page(client, market, q="pump palladium", country="CN")
    ways = dict(re.findall(r'<li><a href="[^"]*">(without [^<]*)</a> <span class="num faint">\((\d+)\)</span>', text))
    assert ways == {}
    text = page(client, market, q="pump zeppelin", trl=9)
    ways = dict(re.findall(r'<li><a href="[^"]*">(without [^<]*)</a> <span class="num faint">\((\d+)\)</span>', text))
    assert ways == {"without the word zeppelin": "1"}
    assert "Near: these say some of it" in text and titles(text) == ["Heat pump for dairies"]
    found = client.get("/api/v1/achievements?q=reactor&trl=9&facets=1").json
    assert found["instead"] == [{"without": "trl", "is_word": False, "total": 1}]


def test_the_answer_in_json_says_what_was_understood(client, market):
    found = client.get(f"/api/v1/achievements?q={quote('热泵 daires')}&facets=1").json
    assert (found["expanded"], found["corrected"], found["did_you_mean"]) == ({"热泵": ["heat pump"]}, {"daires": ["dairies"]}, "热泵 dairies")
    assert (found["total"], found["facets"]["price"], found["facets"]["sector"]) == (1, {"100000-1000000": 1}, {"chemistry": 1})
    proposed = client.get("/api/v1/suggestions?q=heat&limit=20").json["rows"]
    assert {("heat pump", "term"), ("Heat pump for dairies", "title")} <= {(row["text"], row["kind"]) for row in proposed}


@pytest.mark.one_database
def test_what_is_not_public_is_in_no_word_count_or_proposal(client, market):
    for path in (
        f"/achievements?q={SECRET}&fair=any", f"/api/v1/achievements?q={SECRET}&facets=1", f"/api/v1/achievements?q={SECRET[:-1]}n&facets=1",
        f"/api/v1/suggestions?q={SECRET[:5]}", "/api/v1/achievements?q=reactor+Northgate&facets=1", "/api/v1/achievements?price=0-100000&facets=1",
    ):  # fmt: skip
        answer = client.get(path)
        assert answer.status_code == 200, path
        text = answer.text.replace(f'value="{SECRET}"', "").replace(f"q={SECRET}", "")
        assert "Membrane" not in text and f"{SECRET}<" not in text.replace(f"word {SECRET}<", ""), path
        assert f'"{SECRET}"' not in text and (answer.json or {}).get("total", 0) == 0, path


@pytest.mark.one_database
def test_whatever_is_typed_is_an_answer_or_names_the_field(client, market):
    typed = ('"' * 300, "AND OR NOT ( ) [ ] { } ~ ^ : \\ / " * 9, "*", "\u202e\u200f\u2066", "“」„«", "a" * 300, "%00\u0001", "热" * 300, "' OR 1=1 --")
    for path in ("/achievements?fair=any&q=", "/api/v1/achievements?facets=1&q=", "/api/v1/suggestions?q="):
        for text in typed:
            answer = client.get(path + quote(text))
            assert answer.status_code == 200 or (answer.status_code == 400 and re.search(r"/q\b|<code>q</code>", answer.text)), (path, text, answer.text)


@pytest.mark.one_database
def test_a_search_has_one_address_without_what_turns_pages(app):
    query = CatalogueIn().load({"q": "heat pump", "trl": ["9", "7"], "limit": 5, "facets": 1, "sort": "price"})
    assert searches.address(Kind.NEED, query) == "/needs?q=heat+pump&trl=7&trl=9&sort=price"
    assert searches.address(Kind.ACHIEVEMENT, query, q=None, trl=[], sort="relevance") == "/achievements"
    with app.test_request_context():
        assert [searches.label("price", code) for code in ("0-100000", "100000000-", "unknown")] == ["below 100,000 yuan", "from 100 million yuan", "Unknown"]
        assert [filters.TITLES[name] for name in ("fair", "organization")] == ["Fair", "Organisation"]


@pytest.mark.one_database
@pytest.mark.parametrize(
    ("row", "words", "shown"),
    [
        ({"summary_en": "Steam.", "description_en": "Heat."}, [], ("Steam.", "en")),
        ({"summary_en": "Steam.", "description_en": "Heat for steam."}, ["heat", "steam"], ("Heat for steam.", "en")),
        ({"summary_en": "Steam.", "advantages_zh": "热泵更省。"}, ["热泵"], ("热泵更省。", "zh")),
        ({"summary_zh": "蒸汽。", "description_en": "Heat."}, ["x"], ("蒸汽。", "zh")),
        ({}, ["heat"], ("", "en")),
    ],
)
def test_a_hit_shows_the_text_that_says_most_of_what_was_searched(app, row, words, shown):
    with app.test_request_context():
        pieces, code = excerpts.teaser(row, words)
        assert ("".join(text for text, _ in pieces), code) == shown
