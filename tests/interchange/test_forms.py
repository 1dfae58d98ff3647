"""JSON-LD, Atom, sitemaps and robots.txt: what portals and search engines read of the public part."""

import json
import re
from datetime import timedelta

import pytest

from marketplace.core.clock import now
from marketplace.interchange import linked, sitemaps, writing
from marketplace.listings import indexing
from marketplace.listings.models import Kind
from tests.factories import sign_in
from tests.interchange.conftest import tree

BASE = "http://127.0.0.1:5000"
BLOCK = re.compile(r'<script type="application/ld\+json">(.*?)</script>', re.S)


def test_an_achievement_is_an_offer(shelf):
    day = (now() + timedelta(days=40)).date()
    listing = shelf.publish(
        title_zh="热泵", deal_kinds=["licence", "joint_venture"], country="DE", target_countries=["CN", "FR"], excluded_countries=["US"],
        price_mode="lump_sum", amount_min_minor=500_000_00, amount_max_minor=800_000_00, currency="EUR", valid_until=day,
    )  # fmt: skip
    answer = shelf.client.get(f"/achievements/{listing.id}.jsonld")
    address = f"{BASE}/achievements/{listing.id}"
    assert answer.mimetype == "application/ld+json"
    assert answer.get_json(force=True) == {
        "@context": "https://schema.org", "@type": "Offer", "@id": address, "url": address, "name": "Heat pump for process steam", "alternateName": "热泵",
        "identifier": [{"@type": "PropertyValue", "propertyID": "reference", "value": listing.reference}],
        "itemOffered": {
            "@type": "Product", "name": "Heat pump for process steam", "description": "Steam from waste heat.", "category": ["Thermal processes and apparatus"],
            "countryOfOrigin": "DE", "additionalProperty": [{"@type": "PropertyValue", "propertyID": "TRL", "name": "technology readiness level", "value": 7}],
        },
        "businessFunction": ["http://purl.org/goodrelations/v1#LeaseOut"], "eligibleRegion": ["CN", "FR"], "ineligibleRegion": ["US"],
        "priceSpecification": {"@type": "PriceSpecification", "priceCurrency": "EUR", "minPrice": "500000.00", "maxPrice": "800000.00"},
        "validFrom": str(listing.published_at.date()), "validThrough": str(day),
        "offeredBy": {"@type": "Organization", "@id": f"{BASE}/organizations/{shelf.market.agency.slug}", "url": f"{BASE}/organizations/{shelf.market.agency.slug}", "name": "Northgate Transfer"},
    }  # fmt: skip


def test_a_need_is_a_demand_that_its_owner_seeks(shelf):
    listing = shelf.publish(Kind.NEED)
    found = shelf.client.get(f"/needs/{listing.id}.jsonld").get_json(force=True)
    assert (found["@type"], found["businessFunction"]) == ("Demand", ["http://purl.org/goodrelations/v1#Buy"])
    assert found["@reverse"]["seeks"]["name"] == "Northgate Transfer" and "priceSpecification" not in found
    assert shelf.client.get(f"/achievements/{listing.id}.jsonld").status_code == 404
    shelf.withdraw(listing)
    assert shelf.client.get(f"/needs/{listing.id}.jsonld").status_code == 404


def test_what_is_reserved_and_who_is_not_named_is_in_none_of_them(shelf):
    listing = shelf.publish(
        anonymous=True, description_en="canary-text", amount_min_minor=987_654_00, amount_max_minor=987_654_00, currency="EUR",
        price_mode="lump_sum", levels={"description": "registered", "price": "never"},
    )  # fmt: skip
    indexing.drain()
    addresses = (f"/achievements/{listing.id}", f"/achievements/{listing.id}.jsonld", "/feeds/achievements.atom?fair=any", "/api/v1/changes", "/sitemaps/achievements-0.xml")
    for address in addresses:
        text = shelf.client.get(address).text
        assert str(listing.id) in text, address
        assert not re.search("canary|Northgate|987[,. ]?654", text) and shelf.market.agency.slug not in text, address


def test_a_page_carries_the_same_data_for_strangers_alone(shelf):
    listing = shelf.publish(title_en="</script><script>alert(1)</script> & co", description_zh="\u2028")
    page = shelf.client.get(f"/achievements/{listing.id}").text
    [block] = BLOCK.findall(page)
    assert not set(block) & set("<>&\u2028")
    assert json.loads(block) == shelf.client.get(f"/achievements/{listing.id}.jsonld").get_json(force=True)
    assert json.loads(block)["name"] == "</script><script>alert(1)</script> & co"
    assert f'<link rel="alternate" type="application/ld+json" href="{BASE}/achievements/{listing.id}.jsonld">' in page
    sign_in(shelf.client, shelf.market.outsider)
    assert not BLOCK.findall(shelf.client.get(f"/achievements/{listing.id}").text)


def test_an_organisation_and_a_fair_say_who_and_when(shelf):
    found = shelf.client.get(f"/organizations/{shelf.market.agency.slug}.jsonld").get_json(force=True)
    assert (found["@type"], found["name"], found["address"]["addressCountry"]) == ("Organization", "Northgate Transfer", "DE")
    numbered = linked.organization(shelf.market.agency, {"lei": "5493001KJTIIGC8Y1R12", "ror": "https://ror.org/05a28rw58"}, base=BASE)
    assert numbered["leiCode"] == "5493001KJTIIGC8Y1R12" and [each["propertyID"] for each in numbered["identifier"]] == ["LEI", "ROR"]
    fair = shelf.client.get("/fairs/spring.jsonld").get_json(force=True)
    assert (fair["@type"], fair["startDate"]) == ("BusinessEvent", str(shelf.market.fair.opens_on))
    assert [shelf.client.get(f"/{each}/none.jsonld").status_code for each in ("organizations", "fairs")] == [404, 404]


def test_a_feed_is_the_search_of_the_catalogue_newest_first(shelf):
    first = shelf.publish(technology_codes=["30"])
    chinese = {"title_zh": "电机 <b>", "summary_zh": "高效", "description_zh": "高效电机"}
    second = shelf.publish(technology_codes=["1"], title_en=None, summary_en=None, description_en=None, **chinese)
    indexing.drain()
    answer = shelf.client.get("/feeds/achievements.atom?fair=any&utm_source=x")
    assert answer.mimetype == "application/atom+xml"
    found = tree(answer)
    assert found.get("{http://www.w3.org/XML/1998/namespace}lang") == "en"
    assert [each.find("id").text for each in found.iter("entry")] == [f"tag:127.0.0.1,2020:/achievements/{each.id}" for each in (second, first)]
    assert {(each.get("rel"), each.get("href")) for each in found.findall("link")} == {
        ("self", f"{BASE}/feeds/achievements.atom?fair=any&lang=en"), ("alternate", f"{BASE}/achievements?fair=any&sort=newest"),
    }  # fmt: skip
    newest = found.find("entry")
    assert newest.find("title").text == "电机 <b>" and newest.find("title").get("{http://www.w3.org/XML/1998/namespace}lang") == "zh-Hans"
    assert newest.find("author/name").text == "Northgate Transfer" and newest.find("category").get("term") == "field-1"
    stamps = [each.text for each in found.iter("updated")]
    assert stamps[0] == max(stamps[1:]) and all(re.fullmatch(r"[0-9-]{10}T[0-9:]{8}Z", each) for each in stamps)
    filtered = tree(shelf.client.get("/feeds/achievements.atom?fair=any&field=30&lang=zh"))
    assert [each.find("id").text for each in filtered.iter("entry")] == [f"tag:127.0.0.1,2020:/achievements/{first.id}"]
    assert filtered.get("{http://www.w3.org/XML/1998/namespace}lang") == "zh-Hans"
    assert tree(shelf.client.get("/feeds/needs.atom?fair=spring")).find("entry") is None
    again = shelf.client.get("/feeds/achievements.atom?fair=any", headers={"If-None-Match": answer.headers["ETag"]})
    assert (again.status_code, again.data) == (304, b"")
    assert shelf.client.get("/feeds/achievements.atom?field=99").status_code == 400
    assert shelf.client.get("/feeds/achievements.atom?fair=none").status_code == 404


def test_sitemaps_name_every_public_page_in_slices(shelf, monkeypatch):
    monkeypatch.setattr(sitemaps, "SLICE", 2)
    listings = [shelf.publish() for _ in range(3)]
    gone = shelf.withdraw(shelf.publish())
    places = [each.text for each in tree(shelf.client.get("/sitemap.xml")).iter("loc")]
    assert f"Sitemap: {BASE}/sitemap.xml" in shelf.client.get("/robots.txt").text
    found = []
    for place in places:
        answer = tree(shelf.client.get(place.removeprefix(BASE)))
        assert len(answer) <= 50_000 and (len(answer) <= 2 or "site" in place.rpartition("/")[2])
        found += [each.text for each in answer.iter("loc")]
    assert {each for each in found if "/achievements/" in each} == {f"{BASE}/achievements/{each.id}" for each in listings}
    assert str(gone.id) not in "".join(found) and f"{BASE}/organizations/{shelf.market.agency.slug}" in found and f"{BASE}/fairs/spring" in found
    assert [shelf.client.get(f"/sitemaps/{name}.xml").status_code for name in ("achievements-99", "needs-0", "achievements-99999999999999999999")] == [404] * 3


@pytest.mark.one_database
def test_robots_are_kept_from_what_is_not_theirs(client):
    lines = client.get("/robots.txt").text.splitlines()
    assert "Disallow: /staff/" in lines and "Disallow: /organization$" in lines
    assert not any("/organizations".startswith(line.removeprefix("Disallow: ")) for line in lines if line.startswith("Disallow") and not line.endswith("$"))


def test_xml_has_no_character_that_xml_does_not_have():
    assert writing.element("a", "\x00\x0b<&>\"'\ud800\ufffe泵", b=None, xml_lang="e\"n") == '<a xml:lang="e&quot;n">&lt;&amp;&gt;&quot;&#x27;泵</a>'
