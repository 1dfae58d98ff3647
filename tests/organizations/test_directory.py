"""The directory: what an organisation publicly offers and seeks, found by every filter, and never what is anonymous."""

import pytest

from marketplace.core.clock import now
from marketplace.listings.models import Kind as ListingKind
from marketplace.organizations.models import Kind, OrganizationNumber, Status, VerifiedBy
from marketplace.organizations.numbers import Scheme
from tests.counting import asked_by
from tests.factories import make_fair, make_organization, save
from tests.negotiations.factories_negotiations import make_listing

CHINESE = {"Accept-Language": "zh-CN"}


@pytest.fixture
def world(app):
    """An institute that offers two and seeks one, of which one offer is anonymous; a company that seeks; one that waits."""
    fair = make_fair()
    institute = make_organization(
        kind=Kind.INSTITUTE, name_en="Metal Institute", name_zh="金属研究所", name_key="metalinstitute", other_name_key="金属研究所", country="DE",
        verified_at=now(), verified_how=VerifiedBy.REGISTER,
    )  # fmt: skip
    company = make_organization(kind=Kind.COMPANY, name_en="Steel Works", name_key="steelworks")
    make_organization(name_en="Waiting Room", name_key="waitingroom", status=Status.PENDING)
    save(OrganizationNumber(organization_id=institute.id, scheme=Scheme.ROR, value="03cve4549", created_at=now()))
    make_listing(ListingKind.ACHIEVEMENT, institute, fair, title_en="Antibacterial steel", technology_codes=["20"])
    make_listing(ListingKind.ACHIEVEMENT, institute, fair, title_en="CANARY alloy", technology_codes=["19"], anonymous=True)
    make_listing(ListingKind.NEED, institute, fair, title_en="A cheaper furnace", technology_codes=["20", "30"])
    make_listing(ListingKind.NEED, company, fair, title_en="Less rust", technology_codes=["20"])
    make_listing(ListingKind.ACHIEVEMENT, company, fair, title_en="CANARY draft", published=False, technology_codes=["19"])
    return institute, company


FILTERS = [
    ("", {"Metal Institute", "Steel Works"}), ("kind=institute", {"Metal Institute"}), ("country=DE", {"Metal Institute"}), ("verified=true", {"Metal Institute"}),
    ("verified=false", {"Steel Works"}), ("field=30", {"Metal Institute"}), ("field=20", {"Metal Institute", "Steel Works"}), ("field=19", set()),
    ("field=2", set()), ("q=steel", {"Steel Works"}), ("q=金属", {"Metal Institute"}), ("q=waiting", set()), ("kind=company&field=20", {"Steel Works"}),
]  # fmt: skip


def test_every_filter_by_page_and_api(world, client):
    for query, found in FILTERS:
        rows = client.get(f"/api/v1/organizations?{query}").json["rows"]
        assert {row["name_en"] for row in rows} == found, query
    for query, found in FILTERS[::4]:
        page = client.get(f"/organizations?{query}").text
        assert {name for name in ("Metal Institute", "Steel Works", "Waiting Room") if name in page} == found, query


@pytest.mark.one_database
def test_a_filter_that_is_none_names_itself(world, client):
    for query in ("verified=maybe", "field=99"):
        answer = client.get(f"/api/v1/organizations?{query}")
        assert (answer.status_code, answer.json["errors"][0]["pointer"]) == (400, f"/{query.split('=')[0]}")


@pytest.mark.one_database
@pytest.mark.parametrize("headers", [{}, CHINESE])
def test_its_page_says_what_it_offers_and_seeks_and_never_what_is_anonymous(world, client, headers):
    institute, company = world
    page = client.get(f"/organizations/{institute.slug}", headers=headers).text
    assert "Antibacterial steel" in page
    assert "A cheaper furnace" in page
    assert "03cve4549" in page
    assert "✓" in page
    assert "CANARY" not in page
    assert "CANARY" not in client.get(f"/organizations/{company.slug}", headers=headers).text


def test_the_api_says_the_same(world, client):
    institute, _ = world
    told = client.get(f"/api/v1/organizations/{institute.id}").json
    assert told["offers"] == {"total": 1, "by_field": [{"code": "20", "total": 1}]}
    assert told["seeks"] == {"total": 1, "by_field": [{"code": "20", "total": 1}, {"code": "30", "total": 1}]}
    assert (told["numbers"][0]["value"], told["verified_how"], told["represented_by"]) == ("03cve4549", "register", [])


def test_the_list_makes_a_constant_number_of_queries(world, client):
    page = "/organizations?limit=200"
    before, fair = asked_by(client, page), make_fair()
    for _ in range(12):
        make_listing(ListingKind.ACHIEVEMENT, make_organization(), fair)
    assert asked_by(client, page) == before
