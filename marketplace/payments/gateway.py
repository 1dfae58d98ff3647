"""The only file that speaks to Stripe: our values go in, plain dataclasses come out, and errors are of three kinds."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import stripe

from marketplace.core import clock
from marketplace.core.errors import Malformed, Unavailable
from marketplace.core.i18n import lazy_gettext as _l

CONNECT_SECONDS, READ_SECONDS = 1.5, 3.0
"""With one repeat, after half a second, a call ends within 10 s whatever Stripe does."""
NETWORK_RETRIES = 1
TOLERANCE_SECONDS = 300

# How Stripe's unit differs from the minor unit of ISO 4217, in powers of ten: https://docs.stripe.com/currencies
UNIT_SHIFT = {"ISK": 2, "UGX": 2, "MGA": -2}
LAST_DIGIT_ZERO = frozenset({"BHD", "JOD", "KWD", "OMR", "TND"})
NOT_CHARGEABLE = frozenset({"IQD", "LYD", "CLF", "UYW", "UYI"})


class GatewayDown(Unavailable):
    """Stripe did not answer, or not usefully: nothing is known about the outcome. Repeat later with the same key.

    ``reason`` is for the log; people are told ``text``."""

    text = _l("The payment service does not answer. Nothing will be charged twice; please try again shortly.")

    def __init__(self, reason: str) -> None:
        super().__init__()
        self.reason = reason

    def __str__(self) -> str:
        return self.reason


class GatewayRefused(Exception):
    """Stripe, or this gateway before it, said no; a repeat gets the same answer. ``code`` is stable, lower case.

    Not for people: the service that asked says what it means for them."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code = code
        self.message = message


class BadSignature(Malformed):
    """A webhook that Stripe did not sign with our secret within five minutes of now, or that is no event: 400.

    ``reason`` is for the log; the sender is told nothing to learn from."""

    def __init__(self, reason: str) -> None:
        super().__init__()
        self.reason = reason

    def __str__(self) -> str:
        return self.reason


@dataclass(frozen=True)
class Checkout:
    """A page at Stripe on which one amount can be paid, until ``expires_at`` (UTC)."""

    id: str
    url: str
    expires_at: datetime


@dataclass(frozen=True)
class CheckoutState:
    """``status``: open, complete, expired. ``payment_status``: paid, unpaid. ``amount_minor`` by ISO 4217.

    ``payment_intent`` is None until somebody has paid; ``reference`` is what the Checkout was opened with."""

    id: str
    status: str
    payment_status: str
    payment_intent: str | None
    amount_minor: int
    currency: str
    reference: str | None


@dataclass(frozen=True)
class Refund:
    """``status``: succeeded, pending, requires_action, failed, canceled. ``amount_minor`` by ISO 4217."""

    id: str
    status: str
    amount_minor: int


@dataclass(frozen=True)
class Event:
    """A verified event. ``object`` is as it was at ``created`` (UTC), in Stripe's units: read it anew before acting.

    ``account`` names a connected account the event belongs to, None when it is our own."""

    id: str
    type: str
    created: datetime
    livemode: bool
    object: dict[str, Any]
    account: str | None = None


def to_stripe_amount(amount_minor: int, currency: str) -> int:
    """Convert minor units of ISO 4217 to the unit Stripe wants for that currency.

    They are the same but for ISK and UGX (no decimals by ISO, two at Stripe, always 00) and MGA (the reverse). Amounts
    with three decimals must end in 0, and a few currencies Stripe does not have. Source: docs.stripe.com/currencies.
    Raises GatewayRefused ``amount_not_representable`` or ``currency_not_chargeable``."""
    code = _currency(currency)
    if amount_minor < 0:
        raise GatewayRefused("amount_not_representable", f"{amount_minor} is less than nothing.")
    if code in LAST_DIGIT_ZERO and amount_minor % 10:
        raise GatewayRefused("amount_not_representable", f"Stripe takes {code} in steps of 10 minor units.")
    return _shifted(amount_minor, UNIT_SHIFT.get(code, 0), code)


def from_stripe_amount(amount: int, currency: str) -> int:
    """Convert Stripe's unit of that currency back to minor units of ISO 4217; raises as ``to_stripe_amount``."""
    code = _currency(currency)
    return _shifted(amount, -UNIT_SHIFT.get(code, 0), code)


def _currency(currency: str) -> str:
    code = currency.upper()
    if len(code) != 3 or not code.isascii() or not code.isalpha() or code in NOT_CHARGEABLE:
        raise GatewayRefused("currency_not_chargeable", f"Stripe does not charge in {currency!r}.")
    return code


def _shifted(amount: int, places: int, code: str) -> int:
    if places >= 0:
        return amount * int(10**places)
    whole, rest = divmod(amount, int(10**-places))
    if rest:
        raise GatewayRefused("amount_not_representable", f"{amount} of {code} is a fraction of the unit.")
    return whole


class Gateway:
    """Stripe as this product uses it. ``api_base`` is None for Stripe itself. May be shared by threads.

    Every method that asks Stripe raises GatewayDown or GatewayRefused."""

    def __init__(
        self,
        api_key: str,
        api_base: str | None,
        webhook_secret: str,
        *,
        timeout_seconds: tuple[float, float] = (CONNECT_SECONDS, READ_SECONDS),
    ) -> None:
        self._secret = webhook_secret
        self._client = stripe.StripeClient(
            api_key,
            base_addresses={"api": api_base.rstrip("/")} if api_base else {},
            max_network_retries=NETWORK_RETRIES,
            http_client=stripe.RequestsClient(timeout=timeout_seconds),
        )

    def open_checkout(
        self,
        *,
        reference: str,
        amount_minor: int,
        currency: str,
        description: str,
        success_url: str,
        cancel_url: str,
        expires_at: datetime,
        idempotency_key: str,
        customer_email: str | None = None,
        locale: str | None = None,
    ) -> Checkout:
        """Open a page on which ``amount_minor`` can be paid once, by card.

        Stripe takes an ``expires_at`` 30 minutes to 24 hours away. It replaces ``{CHECKOUT_SESSION_ID}`` in
        ``success_url``. A repeat with the same key returns the first Checkout, and with other values is refused as
        ``idempotency_error``. ``locale`` is ``en`` or ``zh``; None leaves it to the browser."""
        if expires_at.tzinfo is None:
            raise ValueError("expires_at must say its time zone")
        if amount_minor <= 0:
            raise GatewayRefused("amount_not_representable", "There is nothing to pay.")
        product = {"name": description}
        price = {
            "currency": currency.lower(),
            "unit_amount": to_stripe_amount(amount_minor, currency),
            "product_data": product,
        }
        params: dict[str, Any] = {
            "mode": "payment",
            # Cards alone are decided at once; other methods may say days later whether they paid.
            "payment_method_types": ["card"],
            "line_items": [{"price_data": price, "quantity": 1}],
            "client_reference_id": reference,
            "metadata": {"reference": reference},
            "payment_intent_data": {"description": description, "metadata": {"reference": reference}},
            "success_url": success_url,
            "cancel_url": cancel_url,
            "expires_at": int(expires_at.timestamp()),
        }
        params |= {"customer_email": customer_email} if customer_email is not None else {}
        params |= {"locale": locale} if locale is not None else {}
        with _translated():
            session = self._client.v1.checkout.sessions.create(params, {"idempotency_key": idempotency_key})  # type: ignore[arg-type]
            if session.url is None:
                raise GatewayRefused("checkout_not_open", "This Checkout can no longer be paid.")
            return Checkout(session.id, session.url, _moment(session.expires_at))

    def read_checkout(self, checkout_id: str) -> CheckoutState:
        """The Checkout as it is at Stripe now."""
        with _translated():
            return _state(self._client.v1.checkout.sessions.retrieve(checkout_id))

    def expire_checkout(self, checkout_id: str) -> CheckoutState:
        """Close an open Checkout, so that it cannot be paid any more; refused when it is paid or expired already."""
        with _translated():
            return _state(self._client.v1.checkout.sessions.expire(checkout_id))

    def refund(
        self, *, payment_intent: str, amount_minor: int, idempotency_key: str, currency: str | None = None
    ) -> Refund:
        """Give back ``amount_minor`` of a payment; refused when more than is left of it.

        The amount is converted by the payment's ``currency``, which is asked of Stripe when it is not given: one more
        call. A repeat with the same key returns the first refund."""
        with _translated():
            if currency is None:
                currency = self._client.v1.payment_intents.retrieve(payment_intent).currency
            amount = to_stripe_amount(amount_minor, currency)
            made = self._client.v1.refunds.create(
                {"payment_intent": payment_intent, "amount": amount, "metadata": {"key": idempotency_key}},
                {"idempotency_key": idempotency_key},
            )
            return _refund(made)

    def read_refund(self, refund_id: str) -> Refund:
        """The refund as it is at Stripe now: one that was pending may have failed since."""
        with _translated():
            return _refund(self._client.v1.refunds.retrieve(refund_id))

    def read_event(self, payload: bytes, signature: str) -> Event:
        """Verify a webhook's body against its ``Stripe-Signature`` header and read it; raises BadSignature.

        Only scheme ``v1`` counts, and only a timestamp at most 300 s away from now, in either direction."""
        try:
            stripe.WebhookSignature.verify_header(payload, signature, self._secret, TOLERANCE_SECONDS)
            _refuse_future(signature)
            raw = json.loads(payload)
            return Event(
                id=_text(raw["id"]),
                type=_text(raw["type"]),
                created=_moment(raw["created"]),
                livemode=raw["livemode"] is True,
                object=dict(raw["data"]["object"]),
                account=_text(raw["account"]) if raw.get("account") is not None else None,
            )
        except stripe.SignatureVerificationError as error:
            raise BadSignature(error.user_message or "not signed") from error
        except (ValueError, KeyError, TypeError, AttributeError, OverflowError, RecursionError) as error:
            raise BadSignature("the body is not an event") from error


def _refuse_future(signature: str) -> None:
    """Stripe's own check looks at the past only."""
    signed_at = next(int(part[2:]) for part in signature.split(",") if part.startswith("t="))
    if signed_at > clock.now().timestamp() + TOLERANCE_SECONDS:
        raise BadSignature("signed in the future")


def _text(value: object) -> str:
    if not isinstance(value, str) or not value:
        raise TypeError("not a text")
    return value


def _moment(seconds: int) -> datetime:
    return datetime.fromtimestamp(seconds, UTC)


def _state(session: stripe.checkout.Session) -> CheckoutState:
    if session.amount_total is None or session.currency is None or session.status is None:
        raise GatewayRefused("checkout_without_amount", "Stripe names no amount for this Checkout.")
    intent = session.payment_intent
    return CheckoutState(
        id=session.id,
        status=session.status,
        payment_status=session.payment_status,
        payment_intent=intent if intent is None or isinstance(intent, str) else intent.id,
        amount_minor=from_stripe_amount(session.amount_total, session.currency),
        currency=session.currency.upper(),
        reference=session.client_reference_id,
    )


def _refund(made: stripe.Refund) -> Refund:
    return Refund(made.id, made.status or "pending", from_stripe_amount(made.amount, made.currency))


@contextmanager
def _translated() -> Iterator[None]:
    """Turn every error of the library into one of ours; none of its types leaves this file."""
    try:
        yield
    except (stripe.APIConnectionError, stripe.RateLimitError) as error:
        raise GatewayDown(error.user_message or "Stripe did not answer.") from error
    except stripe.StripeError as error:
        status = error.http_status
        if status is None or status >= 500 or status == 409 or error.error is None:
            raise GatewayDown(error.user_message or f"Stripe answered {status}.") from error
        code = error.code or getattr(error.error, "type", None) or "refused"
        raise GatewayRefused(code, error.user_message or "Stripe refused the request.") from error
