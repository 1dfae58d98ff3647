"""Stripe's events: stored once as they came, then taken over; whatever is not ours is kept, logged and left alone."""

import logging
from collections.abc import Callable
from typing import Any
from uuid import UUID

from sqlalchemy.dialects.postgresql import insert as postgresql_insert
from sqlalchemy.dialects.sqlite import insert as sqlite_insert

from marketplace.core import jobs
from marketplace.core.clock import now
from marketplace.core.db import db, is_postgresql
from marketplace.payments import service, till
from marketplace.payments.gateway import CheckoutState, Event, GatewayRefused, from_stripe_amount
from marketplace.payments.models import Fee, WebhookEvent

log = logging.getLogger(__name__)


def take(payload: bytes, signature: str) -> str:
    """Verify, store and take over one event, in the open transaction; returns the outcome in a word or two.

    A second delivery of the same event has no effect: ``duplicate``. An event of an unknown type, of an object that is not
    ours, of another account or of the other mode has none either: ``ignored …``. Raises PaymentOff, BadSignature."""
    event = till.gateway().read_event(payload, signature)
    if not _store(event, payload):
        return "duplicate"
    row = db.session.get_one(WebhookEvent, event.id[:255])
    outcome, fee_id = _take_over(event)
    row.processed_at, row.outcome, row.fee_id = now(), outcome, fee_id
    if outcome.startswith("ignored"):
        log.warning("event %s of type %s: %s", event.id, event.type[:120], outcome)
    return outcome


def _store(event: Event, payload: bytes) -> bool:
    """Write the event down; False when its id is known. Of two deliveries at once the second waits for the first."""
    insert = postgresql_insert if is_postgresql() else sqlite_insert
    values = {
        "id": event.id[:255], "type": event.type[:120], "created": event.created, "livemode": event.livemode,
        "payload": payload, "received_at": now(),
    }  # fmt: skip
    statement = insert(WebhookEvent).values(**values).on_conflict_do_nothing().returning(WebhookEvent.id)
    return db.session.execute(statement).scalar_one_or_none() is not None


def _take_over(event: Event) -> tuple[str, UUID | None]:
    if event.livemode != till.is_live():
        return "ignored: other mode", None
    if event.account is not None:
        return "ignored: other account", None
    handle = HANDLERS.get(event.type)
    if handle is None:
        return "ignored: type", None
    fee_id = _fee_of(event.object)
    if fee_id is None:
        return "ignored: object", None
    try:
        return handle(fee_id, event.object), fee_id
    except (KeyError, TypeError, ValueError, GatewayRefused):
        return "ignored: unreadable", fee_id


def _fee_of(found: dict[str, Any]) -> UUID | None:
    """The fee that an object of Stripe's names as its reference, or by the key of our refund, if it is one of ours."""
    metadata = found.get("metadata")
    named = metadata if isinstance(metadata, dict) else {}
    key = str(named.get("key", "")).split(":")
    reference = found.get("client_reference_id") or named.get("reference") or (key[1] if len(key) > 1 else None)
    try:
        fee_id = UUID(str(reference))
    except ValueError:
        return None
    return fee_id if db.session.get(Fee, fee_id) is not None else None


def _checkout(fee_id: UUID, found: dict[str, Any]) -> str:
    """A Checkout that is paid or expired stays so: the event alone is enough."""
    intent, currency = found["payment_intent"], str(found["currency"])
    state = CheckoutState(
        id=str(found["id"]),
        status=str(found["status"]),
        payment_status=str(found["payment_status"]),
        payment_intent=intent if intent is None else str(intent),
        amount_minor=from_stripe_amount(int(found["amount_total"]), currency),
        currency=currency.upper(),
        reference=str(fee_id),
    )
    return service.settle(fee_id, state)


def _charge_refunded(fee_id: UUID, found: dict[str, Any]) -> str:
    """``amount_refunded`` is the sum of all refunds of the payment so far; it only grows."""
    fee = db.session.get_one(Fee, fee_id)
    if fee.payment_intent is not None and fee.payment_intent != found["payment_intent"]:
        return "mismatch"
    currency = str(found["currency"])
    if currency.upper() != fee.currency:
        return "mismatch"
    return service.record_refunded(fee_id, from_stripe_amount(int(found["amount_refunded"]), currency))


def _ask_about_payment(fee_id: UUID, _found: dict[str, Any]) -> str:
    """A payment of ours, told without its Checkout: how that stands is asked of Stripe."""
    jobs.enqueue("payments.take_checkout", fee_id=str(fee_id))
    return "asked anew"


def _ask_about_refund(fee_id: UUID, _found: dict[str, Any]) -> str:
    jobs.enqueue("payments.refund", fee_id=str(fee_id))
    return "asked anew"


HANDLERS: dict[str, Callable[[UUID, dict[str, Any]], str]] = {
    "checkout.session.completed": _checkout,
    "checkout.session.expired": _checkout,
    "checkout.session.async_payment_succeeded": _checkout,
    "charge.refunded": _charge_refunded,
    "payment_intent.succeeded": _ask_about_payment,
    "refund.updated": _ask_about_refund,
    "refund.failed": _ask_about_refund,
}
