"""What the database holds, in one number; and the description of what an operation takes."""

import hashlib
import re
from collections.abc import Iterable
from functools import cache
from typing import Any

from flask_smorest.spec.plugins import FlaskPlugin

from marketplace.core import openapi
from marketplace.core.db import db, is_postgresql
from tests.rights.calls import CALLS
from tests.rights.test_table import TABLE
from tests.rights.world import ROLES, World

NOTED = {"audit_rows", "audit_head", "audit_personal", "sign_ins"}
"""Refused attempts on rights are written down: the one trace that a refusal may leave. And the tests sign people in."""
SEEN = {"used_at", "seen_at"}
JSON = {"string": str, "integer": int, "number": float, "boolean": bool, "array": list, "object": dict, "null": type(None)}


def state() -> str:
    """A hash of every row of every table."""
    db.session.remove()
    cursor: Any = db.engines[None].connection.cursor()  # past the types of the models: this is asked after every test
    digest = hashlib.sha256()
    for query in queries(is_postgresql()):
        cursor.execute(query)
        digest.update("\n".join(sorted(map(repr, cursor.fetchall()))).encode() + b"\n\n")
    cursor.close()
    return digest.hexdigest()


@cache
def queries(postgresql: bool) -> list[str]:
    """SQL of what `state` looks at; PostgreSQL puts all tables into one answer."""
    found = []
    for table in db.metadata.sorted_tables:
        if table.name not in NOTED:
            columns = ", ".join(f'"{column.name}"' for column in table.c if column.name not in SEEN)
            found.append(f'SELECT {columns} FROM "{table.name}"')
    if postgresql:
        return [" UNION ALL ".join(f"SELECT {number}, ROW(t.*)::text FROM ({each}) t" for number, each in enumerate(found))]
    return found


def first_of_parts(routes: Iterable[str]) -> set[str]:
    """One route of each part of the product: what one piece of code reads for all of them is tried there in every form."""
    return set({re.sub(r"^\w+ (/api/v1|/staff)?(/\w+).*", r"\1\2", route): route for route in reversed(list(routes))}.values())


def operation(world: World, route: str) -> dict[str, Any]:
    """What the description says of a route of the API."""
    method, rule = route.split(" ", 1)
    found: dict[str, Any] = openapi.document(world.app)["paths"][FlaskPlugin.flaskpath2openapi(rule)][method.lower()]
    return found


def body_schema(world: World, route: str) -> dict[str, Any]:
    """The schema of the JSON body, with references followed; {} for an operation without one."""
    content = operation(world, route).get("requestBody", {}).get("content", {}).get("application/json", {})
    return resolved(world, content.get("schema", {}))


def resolved(world: World, schema: dict[str, Any]) -> dict[str, Any]:
    if "$ref" in schema:
        return resolved(world, openapi.document(world.app)["components"]["schemas"][schema["$ref"].rsplit("/", 1)[1]])
    return schema


def types_of(schema: dict[str, Any]) -> set[str]:
    """The JSON types that a field's schema takes."""
    if "enum" in schema and "type" not in schema:
        return {"null" if value is None else "integer" if isinstance(value, int) else "string" for value in schema["enum"]}
    found = schema.get("type", "object")
    return set(found) if isinstance(found, list) else {found}


def query_parameters(world: World, route: str) -> dict[str, dict[str, Any]]:
    parameters = operation(world, route).get("parameters", [])
    return {p["name"]: resolved(world, p["schema"]) for p in parameters if isinstance(p, dict) and p.get("in") == "query"}


def allowed(route: str) -> str:
    """The first role that succeeds with this route."""
    return next(role for role in ROLES if TABLE[route][role][0] in "23")


BODIES = [route for route in CALLS if "/api/v1/" in route and not route.startswith(("GET ", "DELETE "))]
"""Every writing operation of the API that takes a body."""
LISTS = [route for route in CALLS if route.startswith("GET /api/v1/")]
PAGES = [route for route in CALLS if route.startswith("GET ") and "/api/" not in route and "static" not in route]
FORMS = [route for route in CALLS if route.startswith("POST ") and "/api/" not in route and "/webhooks/" not in route]
