"""Events that Stripe posts to us: twice, in the wrong order, while the database is lost, too old, forged, and not ours."""

import time
from collections import Counter

import pytest
from sqlalchemy import event, select
from sqlalchemy.exc import OperationalError

from marketplace.core.db import db
from marketplace.payments.models import WebhookEvent


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


EVENT = {
    "id": "evt_x",
    "object": "event",
    "type": "charge.refunded",
    "created": 1_600_992_000,
    "livemode": False,
    "data": {"object": {"id": "x"}},
}


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
