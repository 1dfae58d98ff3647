"""Fees, taken by Stripe Checkout: what is owed to a fair for a service such as a pitch slot, never the value of a deal.

Words. A **Checkout** is one page at Stripe on which one amount can be paid once, until it expires. A **PaymentIntent**
is the payment made on it, a **refund** gives all or part of it back, an **event** is what Stripe tells us of any of
them, signed, at the webhook. The **gateway** is the one file that speaks to Stripe; the **sandbox** is what stands in
for Stripe in tests and on a laptop.

Always true. Only a verified event, or Stripe's own answer to us, changes what counts as paid: nothing that the browser
brings does. Amounts come from our own rows and are compared with Stripe's, with the currency and the payment, before
they count. Every call that moves money carries an idempotency key made from our row, so that a repeat cannot charge or
refund twice. An event has one effect, however often and in whatever order it comes. Fees never enter a fair's total.
"""

from flask import Flask

from marketplace.core import access, day
from marketplace.core.i18n import lazy_gettext as _l


def register(app: Flask) -> None:
    """Connect the domain to the application."""
    from marketplace.payments import api, merging, queries, tasks, till, views  # noqa: F401

    merging.register()
    access.declare("payments.read_own", _l("See the fees of one's organisation"), members=("owner", "editor", "reader"), staff=("manager",))
    access.declare("payments.pay", _l("Pay fees"), members=("owner", "editor"))
    access.declare("payments.refund", _l("Give fees back"), staff=("manager",))
    day.tile(
        _l("Fees to pay"), "payments.pay", queries.waiting_for_payment, "payments.mine",
        hint=_l("What they are for is held for an hour."), order=35,
    )  # fmt: skip
    day.tile(
        _l("Refunds that failed"), "payments.refund", queries.needing_a_look, "payments.staff", "late",
        hint=_l("Stripe did not give the money back."), order=36,
    )  # fmt: skip
    till.register(app)
    views.register(app)
    api.register(app)
