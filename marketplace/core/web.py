"""The HTTP edge: request numbers, headers that protect, text that no database could store, and versions (ETag)."""

import logging
import re
from typing import Any
from urllib.parse import unquote_to_bytes, urlsplit

from flask import Flask, Response, g, request, session
from uuid_utils.compat import uuid7
from werkzeug.exceptions import NotAcceptable, RequestURITooLarge
from werkzeug.middleware.proxy_fix import ProxyFix

from marketplace.core.errors import Malformed, Stale, VersionRequired, WrongMediaType
from marketplace.core.problems import on_http_exception

CSP = (
    "default-src 'self'; img-src 'self' data:; style-src 'self'; script-src 'self'; object-src 'none'; base-uri 'none'; "
    "frame-ancestors 'none'; form-action 'self'{form_targets}"
)
UNSTORABLE = re.compile("[\x00\ud800-\udfff]")
log = logging.getLogger("access")


def begin_request() -> None:
    """Number the request; refuse NUL and lone surrogates anywhere outside the body, JSON that does not say so, and who takes none."""
    g.request_id = str(uuid7())
    texts = [request.path, *request.args.keys(), *(v for _, v in request.args.items(multi=True))]
    if any(UNSTORABLE.search(text) for text in texts) or "\ufffd" in request.path:
        raise Malformed()
    try:
        unquote_to_bytes(request.query_string).decode("utf-8")
    except UnicodeDecodeError as error:
        raise Malformed() from error
    if len(request.full_path) > 8000:
        raise RequestURITooLarge()
    if request.path.startswith("/api/") and request.method in {"POST", "PUT", "PATCH"}:
        typed = request.mimetype in {"application/json", "multipart/form-data"}
        if (request.content_length or request.mimetype) and not typed:
            raise WrongMediaType()
        if not _takes("application/json"):
            raise NotAcceptable()


def _takes(media_type: str) -> bool:
    """Whether the caller's Accept header takes it; without one they take anything."""
    accepted = request.accept_mimetypes
    return not accepted.provided or accepted[media_type] > 0


def end_request(response: Response) -> Response:
    reads_api = request.path.startswith("/api/v1/") and request.method in {"GET", "HEAD"}
    if reads_api and response.status_code == 200 and not _takes(response.mimetype or ""):
        response.close()
        response = on_http_exception(NotAcceptable())
    headers = response.headers
    headers.setdefault("X-Request-Id", g.get("request_id", ""))
    headers.setdefault("X-Content-Type-Options", "nosniff")
    headers.setdefault("Referrer-Policy", "same-origin")
    headers.setdefault("Cross-Origin-Opener-Policy", "same-origin")
    headers.setdefault("Permissions-Policy", "camera=(), microphone=(), geolocation=()")
    if response.mimetype == "text/html":
        headers.setdefault("Content-Security-Policy", g.get("csp", CSP.format(form_targets="")))
        headers.setdefault("X-Frame-Options", "DENY")
    private = bool(g.get("actor")) or session.accessed or response.status_code >= 400
    if private and "Cache-Control" not in headers:
        headers["Cache-Control"] = "no-store"
    if response.mimetype == "text/html":
        response.vary.update(["Cookie", "Accept-Language"])
    elif request.path.startswith("/api/"):
        response.vary.update(["Authorization", "Accept-Language"])
    return response


def allow_form_target(url: str) -> None:
    """Let this page's form lead, through our redirect, to another origin (the payment page)."""
    parts = urlsplit(url)
    g.csp = CSP.format(form_targets=f" {parts.scheme}://{parts.netloc}")


def etag_of(version: int) -> str:
    return f'"{version}"'


def expected_version() -> int | None:
    """The version named by ``If-Match``: an int, or None for ``*``.

    Raises VersionRequired when it is missing, Stale when it is weak or no version of ours, Malformed when unreadable.
    """
    raw = request.headers.get("If-Match")
    if raw is None or not raw.strip():
        raise VersionRequired()
    if raw.strip() == "*":
        return None
    tags = [tag.strip() for tag in raw.split(",")]
    if any(not re.fullmatch(r'(W/)?"[^"]*"', tag) for tag in tags):
        raise Malformed()
    versions = [int(match[1]) for tag in tags if (match := re.fullmatch(r'"([0-9]{1,9})"', tag))]
    if not versions:
        raise Stale()
    g.if_match = versions
    return versions[0] if len(versions) == 1 else None


def check_version(current: int, expected: int | None) -> None:
    """Raises Stale when the record moved on from the version the caller saw."""
    accepted: Any = g.get("if_match") or ([expected] if expected is not None else None)
    if accepted is not None and current not in accepted:
        raise Stale()


def register(app: Flask) -> None:
    settings = app.config["SETTINGS"]
    if settings.proxy_hops:
        hops = settings.proxy_hops
        app.wsgi_app = ProxyFix(app.wsgi_app, x_for=hops, x_proto=hops, x_host=hops)  # type: ignore[method-assign]
    app.before_request(begin_request)
    app.after_request(end_request)
