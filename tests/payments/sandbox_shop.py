"""The sandbox by itself, with a shop that hears its webhooks over real HTTP, and orders to try it with."""

import http.client
import json
import queue
import threading
import urllib.parse
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import pytest
from werkzeug.serving import make_server
from werkzeug.wrappers import Request, Response

from marketplace.payments.gateway import BadSignature, Event, Gateway
from marketplace.payments.sandbox import Sandbox

SECRET = "whsec_of_the_tests"
KEY: dict[str, Any] = {"Authorization": "Bearer sk_test_1"}
ORDER = {
    "mode": "payment",
    "client_reference_id": "pitch-7",
    "success_url": "http://127.0.0.1:1/paid?checkout={CHECKOUT_SESSION_ID}",
    "cancel_url": "http://127.0.0.1:1/back?a=1&b=2",
    "metadata[reference]": "pitch-7",
    "payment_intent_data[metadata][reference]": "pitch-7",
    "line_items[0][price_data][currency]": "eur",
    "line_items[0][price_data][unit_amount]": "990",
    "line_items[0][price_data][product_data][name]": "Slot <b>A</b>",
    "line_items[0][quantity]": "2",
}


@dataclass
class Answer:
    status: int
    body: str
    headers: dict[str, str]

    @property
    def json(self) -> dict[str, Any]:
        return dict(json.loads(self.body))


def ask(url: str, form: dict[str, str] | None = None, **headers: Any) -> Answer:
    """GET, or POST a form; redirects are not followed."""
    parts = urllib.parse.urlsplit(url)
    connection = http.client.HTTPConnection(str(parts.hostname), parts.port, timeout=5)
    path = parts.path + (f"?{parts.query}" if parts.query else "")
    sent = {name.replace("_", "-"): value for name, value in headers.items()}
    if form is None:
        connection.request("GET", path, headers=sent)
    else:
        encoded = urllib.parse.urlencode(form)
        connection.request("POST", path, encoded, {"Content-Type": "application/x-www-form-urlencoded", **sent})
    response = connection.getresponse()
    body = response.read().decode()
    connection.close()
    return Answer(response.status, body, dict(response.headers))


@dataclass
class Shop:
    """A webhook over real HTTP that verifies by the gateway; ``refusals`` is how often it answers 503 first."""

    refusals: int = 0
    events: queue.Queue[Event] = field(default_factory=queue.Queue)
    forged: int = 0
    url: str = ""

    def __call__(self, environ: dict[str, Any], start_response: Any) -> Any:
        request = Request(environ)
        gateway = Gateway("sk_test_1", None, SECRET)
        status = 204
        if self.refusals:
            self.refusals, status = self.refusals - 1, 503
        else:
            try:
                self.events.put(gateway.read_event(request.get_data(), request.headers.get("Stripe-Signature", "")))
            except BadSignature:
                self.forged, status = self.forged + 1, 400
        return Response(status=status)(environ, start_response)

    def types(self) -> list[str]:
        return [self.events.get_nowait().type for _ in range(self.events.qsize())]


@pytest.fixture
def shop() -> Iterator[Shop]:
    made = Shop()
    server = make_server("127.0.0.1", 0, made, threaded=True)
    thread = threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True)
    thread.start()
    made.url = f"http://127.0.0.1:{server.server_port}/webhooks/stripe?from=test"
    yield made
    server.shutdown()
    server.server_close()
    thread.join()


@pytest.fixture
def sandbox(shop: Shop) -> Iterator[Sandbox]:
    with Sandbox(webhook_url=shop.url, webhook_secret=SECRET, retry_seconds=0.02) as running:
        yield running


def order(sandbox: Sandbox, **changes: str) -> dict[str, Any]:
    answer = ask(f"{sandbox.url}/v1/checkout/sessions", ORDER | changes, **KEY)
    assert answer.status == 200, answer.body
    return answer.json


def read(sandbox: Sandbox, path: str) -> dict[str, Any]:
    return ask(f"{sandbox.url}/v1/{path}", **KEY).json
