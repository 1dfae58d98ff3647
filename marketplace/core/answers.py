"""A cache of strangers' answers in this process, by the rule that every cache in front of us follows.

An answer that `caching.shared(…, keep=True)` marked is given again to who asks for the same address in the same language,
without cookie and without token, until its ``s-maxage`` has passed or one of `STATES` has changed, whichever comes first
(docs/rules/staleness.md). Nothing that anybody signed in gets ever comes near it.
"""

import time
from collections import OrderedDict
from collections.abc import Callable, Hashable, Iterable
from dataclasses import dataclass
from threading import Lock
from typing import Any

from flask import Flask
from uuid_utils.compat import uuid7
from werkzeug.datastructures import Headers
from werkzeug.http import parse_etags

STATES: list[Callable[[Flask], Hashable]] = []
"""What an answer was made of, each as something that is equal until it changes; costs microseconds. Filled by the domains."""
SERVED: list[Callable[[str, int, float], None]] = []
"""Told of each answer given again: endpoint, status, seconds. Those who count requests would miss it otherwise."""
MARK = "marketplace.keep"  # in the WSGI environment: (seconds, endpoint)
MOST_BYTES = 32_000_000
LARGEST = 1_000_000  # bytes of one answer
ANEW = frozenset({"x-request-id", "date", "age", "content-length"})
Start = Callable[..., Any]


@dataclass(frozen=True, slots=True)
class _Kept:
    made_at: float
    until: float
    states: tuple[Hashable, ...]
    endpoint: str
    headers: list[tuple[str, str]]
    etag: str
    body: bytes


class KeptAnswers:
    """WSGI middleware. Safe between threads; of two who ask at once for what is not there, both are answered by the application."""

    def __init__(self, app: Flask, inner: Callable[[dict[str, Any], Start], Iterable[bytes]], *, most_bytes: int = MOST_BYTES):
        self._app, self._inner, self._most = app, inner, most_bytes
        self._kept: OrderedDict[Hashable, _Kept] = OrderedDict()
        self._bytes, self._lock = 0, Lock()

    def __call__(self, environ: dict[str, Any], start: Start) -> Iterable[bytes]:
        if environ["REQUEST_METHOD"] != "GET" or any(name in environ for name in ("HTTP_COOKIE", "HTTP_AUTHORIZATION", "HTTP_RANGE")):
            return self._inner(environ, start)
        key = tuple(environ.get(name, "") for name in (
            "wsgi.url_scheme", "HTTP_HOST", "SCRIPT_NAME", "PATH_INFO", "QUERY_STRING", "HTTP_ACCEPT", "HTTP_ACCEPT_LANGUAGE",
        ))  # fmt: skip
        began, states = time.monotonic(), tuple(state(self._app) for state in STATES)
        found = self._kept.get(key)
        if found is not None and began < found.until and found.states == states:
            return self._again(found, environ, start, began)
        return self._asked(key, states, environ, start)

    def _again(self, kept: _Kept, environ: dict[str, Any], start: Start, began: float) -> list[bytes]:
        fresh = [("X-Request-Id", str(uuid7())), ("Age", str(int(began - kept.made_at)))]
        known = "HTTP_IF_NONE_MATCH" in environ and parse_etags(environ["HTTP_IF_NONE_MATCH"]).contains_weak(kept.etag)
        if known:
            start("304 NOT MODIFIED", [pair for pair in kept.headers if pair[0].lower() != "content-type"] + fresh)
        else:
            start("200 OK", [*kept.headers, *fresh, ("Content-Length", str(len(kept.body)))])
        for told in SERVED:
            told(kept.endpoint, 304 if known else 200, time.monotonic() - began)
        return [] if known else [kept.body]

    def _asked(self, key: Hashable, states: tuple[Hashable, ...], environ: dict[str, Any], start: Start) -> Iterable[bytes]:
        """Let the application answer; keep what it marked. ``states`` were read before, so that a change meanwhile is not lost."""
        seen: list[tuple[str, list[tuple[str, str]]]] = []

        def noted(status: str, headers: list[tuple[str, str]], *more: Any) -> Any:
            seen.append((status, headers))
            return start(status, headers, *more)

        answer = self._inner(environ, noted)
        if MARK not in environ or not seen or not seen[-1][0].startswith("200"):
            return answer
        seconds, endpoint = environ[MARK]
        headers = Headers(seen[-1][1])
        etag = next(iter(parse_etags(headers.get("ETag", ""))), "")
        if "Set-Cookie" in headers or not etag:
            return answer
        body = b"".join(answer)
        getattr(answer, "close", lambda: None)()
        if len(body) <= LARGEST:
            now = time.monotonic()
            again = [(name, value) for name, value in headers if name.lower() not in ANEW]
            self._keep(key, _Kept(now, now + seconds, states, endpoint, again, etag, body))
        return [body]

    def _keep(self, key: Hashable, kept: _Kept) -> None:
        with self._lock:
            self._drop(key)
            self._kept[key] = kept
            self._bytes += len(kept.body)
            while self._bytes > self._most:
                self._drop(next(iter(self._kept)))

    def _drop(self, key: Hashable) -> None:
        if (gone := self._kept.pop(key, None)) is not None:
            self._bytes -= len(gone.body)


def register(app: Flask) -> None:
    """Before `web`, whose proxy rules then apply to the address that is the key."""
    if app.config["SETTINGS"].keep_answers:
        app.wsgi_app = KeptAnswers(app, app.wsgi_app)  # type: ignore[assignment, method-assign]
