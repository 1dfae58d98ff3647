"""Delivers events to one webhook endpoint: signed, repeated until it answers 2xx, and as unruly as the switches say."""

import hashlib
import hmac
import http.client
import json
import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from enum import StrEnum
from urllib.parse import urlsplit

from marketplace.payments.sandbox.parameters import Json

ANSWER_SECONDS = 10
LONGEST_PAUSE_SECONDS = 60.0
MOST_ATTEMPTS = 16
REORDER_WINDOW_SECONDS = 0.6
REORDER_GAP_SECONDS = 0.1


class ApiFault(StrEnum):
    """How the API misbehaves: see each one's comment."""

    NONE = "none"
    DOWN = "down"  # answers 503 and does nothing
    LOST = "lost"  # does the work, then cuts the connection; a repeat with the same key gets the answer once it is over
    ERROR = "error"  # does the work, then answers 500, which a repeat with the same key gets for ever, as at Stripe


@dataclass
class Switches:
    """What may go wrong at Stripe. May be changed while the sandbox runs."""

    duplicate: bool = False
    """Deliver each event twice, at the same moment."""
    reorder: bool = False
    """Deliver events that are made within half a second newest first."""
    delay_seconds: float = 0.0
    """Wait before the first delivery of each event."""
    hold: bool = False
    """Keep new events back until they are released."""
    decline: bool = False
    """Decline every card."""
    api_fault: ApiFault = ApiFault.NONE
    api_delay_seconds: float = 0.0
    """Answer each API request this much later."""


@dataclass(frozen=True)
class Delivery:
    """One attempt: the status the endpoint answered with, or 0 when it did not answer."""

    event_id: str
    event_type: str
    attempt: int
    status: int


@dataclass
class Parcel:
    """An event on its way: ``due`` by the monotonic clock, how often it was tried."""

    event: Json
    due: float
    attempt: int = 0


def signature(payload: bytes, secret: str, *, at: int) -> str:
    """The ``Stripe-Signature`` header: HMAC-SHA256 of ``<at>.<payload>`` (docs.stripe.com/webhooks/signature)."""
    digest = hmac.new(secret.encode(), b"%d." % at + payload, hashlib.sha256).hexdigest()
    return f"t={at},v1={digest}"


class Courier:
    """Sends each event given to it until the endpoint takes it. ``delivered`` is told the id once it has.

    One thread waits for the next parcel that is due and hands it to a few senders, so that a slow endpoint sees
    concurrent deliveries, as it would from Stripe."""

    def __init__(
        self,
        url: str,
        secret: str,
        *,
        switches: Switches,
        clock: Callable[[], float],
        retry_seconds: float,
        delivered: Callable[[str], None],
    ) -> None:
        self._target, self._secret = urlsplit(url), secret
        if self._target.scheme not in ("http", "https") or not self._target.hostname:
            raise ValueError(f"not a web address for webhooks: {url}")
        self._switches, self._clock, self._retry_seconds, self._delivered = switches, clock, retry_seconds, delivered
        self._changed = threading.Condition()
        self._waiting: list[Parcel] = []
        self._held: list[Parcel] = []
        self._underway = 0
        self._stopping = False
        self._senders = ThreadPoolExecutor(max_workers=4, thread_name_prefix="sandbox-webhook")
        self._thread = threading.Thread(target=self._run, name="sandbox-courier", daemon=True)
        self.deliveries: list[Delivery] = []

    def start(self) -> None:
        """Begin to deliver."""
        self._thread.start()

    def stop(self) -> None:
        """Finish the attempts that are under way; what is still waiting stays undelivered."""
        with self._changed:
            self._stopping = True
            self._changed.notify_all()
        self._thread.join()
        self._senders.shutdown()

    def send(self, event: Json) -> None:
        """Take an event for delivery, as the switches say."""
        now = time.monotonic()
        due = now + self._switches.delay_seconds
        with self._changed:
            if self._switches.reorder:
                earlier = [parcel.due for parcel in self._waiting if parcel.attempt == 0]
                due = min(earlier) - REORDER_GAP_SECONDS if earlier else due + REORDER_WINDOW_SECONDS
            queue = self._held if self._switches.hold else self._waiting
            queue.extend(Parcel(event, due) for _ in range(2 if self._switches.duplicate else 1))
            self._changed.notify_all()

    def release(self, *, newest_first: bool = False) -> list[Delivery]:
        """Deliver what is held, one after the other, in this thread; a refused one is repeated later as usual."""
        with self._changed:
            parcels, self._held = self._held[:: -1 if newest_first else 1], []
            self._underway += len(parcels)
        return [self._attempt(parcel) for parcel in parcels]

    def wait_until_quiet(self, timeout: float) -> bool:
        """Wait until every event that is not held has been taken; False when that did not happen in time."""
        with self._changed:
            return self._changed.wait_for(lambda: not self._waiting and not self._underway, timeout)

    def _run(self) -> None:
        while (parcel := self._next()) is not None:
            self._senders.submit(self._attempt, parcel)

    def _next(self) -> Parcel | None:
        """Wait for a parcel to be due and take it; None when it is time to stop."""
        with self._changed:
            while not self._stopping:
                first = min(self._waiting, key=lambda parcel: parcel.due, default=None)
                pause = None if first is None else first.due - time.monotonic()
                if first is not None and pause is not None and pause <= 0:
                    self._waiting.remove(first)
                    self._underway += 1
                    return first
                self._changed.wait(pause)
            return None

    def _attempt(self, parcel: Parcel) -> Delivery:
        status = self._post(json.dumps(parcel.event, ensure_ascii=False).encode())
        parcel.attempt += 1
        delivery = Delivery(parcel.event["id"], parcel.event["type"], parcel.attempt, status)
        taken = 200 <= status < 300
        if taken:
            self._delivered(parcel.event["id"])
        with self._changed:
            self.deliveries.append(delivery)
            if not taken and parcel.attempt < MOST_ATTEMPTS:
                pause = min(self._retry_seconds * 2 ** (parcel.attempt - 1), LONGEST_PAUSE_SECONDS)
                parcel.due = time.monotonic() + pause
                self._waiting.append(parcel)
            self._underway -= 1
            self._changed.notify_all()
        return delivery

    def _post(self, payload: bytes) -> int:
        """One attempt; signed anew, because the endpoint refuses an old timestamp. Redirects count as refusals."""
        https = self._target.scheme == "https"
        kind = http.client.HTTPSConnection if https else http.client.HTTPConnection
        connection = kind(str(self._target.hostname), self._target.port, timeout=ANSWER_SECONDS)
        headers = {
            "Content-Type": "application/json; charset=utf-8",
            "Stripe-Signature": signature(payload, self._secret, at=int(self._clock())),
        }
        path = (self._target.path or "/") + (f"?{self._target.query}" if self._target.query else "")
        try:
            connection.request("POST", path, payload, headers)
            return connection.getresponse().status
        except (OSError, http.client.HTTPException):
            return 0
        finally:
            connection.close()
