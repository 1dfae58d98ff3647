"""What was paid goes back once: asked for by many, refused, or done at Stripe's own desk, and its events in every order."""

import threading
from collections import Counter
from datetime import timedelta
from itertools import permutations

import pytest

from marketplace.core.db import db, transaction
from marketplace.core.errors import IllegalMove
from marketplace.payments import queries, service, tasks
from marketplace.payments.sandbox import ApiFault, refunds
from tests.factories import actor, form_token, sign_in


def test_of_many_refunds_at_once_exactly_one_is_made(shop, told):
    fee_id = shop.hold()
    shop.pay(shop.open(fee_id))
    assert shop.sandbox.wait_until_quiet()
    manager, results, gate = actor(shop.manager), [], threading.Barrier(8)

    def give_back():
        with shop.app.app_context():
            gate.wait()
            try:
                with transaction():
                    service.refund(fee_id, by=manager)
                results.append("done")
            except IllegalMove:
                results.append("refused")
            finally:
                db.session.remove()

    threads = [threading.Thread(target=give_back) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert Counter(results) == {"done": 1, "refused": 7}
    shop.work()
    assert shop.sandbox.wait_until_quiet()
    assert shop.status(fee_id) == "refunded"
    assert len(shop.sandbox.account.store.objects["refund"]) == 1
    assert told == {"paid": 1, "refunded": 1}


def test_a_refund_waits_for_stripe_and_is_made_once(shop):
    fee_id = shop.hold()
    shop.pay(shop.open(fee_id))
    assert shop.sandbox.wait_until_quiet()
    shop.sandbox.switches.api_fault = ApiFault.LOST  # the money goes back, the answer does not arrive
    with transaction():
        service.refund(fee_id, by=actor(shop.manager))
    shop.work()
    shop.sandbox.switches.api_fault = ApiFault.NONE
    tasks.reconcile(timedelta(0))
    assert shop.sandbox.wait_until_quiet()
    fee = shop.fee(fee_id)
    assert (fee.status.value, fee.refunded_minor) == ("refunded", fee.amount_minor)
    assert len(shop.sandbox.account.store.objects["refund"]) == 1


def finished(shop, fee_id) -> list[dict]:
    """The events of a fee that was paid and given back at Stripe's own desk, none of them delivered."""
    checkout = shop.open(fee_id)
    before = len(shop.events())
    shop.pay(checkout)
    intent = shop.sandbox.account.store.get("checkout.session", checkout)["payment_intent"]
    refunds.refund(shop.sandbox.account, {"payment_intent": intent})
    wanted = {"payment_intent.succeeded", "checkout.session.completed", "charge.refunded", "refund.created"}
    return [made for made in shop.events()[before:] if made["type"] in wanted]


@pytest.mark.timeout(120)
def test_every_order_of_payment_and_refund_ends_the_same(shop):
    shop.sandbox.switches.hold = True
    ends = set()
    for number, order in enumerate(permutations(range(4))):
        fee_id = shop.hold(f"pitch_slot:{number}")
        events = finished(shop, fee_id)
        assert len(events) == 4
        for index in [*order, order[0]]:
            assert shop.deliver(events[index])[0] == 200
        shop.work()
        fee = shop.fee(fee_id)
        ends.add((fee.status.value, fee.refunded_minor, fee.payment_intent is not None, fee.closed_at is not None))
    assert ends == {("refunded", 50_000, True, True)}


def test_the_manager_refunds_on_the_page_and_the_payer_cannot(shop):
    fee_id = shop.hold()
    shop.pay(shop.open(fee_id))
    assert shop.sandbox.wait_until_quiet()
    client = shop.app.test_client()
    sign_in(client, shop.payer, shop.organization)
    hidden = form_token(client, "/meetings/request")
    assert client.post(f"/staff/payments/{fee_id}/refund", data=hidden).status_code == 403
    client = shop.app.test_client()
    sign_in(client, shop.manager)
    page = client.get("/staff/payments")
    assert (page.status_code, "500.00" in page.text) == (200, True)
    answer = client.post(f"/staff/payments/{fee_id}/refund", data=form_token(client, "/staff/payments"))
    assert answer.status_code == 303
    shop.work()
    assert shop.status(fee_id) == "refunded"


def test_a_refund_that_stripe_refuses_waits_for_a_person_and_a_later_event_settles_it(shop):
    fee_id = shop.hold()
    shop.pay(shop.open(fee_id))
    assert shop.sandbox.wait_until_quiet()
    shop.sandbox.switches.hold = True
    refunds.refund(shop.sandbox.account, {"payment_intent": shop.fee(fee_id).payment_intent})  # at Stripe's own desk
    with transaction():
        service.refund(fee_id, by=actor(shop.manager))
    shop.work()
    assert shop.status(fee_id) == "failed"
    assert queries.needing_a_look(actor(shop.manager)) == 1
    shop.sandbox.release()
    fee = shop.fee(fee_id)
    assert (fee.status.value, fee.refunded_minor) == ("refunded", fee.amount_minor)
