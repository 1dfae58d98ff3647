"""The API's description: what flask-smorest knows of each route, and what the product's own rules add to all of them."""

from collections.abc import Iterator
from typing import Any

from flask import Flask
from flask_smorest.spec.plugins import FlaskPlugin

from marketplace.core.access import PERMISSIONS, PUBLIC, Declared
from marketplace.core.commands import who

PROBLEMS = {
    400: "The request cannot be read, or a parameter is wrong.",
    401: "No bearer token, or one that has ended.",
    403: "You can see this, but your role does not allow this step.",
    404: "Not there, or not yours.",
    406: "Only JSON is answered, and the Accept header does not take it.",
    409: "The state of the record does not allow it, or it is there already.",
    410: "The cursor is more than a day old.",
    412: "The record changed since the version that If-Match, or the body, names.",
    413: "The body is larger than allowed.",
    414: "The address is longer than 8,000 characters.",
    415: "The body is not application/json.",
    422: "Understood, but wrong: `errors` names each field; or the key was used with another request.",
    428: "If-Match is missing.",
    429: "Too many requests; Retry-After says when to come back.",
    503: "Something we depend on does not answer; Retry-After says when to come back.",
}
KEY = {
    "name": "Idempotency-Key", "in": "header", "required": True, "schema": {"type": "string", "minLength": 1, "maxLength": 255},
    "description": "Any text of your own, new for each thing you want done; the same key again gives the first answer.",
}  # fmt: skip
IF_MATCH = {
    "name": "If-Match", "in": "header", "required": True, "schema": {"type": "string"}, "example": '"3"',
    "description": "The ETag of what you read; `*` for whatever there is.",
}  # fmt: skip


NAMES = {"fair", "organization", "achievement", "need"}
"""Query parameters that name a record."""


def document(app: Flask) -> dict[str, Any]:
    """The OpenAPI document of every route under /api/v1, made once for each application."""
    made: dict[str, Any] | None = app.extensions.get("openapi_document")
    if made is None:
        made = app.extensions["openapi_document"] = _finish(app)
    return made


def _finish(app: Flask) -> dict[str, Any]:
    found: dict[str, Any] = app.extensions["api"].described().to_dict()
    components = found.setdefault("components", {})
    components.setdefault("securitySchemes", {})["bearer"] = {
        "type": "http", "scheme": "bearer", "description": "A token of your account page, or of `flask accounts token`.",
    }  # fmt: skip
    for response in components.get("responses", {}).values():
        _as_problem(response)
    for tag in found.get("tags", []):
        tag["name"] = tag["name"].removesuffix("_api")
    for path, method, declared in routes(app):
        operation = found.get("paths", {}).get(path, {}).get(method.lower())
        if operation is not None:
            _add_rules(operation, method=method, path=path, declared=declared)
    return found


def routes(app: Flask) -> Iterator[tuple[str, str, Declared]]:
    """(path as OpenAPI writes it, method, what the route declares) of every API route."""
    for rule in app.url_map.iter_rules():
        if not rule.rule.startswith("/api/v1"):
            continue
        path = FlaskPlugin.flaskpath2openapi(rule.rule)
        for method in sorted((rule.methods or set()) - {"HEAD", "OPTIONS"}):
            yield path, method, app.view_functions[rule.endpoint].access  # type: ignore[union-attr]


def _add_rules(operation: dict[str, Any], *, method: str, path: str, declared: Declared) -> None:
    public = declared.permission == PUBLIC
    operation["tags"] = [tag.removesuffix("_api") for tag in operation.get("tags", [])]
    operation["x-permission"] = declared.permission
    operation["x-who"] = who(declared.permission)
    operation["security"] = [{}] if public else [{"bearer": []}]
    parameters = operation.setdefault("parameters", [])
    named = {parameter.get("name") for parameter in parameters if isinstance(parameter, dict)}
    if method == "POST" and KEY["name"] not in named:
        parameters.append(KEY)
    updates = method in {"PUT", "PATCH", "DELETE"} or "428" in operation.get("responses", {})
    if updates and IF_MATCH["name"] not in named:
        parameters.append(IF_MATCH)
    responses = operation.setdefault("responses", {})
    names = method != "GET" or "{" in path or bool(named & NAMES)
    lists, body = "cursor" in named, "requestBody" in operation
    for status in _possible(method, public=public, names=names, lists=lists, updates=updates, body=body):
        responses.setdefault(str(status), _problem_response(status))
    responses.pop("default", None)
    for status, response in responses.items():
        if status.startswith(("4", "5")):
            _as_problem(response)


def _possible(method: str, *, public: bool, names: bool, lists: bool, updates: bool, body: bool) -> list[int]:
    """The refusals that the house rules make possible for a route of this kind; ``names`` says that it names some record."""
    statuses = {400, 406, 414, 429, 503}
    if not public:
        statuses |= {401, 403}
    if names:
        statuses.add(404)
    if lists:
        statuses.add(410)
    if method != "GET":
        statuses |= {409, 412, 422}
    if body:
        statuses |= {413, 415, 422}
    if updates:
        statuses.add(428)
    return sorted(statuses)


def _as_problem(response: dict[str, Any]) -> None:
    """Every refusal is problem+json, however its route described it."""
    content = response.get("content", {})
    if "application/json" in content:
        content["application/problem+json"] = content.pop("application/json")


def _problem_response(status: int) -> dict[str, Any]:
    schema = {"$ref": "#/components/schemas/ProblemOut"}
    return {"description": PROBLEMS[status], "content": {"application/problem+json": {"schema": schema}}}


def by_tag(found: dict[str, Any]) -> dict[str, list[dict[str, Any]]]:
    """The operations grouped by tag, as the page of the API shows them."""
    grouped: dict[str, list[dict[str, Any]]] = {}
    for path, methods in sorted(found.get("paths", {}).items()):
        for method, operation in methods.items():
            if method == "parameters":
                continue
            shown = {**operation, "path": path, "method": method.upper(), "parameters": _parameters(found, methods, operation)}
            grouped.setdefault((operation.get("tags") or ["other"])[0], []).append(shown)
    return dict(sorted(grouped.items()))


def _parameters(found: dict[str, Any], methods: dict[str, Any], operation: dict[str, Any]) -> list[dict[str, Any]]:
    """A path's and an operation's parameters, with references followed."""
    every = [*methods.get("parameters", []), *operation.get("parameters", [])]
    known = found.get("components", {}).get("parameters", {})
    return [known.get(p["$ref"].rsplit("/", 1)[1], {}) if "$ref" in p else p for p in every if isinstance(p, dict)]


def titles() -> dict[str, str]:
    """Permission code → its title."""
    return {code: str(permission.title) for code, permission in PERMISSIONS.items()}
