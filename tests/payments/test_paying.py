"""A fee from its hold to its end, with the sandbox over real HTTP and its signed events."""

import threading
import time
from collections import Counter
from datetime import timedelta
from itertools import permutations
from uuid import uuid4

import pytest
from sqlalchemy import event, select, update
from sqlalchemy.exc import OperationalError

from marketplace.core.clock import now
from marketplace.core.db import db, transaction
from marketplace.core.errors import IllegalMove
from marketplace.payments import queries, service, tasks
from marketplace.payments.events import fee_paid, fee_refunded, fee_released
from marketplace.payments.models import MOVES, Fee, FeeStatus, WebhookEvent
from marketplace.payments.sandbox import ApiFault
from tests.factories import actor, form_token, make_fair, make_member, make_organization, make_staff, sign_in


@pytest.fixture
def told():
    """How often each signal was sent."""
    counts, lock = Counter(), threading.Lock()

    def listen(name):
        def heard(fee):
            with lock:
                counts[name] += 1

        return heard

    listeners = [(signal, listen(name)) for signal, name in ((fee_paid, "paid"), (fee_released, "released"), (fee_refunded, "refunded"))]
    for signal, heard in listeners:
        signal.connect(heard)
    yield counts
    for signal, heard in listeners:
        signal.disconnect(heard)


def lapse(fee_id) -> None:
    """Let the hold end a second ago."""
    with transaction():
        db.session.execute(update(Fee).where(Fee.id == fee_id).values(held_until=now() - timedelta(seconds=1)))


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


def test_a_duplicate_delivery_has_one_effect(shop, told):
    shop.sandbox.switches.duplicate = True
    fee_id = shop.hold()
    shop.pay(shop.open(fee_id))
    assert shop.sandbox.wait_until_quiet()
    shop.work()
    assert shop.status(fee_id) == "paid"
    assert told == {"paid": 1}
    delivered = Counter(one.event_type for one in shop.sandbox.deliveries)
    assert delivered["checkout.session.completed"] == 2
    assert len(db.session.scalars(select(WebhookEvent)).all()) == len(shop.events())
    assert all(row.payload and row.processed_at for row in db.session.scalars(select(WebhookEvent)))


def test_events_in_the_wrong_order_end_the_same(shop, told):
    shop.sandbox.switches.hold = True
    fee_id = shop.hold()
    shop.pay(shop.open(fee_id))
    assert {one.status for one in shop.sandbox.release(newest_first=True)} == {200}
    shop.work()
    assert shop.status(fee_id) == "paid"
    assert told == {"paid": 1}


def test_paid_too_late_goes_back_by_itself(shop, told):
    shop.sandbox.switches.hold = True
    fee_id = shop.hold()
    shop.pay(shop.open(fee_id))
    lapse(fee_id)
    tasks.release_lapsed()
    assert shop.status(fee_id) == "released"
    shop.sandbox.release()
    assert shop.status(fee_id) == "refund_due"
    shop.sandbox.switches.hold = False
    shop.work()
    fee = shop.fee(fee_id)
    assert (fee.status.value, fee.refunded_minor) == ("refunded", fee.amount_minor)
    assert told == {"released": 1}


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


def test_nothing_is_released_before_its_time(shop, told):
    fee_id = shop.hold()
    tasks.release_lapsed()
    assert shop.status(fee_id) == "held"
    lapse(fee_id)
    tasks.release_lapsed()
    tasks.release_lapsed()
    assert shop.status(fee_id) == "released"
    assert told == {"released": 1}


def test_giving_up_a_hold_closes_its_payment_page(shop, told):
    fee_id = shop.hold()
    checkout = shop.open(fee_id)
    with transaction():
        service.release(fee_id, by=actor(shop.payer, shop.organization))
    shop.work()
    assert shop.pay(checkout) == 410
    assert shop.fee(fee_id).closed_at is not None
    assert told == {"released": 1}


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


def test_what_no_event_told_is_asked_for_when_stripe_is_back(shop, told):
    shop.sandbox.switches.hold = True  # the events never arrive
    fees = [shop.hold(f"pitch_slot:{n}") for n in range(3)]
    checkouts = [shop.open(fee_id) for fee_id in fees]
    shop.pay(checkouts[0])
    shop.sandbox.account.expire(checkouts[1])
    shop.sandbox.switches.api_fault = ApiFault.DOWN
    tasks.reconcile(timedelta(0))
    assert [shop.status(fee_id) for fee_id in fees] == ["held", "held", "held"]
    shop.sandbox.switches.api_fault = ApiFault.NONE
    tasks.reconcile(timedelta(0))
    assert [shop.status(fee_id) for fee_id in fees] == ["paid", "released", "held"]
    tasks.reconcile(timedelta(0))
    assert told == {"paid": 1, "released": 1}


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


def finished(shop, fee_id) -> list[dict]:
    """The events of a fee that was paid and given back at Stripe's own desk, none of them delivered."""
    from marketplace.payments.sandbox import refunds

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


def test_a_webhook_during_a_lost_database_is_repeated_and_has_one_effect(shop, told):
    def lost(_connection):
        raise OperationalError("SELECT 1", {}, ConnectionRefusedError("connection refused"))

    shop.sandbox.switches.hold = True
    fee_id = shop.hold()
    shop.pay(shop.open(fee_id))
    db.session.remove()
    engine = db.engine
    event.listen(engine, "engine_connect", lost)
    try:
        statuses = {one.status for one in shop.sandbox.release()}
    finally:
        event.remove(engine, "engine_connect", lost)
    assert statuses == {503}
    assert shop.sandbox.wait_until_quiet(20)
    assert shop.status(fee_id) == "paid"
    assert told == {"paid": 1}


EVENT = {"id": "evt_x", "object": "event", "type": "charge.refunded", "created": 1_600_992_000, "livemode": False, "data": {"object": {"id": "x"}}}


@pytest.mark.parametrize("seconds", [-301, 301])
def test_an_old_or_future_timestamp_is_refused(shop, seconds):
    assert shop.deliver(EVENT, at=int(time.time()) + seconds)[0] == 400


def test_a_forged_signature_is_refused_and_nothing_is_stored(shop):
    fee_id = shop.hold()
    session = shop.sandbox.account.store.get("checkout.session", shop.open(fee_id))
    paid = session | {"status": "complete", "payment_status": "paid", "payment_intent": "pi_forged"}
    forged = EVENT | {"type": "checkout.session.completed", "data": {"object": {k: v for k, v in paid.items() if k != "sandbox"}}}
    status, answer = shop.deliver(forged, secret="whsec_other")
    assert (status, answer["type"]) == (400, "/problems/malformed")
    assert shop.status(fee_id) == "held"
    assert db.session.scalars(select(WebhookEvent)).all() == []


@pytest.mark.parametrize(
    ("change", "outcome"),
    [
        ({"type": "customer.created"}, "ignored: type"),
        ({}, "ignored: object"),
        ({"livemode": True}, "ignored: other mode"),
        ({"account": "acct_other"}, "ignored: other account"),
        ({"api_version": "2012-01-01"}, "ignored: object"),
        ({"data": {"object": {"metadata": "text", "client_reference_id": 7}}}, "ignored: object"),
    ],
)
def test_what_is_not_ours_is_taken_and_left_alone(shop, change, outcome):
    assert shop.deliver(EVENT | change) == (200, {"outcome": outcome})
    row = db.session.scalars(select(WebhookEvent)).one()
    assert (row.outcome, row.fee_id) == (outcome, None)
    db.session.rollback()
    assert shop.deliver(EVENT | change) == (200, {"outcome": "duplicate"})


@pytest.mark.parametrize("start", FeeStatus)
@pytest.mark.parametrize("end", FeeStatus)
def test_the_table_of_moves(start, end):
    allowed = {
        "held": "paid released failed", "paid": "refund_due refunded", "released": "refund_due", "refund_due": "refunded failed",
        "refunded": "failed", "failed": "refund_due refunded",
    }  # fmt: skip
    assert (end in MOVES[start]) == (end.value in allowed[start.value].split())


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
    from marketplace.payments.sandbox import refunds

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
