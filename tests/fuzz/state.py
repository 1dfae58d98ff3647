"""What the database holds, table by table; and the description of what an operation takes."""

import hashlib
import re
from collections.abc import Iterable, Sequence
from functools import cache
from typing import Any, TypeVar

from flask_smorest.spec.plugins import FlaskPlugin
from sqlalchemy import Table

from marketplace.core import openapi
from marketplace.core.db import db, is_postgresql
from tests.conftest import DATABASES
from tests.rights.calls import CALLS
from tests.rights.test_table import TABLE
from tests.rights.world import ROLES, World

Value = TypeVar("Value")
NOTED = {"audit_rows", "audit_head", "audit_personal", "sign_ins"}
"""Refused attempts on rights are written down: the one trace that a refusal may leave. And the tests sign people in."""
SEEN = {"used_at", "seen_at"}
COUNTED = """SELECT relname, pg_stat_get_xact_tuples_inserted(oid) + pg_stat_get_xact_tuples_updated(oid) + pg_stat_get_xact_tuples_deleted(oid)
FROM pg_class WHERE relkind = 'r' AND relnamespace = 'public'::regnamespace"""


@cache
def watched() -> dict[str, Table]:
    return {table.name: table for table in db.metadata.sorted_tables if table.name not in NOTED}


def digest(table: str) -> str:
    """A hash of every row of a table."""
    columns = ", ".join(f'"{column.name}"' for column in watched()[table].c if column.name not in SEEN)
    query = f'SELECT ROW(t.*)::text FROM (SELECT {columns} FROM "{table}") t' if is_postgresql() else f'SELECT {columns} FROM "{table}"'
    return hashlib.sha256("\n".join(sorted(map(repr, driver().execute(query).fetchall()))).encode()).hexdigest()


def driver() -> Any:
    """The driver's own connection, past the types of the models: this is asked after every test."""
    return db.engines[None].connection.driver_connection


def whole() -> dict[str, str]:
    """Table → hash, all of them read."""
    return {table: digest(table) for table in watched()}


class Watch:
    """From its making on: which tables were written, even by what was undone again. PostgreSQL counts rows; SQLite calls us at each.

    Made before the savepoints of the tests, for SQLite's triggers would end with them.
    """

    def __init__(self) -> None:
        db.session.remove()
        self.before, self.touched = whole(), set[str]()
        if is_postgresql():
            self.counts: dict[str, int] = dict(driver().execute(COUNTED).fetchall())
            return
        driver().create_function("noticed", 1, self.touched.add)
        for table in watched():
            for change in ("INSERT", "UPDATE", "DELETE"):
                driver().execute(f'CREATE TEMP TRIGGER "noticed_{change}_{table}" AFTER {change} ON main."{table}" BEGIN SELECT noticed(\'{table}\'); END')

    def begin(self) -> None:
        """A test begins, from what was there before all of them."""
        self._count()
        self.touched.clear()

    def look(self) -> dict[str, str]:
        """Table → hash, as `whole` finds it, if everything before this test was undone."""
        db.session.remove()
        self._count()
        return self.before | {table: digest(table) for table in self.touched}

    def _count(self) -> None:
        if is_postgresql():
            counts = dict(driver().execute(COUNTED).fetchall())
            self.touched |= {table for table, count in counts.items() if count != self.counts[table]} & set(watched())
            self.counts = counts


def first_of_parts(routes: Iterable[str]) -> set[str]:
    """One route of each part of the product: what one piece of code reads for all of them is tried there in every form."""
    return set({re.sub(r"^\w+ (/api/v1|/staff)?(/\w+).*", r"\1\2", route): route for route in reversed(list(routes))}.values())


def share(values: Sequence[Value], database: str, turn: int) -> Sequence[Value]:
    """This database's part of what is tried on all of them together; ``turn`` moves who takes what."""
    return values[(DATABASES.index(database.partition(":")[0]) + turn) % len(DATABASES) :: len(DATABASES)]


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
