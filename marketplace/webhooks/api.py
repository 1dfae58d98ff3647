"""Webhooks as JSON, for owners: endpoints, their secrets, their log, tests and sending again."""

from typing import Any
from uuid import UUID

from flask import Flask, Response, jsonify, url_for

from marketplace.core import web
from marketplace.core.access import current_actor, reads, writes
from marketplace.core.api import Blueprint, ProblemOut
from marketplace.core.pages import PageIn, bound, paged
from marketplace.webhooks import queries, service
from marketplace.webhooks.models import Delivery, Endpoint
from marketplace.webhooks.schemas import DeliveriesOut, DeliveryOut, EndpointIn, EndpointOut, EndpointSecretOut, EndpointsOut, NewSecretIn

blp = Blueprint("webhooks", description="Addresses of an organisation's own programs that are told what happens, signed and tried again.")
MANAGE = queries.MANAGE


def _answer(endpoint: Endpoint, status: int = 200, *, secret: str | None = None) -> Response:
    shown = EndpointOut().dump(endpoint)
    response = jsonify(shown | {"secret": secret} if secret else shown)
    response.status_code = status
    response.headers["ETag"] = web.etag_of(endpoint.version)
    if status == 201:
        response.headers["Location"] = url_for("webhooks_api.show", endpoint_id=endpoint.id)
    return response


@blp.get("/webhooks")
@reads(MANAGE)
@blp.response(200, EndpointsOut)
def index() -> Any:
    """The endpoints of the organisation you act for."""
    return {"rows": queries.endpoints(by=current_actor())}


@blp.post("/webhooks")
@writes(MANAGE)
@blp.arguments(EndpointIn)
@blp.response(201, EndpointSecretOut)
@blp.alt_response(409, schema=ProblemOut)
@blp.alt_response(422, schema=ProblemOut)
def register_endpoint(data: dict[str, Any]) -> Response:
    """Name an address; the answer has its secret. Repeated under the same key within eight days, it has it again."""
    endpoint, secret = service.register(**data, by=current_actor())
    return _answer(endpoint, 201, secret=secret)


@blp.get("/webhooks/<uuid:endpoint_id>")
@reads(MANAGE)
@blp.response(200, EndpointOut)
@blp.alt_response(404, schema=ProblemOut)
def show(endpoint_id: UUID) -> Response:
    """One endpoint, with its ETag."""
    return _answer(queries.one(endpoint_id, by=current_actor()))


@blp.patch("/webhooks/<uuid:endpoint_id>")
@writes(MANAGE)
@blp.arguments(EndpointIn(partial=True))
@blp.response(200, EndpointOut)
@blp.alt_response(404, schema=ProblemOut)
def change(data: dict[str, Any], endpoint_id: UUID) -> Response:
    """Change address, events or description. Needs If-Match."""
    expected = web.expected_version()
    web.check_version(queries.one(endpoint_id, by=current_actor(), lock=True).version, expected)
    return _answer(service.change(endpoint_id, data, by=current_actor()))


@blp.delete("/webhooks/<uuid:endpoint_id>")
@writes(MANAGE)
@blp.response(204)
@blp.alt_response(404, schema=ProblemOut)
def delete(endpoint_id: UUID) -> Response:
    """Forget the address. Needs If-Match."""
    expected = web.expected_version()
    web.check_version(queries.one(endpoint_id, by=current_actor(), lock=True).version, expected)
    service.delete(endpoint_id, by=current_actor())
    return Response(status=204)


@blp.post("/webhooks/<uuid:endpoint_id>/secret")
@writes(MANAGE)
@blp.arguments(NewSecretIn)
@blp.response(200, EndpointSecretOut)
@blp.alt_response(404, schema=ProblemOut)
def new_secret(data: dict[str, Any], endpoint_id: UUID) -> Response:
    """Give it a new secret; both sign for `hours`, so that the receiver can be changed meanwhile."""
    endpoint, secret = service.new_secret(endpoint_id, **data, by=current_actor())
    return _answer(endpoint, secret=secret)


@blp.post("/webhooks/<uuid:endpoint_id>/off")
@writes(MANAGE)
@blp.response(200, EndpointOut)
@blp.alt_response(404, schema=ProblemOut)
def switch_off(endpoint_id: UUID) -> Response:
    """Switch it off: what happens meanwhile is not told later."""
    return _switched(service.switch_off(endpoint_id, by=current_actor()))


@blp.post("/webhooks/<uuid:endpoint_id>/on")
@writes(MANAGE)
@blp.response(200, EndpointOut)
@blp.alt_response(404, schema=ProblemOut)
def switch_on(endpoint_id: UUID) -> Response:
    """Switch it on again."""
    return _switched(service.switch_on(endpoint_id, by=current_actor()))


def _switched(endpoint: Endpoint) -> Response:
    return _answer(endpoint)


@blp.post("/webhooks/<uuid:endpoint_id>/test")
@writes(MANAGE)
@blp.response(201, DeliveryOut)
@blp.alt_response(404, schema=ProblemOut)
def send_test(endpoint_id: UUID) -> Response:
    """Send an event of the type `test`; the log tells what came of it."""
    return _promised(service.send_test(endpoint_id, by=current_actor()), 201)


@blp.get("/webhooks/<uuid:endpoint_id>/deliveries")
@reads(MANAGE)
@blp.arguments(PageIn, location="query")
@blp.response(200, DeliveriesOut)
@blp.alt_response(404, schema=ProblemOut)
def deliveries(args: dict[str, Any], endpoint_id: UUID) -> Any:
    """The log, newest first: thirty days of it."""
    endpoint = queries.one(endpoint_id, by=current_actor())
    page = paged(queries.log(endpoint), queries.LOG_KEYS, limit=args["limit"], cursor=args["cursor"], bound_to=bound(endpoint.id), scalars=False)
    return {"rows": [row._mapping for row in page.rows], "next": page.next}


@blp.post("/webhooks/deliveries/<uuid:delivery_id>/again")
@writes(MANAGE)
@blp.response(200, DeliveryOut)
@blp.alt_response(404, schema=ProblemOut)
def send_again(delivery_id: UUID) -> Response:
    """Send a message again, under the same id."""
    return _promised(service.send_again(delivery_id, by=current_actor()))


def _promised(delivery: Delivery, status: int = 200) -> Response:
    fields = ("id", "event_id", "event", "created_at", "state", "tries", "next_at", "done_at")
    response = jsonify(DeliveryOut().dump({name: getattr(delivery, name) for name in fields} | {"status": None, "fault": None, "tried_at": None}))
    response.status_code = status
    return response


def register(app: Flask) -> None:
    app.extensions["api"].register_blueprint(blp)
