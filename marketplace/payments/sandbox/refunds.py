"""Refunds of the sandbox: all or part of a payment, never more than is left of it."""

from marketplace.payments.sandbox.account import Account
from marketplace.payments.sandbox.parameters import (
    Json,
    Refusal,
    chargeable,
    mapping,
    only,
    optional_text,
    printed,
    whole_number,
)

REASONS = ("duplicate", "fraudulent", "requested_by_customer")


def refund(account: Account, params: Json) -> Json:
    """Give back ``amount`` of a payment, or all that is left when no amount is named; announces both events."""
    only(params, ("payment_intent", "charge", "amount", "reason", "metadata"))
    reason = optional_text(params, "reason")
    if reason is not None and reason not in REASONS:
        raise Refusal(400, f"Invalid reason: must be one of {', '.join(REASONS)}", param="reason")
    charge = _charge_of(account, params)
    currency, left = charge["currency"], charge["amount_captured"] - charge["amount_refunded"]
    if left == 0:
        raise Refusal(400, f"Charge {charge['id']} has already been refunded.", code="charge_already_refunded")
    amount = whole_number(params, "amount") or left
    chargeable(amount, currency, param="amount")
    if amount > left:
        raise Refusal(
            400,
            f"Refund amount ({printed(amount, currency)}) is greater than unrefunded amount on charge "
            f"({printed(left, currency)})",
            param="amount",
        )
    charge["amount_refunded"] += amount
    charge["refunded"] = charge["amount_refunded"] == charge["amount_captured"]
    made = account.store.add(
        "refund",
        created=account.now(),
        amount=amount,
        charge=charge["id"],
        currency=currency,
        metadata=mapping(params, "metadata"),
        payment_intent=charge["payment_intent"],
        reason=reason,
        status="succeeded",
    )
    account.emit("refund.created", made)
    account.emit("charge.refunded", charge)
    return made


def _charge_of(account: Account, params: Json) -> Json:
    """The successful charge that the request names, directly or by its PaymentIntent."""
    intent_id, charge_id = optional_text(params, "payment_intent"), optional_text(params, "charge")
    if (intent_id is None) == (charge_id is None):
        raise Refusal(400, "One of the following params should be provided: payment_intent or charge.")
    if intent_id is not None:
        charge_id = account.store.get("payment_intent", intent_id)["latest_charge"]
    charge = account.store.get("charge", str(charge_id))
    if not charge["paid"]:
        raise Refusal(400, "This payment does not have a successful charge to refund.", param="payment_intent")
    return charge
