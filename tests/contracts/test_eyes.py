"""Four eyes are two people: under whatever account, session, token, name or organisation one of them comes."""

import pytest

from marketplace.accounts import service as accounts
from marketplace.contracts import service
from marketplace.contracts.schemas import ContractIn
from marketplace.core.clock import now
from marketplace.core.db import db, transaction
from marketplace.core.errors import FourEyes, Stale
from marketplace.ledger.models import Status
from marketplace.listings.models import Kind
from marketplace.organizations import mandates, merging
from marketplace.organizations.models import Kind as Kinds
from marketplace.organizations.models import Role
from tests.contracts.factories_contracts import facts, make_contract, make_desk, verify
from tests.factories import actor, api, make_member, make_organization, make_person, make_staff, make_token
from tests.roadshow.factories_roadshow import make_achievement


@pytest.fixture
def desk(app):
    return make_desk(app)


def refused(desk, contract, person, organization=None):
    with pytest.raises(FourEyes), transaction():
        service.verify(contract.id, contract.content_hash, by=actor(person, organization))
    assert db.session.get(type(contract), contract.id).status is Status.SIGNED


def test_one_person_with_two_memberships_is_one_person(desk):
    """The clerk also verifies, and acts for another organisation at that moment."""
    contract = make_contract(desk, Status.SIGNED)
    elsewhere, beside = make_organization(), make_organization()
    for organization in (elsewhere, beside):
        make_member(organization, person=desk.clerk)
    make_staff(desk.fair, "verifier", person=desk.clerk)
    refused(desk, contract, desk.clerk, elsewhere)
    refused(desk, contract, desk.clerk, beside)


def test_one_person_in_two_sessions_or_with_a_token_is_one_person(desk, client):
    contract = make_contract(desk, Status.SIGNED)
    make_staff(desk.fair, "verifier", person=desk.clerk)
    with transaction():
        sessions = [accounts.start_session(desk.clerk)[0] for _ in range(2)]
    assert len({session.id for session in sessions}) == 2
    refused(desk, contract, desk.clerk)
    token = make_token(desk.clerk)
    answer = client.post(f"/api/v1/contracts/{contract.id}/verify", json={"content_hash": contract.content_hash}, headers=api(token))
    assert (answer.status_code, answer.json["type"]) == (403, "/problems/four-eyes")


def test_a_new_name_does_not_make_a_new_person(desk):
    contract = make_contract(desk, Status.SIGNED)
    make_staff(desk.fair, "verifier", person=desk.clerk)
    with transaction():
        accounts.rename("Somebody Else", "zh", by=actor(desk.clerk))
    refused(desk, contract, desk.clerk)


@pytest.mark.parametrize("spelling", ["{local}+second@{domain}", "{local}+@{domain}"])
def test_a_second_account_of_the_same_mailbox_is_the_same_person(desk, spelling):
    contract = make_contract(desk, Status.SIGNED)
    local, domain = desk.clerk.email.split("@")
    second = make_staff(desk.fair, "verifier", person=make_person(email=spelling.format(local=local, domain=domain)))
    refused(desk, contract, second)
    assert verify(desk, contract).status is Status.VERIFIED


def test_the_membership_of_a_second_account_counts_too(desk):
    works = make_organization()
    local, domain = desk.verifier.email.split("@")
    make_member(works, person=make_person(email=f"{local}+works@{domain}"))
    contract = make_contract(desk, Status.SIGNED, parties=between(works))
    refused(desk, contract, desk.verifier)


def between(recipient=None, broker=None):
    found = [
        {"role": "provider", "name": "Some Institute", "country": "DE"},
        {"role": "recipient", "name": recipient.name if recipient else "Some Works", "country": "CN", "organization_id": str(recipient.id) if recipient else None},
    ]  # fmt: skip
    if broker is not None:
        found.append({"role": "broker", "name": broker.name, "country": "CN", "organization_id": str(broker.id)})
    return found


def test_somebody_of_the_agency_that_brokers_it_belongs_to_a_party(desk):
    agency = make_organization()
    make_member(agency, person=desk.verifier)
    refused(desk, make_contract(desk, Status.SIGNED, parties=between(broker=agency)), desk.verifier)


def test_somebody_of_the_agency_behind_it_has_a_part_in_it_though_it_is_no_party(desk):
    agency = make_organization()
    achievement = make_achievement(desk.fair, agency)
    assert achievement.kind is Kind.ACHIEVEMENT
    contract = make_contract(desk, Status.SIGNED, achievement_id=str(achievement.id))
    make_member(agency, person=desk.verifier)
    refused(desk, contract, desk.verifier)
    another = make_staff(desk.fair, "verifier")
    with transaction():
        assert service.verify(contract.id, contract.content_hash, by=actor(another)).status is Status.VERIFIED


def test_a_verified_contract_is_voided_by_no_second_account_either(desk):
    contract = make_contract(desk)
    local, domain = desk.verifier.email.split("@")
    second = make_staff(desk.fair, "manager", person=make_person(email=f"{local}+m@{domain}"))
    with pytest.raises(FourEyes), transaction():
        service.void(contract.id, "not a real deal", by=actor(second))


def test_neither_signature_nor_verification_covers_what_was_not_shown(desk):
    """I20: both name the hash of the content shown; an edit in between makes them stale, and a signed one falls back."""
    contract = make_contract(desk, Status.SIGNED)
    seen = contract.content_hash
    with transaction():
        service.edit(contract.id, ContractIn().load(facts()), by=actor(desk.clerk))
    assert contract.status is Status.DECLARED
    with pytest.raises(Stale), transaction():
        service.sign(contract.id, seen, by=actor(desk.clerk))
    with transaction():
        service.sign(contract.id, contract.content_hash, by=actor(desk.clerk))
    with pytest.raises(Stale), transaction():
        service.verify(contract.id, seen, by=actor(desk.verifier))


def test_somebody_who_could_act_for_a_party_under_a_mandate_has_a_part_in_it(desk):
    institute = make_organization(kind=Kinds.INSTITUTE, name_en="Metal Institute", name_key="metalinstitute")
    agency = make_organization(kind=Kinds.AGENCY)
    agent, head = make_member(agency), make_member(institute)
    with transaction():
        mandate = mandates.propose(institute.slug, role=Role.EDITOR, ends_on=now().date(), by=actor(agent))
    with transaction():
        mandates.accept(mandate.id, by=actor(head))
    parties = facts()["parties"]
    parties[0] |= {"name": institute.name, "organization_id": str(institute.id)}
    contract = make_contract(desk, Status.SIGNED, parties=parties)
    make_staff(desk.fair, "verifier", person=agent)
    refused(desk, contract, agent, agency)
    with transaction():
        mandates.end(mandate.id, by=actor(head))
    refused(desk, contract, agent, agency)  # leaving does not undo having been there
    verify(desk, contract)


def test_somebody_of_the_organisation_that_a_party_was_merged_into_has_a_part_in_it(desk):
    party, became = make_organization(name_en="Old Works", name_key="oldworks"), make_organization()
    parties = facts()["parties"]
    parties[0] |= {"name": party.name, "organization_id": str(party.id)}
    contract = make_contract(desk, Status.SIGNED, parties=parties)
    with transaction():
        merging.merge(became.id, party.id, by=None)
    inside = make_member(became)
    make_staff(desk.fair, "verifier", person=inside)
    refused(desk, contract, inside, became)
    verify(desk, contract)
