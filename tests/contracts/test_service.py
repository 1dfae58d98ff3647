"""Contracts at the desk: moves, four eyes, what is shown is what is signed."""

import io
from datetime import date, timedelta

import pytest
from sqlalchemy import update

from marketplace.contracts import evidence, service
from marketplace.contracts.models import MOVES, Contract
from marketplace.contracts.schemas import ContractIn
from marketplace.core.clock import now
from marketplace.core.db import db, transaction
from marketplace.core.errors import Duplicate, Forbidden, FourEyes, IllegalMove, Invalid, NotFound, Stale, TooLarge
from marketplace.fairs.models import Fair
from marketplace.ledger.models import Status
from marketplace.organizations import members
from tests.contracts.factories_contracts import PDF, attach, declare, facts, make_contract, make_desk, sign, verify
from tests.factories import actor, make_member, make_organization, make_person, make_staff


@pytest.fixture
def desk(app):
    return make_desk(app)


def test_a_verified_contract_raises_the_total_by_exactly_its_value_once(desk):
    contract = make_contract(desk, total_amount="123456.78", technology_amount=None)
    assert (desk.headline().count, desk.headline().base_total_minor) == (1, 12345678)
    with pytest.raises(IllegalMove):
        verify(desk, contract)
    assert desk.headline().count == 1


def test_declared_and_signed_add_nothing_to_the_headline(desk):
    make_contract(desk, Status.DECLARED)
    make_contract(desk, Status.SIGNED)
    make_contract(desk, Status.VOID)
    assert desk.headline().base_total_minor == 0


@pytest.mark.parametrize("start", list(Status))
@pytest.mark.parametrize("end", [Status.SIGNED, Status.VERIFIED, Status.VOID])
def test_every_pair_of_states(desk, start, end):
    contract = make_contract(desk, start)
    if start is Status.DECLARED and end is Status.SIGNED:
        attach(desk, contract)
    other = make_staff(desk.fair, "verifier", "clerk")
    acts = {
        Status.SIGNED: lambda: service.sign(contract.id, contract.content_hash, by=actor(other)),
        Status.VERIFIED: lambda: service.verify(contract.id, contract.content_hash, by=actor(other)),
        Status.VOID: lambda: service.void(contract.id, "a reason", by=actor(other)),
    }
    if end in MOVES[start]:
        with transaction():
            acts[end]()
        assert db.session.get(Contract, contract.id).status is end
    else:
        with pytest.raises(IllegalMove), transaction():
            acts[end]()


def test_who_logged_it_does_not_verify_it(desk):
    person = make_staff(desk.fair, "clerk", "verifier")
    with transaction():
        contract = service.declare(desk.fair, ContractIn().load(facts()), by=actor(person))
    sign(desk, contract)
    with pytest.raises(FourEyes), transaction():
        service.verify(contract.id, contract.content_hash, by=actor(person))


def test_who_belongs_to_a_party_does_not_verify_it(desk):
    works = make_organization()
    make_member(works, person=desk.verifier)
    parties = [
        {"role": "provider", "name": "Institute", "country": "DE"},
        {"role": "recipient", "name": works.name, "country": "CN", "organization_id": str(works.id)},
    ]
    contract = make_contract(desk, Status.SIGNED, parties=parties)
    with pytest.raises(FourEyes):
        verify(desk, contract)


def _named(name):
    return [{"role": "provider", "name": "Institute", "country": "DE"}, {"role": "recipient", "name": name, "country": "CN"}]


def test_a_party_logged_by_its_name_alone_is_the_organisation_of_that_name(desk):
    make_member(make_organization(name_en="Brightwater Works Ltd", name_zh="亮水厂"), person=desk.verifier)
    for name in ("BRIGHTWATER  works, Ltd.", "亮水厂"):
        contract = make_contract(desk, Status.SIGNED, parties=_named(name))
        with pytest.raises(FourEyes):
            verify(desk, contract)
    assert verify(desk, make_contract(desk, Status.SIGNED, parties=_named("Other Works"))).status is Status.VERIFIED


def test_leaving_a_party_does_not_make_a_second_pair_of_eyes(desk):
    works = make_organization()
    make_member(works)
    make_member(works, person=desk.verifier)
    left_before = make_organization()
    make_member(left_before)
    make_member(left_before, person=desk.verifier)
    with transaction():
        members.end(left_before.id, desk.verifier.id, by=actor(desk.verifier, left_before))
    contract = make_contract(desk, Status.SIGNED, parties=[_named("x")[0], _named(works.name)[1] | {"organization_id": str(works.id)}])
    other = make_contract(desk, Status.SIGNED, parties=[_named("x")[0], _named(left_before.name)[1] | {"organization_id": str(left_before.id)}])
    with transaction():
        members.end(works.id, desk.verifier.id, by=actor(desk.verifier, works))
    with pytest.raises(FourEyes):
        verify(desk, contract)
    assert verify(desk, other).status is Status.VERIFIED


def test_a_fair_closed_in_the_meantime_books_nothing_more(desk):
    contract = declare(desk)
    attach(desk, contract)
    db.session.execute(update(Fair).where(Fair.id == desk.fair.id).values(closed_at=now()), execution_options={"synchronize_session": False})
    assert desk.fair.closed_at is None  # what was read before
    with pytest.raises(Invalid):
        service.declare(desk.fair, ContractIn().load(facts()), by=actor(desk.clerk))
    with pytest.raises(Forbidden):
        service.sign(contract.id, contract.content_hash, by=actor(desk.clerk))


def test_a_verified_contract_is_voided_only_by_somebody_new_to_it(desk):
    contract = make_contract(desk)
    for person in (desk.clerk, desk.verifier):
        with pytest.raises(FourEyes), transaction():
            service.void(contract.id, "not real", by=actor(person))
    with transaction():
        service.void(contract.id, "not real", by=actor(make_staff(desk.fair, "manager")))
    assert desk.headline().count == 0


def test_nobody_signs_what_they_were_not_shown(desk):
    contract = declare(desk)
    attach(desk, contract)
    with pytest.raises(Stale), transaction():
        service.sign(contract.id, "0" * 64, by=actor(desk.clerk))


def test_an_edit_brings_a_signed_contract_back_to_declared(desk):
    contract = make_contract(desk, Status.SIGNED)
    before = contract.content_hash
    with transaction():
        service.edit(contract.id, ContractIn().load(facts(total_amount="2000000.00")), by=actor(desk.clerk))
    assert contract.status is Status.DECLARED
    assert contract.content_hash != before
    verified = sign_again(desk, contract)
    assert verified.status is Status.VERIFIED
    assert desk.headline().base_total_minor == 200000000


def sign_again(desk, contract):
    with transaction():
        service.sign(contract.id, contract.content_hash, by=actor(desk.clerk))
    return verify(desk, contract)


def test_the_class_is_for_ever(desk):
    contract = make_contract(desk, Status.DECLARED)
    changed = facts(**{"class": "intent", "total_amount": None, "technology_amount": None})
    with pytest.raises(Invalid), transaction():
        service.edit(contract.id, ContractIn().load(changed), by=actor(desk.clerk))


def test_signing_needs_evidence_and_a_day(desk):
    contract = declare(desk)
    with pytest.raises(service.NoEvidence), transaction():
        service.sign(contract.id, contract.content_hash, by=actor(desk.clerk))
    undated = declare(desk, signed_on=None)
    attach(desk, undated)
    with pytest.raises(Invalid), transaction():
        service.sign(undated.id, undated.content_hash, by=actor(desk.clerk))


def test_a_day_to_come_is_refused(desk):
    with pytest.raises(Invalid):
        declare(desk, signed_on=(date.today() + timedelta(days=3)).isoformat())


def test_a_number_is_used_once_a_fair(desk):
    declare(desk, number="HT-1")
    with pytest.raises(Duplicate):
        declare(desk, number="HT-1")


def test_an_intent_has_no_deal_value(desk):
    with pytest.raises(Invalid):
        declare(desk, **{"class": "intent"})


def test_an_undisclosed_amount_counts_as_a_contract_not_as_zero(desk):
    make_contract(desk, total_amount=None, technology_amount=None)
    head = desk.headline()
    assert (head.count, head.disclosed, head.base_total_minor) == (1, 0, 0)


def test_evidence_is_recognised_by_content(desk):
    contract = declare(desk)
    for content, error in ((b"<html>", Invalid), (b"", Invalid), (b"%PDF-" + b"x" * (evidence.LARGEST + 1), TooLarge)):
        with pytest.raises(error), transaction():
            evidence.attach(contract.id, io.BytesIO(content), name="x.pdf", folder=desk.folder, by=actor(desk.clerk))
    file = attach(desk, contract)
    assert evidence.where(desk.folder, file.sha256).read_bytes() == PDF
    with pytest.raises(Duplicate):
        attach(desk, contract)


@pytest.mark.parametrize(
    ("name", "shown"),
    [("../../etc/passwd", "passwd.pdf"), ("C:\\x\\签字页.PDF", "签字页.pdf"), ("\x00<b>.pdf", "b.pdf"), ("", "evidence.pdf"), ("....", "evidence.pdf")],
)
def test_a_file_name_is_only_a_name(name, shown):
    assert evidence.safe_name(name, "application/pdf") == shown


def test_strangers_see_nothing_and_parties_see_theirs(desk):
    works = make_organization()
    member = make_member(works)
    parties = [
        {"role": "provider", "name": "Institute", "country": "DE"},
        {"role": "recipient", "name": works.name, "country": "CN", "organization_id": str(works.id)},
    ]
    contract = make_contract(desk, Status.DECLARED, parties=parties)
    assert service.show(contract.id, by=actor(member)).contract.id == contract.id
    for stranger in (make_member(), make_person(), make_staff(make_desk_fair(desk))):
        with pytest.raises(NotFound):
            service.show(contract.id, by=actor(stranger))
    with pytest.raises(Forbidden), transaction():
        service.void(contract.id, "mine to void?", by=actor(member))


def make_desk_fair(desk):
    from tests.factories import make_fair

    return make_fair()
