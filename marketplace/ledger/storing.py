"""What a booking adds, handed to the database while others wait for the lock: one statement on PostgreSQL, one a table on SQLite.

Written for the driver: SQLAlchemy would take longer to prepare the statements than the database to carry them out.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from functools import cache
from typing import Any
from uuid import UUID

import orjson
from sqlalchemy import Table
from uuid_utils.compat import uuid7

from marketplace.core.db import Model, db, is_postgresql
from marketplace.core.errors import Invalid
from marketplace.core.i18n import gettext
from marketplace.ledger.models import Balance, LedgerHead, Posting, PublicEntry, Voucher, WaitingVoucher
from marketplace.ledger.rules import Amounts, Cell

LARGEST_SUM = 9 * 10**18  # 64 bits end at 9.22e18; sums are exact up to here and refused beyond
AT_ONCE = 50  # balances in one statement of SQLite, which numbers its parameters
CELL, AMOUNTS = Cell.__slots__, Amounts.__slots__
SUMS = tuple(name for name in AMOUNTS if name.endswith("_minor"))
Row = dict[str, Any]


@dataclass(slots=True)
class Pending:
    """Rows that wait to be written together, and what they add to the balances."""

    vouchers: list[Row] = field(default_factory=list)
    postings: list[Row] = field(default_factory=list)
    entries: list[Row] = field(default_factory=list)
    waiting: list[Row] = field(default_factory=list)
    changes: list[tuple[Cell, Amounts]] = field(default_factory=list)

    def rows(self) -> tuple[tuple[type[Model], list[Row]], ...]:
        """What is inserted, parents first."""
        return (Voucher, self.vouchers), (Posting, self.postings), (PublicEntry, self.entries), (WaitingVoucher, self.waiting)


def store(head: Row, pending: Pending) -> None:
    """Write the rows, the balances and the head of a fair's ledger. Raises Invalid when a sum outgrows 64 bits."""
    inserts, balances = pending.rows(), _balances(pending.changes)
    if is_postgresql():
        values = tuple(_json(rows) for _, rows in inserts)
        _refuse_overflow(_execute(_booking(), (*values, _json(head), _json(balances))).all())
        return
    for model, rows in inserts:
        if rows:
            names = _names(model)
            _execute(_insert(model), [tuple(_bound(row[name]) for name in names) for row in rows])
    names = _names(LedgerHead)
    _execute(_head(), tuple(_bound(head[name]) for name in (*names, "fair_id")))
    _upsert(balances)


def add_to_balances(changes: Iterable[tuple[Cell, Amounts]]) -> None:
    """Add to the balances at once. Raises Invalid when one of them would leave the range in which sums are exact."""
    balances = _balances(changes)
    if is_postgresql():
        _refuse_overflow(_execute(_all_balances(), (_json(balances),)).all())
    else:
        _upsert(balances)


def _balances(changes: Iterable[tuple[Cell, Amounts]]) -> list[Row]:
    """A row for each cell that changes, in a fixed order, so that no two bookings lock them crosswise."""
    summed: dict[Cell, Amounts] = {}
    for cell, amounts in changes:
        there = summed.get(cell)
        summed[cell] = amounts if there is None else there + amounts
    nothing = Amounts()
    cells = sorted((cell for cell, amounts in summed.items() if amounts != nothing), key=_order)
    return [
        {"id": uuid7()} | {name: getattr(cell, name) for name in CELL} | {name: getattr(summed[cell], name) for name in AMOUNTS} for cell in cells
    ]  # fmt: skip


def _order(cell: Cell) -> tuple[Any, ...]:
    return (cell.scope_id.int, cell.view, cell.contract_class, cell.status, cell.axis, cell.key, cell.currency)


def _execute(statement: str, values: Any) -> Any:
    return db.session.connection().exec_driver_sql(statement, values)


def _json(rows: list[Row] | Row) -> str:
    return orjson.dumps(rows).decode()


def _upsert(rows: Sequence[Row]) -> None:
    names = _names(Balance)
    for first in range(0, len(rows), AT_ONCE):
        some = rows[first : first + AT_ONCE]
        values = tuple(_bound(row[name]) for row in some for name in names)
        _refuse_overflow(_execute(_some_balances(len(some)), values).all())


def _bound(value: Any) -> Any:
    """A value as SQLAlchemy's types write it to SQLite."""
    if isinstance(value, str):
        return str(value)
    if isinstance(value, UUID):
        return value.hex
    if isinstance(value, datetime):
        return value.astimezone(UTC).replace(tzinfo=None).isoformat(" ", "microseconds")
    if isinstance(value, date):
        return value.isoformat()
    return orjson.dumps(value).decode() if isinstance(value, list) else value


def _refuse_overflow(rows: Iterable[Any]) -> None:
    for currency, *sums in rows:
        if any(abs(value) >= LARGEST_SUM for value in sums):
            raise Invalid.field("total_amount", "sum_overflow", gettext("With this amount a total in %(currency)s would be too large to add up exactly.", currency=currency))


# The statements


@cache
def _names(model: type[Model]) -> tuple[str, ...]:
    table: Table = model.__table__  # type: ignore[assignment]
    return tuple(column.name for column in table.columns)


def _columns(model: type[Model]) -> str:
    return ", ".join(f'"{name}"' for name in _names(model))


@cache
def _insert(model: type[Model]) -> str:
    return f"INSERT INTO {model.__tablename__} ({_columns(model)}) VALUES ({', '.join('?' for _ in _names(model))})"  # nosec B608: names of our columns


@cache
def _head() -> str:
    return f"UPDATE ledger_heads SET {', '.join(f'{name} = ?' for name in _names(LedgerHead))} WHERE fair_id = ?"  # nosec B608: names of our columns


@cache
def _some_balances(count: int) -> str:
    row = f"({', '.join('?' for _ in _names(Balance))})"
    return f"INSERT INTO balances ({_columns(Balance)}) VALUES {', '.join(row for _ in range(count))} {_added(postgresql=False)}"  # nosec B608: names of our columns


@cache
def _all_balances() -> str:
    return f"{_from_json(Balance)} {_added(postgresql=True)}"


@cache
def _booking() -> str:
    """All of it in one round trip; the keys between the tables are checked when it ends."""
    parts = [f"new_{model.__tablename__} AS ({_from_json(model)})" for model, _ in Pending().rows()]
    moved = ", ".join(f"{name} = moved.{name}" for name in _names(LedgerHead) if name != "fair_id")
    parts.append(
        f"moved_head AS (UPDATE ledger_heads SET {moved} FROM json_populate_record(NULL::ledger_heads, CAST(%s AS json)) AS moved "  # nosec B608: names of our columns
        "WHERE ledger_heads.fair_id = moved.fair_id)"
    )
    return f"WITH {', '.join(parts)} {_all_balances()}"


def _from_json(model: type[Model]) -> str:
    table, columns = model.__tablename__, _columns(model)
    return f"INSERT INTO {table} ({columns}) SELECT {columns} FROM json_populate_recordset(NULL::{table}, CAST(%s AS json))"  # nosec B608: names of our columns


def _added(*, postgresql: bool) -> str:
    """Add, stopping short of the end of 64 bits instead of failing or (SQLite) turning to floating point."""
    cell, grown = ", ".join(f'"{name}"' for name in CELL), ", ".join(f'"{name}" = {_grown(name, postgresql=postgresql)}' for name in AMOUNTS)
    return f"ON CONFLICT ({cell}) DO UPDATE SET {grown} RETURNING balances.currency, {', '.join(f'balances.{name}' for name in SUMS)}"  # nosec B608: names of our columns


def _grown(name: str, *, postgresql: bool) -> str:
    kept, more = f'balances."{name}"', f'excluded."{name}"'
    if name not in SUMS:
        return f"{kept} + {more}"
    if postgresql:
        return f"CAST(GREATEST(LEAST(CAST({kept} AS NUMERIC) + {more}, {LARGEST_SUM}), -{LARGEST_SUM}) AS BIGINT)"
    return f"MAX(MIN({kept} + {more}, {LARGEST_SUM}), -{LARGEST_SUM})"
