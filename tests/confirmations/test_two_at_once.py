"""Eight answers by one link at once: one wins, seven are told so. Without the look at the locked question, more would."""

import pytest
from sqlalchemy import func, select

from marketplace.confirmations import answering
from marketplace.confirmations.models import Answer, Side
from marketplace.contracts import service
from marketplace.core.db import db
from marketplace.ledger.models import Status
from tests.at_once import own_app, rush
from tests.confirmations.factories_confirmations import ask, changed, correcting, loaded, make_deal, said
from tests.factories import actor

AT_ONCE = 8
assert own_app  # the fixture: an application with a database of its own, for threads that commit


def answers_of(contract_id):
    return db.session.scalar(select(func.count()).select_from(Answer).where(Answer.contract_id == contract_id))


@pytest.mark.timeout(120)
def test_of_eight_answers_by_one_link_exactly_one_wins(own_app):
    deal = make_deal(own_app)
    contract = deal.contract(Status.SIGNED)
    secret, body, contract_id = ask(deal, contract)[Side.PROVIDER], loaded(said(contract.content_hash)), contract.id
    db.session.remove()
    answers = rush(own_app, [lambda: answering.answer_by_link(secret, body, by=None)] * AT_ONCE)
    assert answers == {"won": 1, "410": AT_ONCE - 1}
    assert answers_of(contract_id) == 1


@pytest.mark.timeout(120)
def test_without_the_look_at_the_locked_question_none_is_told(own_app, monkeypatch):
    """The negative control: the test above can fail. The database still lets no second answer in."""
    deal = make_deal(own_app)
    contract = deal.contract(Status.SIGNED)
    secret, body, contract_id = ask(deal, contract)[Side.PROVIDER], loaded(said(contract.content_hash)), contract.id
    db.session.remove()
    monkeypatch.setattr(answering, "_still_open", lambda _request: None)
    answers = rush(own_app, [lambda: answering.answer_by_link(secret, body, by=None)] * AT_ONCE)
    assert answers["410"] == 0
    assert answers_of(contract_id) == 1


@pytest.mark.timeout(120)
def test_a_correction_and_a_verification_at_once_never_leave_a_verified_contract_with_its_mismatch_unseen(own_app):
    """Whichever is first: the mismatch keeps the contract signed, or it comes after it was verified and stands in the queue."""
    deal = make_deal(own_app)
    contract = deal.contract(Status.SIGNED)
    secret, seen, contract_id = ask(deal, contract)[Side.RECIPIENT], contract.content_hash, contract.id
    body, verifier = loaded(correcting(seen, "total", "900000.00")), actor(deal.desk.verifier)
    db.session.remove()
    answers = rush(own_app, [
        lambda: answering.answer_by_link(secret, body, by=None), lambda: service.verify(contract_id, seen, by=verifier),
    ])  # fmt: skip
    assert answers in ({"won": 2}, {"won": 1, "409": 1})
    assert answers_of(contract_id) == 1


@pytest.mark.timeout(120)
def test_an_answer_and_an_edit_at_once_end_in_one_order(own_app):
    """The answer stands for the old content, or it is told that the content is another."""
    deal = make_deal(own_app)
    contract = deal.contract(Status.DECLARED)
    secret, seen, contract_id = ask(deal, contract)[Side.RECIPIENT], contract.content_hash, contract.id
    body, clerk = loaded(said(seen)), actor(deal.desk.clerk)
    facts = changed(deal, contract, total_amount="2000000.00")
    db.session.remove()
    answers = rush(own_app, [
        lambda: answering.answer_by_link(secret, body, by=None), lambda: service.edit(contract_id, facts, by=clerk),
    ])  # fmt: skip
    assert answers in ({"won": 2}, {"won": 1, "410": 1})
    assert service.show(contract_id, by=clerk).contract.content_hash != seen
