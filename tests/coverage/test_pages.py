"""The pages of coverage: the board and its files, partners of the index, a pair from reference to answer, calls."""

import re

import pytest

from marketplace.listings import indexing
from marketplace.listings.models import Kind
from tests.coverage.factories_coverage import Fair, matched
from tests.factories import form_token, make_organization, sign_in


@pytest.fixture
def fair(app):
    return Fair()


@pytest.fixture
def staff(app, fair):
    client = app.test_client()
    sign_in(client, fair.moderator)
    return client


def side(app, person, organization):
    client = app.test_client()
    sign_in(client, person, organization)
    return client


@pytest.fixture
def indexed(app, fair, tmp_path, monkeypatch):
    """The fair's listings in an index of their own."""
    monkeypatch.setattr(indexing, "root", lambda: tmp_path / "index")
    for name in ("index_reader", "index_checked"):
        app.extensions.pop(name, None)
    world = fair.world
    fair.listing(Kind.ACHIEVEMENT, make_organization(name_en="Almost"), title_en="Steam at 150 degrees from waste heat", trl=3)
    fair.listing(Kind.ACHIEVEMENT, world.company, title_en="Steam at 150 degrees of our own", trl=9)
    need = fair.listing(Kind.NEED, world.company, title_en="Steam at 150 degrees from waste heat", min_trl=7, days_ago=2)
    matched(need, world.achievement, strength=50)
    indexing.rebuild()
    yield need
    for name in ("index_reader", "index_checked"):
        app.extensions.pop(name, None)


def test_the_board_names_the_best_and_what_almost_fits(fair, staff, indexed):
    base = f"/staff/fairs/{fair.world.fair.slug}/coverage"
    assert staff.get("/staff/coverage?list=needs").headers["Location"] == f"{base}?list=needs"
    text = staff.get(base).text
    assert "answers 5.0 % of the need" in text
    assert "TRL 3, asked for 7" in text
    partners = staff.get(f"{base}/needs/{indexed.id}").text
    assert "Steam at 150 degrees from waste heat" in partners
    assert "of our own" not in partners, "nobody is proposed to themselves"
    for name in ("never_shown", "shown_once", "no_interest", "no_contact", "silent", "calls_due"):
        assert staff.get(f"{base}?list={name}&field=1&country=").status_code == 200
    assert staff.get(f"{base}/achievements/{fair.world.achievement.id}").status_code == 200
    for format in ("csv", "xlsx", "pdf"):
        assert staff.get(f"{base}/export.{format}?list=needs").status_code == 200
    file = staff.get(f"{base}/export.csv?list=needs").text
    assert indexed.reference in file
    assert "TRL 3, asked for 7" in file
    assert fair.world.agency.name_en in staff.get(f"{base}/export.csv?list=no_contact").text


def test_without_an_index_the_board_stands_and_partners_wait(fair, staff, app, tmp_path, monkeypatch):
    monkeypatch.setattr(indexing, "root", lambda: tmp_path / "none")
    app.extensions.pop("index_reader", None)
    matched(fair.world.need)
    base = f"/staff/fairs/{fair.world.fair.slug}/coverage"
    assert "The index is being built anew" in staff.get(base).text
    assert staff.get(f"{base}/needs/{fair.world.need.id}").status_code == 503
    app.extensions.pop("index_reader", None)


def test_a_pair_by_reference_is_proposed_answered_and_talked_about(app, fair, staff):
    world = fair.world
    new = f"/staff/fairs/{world.fair.slug}/proposals/new"
    assert "This fair shows no need with this reference." in staff.get(f"{new}?need=N-2020-1&achievement={world.achievement.reference}").text
    address = f"{new}?need={world.need.reference.lower()}&achievement={world.achievement.id}"
    made = staff.post(address, data=form_token(staff, address) | {"note_en": "Please meet.", "note_zh": "请见面。"})
    assert made.status_code == 303, made.text
    page = made.headers["Location"]
    assert "Please meet." in staff.get(page).text
    assert "This pair is proposed already" in staff.get(address).text
    seller = side(app, world.at_agency, world.agency)
    assert "CANARY" not in seller.get("/proposals").text
    own = re.search(r"/proposals/[0-9a-f-]{36}", seller.get("/proposals").text)[0]
    assert "请见面。" in seller.get(own).text
    refused = seller.post(f"{own}/answer", data=form_token(seller, own) | {"answer": "declined"})
    assert refused.status_code == 422
    assert "Say why not" in refused.text
    assert seller.post(f"{own}/answer", data=form_token(seller, own) | {"answer": "interested"}).status_code == 303
    ask = re.search(r'href="(/negotiations/new\?[^"]+)"', seller.get(own).text)[1].replace("&amp;", "&")
    assert "Steam at 150 degrees" in seller.get(ask).text
    assert "interested" in staff.get(f"/staff/fairs/{world.fair.slug}/proposals").text
    assert staff.post(f"{page}/withdraw", data=form_token(staff, page)).status_code == 303
    assert staff.post(f"{page}/restore", data=form_token(staff, page)).status_code == 303


def test_a_call_is_written_down_beside_the_organisation(fair, staff):
    world = fair.world
    page = f"/staff/fairs/{world.fair.slug}/coverage/organizations/{world.agency.id}"
    wrong = staff.post(page, data=form_token(staff, page) | {"said": ""})
    assert wrong.status_code == 422
    done = staff.post(page, data=form_token(staff, page) | {"said": "Busy until Monday", "spoke_with": "Ms Lin", "next_on": "2026-01-01"})
    assert done.status_code == 303
    assert "Busy until Monday" in staff.get(page).text
    assert "Northgate" in staff.get(f"/staff/fairs/{world.fair.slug}/coverage?list=calls_due").text
