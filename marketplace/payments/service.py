"""A fee from its hold to its payment, release or refund. The only writer of fees."""

import logging
from datetime import timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import select

from marketplace.core import audit, jobs
from marketplace.core.access import Actor
from marketplace.core.clock import now
from marketplace.core.db import db
from marketplace.core.errors import DomainError, Invalid, NotFound
from marketplace.core.i18n import gettext
from marketplace.core.i18n import lazy_gettext as _l
from marketplace.core.money import to_text
from marketplace.core.states import check_move
from marketplace.payments import events, queries, till
from marketplace.payments.gateway import Checkout, CheckoutState, GatewayRefused, Refund, to_stripe_amount
from marketplace.payments.models import MOVES, Fee, FeeStatus

log = logging.getLogger(__name__)
HOLD = timedelta(minutes=60)
CLOSES_BEFORE = timedelta(minutes=2)
"""A Checkout ends this long before its hold does, so that word of the last payment still finds the hold."""
SHORTEST_CHECKOUT = timedelta(minutes=30)
REASONS = {
    "amount_not_representable": _l("This amount cannot be charged in this currency."),
    "currency_not_chargeable": _l("Cards cannot be charged in this currency."),
}


class NotPayable(DomainError):
    """The fee is not held any more, or not long enough for a payment page."""

    slug, title = "fee-not-payable", _l("Cannot be paid now")
    text = _l("This fee cannot be paid any more. If you still want what it was for, book it again.")


def check_chargeable(amount_minor: int, currency: str) -> None:
    """Raises Invalid on ``amount`` when no card could be charged with this."""
    try:
        to_stripe_amount(amount_minor, currency)
    except GatewayRefused as error:
        raise Invalid.field("amount", error.code, REASONS.get(error.code, error.message)) from error


def hold(
    subject: str, *, fair_id: UUID, description_en: str, description_zh: str, amount_minor: int, currency: str, by: Actor
) -> Fee:
    """Ask for a fee; it is held for an hour, within which it is paid or released. Raises PaymentOff, Invalid."""
    till.gateway()
    check_chargeable(amount_minor, currency)
    if by.organization_id is None:
        raise NotFound()
    moment = now()
    fee = Fee(
        fair_id=fair_id, organization_id=by.organization_id, person_id=by.person_id, subject=subject,
        description_en=description_en[:300], description_zh=description_zh[:300], amount_minor=amount_minor, currency=currency,
        status=FeeStatus.HELD, held_until=(moment + HOLD).replace(microsecond=0), refunded_minor=0, refund_attempts=0, created_at=moment,
    )  # fmt: skip
    db.session.add(fee)
    db.session.flush()
    audit.record("payments.hold", f"fee:{fee.id}", by=by, fair_id=fair_id, what=subject, amount=to_text(amount_minor, currency))
    return fee


def payable(fee_id: UUID, *, by: Actor) -> Fee:
    """One's own fee, if it can be paid now. Raises NotFound, NotPayable."""
    fee = queries.get(fee_id, by=by)
    if fee.organization_id != by.organization_id:
        raise NotFound()
    moment = now()
    checkout_ends = fee.held_until - CLOSES_BEFORE
    if fee.status is not FeeStatus.HELD or checkout_ends <= moment:
        raise NotPayable()
    if fee.checkout_url is None and checkout_ends - moment < SHORTEST_CHECKOUT:
        raise NotPayable(gettext("It is too late to open the payment page for this hold. Cancel it and book again."))
    return fee


def open_checkout(fee: Fee) -> Checkout:
    """The fee's page at Stripe: the same one however often it is asked for. Price and key come from our row alone.

    Asks Stripe: call it outside of a transaction. Raises PaymentOff, GatewayDown, GatewayRefused."""
    address = till.own_address(f"/payments/{fee.id}")
    return till.gateway().open_checkout(
        reference=str(fee.id),
        amount_minor=fee.amount_minor,
        currency=fee.currency,
        description=fee.description_en,
        success_url=address + "?returned=1",
        cancel_url=address,
        expires_at=fee.held_until - CLOSES_BEFORE,
        idempotency_key=f"fee:{fee.id}:checkout",
    )


def attach(fee_id: UUID, checkout: Checkout) -> None:
    """Remember the Checkout that was opened. If the fee was released meanwhile, its page is closed again."""
    fee = _locked(fee_id)
    if fee.checkout_id is None:
        fee.checkout_id, fee.checkout_url = checkout.id, checkout.url
        if fee.status is not FeeStatus.HELD:
            jobs.enqueue("payments.close_checkout", fee_id=str(fee.id))


def refuse_checkout(fee_id: UUID, code: str) -> None:
    """Stripe opens no page for this fee: what was held is free again, and a person has to look."""
    fee = _locked(fee_id)
    if fee.status is FeeStatus.HELD:
        _move(fee, FeeStatus.FAILED, by=None, code=code)
        events.fee_released.send(fee)


def release(fee_id: UUID, *, by: Actor | None) -> Fee:
    """Give up a hold: the page at Stripe is closed, and what was held is free. Money that comes later goes back.

    Raises IllegalMove when it is not held."""
    fee = _locked(fee_id)
    _release(fee, by=by)
    return fee


def _release(fee: Fee, *, by: Actor | None) -> None:
    _move(fee, FeeStatus.RELEASED, by=by)
    if fee.checkout_id is not None and fee.closed_at is None:
        jobs.enqueue("payments.close_checkout", fee_id=str(fee.id))
    events.fee_released.send(fee)


def release_lapsed(fee_id: UUID) -> bool:
    """Release the hold if its time has passed; False when it was paid or released before."""
    fee = _locked(fee_id)
    if fee.status is not FeeStatus.HELD or fee.held_until > now():
        return False
    _release(fee, by=None)
    return True


def settle(fee_id: UUID, state: CheckoutState) -> str:
    """Take over what Stripe says of a fee's Checkout; harmless to repeat, in any order. Returns the outcome in a word.

    Paid while held is *paid*; paid too late, or after a refusal, goes back by itself. Nothing is taken over when the
    amount, the currency, the Checkout or the payment is not the one of our row: ``mismatch``."""
    fee = _locked(fee_id)
    ours = state.reference == str(fee.id) and fee.checkout_id in (None, state.id)
    if not ours or (state.amount_minor, state.currency) != (fee.amount_minor, fee.currency):
        log.error("checkout %s does not fit fee %s", state.id, fee.id)
        audit.record("payments.mismatch", f"fee:{fee.id}", by=None, fair_id=fee.fair_id, checkout=state.id)
        return "mismatch"
    fee.checkout_id = state.id
    if state.status == "complete" and state.payment_status == "paid" and state.payment_intent:
        return _take_payment(fee, state.payment_intent)
    if state.status == "expired":
        fee.closed_at = fee.closed_at or now()
        if fee.status is FeeStatus.HELD:
            _release(fee, by=None)
            return "released"
        return "nothing new"
    return "not paid yet"


def _take_payment(fee: Fee, payment_intent: str) -> str:
    if fee.paid_at is not None:
        return "nothing new" if fee.payment_intent == payment_intent else "mismatch"
    fee.payment_intent, fee.paid_at, fee.closed_at = payment_intent, now(), now()
    if fee.status is FeeStatus.HELD:
        _move(fee, FeeStatus.PAID, by=None)
        events.fee_paid.send(fee)
        if fee.refunded_minor == fee.amount_minor:  # word of the refund came before word of the payment
            _give_back(fee, by=None)
        return fee.status.value
    _give_back(fee, by=None)
    return "paid too late"


def refund(fee_id: UUID, *, by: Actor) -> Fee:
    """Give a paid fee back, once: the money follows by a job. Raises NotFound, Forbidden, IllegalMove."""
    queries.get(fee_id, by=by)
    fee = _locked(fee_id)
    by.require("payments.refund", fair_id=fee.fair_id)
    if fee.paid_at is None:
        raise NotPayable(gettext("Nothing was paid, so there is nothing to give back."))
    check_move(MOVES, fee.status, FeeStatus.REFUND_DUE)
    fee.refunded_by = by.person_id
    _give_back(fee, by=by)
    return fee


def _give_back(fee: Fee, *, by: Actor | None) -> None:
    was_theirs = fee.status is FeeStatus.PAID
    if fee.status is not FeeStatus.REFUND_DUE:
        _move(fee, FeeStatus.REFUND_DUE, by=by)
        fee.refund_attempts, fee.refund_id = fee.refund_attempts + 1, None
    if was_theirs:
        events.fee_refunded.send(fee)
    if fee.refunded_minor == fee.amount_minor:
        _move(fee, FeeStatus.REFUNDED, by=None)
    else:
        jobs.enqueue("payments.refund", fee_id=str(fee.id))


def record_refunded(fee_id: UUID, refunded_minor: int) -> str:
    """Stripe has given back this much in all of the fee's payment. Never goes down; harmless to repeat, in any order."""
    fee = _locked(fee_id)
    if not fee.refunded_minor < refunded_minor <= fee.amount_minor:
        return "nothing new" if refunded_minor <= fee.amount_minor else "mismatch"
    fee.refunded_minor = refunded_minor
    audit.record("payments.refunded", f"fee:{fee.id}", by=None, fair_id=fee.fair_id, minor=refunded_minor)
    if refunded_minor == fee.amount_minor and fee.paid_at is not None and fee.status is not FeeStatus.REFUNDED:
        _give_back(fee, by=None)
    return fee.status.value


def refund_settled(fee_id: UUID, refund_made: Refund) -> str:
    """Take over what Stripe says of our refund: *refunded*, still under way, or *failed*."""
    fee = _locked(fee_id)
    fee.refund_id = refund_made.id
    if refund_made.status == "succeeded":
        return record_refunded(fee_id, fee.amount_minor)  # we asked for all that was left
    if refund_made.status in {"failed", "canceled"}:
        return refund_refused(fee_id, refund_made.status)
    return "under way"


def refund_refused(fee_id: UUID, code: str) -> str:
    """Stripe does not give the money back, or it came back from the payer's bank later: a person has to look."""
    fee = _locked(fee_id)
    if fee.status in {FeeStatus.REFUND_DUE, FeeStatus.REFUNDED}:
        fee.refunded_minor = 0 if fee.status is FeeStatus.REFUNDED else fee.refunded_minor
        _move(fee, FeeStatus.FAILED, by=None, code=code)
    return fee.status.value


def _move(fee: Fee, end: FeeStatus, *, by: Actor | None, **facts: Any) -> None:
    fee.status = check_move(MOVES, fee.status, end)
    audit.record(f"payments.{end.value}", f"fee:{fee.id}", by=by, fair_id=fee.fair_id, **facts)


def _locked(fee_id: UUID) -> Fee:
    fee = db.session.scalar(select(Fee).where(Fee.id == fee_id).with_for_update().execution_options(populate_existing=True))
    if fee is None:
        raise NotFound()
    return fee
