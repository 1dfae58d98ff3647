"""Pages: a fee and how it stands, the way to its payment page, and the staff's list with its refund button."""

from uuid import UUID

from flask import Blueprint, Flask, current_app, jsonify, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from marketplace.core import web
from marketplace.core.access import PUBLIC, Actor, current_actor, reads, writes
from marketplace.core.db import transaction
from marketplace.core.errors import NotFound, TooLarge
from marketplace.core.i18n import gettext as _
from marketplace.core.i18n import lazy_gettext as _l
from marketplace.core.layout import navigation, say
from marketplace.core.pages import PageIn, bound, paged
from marketplace.fairs import queries as fairs
from marketplace.fairs import shown
from marketplace.fairs.models import Fair
from marketplace.payments import queries, schemas, service, till, webhooks
from marketplace.payments.gateway import GatewayRefused
from marketplace.payments.models import Fee

blp = Blueprint("payments", __name__)
LONGEST_EVENT = 1024 * 1024


@blp.get("/payments")
@reads("payments.read_own")
def mine() -> str:
    """The fees of the organisation one acts for."""
    actor, asked = current_actor(), PageIn().load(request.args)
    page = paged(queries.own(actor), [Fee.created_at, Fee.id], bound_to=bound(actor.organization_id), **asked)
    return render_template("payments/mine.html", page=page, labels=schemas.status_labels(), on=till.is_on())


@blp.get("/payments/<uuid:fee_id>")
@reads("payments.read_own")
def fee(fee_id: UUID) -> str:
    """One fee. Whoever comes back from the payment page is told to wait until Stripe has confirmed: their browser proves nothing."""
    actor = current_actor()
    found = queries.get(fee_id, by=actor)
    fair = fairs.get(found.fair_id)
    return render_template(
        "payments/fee.html", fee=found, fair=fair, own=found.organization_id == actor.organization_id, on=till.is_on(),
        returned=request.args.get("returned") == "1", labels=schemas.status_labels(),
        may_refund=actor.may("payments.refund", fair_id=found.fair_id), may_pay=actor.may("payments.pay"),
    )  # fmt: skip


@blp.get("/payments/<uuid:fee_id>/checkout")
@reads("payments.pay")
def checkout(fee_id: UUID) -> Response:
    """Lead to the fee's page at Stripe. Harmless to repeat: it is the same page each time, and opening it moves no money.

    Stripe is asked outside of the transaction, so that a slow answer holds no lock."""
    found = service.payable(fee_id, by=current_actor())
    address = found.checkout_url
    if address is None:
        try:
            opened = service.open_checkout(found)
        except GatewayRefused as error:
            current_app.logger.error("no checkout for fee %s: %s", fee_id, error.code)
            with transaction():
                service.refuse_checkout(fee_id, error.code)
            raise service.NotPayable() from error
        with transaction():
            service.attach(fee_id, opened)
        address = opened.url
    return redirect(address, 303)


@blp.post("/payments/<uuid:fee_id>/release")
@writes("payments.pay")
def release(fee_id: UUID) -> Response:
    """Give up one's own unpaid hold."""
    actor = current_actor()
    found = queries.get(fee_id, by=actor)
    if found.organization_id != actor.organization_id:
        raise NotFound()
    service.release(fee_id, by=actor)
    say(_("The hold was given up. Nothing is charged."))
    return redirect(url_for("payments.fee", fee_id=fee_id), 303)


@blp.get("/staff/payments")
@reads("payments.refund")
def staff() -> str:
    """The fees of the fairs that one may refund for."""
    actor = current_actor()
    fair = _fair(actor, request.args.get("fair"))
    asked = PageIn().load({name: value for name, value in request.args.items() if name != "fair"})
    page = paged(queries.of_fair(fair.id, by=actor), [Fee.created_at, Fee.id], bound_to=bound(fair.id), **asked)
    payers = queries.payers(page.rows)
    return render_template("payments/staff.html", page=page, fair=fair, payers=payers, labels=schemas.status_labels(), on=till.is_on())


def _fair(actor: Actor, slug: str | None) -> Fair:
    """The fair of a staff page: the one asked for, else the current one, else any where they may refund. Raises NotFound."""
    mine = actor.fairs_where("payments.refund")
    current = shown.current()
    if slug is None and (current is None or current.id not in mine):
        slug = next((fair.slug for fair in fairs.everyone() if fair.id in mine), None)
    return shown.shown(slug)


@blp.post("/staff/payments/<uuid:fee_id>/refund")
@writes("payments.refund")
def refund(fee_id: UUID) -> Response:
    """Give one paid fee back."""
    service.refund(fee_id, by=current_actor())
    say(_("The fee is being given back; what it was for is free again."))
    return redirect(url_for("payments.fee", fee_id=fee_id), 303)


@blp.post("/webhooks/stripe")
@writes(PUBLIC, once=False)
def stripe_webhook() -> Response:
    """Stripe's events: 200 once stored, 400 unsigned, 503 while our database is away, so that Stripe tries again."""
    if (request.content_length or 0) > LONGEST_EVENT:
        raise TooLarge()
    outcome = webhooks.take(request.get_data(), request.headers.get("Stripe-Signature", ""))
    return jsonify(outcome=outcome)


def register(app: Flask) -> None:
    app.register_blueprint(blp)
    navigation(_l("Fees"), "payments.staff", "payments.refund", 57)
    app.jinja_env.globals["card_payment_is_on"] = till.is_on
    app.jinja_env.globals["allow_payment_page"] = _allow_payment_page


def _allow_payment_page() -> str:
    """A form on this page may lead, through our redirect, to the payment page."""
    web.allow_form_target(till.checkout_origin())
    return ""
