"""Pages of webhooks, for owners: the addresses, a new one, one with its log, and one message with its tries."""

from typing import Any
from uuid import UUID

import orjson
from flask import Blueprint, Flask, redirect, render_template, request, url_for

from marketplace.core import web
from marketplace.core.access import current_actor, reads, writes
from marketplace.core.errors import DomainError, Malformed
from marketplace.core.forms import Form
from marketplace.core.i18n import gettext as _
from marketplace.core.layout import say
from marketplace.core.pages import bound, paged
from marketplace.webhooks import queries, rules, service, signing, wording
from marketplace.webhooks.models import Endpoint, Event
from marketplace.webhooks.schemas import EVENTS, EndpointFormIn, NewSecretIn

bp = Blueprint("webhooks", __name__)
MANAGE = queries.MANAGE


@bp.context_processor
def words() -> dict[str, Any]:
    return {
        "EVENTS": wording.EVENTS, "STATES": wording.STATES, "OFF": wording.OFF, "FAULTS": wording.FAULTS,
        "event_choices": [(event.value, label) for event, label in wording.EVENTS.items() if event is not Event.TEST],
        "still_good": signing.still_good,
    }  # fmt: skip


@bp.get("/organization/webhooks")
@reads(MANAGE)
def index() -> str:
    rows = queries.endpoints(by=current_actor())
    return render_template("webhooks/index.html", rows=rows, waiting=queries.waiting([row.id for row in rows]), most=rules.MOST_ENDPOINTS)


@bp.route("/organization/webhooks/new", methods=["GET", "POST"])
@writes(MANAGE, once=False)
def new() -> Any:
    """The secret stands on the answer of the POST and nowhere else."""
    form = Form(EndpointFormIn, events=EVENTS)
    if form.submitted():
        form.data.pop("version")
        try:
            endpoint, secret = service.register(**form.data, by=current_actor())
        except DomainError as error:
            form.refused(error)
        else:
            return _shown(endpoint, secret=secret)
    return render_template("webhooks/new.html", form=form), form.status


@bp.get("/organization/webhooks/<uuid:endpoint_id>")
@reads(MANAGE)
def show(endpoint_id: UUID) -> Any:
    return _shown(queries.one(endpoint_id, by=current_actor()))


def _shown(endpoint: Endpoint, *, secret: str | None = None) -> str:
    page = paged(queries.log(endpoint), queries.LOG_KEYS, cursor=request.args.get("cursor") or None, bound_to=bound(endpoint.id), scalars=False)
    return render_template("webhooks/show.html", endpoint=endpoint, page=page, secret=secret)


@bp.route("/organization/webhooks/<uuid:endpoint_id>/edit", methods=["GET", "POST"])
@writes(MANAGE)
def edit(endpoint_id: UUID) -> Any:
    endpoint = queries.one(endpoint_id, by=current_actor(), lock=request.method == "POST")
    form = Form(EndpointFormIn, url=endpoint.url, events=endpoint.events, description=endpoint.description, version=endpoint.version)
    if form.submitted():
        try:
            web.check_version(endpoint.version, form.data.pop("version"))
            service.change(endpoint_id, form.data, by=current_actor())
        except DomainError as error:
            form.refused(error)
        else:
            say(_("Saved."))
            return redirect(url_for(".show", endpoint_id=endpoint_id), 303)
    return render_template("webhooks/edit.html", form=form, endpoint=endpoint), form.status


@bp.post("/organization/webhooks/<uuid:endpoint_id>/secret")
@writes(MANAGE, once=False)
def new_secret(endpoint_id: UUID) -> Any:
    form = Form(NewSecretIn)
    if not form.submitted():
        raise Malformed(errors=form.found)
    endpoint, secret = service.new_secret(endpoint_id, **form.data, by=current_actor())
    return _shown(endpoint, secret=secret)


@bp.post("/organization/webhooks/<uuid:endpoint_id>/test")
@writes(MANAGE)
def send_test(endpoint_id: UUID) -> Any:
    made = service.send_test(endpoint_id, by=current_actor())
    say(_("A test is on its way. Load the page again in a moment to see what came of it."))
    return redirect(url_for(".delivery", delivery_id=made.id), 303)


@bp.post("/organization/webhooks/<uuid:endpoint_id>/off")
@writes(MANAGE)
def switch_off(endpoint_id: UUID) -> Any:
    service.switch_off(endpoint_id, by=current_actor())
    say(_("Switched off. What happens from now on is not told, also not later."))
    return redirect(url_for(".show", endpoint_id=endpoint_id), 303)


@bp.post("/organization/webhooks/<uuid:endpoint_id>/on")
@writes(MANAGE)
def switch_on(endpoint_id: UUID) -> Any:
    service.switch_on(endpoint_id, by=current_actor())
    say(_("Switched on."))
    return redirect(url_for(".show", endpoint_id=endpoint_id), 303)


@bp.post("/organization/webhooks/<uuid:endpoint_id>/delete")
@writes(MANAGE)
def delete(endpoint_id: UUID) -> Any:
    service.delete(endpoint_id, by=current_actor())
    say(_("Deleted. Nothing more goes to that address."))
    return redirect(url_for(".index"), 303)


@bp.get("/organization/webhooks/deliveries/<uuid:delivery_id>")
@reads(MANAGE)
def delivery(delivery_id: UUID) -> str:
    """One message: what was sent, and every try."""
    endpoint, found = queries.delivery(delivery_id, by=current_actor())
    body = orjson.dumps(orjson.loads(found.body), option=orjson.OPT_INDENT_2).decode()
    return render_template("webhooks/delivery.html", endpoint=endpoint, delivery=found, body=body, attempts=queries.attempts(found))


@bp.post("/organization/webhooks/deliveries/<uuid:delivery_id>/again")
@writes(MANAGE)
def send_again(delivery_id: UUID) -> Any:
    service.send_again(delivery_id, by=current_actor())
    say(_("It is sent again, under the same id. Load the page again in a moment to see what came of it."))
    return redirect(url_for(".delivery", delivery_id=delivery_id), 303)


def register(app: Flask) -> None:
    app.register_blueprint(bp)
