"""The database session, and the one place where a transaction begins and ends."""

import sqlite3
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, datetime
from enum import StrEnum
from typing import TYPE_CHECKING, Annotated, Any, TypeVarTuple
from uuid import UUID

import orjson
from flask_sqlalchemy import SQLAlchemy
from sqlalchemy import JSON, BigInteger, Connection, CursorResult, DateTime, Dialect, Engine, Enum, MetaData, Select, String, Uuid, event
from sqlalchemy.orm import DeclarativeBase, mapped_column, registry
from sqlalchemy.types import TypeDecorator
from uuid_utils.compat import uuid7


class Moment(TypeDecorator[datetime]):
    """An aware UTC moment; SQLite would hand it back without its time zone. Raises ValueError for a naive one."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError("a moment needs a time zone")
        value = value.astimezone(UTC)
        return value.replace(tzinfo=None) if dialect.name == "sqlite" else value

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        return value.replace(tzinfo=UTC) if value is not None and value.tzinfo is None else value


Columns = TypeVarTuple("Columns")
Minor = Annotated[int, mapped_column(BigInteger)]  # minor units of a currency: 32 bits would end at 21 million yuan
Currency = Annotated[str, mapped_column(String(3))]
Id = Annotated[UUID, mapped_column(Uuid, primary_key=True, default=uuid7)]


class Base(DeclarativeBase):
    registry = registry(
        type_annotation_map={
            datetime: Moment,
            dict[str, Any]: JSON,
            list[str]: JSON,
            StrEnum: Enum(
                StrEnum,
                native_enum=False,
                create_constraint=True,
                length=40,
                values_callable=lambda members: [member.value for member in members],
            ),
        },
        metadata=MetaData(
            naming_convention={
                "ix": "ix_%(column_0_N_label)s",
                "uq": "uq_%(table_name)s_%(column_0_N_name)s",
                "ck": "ck_%(table_name)s_%(constraint_name)s",
                "fk": "fk_%(table_name)s_%(column_0_name)s_%(referred_table_name)s",
                "pk": "pk_%(table_name)s",
            }
        ),
    )


db = SQLAlchemy(
    model_class=Base,
    engine_options={
        "json_serializer": lambda value: orjson.dumps(value).decode(),
        "json_deserializer": orjson.loads,
    },
)
if TYPE_CHECKING:
    Model = Base
else:
    Model = db.Model


@contextmanager
def transaction() -> Iterator[None]:
    """Commit once if the block succeeds, roll back if it raises, then do what `after_commit` promised.

    Opened by the edges only: `core.access.writes` for every writing route, and by commands and tasks.
    Raises RuntimeError when nested.
    """
    info = db.session.info
    if "after_commit" in info:
        raise RuntimeError("a transaction is already open: services must not open one")
    db.session.rollback()  # ends what was read before; the writing transaction begins here, at once
    promised: list[Callable[[], None]] = []
    info["after_commit"] = promised
    try:
        db.session.connection(execution_options={"writing": True})
        yield
        db.session.commit()
    except BaseException:
        db.session.rollback()
        raise
    finally:
        del info["after_commit"]
    for act in promised:
        act()


def read_columns(statement: Select[*Columns], values: Mapping[str, Any]) -> CursorResult[*Columns]:
    """Rows of a statement that asks for columns and no objects, in the session's transaction, with what is pending written before.

    The session would prepare to load objects, which takes as long as the database does.
    """
    db.session.flush()
    return db.session.connection().execute(statement, values)


def snapshot() -> None:
    """From here to the end of the request every read sees one state of the database. Not inside a transaction()."""
    if "after_commit" in db.session.info:
        raise RuntimeError("a snapshot is for reading only")
    db.session.rollback()
    db.session.connection(execution_options={"snapshot": True})


def end_reading() -> None:
    """Let go of what was read, or of a connection that failed: the next statement begins anew. Nothing pending is kept."""
    db.session.rollback()


def after_commit(act: Callable[[], None]) -> None:
    """Promise an outside effect (a nudge to the workers) for when the open transaction has committed."""
    db.session.info["after_commit"].append(act)


def is_postgresql() -> bool:
    return db.engine.dialect.name == "postgresql"


@event.listens_for(Engine, "connect")
def _prepare_connection(connection: Any, _record: object) -> None:
    """SQLite: check foreign keys, keep commits through power loss, leave BEGIN to us. PostgreSQL: never wait for ever."""
    if isinstance(connection, sqlite3.Connection):
        connection.isolation_level = None
        for pragma in ("foreign_keys = ON", "journal_mode = WAL", "synchronous = FULL", "busy_timeout = 25000"):
            connection.execute(f"PRAGMA {pragma}")
        return
    with connection.cursor() as cursor:
        cursor.execute("SET lock_timeout = '20s'; SET statement_timeout = '25s'; SET idle_in_transaction_session_timeout = '60s'; SET timezone = 'UTC'")
    connection.commit()


@event.listens_for(Engine, "begin")
def _begin(connection: Connection) -> None:
    """Writers on SQLite take the write lock at once: to upgrade later would fail in spite of the busy timeout."""
    options = connection.get_execution_options()
    if connection.dialect.name == "sqlite":
        connection.exec_driver_sql("BEGIN IMMEDIATE" if options.get("writing") else "BEGIN")
    elif options.get("snapshot"):
        connection.exec_driver_sql("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY")
