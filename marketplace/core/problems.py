"""How a refusal leaves the house: RFC 9457 problem+json for programs, a page for people, one closed list of types."""

import logging
from collections.abc import Iterator, Mapping
from types import MappingProxyType
from typing import Any

from flask import Flask, Response, current_app, g, redirect, render_template, request, url_for
from marshmallow import ValidationError
from sqlalchemy.exc import DBAPIError, IntegrityError, OperationalError
from sqlalchemy.exc import TimeoutError as PoolTimeout
from sqlalchemy.orm.exc import StaleDataError
from werkzeug.exceptions import HTTPException, default_exceptions

from marketplace.core import db as database
from marketplace.core import errors
from marketplace.core.errors import DomainError, FieldError, Invalid, Unavailable
from marketplace.core.i18n import gettext
from marketplace.core.i18n import lazy_gettext as _l

log = logging.getLogger(__name__)

HTTP_SLUGS = {
    400: "malformed", 401: "sign-in-required", 403: "forbidden", 404: "not-found", 405: "method-not-allowed",
    406: "not-acceptable", 408: "timeout", 409: "conflict", 410: "gone", 411: "length-required", 412: "stale",
    413: "too-large", 414: "uri-too-long", 415: "unsupported-media-type", 416: "range-not-satisfiable",
    417: "expectation-failed", 418: "teapot", 421: "misdirected", 422: "invalid", 423: "locked", 424: "failed-dependency",
    428: "version-required", 429: "too-many-requests", 431: "headers-too-large", 451: "legal-reasons",
    500: "internal", 501: "not-implemented", 502: "bad-gateway", 503: "unavailable", 504: "gateway-timeout",
}  # fmt: skip
TITLES = {
    400: _l("Not readable"), 401: _l("Please sign in"), 403: _l("Not yours to do"), 404: _l("Not found"),
    405: _l("Method not allowed"), 406: _l("Not acceptable"), 408: _l("Too slow"), 409: _l("This cannot be done now"),
    410: _l("No longer valid"), 411: _l("Length missing"), 412: _l("Changed in the meantime"), 413: _l("Too large"),
    414: _l("Address too long"), 415: _l("Wrong type of content"), 416: _l("No such part"), 417: _l("Expectation failed"),
    418: _l("I am a teapot"), 421: _l("Wrong server"), 422: _l("Some fields are wrong"), 423: _l("Locked"),
    424: _l("Another step failed"), 428: _l("Version missing"), 429: _l("Too many requests"), 431: _l("Headers too large"),
    451: _l("Not shown for legal reasons"), 500: _l("A fault of ours"), 501: _l("Not built"), 502: _l("No sense in the answer behind us"),
    503: _l("Not available right now"), 504: _l("No answer behind us"),
}  # fmt: skip
MOST_NAMED = 200  # wrong fields that one answer names
TEXTS = {
    400: _l("The request cannot be read."),
    401: _l("Sign in to go on."),
    403: _l("You can see this, but your role does not allow this step."),
    404: _l("There is nothing here, or it is not open to you."),
    405: _l("This address does not take this method."),
    406: _l("This address answers in JSON or HTML only."),
    413: _l("The file or text is larger than allowed."),
    429: _l("Too many requests. Wait a little and try again."),
    500: _l("Something went wrong on our side. It was recorded under the number below; nothing was stored."),
}


def known_types() -> dict[str, tuple[int, Any, Any]]:
    """The closed list of problem types: slug → (status, title, sentence); those of HTTP itself and those of every domain."""
    found: dict[str, tuple[int, Any, Any]] = {
        slug: (status, TITLES[status], TEXTS.get(status, TITLES[status]))
        for status, slug in HTTP_SLUGS.items()
    }
    waiting: list[type[DomainError]] = [DomainError]
    while waiting:
        kind = waiting.pop()
        waiting += kind.__subclasses__()
        if kind.slug not in found or kind.__module__ == errors.__name__:
            found[kind.slug] = (kind.status, kind.title, kind.text)
    return dict(sorted(found.items()))


def wants_json() -> bool:
    return request.path.startswith(("/api/", "/healthz", "/readyz", "/webhooks/"))


def messages_to_errors(messages: Any, pointer: str = "") -> tuple[FieldError, ...]:
    """Flatten marshmallow's nested messages: {'lines': {0: {'amount': ['…']}}} → pointer '/lines/0/amount'."""
    return tuple(_flattened(messages, pointer))


def _flattened(messages: Any, pointer: str) -> Iterator[FieldError]:
    if isinstance(messages, dict):
        for name, inner in messages.items():
            part = "" if name == "_schema" else "/" + str(name).replace("~", "~0").replace("/", "~1")
            yield from _flattened(inner, pointer + part)
    elif isinstance(messages, (list, tuple)):
        for message in messages:
            yield from _flattened(message, pointer)
    else:
        yield FieldError(pointer, getattr(messages, "code", "invalid"), str(messages))


def problem(
    status: int, slug: str, title: Any, detail: Any, *, found: tuple[FieldError, ...] = (), headers: Any = (),
    members: Mapping[str, Any] = MappingProxyType({}),
) -> Response:  # fmt: skip
    """The answer: problem+json on API paths, a page elsewhere; the same status, codes and request number in both."""
    if status == 401 and not wants_json() and request.method == "GET":
        return redirect(url_for(current_app.config["SIGN_IN_ENDPOINT"], next=request.full_path.rstrip("?")), 303)  # type: ignore[return-value]
    if status >= 500:
        g.actor, g.bare_page = None, True  # who calls and which fair it is would be asked of what just failed
    if wants_json():
        body: dict[str, Any] = dict(members) | {
            "type": f"/problems/{slug}",
            "title": str(title),
            "status": status,
            "detail": str(detail),
            "instance": f"urn:uuid:{g.get('request_id', '00000000-0000-0000-0000-000000000000')}",
        }
        if found:
            body["errors"] = [{"pointer": e.pointer, "code": e.code, "detail": e.detail} for e in found[:MOST_NAMED]]
        response = Response(current_app.json.dumps(body), mimetype="application/problem+json")
    else:
        page = render_template("errors/error.html", status=status, slug=slug, title=title, detail=detail, found=found)
        response = Response(page, mimetype="text/html")
    response.status_code = status
    for name, value in headers:
        if name.lower() not in {"content-type", "content-length"}:
            response.headers[name] = value
    if status == 401 and wants_json():
        response.headers["WWW-Authenticate"] = "Bearer"
    if status == 503:
        response.headers.setdefault("Retry-After", "2")
    response.headers["Cache-Control"] = "no-store"
    return response


def on_domain_error(error: DomainError) -> Response:
    note(error)
    return problem(error.status, error.slug, error.title, error.detail, found=error.errors, members=error.members)


def note(error: DomainError) -> None:
    """Keep a refused attempt to change something, however it is answered, and what it left to write. Not inside a transaction."""
    if error.afterwards is not None:
        with database.transaction():
            error.afterwards()
    if error.status in {401, 403, 412} and request.method != "GET":
        refusals.record(error)


def on_validation_error(error: ValidationError) -> Response:
    return on_domain_error(Invalid(errors=messages_to_errors(error.messages)))


def on_http_exception(error: HTTPException) -> Response:
    """Flask's, Werkzeug's and flask-smorest's own refusals, with their headers (Allow, Retry-After) kept."""
    if error.response is not None and error.code is None:
        return error.response  # type: ignore[return-value]
    status = error.code or 500
    if 300 <= status < 400:
        return error.get_response()  # type: ignore[return-value]
    if status == 405 and request.method == "GET" and not wants_json() and (page := _page_above(request.path)):
        return redirect(page, 303)  # type: ignore[return-value]
    data = getattr(error, "data", None) or {}
    found: tuple[FieldError, ...] = ()
    if messages := data.get("messages"):
        location, inner = next(iter(messages.items())) if isinstance(messages, dict) and messages else ("json", messages)
        in_body = location in {"json", "form", "files", "json_or_form"}
        status = status if in_body else 400
        found = messages_to_errors(inner if isinstance(messages, dict) else messages)
    slug = HTTP_SLUGS.get(status, "conflict")
    title = gettext("Some fields are wrong") if found else TITLES.get(status, _l("This cannot be done now"))
    detail = gettext("Some fields are wrong; each is named below.") if found else TEXTS.get(status, title)
    return problem(status, slug, title, detail, found=found, headers=error.get_headers())


def _page_above(path: str) -> str | None:
    """The page that a form's address belongs to: after a refusal the browser stands there, and asks for it when it looks again."""
    adapter = current_app.create_url_adapter(request)
    while adapter is not None and (path := path.rpartition("/")[0]):
        if adapter.test(path, "GET"):
            return path
    return None


def on_database_error(error: DBAPIError) -> Response:
    """The database has the last word. Down or busy is 503; a broken constraint that no service caught is a conflict."""
    database.end_reading()
    if isinstance(error, IntegrityError):
        log.warning("constraint refused: %s", type(error.orig).__name__)
        return on_domain_error(errors.Duplicate())
    if isinstance(error, OperationalError) or error.connection_invalidated:
        log.error("database does not answer: %s", type(error.orig).__name__)
        return on_domain_error(Unavailable())
    return on_crash(error)


def on_crash(error: Exception) -> Response:
    log.exception("unhandled", exc_info=error)
    if current_app.debug and not current_app.testing:
        raise error
    return problem(500, "internal", TITLES[500], TEXTS[500])


class Refusals:
    """Where refused attempts on rights and money are written, in a transaction of their own; connected by `audit`."""

    def __init__(self) -> None:
        self.write: Any = None

    def record(self, error: DomainError) -> None:
        if self.write is not None:
            self.write(error)


refusals = Refusals()


def register(app: Flask) -> None:
    app.register_error_handler(DomainError, on_domain_error)
    app.register_error_handler(ValidationError, on_validation_error)
    app.register_error_handler(HTTPException, on_http_exception)
    for status in default_exceptions:
        app.register_error_handler(status, on_http_exception)
    app.register_error_handler(DBAPIError, on_database_error)
    app.register_error_handler(StaleDataError, lambda _error: on_domain_error(errors.Stale()))
    app.register_error_handler(PoolTimeout, lambda _error: on_domain_error(Unavailable()))
    app.register_error_handler(Exception, on_crash)


