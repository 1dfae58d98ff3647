"""The JSON side: strict JSON in, exact JSON out, OpenAPI 3.1 with every refusal, flask-smorest underneath."""

import json
from collections.abc import Callable
from functools import partial
from threading import Lock
from typing import Any

import flask_smorest
import orjson
from apispec import APISpec
from apispec.ext.marshmallow import MarshmallowPlugin
from apispec.ext.marshmallow.common import resolve_schema_instance
from flask import Flask, Request, Response
from flask.json.provider import JSONProvider
from marshmallow import Schema, fields
from webargs.flaskparser import FlaskParser

from marketplace.core.errors import Malformed, TooLarge
from marketplace.core.fields import Day, MomentField
from marketplace.core.problems import on_http_exception

BODY_LIMIT = 2 * 1024 * 1024
MOST_VALUES = 20_000
"""Names and values in one body: more than any schema takes, and few enough that each may be refused by name."""


class ProblemFieldOut(Schema):
    pointer = fields.String(metadata={"description": "JSON pointer of the wrong field; empty for the whole body."})
    code = fields.String(metadata={"description": "Stable code of the fault."})
    detail = fields.String()


class ProblemOut(Schema):
    """RFC 9457."""

    type = fields.String(metadata={"example": "/problems/not-found"})
    title = fields.String()
    status = fields.Integer()
    detail = fields.String()
    instance = fields.String(metadata={"description": "urn:uuid of the request."})
    errors = fields.List(fields.Nested(ProblemFieldOut))


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise ValueError("a name stands there twice")
    return found


def _no_constant(name: str) -> Any:
    raise ValueError(f"{name} is not JSON")


def _check_few(found: Any) -> None:
    """Raises Malformed for a body of more values than anybody has use for."""
    waiting, seen = [found], 0
    while waiting:
        each = waiting.pop()
        if isinstance(each, (dict, list)):
            seen += len(each)
            if seen > MOST_VALUES:
                raise Malformed()
            waiting.extend(each.values() if isinstance(each, dict) else each)


def strict_loads(raw: bytes | str) -> Any:
    """JSON without NaN, Infinity, duplicate names, lone surrogates, bad UTF-8 or bottomless nesting. Raises TooLarge, Malformed."""
    if len(raw) > BODY_LIMIT:
        raise TooLarge()
    try:
        text = raw.decode("utf-8") if isinstance(raw, bytes) else raw
        found = json.loads(text, object_pairs_hook=_once, parse_constant=_no_constant)
        text.encode("utf-8")
        if "\\u" in text:
            json.dumps(found, ensure_ascii=False).encode("utf-8")
    except (ValueError, RecursionError) as error:
        raise Malformed() from error
    return found


class Json(JSONProvider):
    """orjson out, strict JSON in."""

    def dumps(self, obj: Any, **_: Any) -> str:
        return orjson.dumps(obj, default=str).decode()

    def loads(self, s: str | bytes, **_: Any) -> Any:
        return strict_loads(s)

    def response(self, *args: Any, **kwargs: Any) -> Response:
        content = self._prepare_response_obj(args, kwargs)
        return Response(orjson.dumps(content, default=str), mimetype="application/json")


class Parser(FlaskParser):
    """Reads bodies with `strict_loads`; an unknown name anywhere is refused, in the query too."""

    DEFAULT_UNKNOWN_BY_LOCATION = {**FlaskParser.DEFAULT_UNKNOWN_BY_LOCATION, "query": "raise", "json": None}

    def load_json(self, req: Request, schema: Schema) -> Any:
        """In JSON a number is a number; only a form or an address writes it as text."""
        schema.from_json = True  # type: ignore[attr-defined]
        return super().load_json(req, schema)

    def _raw_load_json(self, req: Request) -> Any:
        if not req.content_length and not req.data:
            return {}
        found = strict_loads(req.get_data(cache=True))
        _check_few(found)
        return found


class Blueprint(flask_smorest.Blueprint):
    """A domain's routes under /api/v1."""

    ARGUMENTS_PARSER = Parser()

    def __init__(self, name: str, *, description: str, url_prefix: str = ""):
        super().__init__(f"{name}_api", name, url_prefix=f"/api/v1{url_prefix}", description=description)

    def refusals(self, *statuses: int) -> Callable[[Any], Any]:
        """Say in the description of an operation with which statuses it refuses."""

        def mark(view: Any) -> Any:
            for status in statuses:
                view = self.alt_response(status, schema=ProblemOut)(view)
            return view

        return mark

    def register_views_in_doc(self, api: "Api", app: Flask, spec: APISpec, **more: Any) -> None:
        """Describing all routes takes longer than the rest of a start: it waits until somebody asks for the description."""
        api.waiting.append(partial(super().register_views_in_doc, api, app, spec, **more))


class Api(flask_smorest.Api):
    """flask-smorest with our problem shape."""

    ERROR_SCHEMA = ProblemOut

    def __init__(self, *args: Any, **more: Any):
        self.waiting: list[Callable[[], None]] = []
        self.describing = Lock()
        super().__init__(*args, **more)

    def described(self) -> APISpec:
        """The description of every route that was registered."""
        with self.describing:
            while self.waiting:
                self.waiting.pop(0)()
            spec: APISpec = self.spec
            return spec

    def handle_http_exception(self, error: Any) -> Any:
        return on_http_exception(error)


def register(app: Flask) -> Api:
    app.json = Json(app)
    app.config.update(OPENAPI_URL_PREFIX=None)
    plugin = MarshmallowPlugin(schema_name_resolver=schema_name)
    api = Api(app, spec_kwargs={"marshmallow_plugin": plugin, "info": {"description": "Achievements, needs, matches, negotiations, contracts and the fair total."}})
    api.ma_plugin.converter.add_attribute_function(_describe)  # type: ignore[union-attr]
    app.extensions["api"] = api
    return api


def schema_name(schema: Any) -> str:
    """What the API's description calls a schema; one whose fields may be left out is a change of the thing."""
    made = resolve_schema_instance(schema)
    return type(made).__name__ + ("Change" if made.partial else "")


def _describe(_converter: Any, field: Any, **_: Any) -> dict[str, Any]:
    if isinstance(field, Day):
        return {"format": "date"}
    if isinstance(field, MomentField):
        return {"format": "date-time"}
    return {}
