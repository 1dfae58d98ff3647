"""Rows of a table as it is at the revision at hand."""

from datetime import UTC, date, datetime
from uuid import UUID

from sqlalchemy import Column, Enum, MetaData, String, Table, insert, inspect, select

from marketplace.core.db import db

FAIR = {
    "id": UUID(int=1), "slug": "f", "name_en": "F", "name_zh": "F", "time_zone": "UTC", "base_currency": "CNY", "opens_on": date(2026, 9, 1),
    "closes_on": date(2026, 9, 2), "created_at": datetime(2026, 8, 1, tzinfo=UTC), "current": False, "sample": False, "version": 1,
}  # fmt: skip


def table_as_it_is(name: str) -> Table:
    """The columns that a table has at the revision at hand, with our types; what an enum was then is text."""
    types = {column.name: String(40) if isinstance(column.type, Enum) else column.type for column in db.metadata.tables[name].columns}
    return Table(name, MetaData(), *(Column(c["name"], types[c["name"]]) for c in inspect(db.engine).get_columns(name)))


def put(name: str, *rows: dict) -> None:
    table = table_as_it_is(name)
    with db.engine.connect().execution_options(writing=True) as connection, connection.begin():
        connection.execute(insert(table), [{column.name: row.get(column.name) for column in table.columns} for row in rows])


def rows_of(name: str) -> list[dict]:
    with db.engine.connect() as connection:
        return [dict(row) for row in connection.execute(select(table_as_it_is(name))).mappings()]
