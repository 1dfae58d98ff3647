"""Amending a verified contract: proposed by one, asked of both sides, decided by another, booked by one voucher pair."""

from types import SimpleNamespace

import pytest
from sqlalchemy import select

from marketplace.contracts import amending, duplicates, service
from marketplace.contracts.models import Act, Hand
from marketplace.contracts.schemas import ContractIn
from marketplace.core.audit import AuditRow
from marketplace.core.db import db, transaction
from marketplace.core.errors import Forbidden, FourEyes, IllegalMove, Invalid, NotFound, Stale
from marketplace.ledger.models import Status, Voucher
from marketplace.organizations.models import Status as OrganizationStatus
from tests.contracts.factories_contracts import facts, make_contract, make_desk
from tests.factories import actor, make_fair, make_member, make_organization, make_person, make_staff
from tests.roadshow.factories_roadshow import make_achievement


@pytest.fixture
def desk(app):
    return make_desk(app)


def of(contract, **changes):
    """The facts of this contract, with some changed, as the schema loads them."""
    parties = [
        {"role": p.role.value, "name": p.name, "country": p.country, "organization_id": str(p.organization_id) if p.organization_id else None}
        for p in service.show(contract.id, by=changes.pop("reader")).parties
    ]  # fmt: skip
    body = {"title_en": contract.title_en, "signed_on": contract.signed_on.isoformat(), "open": contract.open, "parties": parties}
    return ContractIn().load(facts(**body) | changes)


def propose(desk, contract, *, by=None, reason="The annex lowers the price.", **changes):
    data = of(contract, reader=actor(desk.clerk), **changes)
    with transaction():
        return amending.propose(contract.id, data, reason=reason, by=by or actor(desk.clerk))


def approve(contract, amendment, by, seen=None):
    with transaction():
        return amending.approve(contract.id, amendment.id, seen_hash=seen or amendment.content_hash, by=by)


def test_a_proposal_changes_neither_contract_nor_total(desk):
    contract = make_contract(desk)
    before = (contract.content_hash, contract.version, desk.headline())
    amendment = propose(desk, contract, total_amount="800000.00")
    db.session.refresh(contract)
    assert (contract.content_hash, contract.version, desk.headline()) == before
    assert amendment.before_hash == contract.content_hash != amendment.content_hash


def test_an_approved_amendment_is_booked_and_gives_a_new_content(desk):
    contract = make_contract(desk)
    version, before = contract.version, contract.content_hash
    amendment = propose(desk, contract, total_amount="800000.00")
    approve(contract, amendment, actor(desk.verifier))
    db.session.refresh(contract)
    assert (contract.status, contract.total_minor, contract.content_hash) == (Status.VERIFIED, 80000000, amendment.content_hash)
    assert contract.version > version
    assert contract.content_hash != before
    assert (desk.headline().count, desk.headline().base_total_minor) == (1, 80000000)
    vouchers = db.session.scalars(select(Voucher).where(Voucher.contract_id == contract.id).order_by(Voucher.seq)).all()
    assert vouchers[-1].move == "amend"
    assert vouchers[-1].reason == "The annex lowers the price."
    hands = db.session.scalars(select(Hand).where(Hand.contract_id == contract.id, Hand.content_hash == contract.content_hash)).all()
    assert {(hand.person_id, hand.act) for hand in hands} == {(desk.clerk.id, Act.EDITED), (desk.verifier.id, Act.VERIFIED)}
    actions = db.session.scalars(select(AuditRow.action).where(AuditRow.subject == f"contract:{contract.id}")).all()
    assert actions.count("contracts.propose") == actions.count("contracts.amend") == 1


def test_the_title_and_the_parties_may_be_amended_without_moving_the_total(desk):
    contract = make_contract(desk)
    parties = [{"role": "provider", "name": "Renamed Institute", "country": "DE"}, {"role": "recipient", "name": "Works", "country": "CN"}]
    amendment = propose(desk, contract, title_en="Another title", parties=parties)
    approve(contract, amendment, actor(desk.verifier))
    shown = service.show(contract.id, by=actor(desk.clerk))
    assert (shown.contract.title_en, shown.parties[0].name) == ("Another title", "Renamed Institute")
    assert desk.headline().base_total_minor == 100000000


def test_the_proposer_does_not_approve_under_any_account(desk):
    contract = make_contract(desk)
    amendment = propose(desk, contract, total_amount="800000.00")
    make_staff(desk.fair, "verifier", person=desk.clerk)
    local, domain = desk.clerk.email.split("@")
    for person in (desk.clerk, make_staff(desk.fair, "verifier", person=make_person(email=f"{local}+v@{domain}"))):
        with pytest.raises(FourEyes):
            approve(contract, amendment, actor(person))


def test_nobody_of_a_party_approves_be_it_a_party_only_by_the_amendment(desk):
    works = make_organization()
    contract = make_contract(desk)
    parties = [{"role": "provider", "name": "Institute", "country": "DE"}, {"role": "recipient", "name": works.name, "country": "CN", "organization_id": str(works.id)}]
    amendment = propose(desk, contract, parties=parties)
    partial = make_staff(desk.fair, "verifier")
    make_member(works, person=partial)
    with pytest.raises(FourEyes):
        approve(contract, amendment, actor(partial))
    assert approve(contract, amendment, actor(desk.verifier)).outcome is amending.Outcome.APPROVED


def test_the_class_never_changes(desk):
    contract = make_contract(desk)
    with pytest.raises(Invalid) as refused:
        propose(desk, contract, **{"class": "intent", "total_amount": None, "technology_amount": None})
    assert refused.value.errors[0].code == "class_for_ever"


@pytest.mark.parametrize("status", [Status.DECLARED, Status.SIGNED, Status.VOID])
def test_only_a_verified_contract_is_amended(desk, status):
    with pytest.raises(IllegalMove):
        propose(desk, make_contract(desk, status), total_amount="800000.00")


def test_a_second_open_proposal_is_refused(desk):
    contract = make_contract(desk)
    first = propose(desk, contract, total_amount="800000.00")
    with pytest.raises(amending.AlreadyProposed):
        propose(desk, contract, total_amount="700000.00")
    with transaction():
        amending.turn_down(contract.id, first.id, note="the annex is not signed", by=actor(desk.verifier))
    assert propose(desk, contract, total_amount="700000.00").number == 2


def test_a_proposal_that_changes_nothing_is_refused(desk):
    contract = make_contract(desk)
    with pytest.raises(Invalid):
        propose(desk, contract)


def test_a_proposal_that_was_turned_down_changes_nothing_and_is_over(desk):
    contract = make_contract(desk)
    amendment = propose(desk, contract, total_amount="800000.00")
    with transaction():
        amending.turn_down(contract.id, amendment.id, note="the annex is not signed", by=actor(desk.verifier))
    with pytest.raises(IllegalMove):
        approve(contract, amendment, actor(desk.verifier))
    assert desk.headline().base_total_minor == 100000000


def test_approving_names_the_proposed_content(desk):
    contract = make_contract(desk)
    amendment = propose(desk, contract, total_amount="800000.00")
    with pytest.raises(Stale):
        approve(contract, amendment, actor(desk.verifier), seen=contract.content_hash)


def test_an_open_proposal_ends_with_its_contract(desk):
    contract = make_contract(desk)
    amendment = propose(desk, contract, total_amount="800000.00")
    with transaction():
        service.void(contract.id, "never signed", by=actor(make_staff(desk.fair, "manager")))
    assert amendment.outcome is amending.Outcome.ENDED
    with pytest.raises(IllegalMove):
        approve(contract, amendment, actor(desk.verifier))


def test_a_void_contract_that_was_amended_leaves_the_total_whole(desk):
    contract = make_contract(desk)
    approve(contract, propose(desk, contract, total_amount="800000.00"), actor(desk.verifier))
    with transaction():
        service.void(contract.id, "never signed", by=actor(make_staff(desk.fair, "manager")))
    assert (desk.headline().count, desk.headline().base_total_minor) == (0, 0)


def test_rights_and_foreign_ids(desk):
    contract, other = make_contract(desk), make_contract(desk)
    amendment = propose(desk, contract, total_amount="800000.00")
    with pytest.raises(NotFound):
        approve(other, amendment, actor(desk.verifier))
    with pytest.raises(NotFound):
        approve(contract, amendment, actor(make_staff(make_fair(), "verifier")))
    with pytest.raises(Forbidden):
        approve(contract, amendment, actor(desk.clerk))
    with pytest.raises(Forbidden):
        propose(desk, other, by=actor(desk.verifier), total_amount="800000.00")


def test_frozen_facts_come_back_as_they_were():
    data = ContractIn().load(facts(number="HT-7", achievement_id="01890a5d-ac96-774b-bcce-b302099a8057"))
    kept = amending.freeze(data)
    assert amending.thaw(kept) == data
    assert type(amending.thaw(kept)["contract_class"]) is type(data["contract_class"])
    assert SimpleNamespace(**amending.thaw(kept)).parties[0]["role"] is data["parties"][0]["role"]


def test_an_amendment_that_makes_it_a_deal_that_is_logged_already_is_refused(desk):
    """The deal itself is left out of the comparison; another one is named, unless it was told apart."""
    achievement = str(make_achievement(desk.fair, make_organization()).id)
    other = make_contract(desk, achievement_id=achievement)
    sides = [{"role": p.role.value, "name": p.name, "country": p.country} for p in service.show(other.id, by=actor(desk.clerk)).parties]
    contract = make_contract(desk, parties=sides, total_amount="5000000.00", technology_amount=None)
    with pytest.raises(duplicates.SameDeal) as refused:
        propose(desk, contract, achievement_id=achievement)
    assert refused.value.members == {"same": [{"id": str(other.id), "reference": other.reference}]}
    told = {"achievement_id": achievement, "distinct_from": [str(other.id)], "distinct_reason": "the second of two plants"}
    amendment = propose(desk, contract, **told)
    approve(contract, amendment, actor(desk.verifier))
    [(distinction, _)] = duplicates.distinctions_of(contract.id)
    assert (distinction.other_id, distinction.reason) == (other.id, "the second of two plants")
    approve(contract, propose(desk, contract, achievement_id=achievement, title_en="Told apart already"), actor(desk.verifier))


def test_a_deal_that_was_logged_since_the_proposal_stops_its_approval(desk):
    achievement = str(make_achievement(desk.fair, make_organization()).id)
    contract = make_contract(desk)
    amendment = propose(desk, contract, achievement_id=achievement)
    sides = [{"role": p.role.value, "name": p.name, "country": p.country} for p in service.show(contract.id, by=actor(desk.clerk)).parties]
    make_contract(desk, Status.DECLARED, achievement_id=achievement, parties=sides)
    with pytest.raises(duplicates.SameDeal):
        approve(contract, amendment, actor(desk.verifier))
    db.session.refresh(amendment)
    assert amendment.outcome is amending.Outcome.OPEN


def test_an_amendment_can_be_read_and_turned_down_after_a_party_left_the_marketplace(desk):
    organization = make_organization()
    contract = make_contract(desk)
    sides = [{"role": "provider", "name": organization.name, "country": "DE", "organization_id": str(organization.id)},
             {"role": "recipient", "name": "Works", "country": "CN", "organization_id": None}]  # fmt: skip
    amendment = propose(desk, contract, parties=sides)
    organization.status = OrganizationStatus.DECLINED
    db.session.commit()
    assert amending.proposal(contract.id, amendment.id, by=actor(desk.verifier)).then.parties[0].name == organization.name
    with pytest.raises(Invalid):
        approve(contract, amendment, actor(desk.verifier))
    with transaction():
        amending.turn_down(contract.id, amendment.id, note="the party is gone", by=actor(desk.verifier))
