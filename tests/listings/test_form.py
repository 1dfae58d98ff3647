"""The form of a listing and what its page shows: every field comes back, a need asks little first, and what is told to whom."""

import re

import pytest

from marketplace.core.db import transaction
from marketplace.listings import drafting
from marketplace.listings.models import Kind
from tests.factories import api, form_token, make_token, sign_in
from tests.listings.factories_listings import COMPLETE, draft, listing_of, make_market, published

FIELDS = {
    "title_en": "Pump", "description_en": "SECRET-DESCRIPTION", "summary_en": "A pump.", "technology_codes": ["27"], "deal_kinds": ["licence"], "trl": "7",
    "stage": "on_market", "ip_status": "granted", "price_mode": "fixed", "amount_min": "500", "unit": "wan", "currency": "CNY", "sdg": ["7"], "territory": ["CN"],
    "video_url": "https://video.example.org/x", "partner_role_en": "Sells it.", "cost_comparison_en": "Half of a boiler.", "co_owner_consent": "given",
    "export_control": "free", "ip_rights-0-kind": "patent", "ip_rights-0-number": "ZL 201710117081.7", "ip_rights-0-office": "", "ip_rights-0-filed_on": "2017-03-01",
    "ip_rights-1-kind": "", "ip_rights-1-number": "", "level_description": "registered", "level_ip_rights": "after_nda", "level_price": "after_interest",
}  # fmt: skip


@pytest.fixture
def market(app):
    with transaction():
        return make_market()


def post(client, path, **fields):
    return client.post(path, data=form_token(client, path) | fields)


def test_every_field_of_the_form_comes_back_to_it(client, market):
    sign_in(client, market.owner, market.agency)
    made = post(client, "/listings/new", **FIELDS)
    assert made.status_code == 303, made.text
    page = client.get(f"{made.location}/edit").text
    for value in ("https://video.example.org/x", "ZL201710117081.7", "2017-03-01", "5000000.00"):
        assert f'value="{value}"' in page, value
    for text in ("SECRET-DESCRIPTION", "Sells it.", "Half of a boiler."):
        assert f">{text}</textarea>" in page, text
    assert page.count('<option value="registered" selected>') == page.count('<option value="after_nda" selected>') == 1
    assert "This stage usually means TRL 9; the maturity says 7." in page
    again = FIELDS | {"version": re.search(r'name="version" value="(\d+)"', page)[1]}
    assert post(client, f"{made.location}/edit", **again).status_code == 303
    own = client.get(made.location).text
    for words in ('Patent, China (CNIPA), <data class="num" value="ZL201710117081.7">', "Watch it at <code>video.example.org</code>", "Free to export", "Whose interest you accepted", "7 Affordable", "Worth a second look"):
        assert words in own, words
    assert "Worth a second look" in client.get(f"{made.location}/submit").text


def test_a_fault_in_a_row_is_shown_beside_it_and_counted_above(client, market):
    sign_in(client, market.owner, market.agency)
    page = post(client, "/listings/new", **FIELDS | {"ip_rights-0-number": "ZL 201710117081.8", "level_video": "never"})
    assert page.status_code == 422
    assert 'id="b-ip_rights-0-number"><span class="err" data-code="number_check">' in page.text
    assert 'id="b-levels-video"><span class="err"' in page.text
    assert re.search(r'href="#s-rights">Rights</a> <span class="count due">1<', page.text)
    assert 'value="ZL 201710117081.8"' in page.text


def test_a_need_asks_little_first_and_opens_what_is_used(client, market):
    sign_in(client, market.owner, market.agency)
    blank = client.get("/listings/new?kind=need").text
    assert len(re.findall(r'<details class="fold"', blank)) == 5
    assert "open>" not in re.sub(r"<option.*?>", "", "".join(re.findall(r'<details class="fold"[^>]*>', blank)))
    with transaction():
        need = draft(market, Kind.NEED, partner_kinds=["large"], parameters=[{"name": "heat", "operator": ">=", "value": "1", "upper": None, "unit": None}])
    page = client.get(f"/listings/{need.id}/edit").text
    assert re.findall(r'<details class="fold" id="s-(\w+)" open>', page) == ["requirement", "partners"]


def test_a_visitor_is_told_to_whom_a_part_is_told(client, market):
    changes = {
        "description_en": "SECRET-DESCRIPTION", "amount_max_minor": 4711_00, "currency": "CNY", "video_url": "https://video.example.org/x",
        "ip_rights": [{"kind": "patent", "office": "BR", "number": "BR112019", "filed_on": None, "granted_on": None, "expires_on": None, "owner": None}],
        "levels": {"description": "registered", "price": "after_interest", "video": "after_nda"},
    }  # fmt: skip
    with transaction():
        entry = published(market, **changes)
    page = client.get(f"/achievements/{entry.listing_id}").text
    for words in ("told to registered visitors", "Sign in to read it", "told once the owner accepts your interest", "told under an agreement of secrecy", "(number not checked)"):
        assert words in page, words
    assert not [word for word in ("SECRET-DESCRIPTION", "4,711", "video.example.org") if word in page]
    sign_in(client, market.outsider)
    known = client.get(f"/achievements/{entry.listing_id}").text
    assert "SECRET-DESCRIPTION" in known
    assert "4,711" not in known
    assert drafting.newest_version(listing_of(entry)).description_en is None


def test_json_takes_and_gives_every_field_of_an_achievement(client, market):
    body = {name: value for name, value in COMPLETE[Kind.ACHIEVEMENT].items() if name != "unknowns"}
    body |= {
        "ip_rights": [{"kind": "patent", "number": "CN106844774A"}], "sdg": ["none"], "territory": ["CN"], "video_url": "https://video.example.org/x", "anonymous": True,
        "co_owner_consent": "pending", "export_control": "restricted", "partner_role_zh": "试产", "cost_comparison_en": "Half.", "levels": {"video": "registered"},
    }  # fmt: skip
    made = client.post("/api/v1/achievements", json=body, headers=api(make_token(market.owner, market.agency)))
    assert made.status_code == 201, made.text
    right = {"kind": "patent", "office": "CN", "number": "CN106844774A", "filed_on": None, "granted_on": None, "expires_on": None, "owner": None}
    expected = body | {"ip_rights": [right]}
    assert {name: made.json[name] for name in expected} == expected
