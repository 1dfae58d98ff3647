"""A mismatch is settled by an edit or a word of staff, blocks verifying until then, and ends with the contract."""


import pytest
from sqlalchemy import select

from marketplace.confirmations import queries, settling
from marketplace.confirmations.models import Mismatch, Settled, Side
from marketplace.core.db import db, transaction
from marketplace.core.errors import Forbidden, FourEyes, IllegalMove, NotFound
from marketplace.ledger.models import Status
from tests.confirmations.factories_confirmations import ask, correcting, edit, make_deal, reply, said, stands
from tests.contracts.factories_contracts import verify
from tests.factories import actor, make_fair, make_member, make_staff


@pytest.fixture
def deal(app):
    return make_deal(app)


def test_an_open_mismatch_blocks_verifying_until_it_is_settled(deal):
    contract = deal.contract(Status.SIGNED)
    reply(ask(deal, contract)[Side.RECIPIENT], correcting(contract.content_hash, "total", "900000.00"))
    with pytest.raises(settling.MismatchOpen):
        verify(deal.desk, contract)
    mismatch = queries.state(contract.id, contract.content_hash).open_mismatches[0]
    with transaction():
        settling.settle(mismatch.id, "The party read the sum without equipment; both agreed by phone.", by=actor(deal.desk.clerk))
    assert stands(contract)["recipient"] == "settled"
    assert verify(deal.desk, contract).status is Status.VERIFIED
    with pytest.raises(IllegalMove), transaction():
        settling.settle(mismatch.id, "once more", by=actor(deal.desk.clerk))


def test_an_edit_settles_a_mismatch_and_asks_again(deal):
    contract = deal.contract(Status.SIGNED)
    reply(ask(deal, contract)[Side.RECIPIENT], correcting(contract.content_hash, "total", "900000.00"))
    edit(deal, contract, total_amount="900000.00", signed_on=contract.signed_on.isoformat())
    mismatch = db.session.scalars(select(Mismatch).where(Mismatch.contract_id == contract.id)).one()
    assert (mismatch.settled_how, mismatch.settled_by) == (Settled.EDIT, deal.desk.clerk.id)
    assert stands(contract) == {"provider": "asked", "recipient": "asked"}


def test_a_second_answer_of_the_same_side_replaces_the_first_and_its_mismatch(deal):
    contract = deal.contract(Status.SIGNED)
    reply(ask(deal, contract)[Side.RECIPIENT], correcting(contract.content_hash, "total", "900000.00"))
    again = ask(deal, contract, Side.RECIPIENT)[Side.RECIPIENT]
    assert stands(contract)["recipient"] == "differs"  # the first answer stands until the next one is there
    reply(again, said(contract.content_hash))
    assert stands(contract)["recipient"] == "confirmed"
    assert db.session.scalars(select(Mismatch)).one().settled_how is Settled.NEW_ANSWER
    assert verify(deal.desk, contract).status is Status.VERIFIED


def test_nobody_settles_for_their_own_organisation_or_another_fair(deal):
    contract = deal.contract(Status.SIGNED)
    reply(ask(deal, contract)[Side.RECIPIENT], correcting(contract.content_hash, "total", "900000.00"))
    mismatch = queries.state(contract.id, contract.content_hash).open_mismatches[0]
    partial = make_staff(deal.desk.fair, "verifier")
    make_member(deal.b, person=partial)
    with pytest.raises(FourEyes), transaction():
        settling.settle(mismatch.id, "we are right", by=actor(partial))
    with pytest.raises(NotFound), transaction():
        settling.settle(mismatch.id, "not my fair", by=actor(make_staff(make_fair(), "clerk")))
    with pytest.raises(Forbidden), transaction():
        settling.settle(mismatch.id, "only a manager", by=actor(make_staff(deal.desk.fair, "manager")))


def test_a_fair_may_ask_for_both_words_before_it_verifies(deal):
    with transaction():
        settling.set_rule(deal.desk.fair, both_confirm=True, by=actor(make_staff(deal.desk.fair, "manager")))
    contract = deal.contract(Status.SIGNED)
    with pytest.raises(settling.NotConfirmed):
        verify(deal.desk, contract)
    secrets = ask(deal, contract)
    reply(secrets[Side.PROVIDER], said(contract.content_hash))
    with pytest.raises(settling.NotConfirmed):
        verify(deal.desk, contract)
    reply(secrets[Side.RECIPIENT], said(contract.content_hash))
    assert verify(deal.desk, contract).status is Status.VERIFIED


def test_without_that_rule_a_missing_answer_does_not_block(deal):
    contract = deal.contract(Status.SIGNED)
    ask(deal, contract)
    assert verify(deal.desk, contract).status is Status.VERIFIED


def test_a_late_correction_of_a_verified_contract_still_reaches_the_queue(deal):
    contract = deal.contract(Status.SIGNED)
    secrets = ask(deal, contract)
    verify(deal.desk, contract)
    reply(secrets[Side.RECIPIENT], correcting(contract.content_hash, "total", "900000.00"))
    assert queries.count_mismatches(actor(deal.desk.clerk)) == 1
