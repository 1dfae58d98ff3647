"""What payments does behind the requests: closing pages, giving money back, releasing holds, asking Stripe after an outage."""

import logging
from datetime import timedelta
from uuid import UUID

from marketplace.core.clock import now
from marketplace.core.db import db, transaction
from marketplace.core.jobs import task
from marketplace.payments import queries, service, till
from marketplace.payments.gateway import CheckoutState, GatewayDown, GatewayRefused, Refund
from marketplace.payments.models import Fee, FeeStatus

log = logging.getLogger(__name__)


@task("payments.close_checkout")
def close_checkout(*, fee_id: str) -> None:
    """Expire a released fee's page; if it was paid a moment before, take over that instead. Raises GatewayDown: tried again."""
    fee = db.session.get(Fee, UUID(fee_id))
    if fee is None or fee.checkout_id is None or fee.closed_at is not None:
        return
    try:
        state = till.gateway().expire_checkout(fee.checkout_id)
    except GatewayRefused:
        state = till.gateway().read_checkout(fee.checkout_id)
    service.settle(fee.id, state)


@task("payments.refund")
def refund(*, fee_id: str) -> None:
    """Give back what is left of a fee that is due for it, or ask how our refund stands by now.

    Raises GatewayDown: tried again, with the same key."""
    fee = db.session.get(Fee, UUID(fee_id))
    if fee is None or not (fee.status is FeeStatus.REFUND_DUE or (fee.status is FeeStatus.REFUNDED and fee.refund_id)):
        return
    try:
        made = ask_refund(fee)
    except GatewayRefused as error:
        log.error("refund of fee %s was refused: %s", fee.id, error.code)
        service.refund_refused(fee.id, error.code)
        return
    service.refund_settled(fee.id, made)


@task("payments.take_checkout")
def take_checkout(*, fee_id: str) -> None:
    """Ask Stripe how a fee's Checkout stands, when an event left it open. Raises GatewayDown: tried again."""
    fee = db.session.get(Fee, UUID(fee_id))
    if fee is not None and fee.checkout_id is not None:
        service.settle(fee.id, till.gateway().read_checkout(fee.checkout_id))


def ask_refund(fee: Fee) -> Refund:
    """Our refund at Stripe, made once a decision: the key is made from our row. Raises GatewayDown, GatewayRefused."""
    if fee.refund_id is not None:
        return till.gateway().read_refund(fee.refund_id)
    return till.gateway().refund(
        payment_intent=fee.payment_intent or "",
        amount_minor=fee.amount_minor - fee.refunded_minor,
        idempotency_key=f"fee:{fee.id}:refund:{fee.refund_attempts}",
        currency=fee.currency,
    )


@task("payments.release_lapsed", every=timedelta(seconds=15))
def release_lapsed() -> None:
    """Free what nobody paid for in time."""
    for fee_id in queries.lapsed(now()):
        with transaction():
            service.release_lapsed(fee_id)


@task("payments.reconcile", every=timedelta(minutes=5))
def reconcile(older_than: timedelta = timedelta(minutes=3)) -> None:
    """Ask Stripe about every fee that no event has settled, as after an outage.

    Stripe is asked outside of any transaction, and not again in this round once it does not answer."""
    if not till.is_on():
        return
    for fee_id in [fee.id for fee in queries.unsettled(older_than=older_than)]:
        fee = db.session.get(Fee, fee_id)
        if fee is None:
            continue
        try:
            _settle(fee)
        except GatewayDown as error:
            log.warning("Stripe does not answer: %s", error)
            return
        except GatewayRefused as error:
            log.error("Stripe refuses to speak of fee %s: %s", fee_id, error.code)


def _settle(fee: Fee) -> None:
    fee_id = fee.id
    found: CheckoutState | Refund
    if fee.status is FeeStatus.REFUND_DUE:
        found = ask_refund(fee)
    else:
        found = till.gateway().read_checkout(fee.checkout_id or "")
    with transaction():
        if isinstance(found, Refund):
            service.refund_settled(fee_id, found)
        else:
            service.settle(fee_id, found)
