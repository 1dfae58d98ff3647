"""The sandbox as an HTTP server on loopback: the API under ``/v1``, and the Checkout page under ``/c/pay``."""

import copy
import hashlib
import json
import re
import secrets
import socket
import threading
from collections.abc import Callable, Iterable
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from werkzeug.exceptions import HTTPException
from werkzeug.serving import WSGIRequestHandler, make_server
from werkzeug.wrappers import Request, Response

from marketplace.core import clock as core_clock
from marketplace.payments.sandbox import listing, pages
from marketplace.payments.sandbox.account import Account, public
from marketplace.payments.sandbox.parameters import Json, Refusal, nested, only
from marketplace.payments.sandbox.refunds import refund
from marketplace.payments.sandbox.store import Answer, Store
from marketplace.payments.sandbox.webhooks import ApiFault, Courier, Delivery, Switches

SWEEP_SECONDS = 1.0
STOP_SECONDS = 0.1
LARGEST_REQUEST = 100_000
PAGE_HEADERS = {
    "Content-Security-Policy": "default-src 'none'; base-uri 'none'; frame-ancestors 'none'",
    "Cache-Control": "no-store",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
}
KINDS = {
    "checkout/sessions": "checkout.session",
    "payment_intents": "payment_intent",
    "charges": "charge",
    "refunds": "refund",
    "events": "event",
}


def _present() -> float:
    return core_clock.now().timestamp()


class Sandbox:
    """Stripe in test mode, for tests (``with Sandbox(...) as stripe: stripe.url``) and for a laptop.

    Events go to ``webhook_url`` signed with ``webhook_secret``; without an address they are only listed. With
    ``state`` everything outlives the process, undelivered events included. ``clock`` gives seconds since 1970."""

    def __init__(
        self,
        *,
        webhook_url: str | None = None,
        webhook_secret: str | None = None,
        port: int = 0,
        state: Path | None = None,
        switches: Switches | None = None,
        clock: Callable[[], float] = _present,
        retry_seconds: float = 0.5,
    ) -> None:
        if webhook_url is not None and not webhook_secret:
            raise ValueError("a webhook address needs a secret to sign with")
        self.switches = switches or Switches()
        self._lock, self._stopping = threading.RLock(), threading.Event()
        self._store = Store(state)
        self.account = Account(self._store, clock=clock, announce=self._announce)
        self._courier: Courier | None = None
        if webhook_url is not None and webhook_secret is not None:
            self._courier = Courier(
                webhook_url,
                webhook_secret,
                switches=self.switches,
                clock=clock,
                retry_seconds=retry_seconds,
                delivered=self._delivered,
            )
        self._server = make_server("127.0.0.1", port, self._wsgi, threaded=True, request_handler=_QuietHandler)
        self.url = f"http://127.0.0.1:{self._server.server_port}"
        self._threads = [
            threading.Thread(target=self._server.serve_forever, args=(STOP_SECONDS,), name="sandbox-http", daemon=True),
            threading.Thread(target=self._sweep, name="sandbox-expiry", daemon=True),
        ]

    # Life

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()

    def start(self) -> None:
        """Serve, and deliver what an earlier run could not."""
        if self._courier is not None:
            self._courier.start()
            for event in list(self._store.objects["event"].values()):
                if event["pending_webhooks"]:
                    self._courier.send(public(event))
        for thread in self._threads:
            thread.start()

    def stop(self) -> None:
        """Stop serving and delivering; what is not delivered stays in the state file."""
        self._stopping.set()
        self._server.shutdown()
        self._server.server_close()
        for thread in self._threads:
            thread.join()
        if self._courier is not None:
            self._courier.stop()
        with self._lock:
            self._store.save()

    def _sweep(self) -> None:
        while not self._stopping.wait(SWEEP_SECONDS):
            self.expire_due()

    # What a test may do directly

    @property
    def deliveries(self) -> list[Delivery]:
        """Every attempt at the webhook so far, oldest first."""
        return [] if self._courier is None else list(self._courier.deliveries)

    def emit(self, type_: str, subject: Json, *, livemode: bool = False, **more: str) -> Json:
        """Send an event of any type about any object; ``more`` may hold ``account`` and ``api_version``."""
        with self._lock:
            event = self.account.emit(type_, subject, livemode=livemode, **more)
            self._store.save()
            return public(event)

    def expire_due(self) -> None:
        """Expire the sessions whose time has come now; happens each second by itself."""
        with self._lock:
            if self.account.expire_due():
                self._store.save()

    def release(self, *, newest_first: bool = False) -> list[Delivery]:
        """Deliver the events held back by the switch, one after the other; returns the attempts."""
        return [] if self._courier is None else self._courier.release(newest_first=newest_first)

    def wait_until_quiet(self, timeout: float = 5.0) -> bool:
        """Wait until each event that is not held was taken by the endpoint; False when it was not in time."""
        return self._courier is None or self._courier.wait_until_quiet(timeout)

    def _announce(self, event: Json) -> None:
        if self._courier is not None:
            self._courier.send(event)

    def _delivered(self, event_id: str) -> None:
        with self._lock:
            self._store.get("event", event_id)["pending_webhooks"] = 0
            self._store.save()

    # HTTP

    def _wsgi(self, environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:
        request = Request(environ)
        request.max_content_length = LARGEST_REQUEST
        fault, page = self.switches.api_fault, re.fullmatch(r"/c/pay/([A-Za-z0-9_]+)", request.path)
        try:
            response = self._page(request, page[1]) if page else self._answer(request, fault)
        except HTTPException as error:
            response = _json(Refusal(error.code or 400, error.name).body, error.code or 400)
        if fault is ApiFault.LOST and not page:
            environ["werkzeug.socket"].shutdown(socket.SHUT_RDWR)
        return response(environ, start_response)

    def _answer(self, request: Request, fault: ApiFault) -> Response:
        """What the API says, as late and as wrongly as the switches want it."""
        self._stopping.wait(self.switches.api_delay_seconds)
        try:
            if fault is ApiFault.DOWN:
                raise Refusal(503, "Stripe is unavailable.", type_="api_error")
            return self._api(request, fault)
        except Refusal as refusal:
            return _json(refusal.body, refusal.status)

    def _api(self, request: Request, fault: ApiFault) -> Response:
        _authenticate(request)
        params = nested((request.form if request.method == "POST" else request.args).items(multi=True))
        params.pop("expand", None)
        key = request.headers.get("Idempotency-Key") if request.method == "POST" else None
        facts = json.dumps([request.method, request.path, params], sort_keys=True).encode()
        fingerprint = hashlib.sha256(facts).hexdigest()
        with self._lock:
            if key is not None and (known := self._store.answers.get(key)) is not None:
                return _replay(known, fingerprint, key)
            self.expire_due()
            body, status = public(self._route(request.method, request.path, params)), 200
            if fault is ApiFault.ERROR:
                body, status = Refusal(500, "An unknown error occurred.", type_="api_error").body, 500
            if key is not None:
                self._store.answers[key] = Answer(fingerprint, status, body)
            if request.method == "POST":
                self._store.save()
        return _json(body, status)

    def _route(self, method: str, path: str, params: Json) -> Json:
        for name, kind in KINDS.items():
            if path == f"/v1/{name}" and method == "GET":
                return listing.page(self._store, kind, params, url=path)
            if (match := re.fullmatch(rf"/v1/{name}/([^/]+)", path)) and method == "GET":
                return self._store.get(kind, match[1])
        if method == "POST" and path == "/v1/checkout/sessions":
            return self.account.open_session(params, page=f"{self.url}/c/pay/")
        if method == "POST" and (match := re.fullmatch(r"/v1/checkout/sessions/([^/]+)/expire", path)):
            only(params, ())
            return self.account.expire(match[1])
        if method == "POST" and path == "/v1/refunds":
            return refund(self.account, params)
        raise Refusal(404, f"Unrecognized request URL ({method}: {path}).")

    def _page(self, request: Request, session_id: str) -> Response:
        """The Checkout page, and what its two buttons do."""
        accepted = request.accept_languages.best_match(["en", "zh", "zh-CN"], default="en")
        with self._lock:
            self.expire_due()
            session, declined = self._store.objects["checkout.session"].get(session_id), False
            if session is None:
                return _html(pages.unknown(language=accepted[:2]), 404)
            language = (session["locale"] or accepted)[:2]
            if request.method == "POST" and session["status"] == "open":
                try:
                    self.account.pay(session_id, declined=self._card(request) == "declined")
                except Refusal:
                    declined = True
                self._store.save()
            session = copy.deepcopy(session)
        if request.method == "POST" and session["status"] == "complete":
            return Response("", 303, {**PAGE_HEADERS, "Location": pages.return_address(session)})
        status = 402 if declined else 410 if session["status"] == "expired" else 200
        return _html(pages.checkout(session, language=language, declined=declined), status)

    def _card(self, request: Request) -> str:
        return "declined" if self.switches.decline or request.form.get("card") != "good" else "good"


class _QuietHandler(WSGIRequestHandler):
    """Does not print each request."""

    def log(self, type: str, message: str, *args: Any) -> None:
        """Say nothing: answers speak for themselves."""


def _authenticate(request: Request) -> None:
    scheme, _, key = request.headers.get("Authorization", "").partition(" ")
    if scheme != "Bearer" or not key:
        raise Refusal(401, "You did not provide an API key.")
    if not re.fullmatch(r"(sk|rk)_test_\w+", key):
        raise Refusal(401, "Invalid API Key provided: this sandbox takes test keys only.")


def _replay(known: Answer, fingerprint: str, key: str) -> Response:
    """The first answer again, or a refusal when the key comes with another request."""
    if known.fingerprint != fingerprint:
        raise Refusal(
            400,
            f"Keys for idempotent requests can only be used with the parameters they were first used with: {key}",
            type_="idempotency_error",
        )
    response = _json(known.body, known.status)
    response.headers["Idempotent-Replayed"] = "true"
    return response


def _json(body: Json, status: int) -> Response:
    headers = {"Request-Id": f"req_{secrets.token_hex(7)}"}
    if status == 500:
        headers["Stripe-Should-Retry"] = "false"
    return Response(json.dumps(body), status, content_type="application/json", headers=headers)


def _html(body: str, status: int) -> Response:
    return Response(body, status, content_type="text/html; charset=utf-8", headers=PAGE_HEADERS)
