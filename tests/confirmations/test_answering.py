"""Both sides are asked and answer: once, about the content that they were shown, by whoever may."""

from datetime import timedelta

import pytest
from sqlalchemy import select

from marketplace.confirmations import answering, queries
from marketplace.confirmations.models import Answer, Mismatch, Request, RequestStatus, Settled, Side
from marketplace.contracts import service
from marketplace.core import clock, jobs
from marketplace.core.audit import AuditRow
from marketplace.core.db import db, transaction
from marketplace.core.errors import Forbidden, FourEyes, IllegalMove, Invalid, NotFound, Stale
from marketplace.core.mail import OUTBOX_SEEN
from marketplace.ledger.models import Status
from marketplace.organizations.conflicts import ConflictOfInterest
from tests.confirmations.factories_confirmations import ask, both_confirm, correcting, edit, loaded, make_deal, reply, said, stands
from tests.contracts.factories_contracts import attach
from tests.factories import actor, make_member, make_person, make_staff


@pytest.fixture
def deal(app):
    return make_deal(app)


def test_each_side_is_asked_by_a_secret_that_is_stored_as_a_hash_only(deal):
    contract = deal.contract(Status.DECLARED)
    secrets = ask(deal, contract)
    assert set(secrets) == set(Side)
    for request in db.session.scalars(select(Request).where(Request.contract_id == contract.id)):
        assert secrets[request.side] not in str([getattr(request, column.key) for column in Request.__table__.columns])
        assert request.content_hash == contract.content_hash
        assert request.expires_at - request.asked_at == timedelta(days=14)


def test_a_confirmed_answer_stands_for_the_content_that_was_shown(deal):
    contract = deal.contract(Status.DECLARED)
    secrets = ask(deal, contract)
    answer = reply(secrets[Side.PROVIDER], said(contract.content_hash, show_names=True))
    assert (answer.corrections, answer.content_hash, answer.show_names, answer.show_amount) == ({}, contract.content_hash, True, False)
    assert stands(contract) == {"provider": "confirmed", "recipient": "asked"}
    assert queries.state(contract.id, contract.content_hash).confirmed_by == "one"
    reply(secrets[Side.RECIPIENT], said(contract.content_hash))
    assert queries.state(contract.id, contract.content_hash).confirmed_by == "both"


@pytest.mark.parametrize(
    ("fact", "value", "kept"),
    [
        ("title", "Licence of another process", "Licence of another process"), ("parties", "Anode Institute; Other Works", "Anode Institute; Other Works"),
        ("kind", "consulting", "consulting"), ("total", "900000.00", 90000000), ("technology", "42万", 42000000), ("currency", "USD", "USD"),
        ("signed_on", "2026-01-05", "2026-01-05"),
    ],
)  # fmt: skip
def test_a_corrected_fact_opens_a_mismatch(deal, fact, value, kept):
    contract = deal.contract(Status.DECLARED)
    answer = reply(ask(deal, contract)[Side.RECIPIENT], correcting(contract.content_hash, fact, value))
    assert answer.corrections == {fact: kept}
    mismatch = db.session.scalars(select(Mismatch).where(Mismatch.contract_id == contract.id)).one()
    assert (mismatch.settled_at, mismatch.content_hash) == (None, contract.content_hash)
    assert stands(contract)["recipient"] == "differs"


@pytest.mark.parametrize("said_so", [{"total": "correct", "total_to": "1000000.00"}, {"title": "correct", "title_to": "{title}"}, {"currency": "correct", "currency_to": "CNY"}])
def test_a_correction_to_what_stands_there_is_a_confirmation(deal, said_so):
    contract = deal.contract(Status.DECLARED)
    body = said(contract.content_hash, **{name: value.replace("{title}", contract.title_en) for name, value in said_so.items()})
    assert reply(ask(deal, contract)[Side.PROVIDER], body).corrections == {}


def test_an_amount_may_be_corrected_to_undisclosed(deal):
    contract = deal.contract(Status.DECLARED)
    body = said(contract.content_hash, technology="correct", technology_undisclosed=True)
    assert reply(ask(deal, contract)[Side.PROVIDER], body).corrections == {"technology": None}


def test_an_amount_that_cannot_be_read_is_named(deal):
    contract = deal.contract(Status.DECLARED)
    with pytest.raises(Invalid) as refused:
        reply(ask(deal, contract)[Side.PROVIDER], correcting(contract.content_hash, "total", "a lot"))
    assert [(error.pointer, error.code) for error in refused.value.errors] == [("/total_to", "amount_format")]
    assert stands(contract)["provider"] == "asked"


def gone(secret, contract, by=None):
    with pytest.raises(answering.LinkGone) as refused:
        reply(secret, said(contract.content_hash), by=by)
    return refused.value.why


def test_a_link_answers_once(deal):
    contract = deal.contract(Status.DECLARED)
    secret = ask(deal, contract)[Side.PROVIDER]
    reply(secret, said(contract.content_hash))
    assert gone(secret, contract) == "answered"
    assert gone("no such secret", contract) == "unknown"
    assert len(db.session.scalars(select(Answer).where(Answer.contract_id == contract.id)).all()) == 1


def test_a_link_ends_after_14_days_but_the_question_stays_open(deal, monkeypatch):
    contract = deal.contract(Status.DECLARED)
    secret = ask(deal, contract)[Side.PROVIDER]
    later = clock.now() + timedelta(days=15)
    monkeypatch.setattr(answering, "now", lambda: later)
    assert gone(secret, contract) == "expired"
    request = queries.state(contract.id, contract.content_hash).sides[Side.PROVIDER].open
    with transaction():
        answering.answer_signed_in(contract.id, request.id, said=loaded(said(contract.content_hash)), by=actor(deal.anna))
    assert stands(contract)["provider"] == "confirmed"


def test_asking_again_replaces_the_older_link(deal):
    contract = deal.contract(Status.DECLARED)
    first = ask(deal, contract)[Side.PROVIDER]
    second = ask(deal, contract, Side.PROVIDER)[Side.PROVIDER]
    assert gone(first, contract) == "replaced"
    reply(second, said(contract.content_hash))
    assert stands(contract)["provider"] == "confirmed"


def test_a_changed_content_voids_open_answers_and_asks_both_again(deal):
    contract = deal.contract(Status.DECLARED)
    secrets = ask(deal, contract, provider="anna@example.org")
    reply(secrets[Side.PROVIDER], said(contract.content_hash))
    edit(deal, contract, total_amount="2000000.00")
    assert gone(secrets[Side.RECIPIENT], contract) == "replaced"
    assert stands(contract) == {"provider": "asked", "recipient": "asked"}
    again = db.session.scalars(select(Request).where(Request.contract_id == contract.id, Request.status == RequestStatus.OPEN)).all()
    assert {(request.side, request.facts["total"]) for request in again} == {(Side.PROVIDER, 200000000), (Side.RECIPIENT, 200000000)}
    assert {request.side: request.email for request in again}[Side.PROVIDER] == "anna@example.org"


def test_a_new_page_of_evidence_is_another_content_too(deal):
    contract = deal.contract(Status.DECLARED)
    secrets = ask(deal, contract)
    attach(deal.desk, contract)
    assert gone(secrets[Side.PROVIDER], contract) == "replaced"
    assert stands(contract) == {"provider": "asked", "recipient": "asked"}


def test_nobody_is_asked_by_an_edit_who_had_not_been_asked(deal):
    contract = deal.contract(Status.DECLARED)
    edit(deal, contract, total_amount="2000000.00")
    assert stands(contract) == {"provider": "not_asked", "recipient": "not_asked"}


def test_an_edit_there_and_back_does_not_bring_the_old_answers_back(deal):
    contract = deal.contract(Status.DECLARED)
    both_confirm(deal, contract)
    first, facts = contract.content_hash, {"signed_on": contract.signed_on.isoformat()}
    edit(deal, contract, total_amount="2000000.00", **facts)
    edit(deal, contract, **facts)
    assert contract.content_hash == first
    assert stands(contract) == {"provider": "asked", "recipient": "asked"}


def test_an_answer_to_another_content_than_the_one_shown_is_refused(deal):
    contract = deal.contract(Status.DECLARED)
    secret = ask(deal, contract)[Side.PROVIDER]
    with pytest.raises(Stale):
        reply(secret, said("0" * 64))


def test_fair_staff_and_the_other_side_do_not_answer_by_a_link(deal):
    contract = deal.contract(Status.DECLARED)
    secret = ask(deal, contract)[Side.PROVIDER]
    for person in (deal.desk.clerk, deal.desk.verifier):
        with pytest.raises(FourEyes):
            reply(secret, said(contract.content_hash), by=actor(person))
    with pytest.raises(Forbidden):
        reply(secret, said(contract.content_hash), by=actor(deal.bo))
    assert reply(secret, said(contract.content_hash), by=actor(deal.anna)).person_id == deal.anna.id


def signed_in(deal, contract, side, person):
    request = queries.state(contract.id, contract.content_hash).sides[side].open
    with transaction():
        return answering.answer_signed_in(contract.id, request.id, said=loaded(said(contract.content_hash)), by=actor(person))


def test_a_member_answers_for_their_own_side_only(deal):
    contract = deal.contract(Status.DECLARED)
    ask(deal, contract)
    for side, person in ((Side.RECIPIENT, deal.anna), (Side.PROVIDER, deal.bo), (Side.PROVIDER, make_member()), (Side.PROVIDER, make_person())):
        with pytest.raises(NotFound):
            signed_in(deal, contract, side, person)
    assert signed_in(deal, contract, Side.PROVIDER, deal.anna).organization_id == deal.a.id
    assert queries.count_to_confirm(actor(deal.anna)) == 0
    assert queries.count_to_confirm(actor(deal.bo)) == 1


def test_a_reader_of_the_organisation_does_not_answer(deal):
    contract = deal.contract(Status.DECLARED)
    ask(deal, contract)
    with pytest.raises(Forbidden):
        signed_in(deal, contract, Side.PROVIDER, make_member(deal.a, role="reader"))


def test_a_member_of_staff_who_also_belongs_to_a_party_does_not_answer_for_it(deal):
    contract = deal.contract(Status.DECLARED)
    ask(deal, contract)
    make_member(deal.a, person=deal.desk.verifier)
    with pytest.raises(NotFound if deal.a.id != actor(deal.desk.verifier).organization_id else FourEyes):
        signed_in(deal, contract, Side.PROVIDER, deal.desk.verifier)


def test_who_answered_for_a_party_is_no_second_person(deal):
    contract = deal.contract(Status.SIGNED)
    helper = make_person()
    reply(ask(deal, contract)[Side.PROVIDER], said(contract.content_hash), by=actor(helper))
    make_staff(deal.desk.fair, "verifier", person=helper)
    with pytest.raises(FourEyes), transaction():
        service.verify(contract.id, contract.content_hash, by=actor(helper))


def test_every_step_leaves_one_audit_row_without_names(deal):
    contract = deal.contract(Status.DECLARED)
    reply(ask(deal, contract)[Side.PROVIDER], correcting(contract.content_hash, "total", "900000.00", name="CANARY-NAME"))
    rows = db.session.scalars(select(AuditRow).where(AuditRow.action.startswith("confirmations."))).all()
    assert sorted(row.action for row in rows) == ["confirmations.answer", "confirmations.ask"]
    assert "CANARY" not in str([row.facts for row in rows])
    assert "900000" not in str([row.facts for row in rows])


def test_the_mails_go_to_the_sides_people_in_their_language_and_hold_no_fact(deal, app):
    deal.bo.language = "zh"
    db.session.commit()
    contract = deal.contract(Status.DECLARED, title_en="CANARY-TITLE", total_amount="7654321.00")
    secrets = ask(deal, contract, provider="Guest@Example.org")
    for _ in range(2):
        for row_id in jobs.due(100):
            jobs.run(row_id)
    seen = {mail["To"]: mail for mail in OUTBOX_SEEN}
    assert set(seen) == {"Guest@Example.org", deal.anna.email, deal.bo.email}
    assert f"/confirm/{secrets[Side.PROVIDER]}" in seen[deal.anna.email].get_content()
    assert f"/confirm/{secrets[Side.RECIPIENT]}" in seen[deal.bo.email].get_content()
    for mail in seen.values():
        assert contract.reference in mail["Subject"]
        assert "CANARY" not in mail.get_content()
        assert "7654321" not in mail.get_content()


def test_no_mail_goes_out_for_a_question_that_was_replaced_meanwhile(deal):
    contract = deal.contract(Status.DECLARED)
    ask(deal, contract)
    fresh = ask(deal, contract)
    for _ in range(2):
        for row_id in jobs.due(100):
            jobs.run(row_id)
    texts = [mail.get_content() for mail in OUTBOX_SEEN]
    assert len(texts) == 2
    assert all(any(secret in text for secret in fresh.values()) for text in texts)


def test_signing_and_evidence_after_the_answer_of_both_asks_for_no_third_word(deal):
    contract = deal.contract(Status.DECLARED)
    attach(deal.desk, contract, b"%PDF-1.4\n% first page\n")
    both_confirm(deal, contract)
    with transaction():
        service.sign(contract.id, contract.content_hash, by=actor(deal.desk.clerk))
    assert stands(contract) == {"provider": "confirmed", "recipient": "confirmed"}


def test_questions_and_mismatches_end_with_the_contract(deal):
    contract = deal.contract(Status.SIGNED)
    secrets = ask(deal, contract)
    reply(secrets[Side.RECIPIENT], correcting(contract.content_hash, "total", "900000.00"))
    with transaction():
        service.void(contract.id, "not a deal", by=actor(deal.desk.clerk))
    assert gone(secrets[Side.PROVIDER], contract) == "withdrawn"
    assert db.session.scalars(select(Mismatch)).one().settled_how is Settled.ENDED
    with pytest.raises(IllegalMove):
        ask(deal, contract)


def test_who_answered_for_one_side_does_not_answer_for_the_other(app):
    deal = make_deal(app)
    contract = deal.contract(Status.SIGNED)
    secrets = ask(deal, contract)
    body = loaded(said(contract.content_hash))
    with transaction():
        answering.answer_by_link(secrets[Side.PROVIDER], body, by=deal.by(deal.anna))
    make_member(deal.b, person=deal.anna)
    with pytest.raises(ConflictOfInterest), transaction():
        answering.answer_by_link(secrets[Side.RECIPIENT], body, by=actor(deal.anna, deal.b))
    with transaction():
        answering.answer_by_link(secrets[Side.RECIPIENT], body, by=deal.by(deal.bo))
