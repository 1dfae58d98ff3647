"""Nobody acts on both sides of one deal: not by two memberships, two accounts, nor by the mandates of one agency."""

from datetime import timedelta

import pytest

from marketplace.core.clock import now
from marketplace.core.db import db, transaction
from marketplace.listings.models import Kind
from marketplace.negotiations import interest, rounds
from marketplace.organizations import mandates
from marketplace.organizations.conflicts import ConflictOfInterest
from marketplace.organizations.models import Kind as OrganizationKind
from marketplace.organizations.models import Role
from tests.factories import actor, api, make_fair, make_member, make_organization, make_person, make_token
from tests.negotiations.factories_negotiations import ASKED, TERMS, make_listing


@pytest.fixture
def sides(app):
    """An institute with an achievement, a company, and an agency; with an owner each."""
    fair = make_fair()
    institute, company, agency = (make_organization(kind=kind) for kind in (OrganizationKind.INSTITUTE, OrganizationKind.COMPANY, OrganizationKind.AGENCY))
    people = {each.id: make_member(each) for each in (institute, company, agency)}
    return make_listing(Kind.ACHIEVEMENT, institute, fair), institute, company, agency, people


def mandate(agency, principal, people):
    with transaction():
        found = mandates.propose(principal.slug, role=Role.EDITOR, ends_on=now().date() + timedelta(days=9), by=actor(people[agency.id], agency))
    with transaction():
        return mandates.accept(found.id, by=actor(people[principal.id], principal))


def end(found, by):
    with transaction():
        mandates.end(found.id, by=by)


def ask(listing, by):
    with transaction():
        return interest.ask(achievement_id=listing.id, **ASKED, by=by)[0]


def accept(thread, by):
    with transaction():
        return interest.accept(thread.id, by=by)


def test_an_agency_with_a_mandate_acts_for_its_principal(sides):
    listing, institute, company, agency, people = sides
    mandate(agency, institute, people)
    thread = ask(listing, actor(people[company.id]))
    assert accept(thread, actor(people[agency.id], institute)).stage == "talking"


def test_an_agency_of_both_sides_acts_for_neither(sides, client):
    listing, institute, company, agency, people = sides
    for principal in (institute, company):
        mandate(agency, principal, people)
    with pytest.raises(ConflictOfInterest):
        ask(listing, actor(people[agency.id], company))
    thread = ask(listing, actor(people[company.id]))
    colleague = make_member(agency, Role.EDITOR)
    with pytest.raises(ConflictOfInterest):
        accept(thread, actor(colleague, institute))
    told = client.post(f"/api/v1/negotiations/{thread.id}/accept", headers=api(make_token(colleague, institute)))
    assert (told.status_code, told.json["type"]) == (403, "/problems/conflict-of-interest")


def test_an_agency_does_not_talk_to_itself_for_its_principal(sides):
    _, institute, _, agency, people = sides
    need = make_listing(Kind.NEED, agency, make_fair())
    mandate(agency, institute, people)
    with pytest.raises(ConflictOfInterest), transaction():
        interest.ask(need_id=need.id, **ASKED, by=actor(people[agency.id], institute))


def test_who_acted_for_one_side_never_acts_for_the_other_not_even_later(sides):
    listing, institute, company, agency, people = sides
    first = mandate(agency, company, people)
    thread = ask(listing, actor(people[agency.id], company))
    end(first, actor(people[company.id], company))
    mandate(agency, institute, people)
    with pytest.raises(ConflictOfInterest):
        accept(thread, actor(make_member(agency), institute))  # the agency did, whoever of it comes now
    accept(thread, actor(people[institute.id]))


def test_one_person_is_one_person_under_two_memberships_and_two_accounts(sides):
    listing, institute, company, _, people = sides
    buyer = make_member(company, Role.OWNER, make_person(email="li.na@example.org"))
    thread = ask(listing, actor(buyer, company))
    make_member(institute, Role.OWNER, buyer)
    with pytest.raises(ConflictOfInterest):
        accept(thread, actor(buyer, institute))
    with pytest.raises(ConflictOfInterest):
        accept(thread, actor(make_member(institute, Role.OWNER, make_person(email="li.na+2@example.org"))))
    accept(thread, actor(people[institute.id]))
    with transaction():
        assert rounds.offer(thread.id, TERMS, by=actor(buyer, company)).number == 1
    db.session.expire_all()
