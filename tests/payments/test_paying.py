"""A fee from its hold to its payment, with the sandbox over real HTTP and its signed events: who may pay, and what is not our payment."""

from datetime import timedelta
from uuid import uuid4

import pytest
from sqlalchemy import update

from marketplace.core.clock import now
from marketplace.core.db import db, transaction
from marketplace.payments import queries, service
from marketplace.payments.models import MOVES, Fee, FeeStatus, WebhookEvent
from marketplace.payments.sandbox import ApiFault
from tests.factories import actor, form_token, make_fair, make_member, make_organization, make_staff, sign_in


def test_only_the_signed_event_confirms_not_the_browsers_return(shop, told):
    shop.sandbox.switches.hold = True
    fee_id = shop.hold()
    client = shop.app.test_client()
    sign_in(client, shop.payer, shop.organization)
    answer = client.get(f"/payments/{fee_id}/checkout")
    assert answer.status_code == 303
    assert answer.location.startswith(shop.sandbox.url)
    assert client.get(f"/payments/{fee_id}/checkout").location == answer.location
    assert shop.pay(answer.location.rsplit("/", 1)[1]) == 303
    page = client.get(f"/payments/{fee_id}?returned=1")
    assert "Waiting for confirmation" in page.text
    assert shop.status(fee_id) == "held"
    shop.sandbox.release()
    assert shop.status(fee_id) == "paid"
    assert "Paid and confirmed" in client.get(f"/payments/{fee_id}?returned=1").text
    assert told == {"paid": 1}


def test_a_declined_card_leaves_the_hold_and_a_second_card_pays(shop, told):
    fee_id = shop.hold()
    checkout = shop.open(fee_id)
    assert shop.pay(checkout, card="declined") == 402
    assert shop.sandbox.wait_until_quiet()
    shop.work()
    assert shop.status(fee_id) == "held"
    assert shop.pay(checkout) == 303
    assert shop.sandbox.wait_until_quiet()
    assert shop.status(fee_id) == "paid"
    assert told == {"paid": 1}


@pytest.mark.parametrize("fault", [ApiFault.DOWN, ApiFault.LOST])
def test_a_checkout_that_failed_to_open_is_opened_once_later(shop, fault):
    fee_id = shop.hold()
    client = shop.app.test_client()
    sign_in(client, shop.payer, shop.organization)
    shop.sandbox.switches.api_fault = fault
    assert client.get(f"/payments/{fee_id}/checkout").status_code == 503
    assert shop.status(fee_id) == "held"
    shop.sandbox.switches.api_fault = ApiFault.NONE
    assert client.get(f"/payments/{fee_id}/checkout").status_code == 303
    assert len(shop.sandbox.account.store.objects["checkout.session"]) == 1


def test_another_amount_or_currency_is_not_our_payment(shop, told):
    fee_id = shop.hold()
    session = shop.sandbox.account.store.get("checkout.session", shop.open(fee_id))
    paid = session | {"status": "complete", "payment_status": "paid", "payment_intent": "pi_forged"}
    for change in ({"amount_total": 1}, {"currency": "jpy"}, {"id": "cs_other"}):
        sent = shop.sandbox.emit("checkout.session.completed", paid | change)
        assert shop.sandbox.wait_until_quiet()
        assert db.session.get_one(WebhookEvent, sent["id"]).outcome == "mismatch"
        db.session.rollback()
    assert shop.status(fee_id) == "held"
    assert told == {}


@pytest.mark.parametrize("start", FeeStatus)
@pytest.mark.parametrize("end", FeeStatus)
def test_the_table_of_moves(start, end):
    allowed = {
        "held": "paid released failed", "paid": "refund_due refunded", "released": "refund_due", "refund_due": "refunded failed",
        "refunded": "failed", "failed": "refund_due refunded",
    }  # fmt: skip
    assert (end in MOVES[start]) == (end.value in allowed[start.value].split())


def test_a_fee_is_its_payers_alone_and_a_reader_only_reads(shop):
    fee_id = shop.hold()
    assert queries.waiting_for_payment(actor(shop.payer, shop.organization)) == 1
    other, reader = make_organization(), make_member(shop.organization, "reader")
    stranger = make_member(other)
    client = shop.app.test_client()
    sign_in(client, stranger, other)
    for path in (f"/payments/{fee_id}", f"/payments/{fee_id}/checkout", f"/payments/{uuid4()}"):
        assert client.get(path).status_code == 404
    assert client.post(f"/payments/{fee_id}/release", data=form_token(client, "/meetings/request")).status_code == 404
    client = shop.app.test_client()
    sign_in(client, reader, shop.organization)
    assert client.get(f"/payments/{fee_id}").status_code == 200
    assert client.get(f"/payments/{fee_id}/checkout").status_code == 403
    client = shop.app.test_client()
    sign_in(client, make_staff(make_fair()))
    assert client.get(f"/payments/{fee_id}").status_code == 404
    assert shop.status(fee_id) == "held"


def test_it_is_too_late_for_a_payment_page_when_stripe_would_not_open_one(shop):
    fee_id = shop.hold()
    with transaction():
        db.session.execute(update(Fee).where(Fee.id == fee_id).values(held_until=now() + timedelta(minutes=31)))
    with pytest.raises(service.NotPayable, match="too late"):
        service.payable(fee_id, by=actor(shop.payer, shop.organization))


def test_an_amount_no_card_can_be_charged_with_fails_and_frees_what_was_held(shop, told):
    fee_id = shop.hold(amount_minor=10**9)  # more than the payment service takes at once
    client = shop.app.test_client()
    sign_in(client, shop.payer, shop.organization)
    assert client.get(f"/payments/{fee_id}/checkout").status_code == 409
    assert shop.status(fee_id) == "failed"
    assert told == {"released": 1}
