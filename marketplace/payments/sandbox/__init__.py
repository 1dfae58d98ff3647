"""A stand-in for Stripe in test mode, served over real HTTP on loopback, for tests and for ``make run``.

It keeps state, so that what was opened can be paid, expired and refunded; it signs its webhooks and repeats them until
they are taken; and it can misbehave as Stripe may (``Switches``). No money and no card exists in it. The product speaks
to it through the library made for Stripe, and only ``STRIPE_API_BASE`` says which of the two it is.
"""

from marketplace.payments.sandbox.server import Sandbox
from marketplace.payments.sandbox.store import StateUnreadable
from marketplace.payments.sandbox.webhooks import ApiFault, Delivery, Switches, signature

__all__ = ["ApiFault", "Delivery", "Sandbox", "StateUnreadable", "Switches", "signature"]
