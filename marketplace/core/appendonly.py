"""Tables to which rows are only ever added: triggers in both databases refuse UPDATE and DELETE, and TRUNCATE in PostgreSQL."""

from typing import Any, TypeVar

from sqlalchemy import DDL, Engine, event
from sqlalchemy.engine import ExceptionContext

REFUSED = "append-only: "
M = TypeVar("M", bound=type[Any])
TABLES: set[str] = set()  # their names; the role of the application needs no UPDATE and DELETE on them


class AppendOnlyRefused(Exception):
    """Somebody tried to change or delete a row that is kept for ever; names the table. Nothing was changed."""


def append_only(model: M) -> M:
    """Declare a model append-only, as a decorator of its class: `create_all` makes the triggers with the table.

    A migration carries the SQL of `statements` in its own text; tests compare the triggers of both.
    """
    table = model.__table__
    TABLES.add(table.name)
    for dialect in ("sqlite", "postgresql"):
        for statement in statements(table.name, dialect):
            event.listen(table, "after_create", DDL(statement).execute_if(dialect=dialect))  # type: ignore[no-untyped-call]
    return model


def statements(table: str, dialect: str) -> list[str]:
    """The SQL that makes a table append-only."""
    if dialect == "sqlite":
        return [
            f"CREATE TRIGGER {table}_no_{verb.lower()} BEFORE {verb} ON {table} BEGIN "
            f"SELECT RAISE(ABORT, '{REFUSED}{verb} of {table}'); END"
            for verb in ("UPDATE", "DELETE")
        ]
    return [
        "CREATE OR REPLACE FUNCTION append_only() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN "
        f"RAISE EXCEPTION USING MESSAGE = '{REFUSED}' || TG_OP || ' of ' || TG_TABLE_NAME, ERRCODE = '23001'; END $$",
        *(
            f"CREATE TRIGGER {table}_no_{verb.lower()} BEFORE {verb} ON {table} "
            f"FOR EACH {'STATEMENT' if verb == 'TRUNCATE' else 'ROW'} EXECUTE FUNCTION append_only()"
            for verb in ("UPDATE", "DELETE", "TRUNCATE")
        ),
    ]


def removals(table: str, dialect: str) -> list[str]:
    """The SQL that takes the triggers away again; for the way back of a migration."""
    if dialect == "sqlite":
        return [f"DROP TRIGGER IF EXISTS {table}_no_{verb}" for verb in ("update", "delete")]
    return [f"DROP TRIGGER IF EXISTS {table}_no_{verb} ON {table}" for verb in ("update", "delete", "truncate")]


def grants(role: str) -> list[str]:
    """The SQL that gives a PostgreSQL role what the running application needs, and no change of what is only added to."""
    return [
        f"GRANT USAGE ON SCHEMA public TO {role}",
        f"GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA public TO {role}",
        f"GRANT USAGE, SELECT ON ALL SEQUENCES IN SCHEMA public TO {role}",
        *(f"REVOKE UPDATE, DELETE, TRUNCATE ON {table} FROM {role}" for table in sorted(TABLES)),
    ]


@event.listens_for(Engine, "handle_error")
def _named(context: ExceptionContext) -> None:
    """Give the database's refusal its name: it is a fault of ours or an attack, not a conflict between two people."""
    text = str(context.original_exception)
    if REFUSED in text:
        raise AppendOnlyRefused(text.splitlines()[0].strip()) from context.original_exception
