"""What a database holds beside what the models say: what autogenerate sees, and the checks and triggers that it does not."""

import re

from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import CheckConstraint, Enum, inspect

from marketplace.core.db import db


def differences() -> list[object]:
    """What autogenerate would still change: tables, columns, types, indexes, foreign keys, unique constraints."""
    with db.engine.connect() as connection:
        return list(compare_metadata(MigrationContext.configure(connection, opts={"compare_type": True}), db.metadata))


def checks_of_models() -> dict[str, dict[str, set[str]]]:
    """{table: {check: the members of the enum that it repeats}}; autogenerate does not look at checks."""
    return {
        table.name: {
            str(one.name): set(getattr(_enum_of(table, one), "enums", ()))
            for one in table.constraints
            if isinstance(one, CheckConstraint)
        }
        for table in db.metadata.tables.values()
    }


def _enum_of(table, check) -> Enum | None:
    for column in table.columns:
        if isinstance(column.type, Enum) and f"ck_{table.name}_{column.type.name}" == str(check.name):
            return column.type
    return None


def checks_of_database() -> dict[str, dict[str, str]]:
    """{table: {check: its SQL}}"""
    inspector = inspect(db.engine)
    return {
        name: {str(one["name"]): one["sqltext"] for one in inspector.get_check_constraints(name)}
        for name in inspector.get_table_names()
        if name != "alembic_version"
    }


def triggers() -> dict[str, str]:
    """{table.trigger: its SQL, with that of its function}; autogenerate does not look at triggers."""
    if db.engine.dialect.name == "sqlite":
        query = "SELECT tbl_name || '.' || name, sql FROM sqlite_master WHERE type = 'trigger'"
    else:
        query = (
            "SELECT t.tgrelid::regclass::text || '.' || t.tgname, pg_get_triggerdef(t.oid) || ' ' || f.prosrc "
            "FROM pg_trigger t JOIN pg_proc f ON f.oid = t.tgfoid WHERE NOT t.tgisinternal"
        )
    with db.engine.connect() as connection:
        return dict(connection.exec_driver_sql(query).all())


def triggers_of_models() -> dict[str, str]:
    """The same of an empty database that `create_all` built; what was there is gone afterwards."""
    with db.engine.connect().execution_options(writing=True) as connection, connection.begin():
        connection.exec_driver_sql("DROP TABLE alembic_version")
    db.drop_all()
    db.create_all()
    return triggers()


def assert_equal_to_models() -> None:
    assert differences() == []
    wanted, built = checks_of_models(), checks_of_database()
    assert {table: set(names) for table, names in built.items()} == {table: set(names) for table, names in wanted.items()}
    for table, names in wanted.items():
        for name, members in names.items():
            if members:
                assert set(re.findall(r"'([^']*)'", built[table][name])) == members, f"{table}.{name}"
