"""The gateway of this application, or the plain statement that card payment is off."""

from typing import cast

from flask import Flask, current_app

from marketplace.core.errors import DomainError
from marketplace.core.i18n import lazy_gettext as _l
from marketplace.payments.gateway import Gateway


class PaymentOff(DomainError):
    """No key of Stripe is set: nothing that costs a fee can be taken."""

    slug, title = "payment-off", _l("Card payment is off")
    text = _l("Card payment is switched off here, so nothing that costs a fee can be booked. Please ask the fair's staff.")


def is_on() -> bool:
    return current_app.extensions.get("payments_gateway") is not None


def gateway() -> Gateway:
    """Raises PaymentOff."""
    found = current_app.extensions.get("payments_gateway")
    if found is None:
        raise PaymentOff()
    return cast(Gateway, found)


def is_live() -> bool:
    """Whether our key moves real money: an event of the other mode is not ours."""
    return "_live_" in (current_app.config["SETTINGS"].stripe_api_key or "")


def checkout_origin() -> str:
    """Where Checkout pages are shown: a form of ours may lead there."""
    return current_app.config["SETTINGS"].stripe_api_base or "https://checkout.stripe.com"


def own_address(path: str) -> str:
    """An address of this product as the payer's browser reaches it."""
    return str(current_app.config["SETTINGS"].public_url) + path


def register(app: Flask) -> None:
    settings = app.config["SETTINGS"]
    app.extensions["payments_gateway"] = None
    if settings.stripe_api_key:
        app.extensions["payments_gateway"] = Gateway(
            settings.stripe_api_key, settings.stripe_api_base, settings.stripe_webhook_secret or ""
        )
