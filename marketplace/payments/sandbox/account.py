"""The money side of the sandbox: Checkout Sessions, the payments made in them, and the events they cause."""

import copy
import re
import secrets
from collections.abc import Callable

from marketplace.payments.sandbox.parameters import (
    Json,
    Refusal,
    chargeable,
    mapping,
    missing,
    only,
    optional_text,
    text,
    web_address,
    whole_number,
)
from marketplace.payments.sandbox.store import Store

LOCALES = (None, "auto", "en", "zh")
API_VERSION = "2026-10-28.endive"
SHORTEST_SESSION, LONGEST_SESSION = 30 * 60, 24 * 60 * 60
SESSION_PARAMETERS = (
    "cancel_url",
    "client_reference_id",
    "customer_email",
    "expires_at",
    "line_items",
    "locale",
    "metadata",
    "mode",
    "payment_intent_data",
    "payment_method_types",
    "success_url",
)


class Account:
    """One Stripe account in test mode. Callers hold the sandbox's lock; ``announce`` gets each new event."""

    def __init__(self, store: Store, *, clock: Callable[[], float], announce: Callable[[Json], None]) -> None:
        self.store = store
        self._clock = clock
        self._announce = announce

    def now(self) -> int:
        """The sandbox's time in whole seconds since 1970."""
        return int(self._clock())

    # Checkout Sessions

    def open_session(self, params: Json, *, page: str) -> Json:
        """Open a Checkout Session; ``page`` is the address its id is appended to."""
        only(params, SESSION_PARAMETERS)
        if text(params, "mode") != "payment":
            raise Refusal(400, "This sandbox has Checkout Sessions of mode 'payment' only.", param="mode")
        methods = params.get("payment_method_types", ["card"])
        if methods != ["card"]:
            raise Refusal(400, f"Invalid payment_method_types: {methods}", param="payment_method_types")
        email = optional_text(params, "customer_email")
        if email is not None and not re.fullmatch(r"[^@\s]+@[^@\s]+\.[^@\s]+", email):
            raise Refusal(400, f"Invalid email address: {email}", code="email_invalid", param="customer_email")
        success = web_address(params, "success_url")
        if success is None:
            raise missing("success_url")
        intent_data = mapping(params, "payment_intent_data")
        only(intent_data, ("metadata", "description"), prefix="payment_intent_data")
        mapping(intent_data, "metadata")
        locale = optional_text(params, "locale")
        if locale not in LOCALES:
            raise Refusal(400, f"Invalid locale: {locale}", param="locale")
        lines, currency = _line_items(params)
        expires_at = self._expiry(params)
        session = self.store.add(
            "checkout.session",
            created=self.now(),
            amount_subtotal=sum(line["amount_total"] for line in lines),
            amount_total=sum(line["amount_total"] for line in lines),
            cancel_url=web_address(params, "cancel_url"),
            client_reference_id=optional_text(params, "client_reference_id"),
            currency=currency,
            customer_email=email,
            expires_at=expires_at,
            locale=None if locale == "auto" else locale,
            metadata=mapping(params, "metadata"),
            mode="payment",
            payment_intent=None,
            payment_method_types=["card"],
            payment_status="unpaid",
            status="open",
            success_url=success,
        )
        session["url"] = page + session["id"]
        session["sandbox"] = {"lines": lines, "payment_intent_data": intent_data, "declined_intent": None}
        return session

    def _expiry(self, params: Json) -> int:
        now = self.now()
        expires_at = whole_number(params, "expires_at")
        if expires_at is None:
            return now + LONGEST_SESSION
        if not now + SHORTEST_SESSION - 5 <= expires_at <= now + LONGEST_SESSION + 5:
            raise Refusal(
                400,
                "The `expires_at` timestamp must be between 30 minutes and 24 hours from Checkout Session creation.",
                param="expires_at",
            )
        return expires_at

    def expire(self, session_id: str) -> Json:
        """Close an open session unpaid; refused when it is complete or expired already."""
        session = self.store.get("checkout.session", session_id)
        if session["status"] != "open":
            raise Refusal(
                400,
                'Only Checkout Sessions with a status in ["open"] can be expired. '
                f"This Checkout Session has a status of `{session['status']}`.",
            )
        session.update(status="expired", url=None)
        self.emit("checkout.session.expired", session)
        return session

    def expire_due(self) -> bool:
        """Expire each open session whose time has come; whether there was one."""
        sessions = self.store.objects["checkout.session"].values()
        due = [one["id"] for one in sessions if one["status"] == "open" and one["expires_at"] <= self.now()]
        for session_id in due:
            self.expire(session_id)
        return bool(due)

    # What the card holder does on the page

    def pay(self, session_id: str, *, declined: bool = False) -> Json:
        """Charge the session's total to the test card, once: a session that is not open stays as it is.

        Raises Refusal 402 ``card_declined``; the session then stays open, for another card."""
        session = self.store.get("checkout.session", session_id)
        if session["status"] != "open":
            return session
        intent = self._intent(session)
        charge = self._charge(intent, declined=declined)
        if declined:
            session["sandbox"]["declined_intent"] = intent["id"]
            error = {"type": "card_error", "code": "card_declined", "decline_code": "generic_decline"}
            intent["last_payment_error"] = {**error, "message": "Your card was declined."}
            self.emit("charge.failed", charge)
            self.emit("payment_intent.payment_failed", intent)
            raise Refusal(402, "Your card was declined.", type_="card_error", code="card_declined")
        intent.update(status="succeeded", amount_received=intent["amount"], last_payment_error=None)
        session.update(status="complete", payment_status="paid", payment_intent=intent["id"], url=None)
        self.emit("charge.succeeded", charge)
        self.emit("payment_intent.succeeded", intent)
        self.emit("checkout.session.completed", session)
        return session

    def _intent(self, session: Json) -> Json:
        """The session's PaymentIntent, which Stripe too makes at the first attempt to pay."""
        if session["sandbox"]["declined_intent"]:
            return self.store.get("payment_intent", session["sandbox"]["declined_intent"])
        data = session["sandbox"]["payment_intent_data"]
        intent = self.store.add(
            "payment_intent",
            created=self.now(),
            amount=session["amount_total"],
            amount_received=0,
            currency=session["currency"],
            description=data.get("description"),
            last_payment_error=None,
            latest_charge=None,
            metadata=data.get("metadata", {}),
            status="requires_payment_method",
        )
        self.emit("payment_intent.created", intent)
        return intent

    def _charge(self, intent: Json, *, declined: bool) -> Json:
        charge = self.store.add(
            "charge",
            created=self.now(),
            amount=intent["amount"],
            amount_captured=0 if declined else intent["amount"],
            amount_refunded=0,
            captured=not declined,
            currency=intent["currency"],
            failure_code="card_declined" if declined else None,
            metadata=intent["metadata"],
            paid=not declined,
            payment_intent=intent["id"],
            refunded=False,
            status="failed" if declined else "succeeded",
        )
        intent["latest_charge"] = charge["id"]
        return charge

    # Events

    def emit(
        self, type_: str, subject: Json, *, livemode: bool = False, api_version: str = API_VERSION, **more: str
    ) -> Json:
        """Record an event with the object as it is now, and announce it. ``more`` are further fields (``account``)."""
        event = self.store.add(
            "event",
            created=self.now(),
            api_version=api_version,
            data={"object": public(subject)},
            livemode=livemode,
            pending_webhooks=1,
            request={"id": f"req_{secrets.token_hex(7)}", "idempotency_key": None},
            type=type_,
            **more,
        )
        self._announce(copy.deepcopy(event))
        return event


def public(subject: Json) -> Json:
    """A copy of an object without what only the sandbox needs to know."""
    return {key: copy.deepcopy(value) for key, value in subject.items() if key != "sandbox"}


def _line_items(params: Json) -> tuple[list[Json], str]:
    """The lines with their amounts, and their one currency."""
    items = params.get("line_items")
    if not isinstance(items, list) or not items:
        raise missing("line_items")
    lines: list[Json] = []
    currencies: set[str] = set()
    for index, item in enumerate(items):
        prefix = f"line_items[{index}]"
        if not isinstance(item, dict):
            raise Refusal(400, f"Invalid object: {prefix}", param=prefix)
        only(item, ("price_data", "quantity"), prefix=prefix)
        price = mapping(item, "price_data")
        only(price, ("currency", "unit_amount", "product_data"), prefix=f"{prefix}[price_data]")
        currency = text(price, "currency")
        if not re.fullmatch(r"[a-z]{3}", currency):
            raise Refusal(400, f"Invalid currency: {currency}", param=f"{prefix}[price_data][currency]")
        unit_amount = whole_number(price, "unit_amount")
        if unit_amount is None:
            raise missing(f"{prefix}[price_data][unit_amount]")
        quantity = whole_number(item, "quantity") or 1
        name = text(mapping(price, "product_data"), "name")
        chargeable(unit_amount * quantity, currency, param=f"{prefix}[price_data][unit_amount]")
        lines.append({"name": name, "quantity": quantity, "amount_total": unit_amount * quantity})
        currencies.add(currency)
    if len(currencies) != 1:
        raise Refusal(400, "All line items must have the same currency.", param="line_items")
    currency = currencies.pop()
    chargeable(sum(line["amount_total"] for line in lines), currency, param="line_items")
    return lines, currency
