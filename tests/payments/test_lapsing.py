"""A hold that ends without a payment, or with one that came too late."""

from datetime import timedelta

from sqlalchemy import update

from marketplace.core.clock import now
from marketplace.core.db import db, transaction
from marketplace.payments import service, tasks
from marketplace.payments.models import Fee
from marketplace.payments.sandbox import ApiFault
from tests.factories import actor


def lapse(fee_id) -> None:
    """Let the hold end a second ago."""
    with transaction():
        db.session.execute(update(Fee).where(Fee.id == fee_id).values(held_until=now() - timedelta(seconds=1)))


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
