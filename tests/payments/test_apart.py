"""What is paid for a service is no deal value: no payment and no refund reaches the books of the total."""

from sqlalchemy import func, select

from marketplace.core.db import db, transaction
from marketplace.ledger.models import Balance, Posting, Voucher
from marketplace.payments import service
from tests.factories import actor


def books():
    """How much there is of what totals are made of."""
    db.session.rollback()
    return [db.session.scalar(select(func.count()).select_from(model)) for model in (Voucher, Posting, Balance)]


def test_a_fee_that_is_paid_and_refunded_moves_nothing_in_the_ledger(shop):
    before, fee_id = books(), shop.hold(amount_minor=900_000)
    shop.pay(shop.open(fee_id))
    assert shop.sandbox.wait_until_quiet()
    shop.work()
    assert shop.status(fee_id) == "paid"
    assert books() == before
    with transaction():
        service.refund(fee_id, by=actor(shop.manager))
    shop.work()
    assert shop.sandbox.wait_until_quiet()
    assert shop.status(fee_id) == "refunded"
    assert books() == before
