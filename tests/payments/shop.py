"""An application of its own with its own database, served over real HTTP, and the sandbox that sends it signed events."""

import json
import socket
import threading
import time
import urllib.error
import urllib.request
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from uuid import UUID

from flask import Flask, request_started
from sqlalchemy import select
from werkzeug.serving import make_server

from marketplace.core import jobs
from marketplace.core.db import db, transaction
from marketplace.payments import service
from marketplace.payments.models import Fee
from marketplace.payments.sandbox import Sandbox, Switches, signature
from tests.conftest import forget_last_request
from tests.factories import actor, make_fair, make_member, make_organization, make_staff
from tests.payments.sandbox_shop import SECRET


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


@dataclass
class Shop:
    """A running product with a fair, a payer and a manager."""

    app: Flask
    sandbox: Sandbox
    url: str

    def __post_init__(self) -> None:
        self.fair = make_fair(current=True)
        self.organization = make_organization()
        self.payer = make_member(self.organization)
        self.manager = make_staff(self.fair)

    def hold(self, subject="pitch_slot:1", amount_minor=50_000, currency="CNY") -> UUID:
        """A fee that waits for its payment; the fee's id."""
        with transaction():
            fee = service.hold(
                subject, fair_id=self.fair.id, description_en="Pitch slot", description_zh="路演席位",
                amount_minor=amount_minor, currency=currency, by=actor(self.payer, self.organization),
            )  # fmt: skip
        return fee.id

    def open(self, fee_id) -> str:
        """The id of the fee's Checkout, opened as the page does it."""
        checkout = service.open_checkout(self.fee(fee_id))
        with transaction():
            service.attach(fee_id, checkout)
        return checkout.id

    def fee(self, fee_id) -> Fee:
        db.session.rollback()
        return db.session.scalars(select(Fee).where(Fee.id == fee_id)).one()

    def status(self, fee_id) -> str:
        return self.fee(fee_id).status.value

    def work(self) -> int:
        """Do the jobs that are due."""
        done = 0
        while found := jobs.sweep():
            done += found
        return done

    def pay(self, checkout_id, card="good") -> int:
        """Click on the Checkout page; the HTTP status of what the browser then sees (the way back counts as 303)."""
        return post(f"{self.sandbox.url}/c/pay/{checkout_id}", f"card={card}".encode())[0]

    def deliver(self, event, *, secret=SECRET, at=None) -> tuple[int, dict]:
        """Post an event as Stripe does; status and answer."""
        payload = json.dumps(event).encode()
        signed = signature(payload, secret, at=at if at is not None else int(time.time()))
        return post(f"{self.url}/webhooks/stripe", payload, {"Stripe-Signature": signed, "Content-Type": "application/json"})

    def events(self) -> list[dict]:
        """All events of the sandbox so far, oldest first."""
        return list(self.sandbox.account.store.objects["event"].values())


class _NoRedirect(urllib.request.HTTPRedirectHandler):
    def redirect_request(self, *args, **kwargs):
        return None


def post(url, body, headers=None) -> tuple[int, dict]:
    request = urllib.request.Request(url, body, headers or {}, method="POST")
    try:
        with urllib.request.build_opener(_NoRedirect).open(request, timeout=30) as answer:
            return answer.status, _json(answer)
    except urllib.error.HTTPError as error:
        with error:
            return error.code, _json(error)


def _json(answer) -> dict:
    text = answer.read()
    return json.loads(text) if "json" in answer.headers.get("Content-Type", "") else {}


@contextmanager
def running(own, folder):
    """A shop with that application."""
    port = free_port()
    switches = Switches()
    with Sandbox(
        webhook_url=f"http://127.0.0.1:{port}/webhooks/stripe", webhook_secret=SECRET, switches=switches, retry_seconds=0.1
    ) as sandbox:
        url = f"http://127.0.0.1:{port}"
        settings = {"stripe_api_key": "sk_test_1", "stripe_api_base": sandbox.url, "stripe_webhook_secret": SECRET, "public_url": url}
        with own.fresh(folder, **settings) as app, served(app, port), request_started.connected_to(forget_last_request):
            try:
                yield Shop(app, sandbox, url)
            finally:
                sandbox.wait_until_quiet(5)


@contextmanager
def served(app, port):
    server = make_server("127.0.0.1", port, app, threaded=True)
    thread = threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True)
    thread.start()
    try:
        yield
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


def until(condition, seconds=10.0) -> None:
    """Wait for what happens on another thread."""
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, "it did not happen in time"
        time.sleep(0.02)


def moment(seconds) -> datetime:
    return datetime.fromtimestamp(seconds, UTC)
