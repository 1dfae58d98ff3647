"""Rows by the hundred thousand, written by the database itself; what they say together is what the services would have said."""

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, time, timedelta
from itertools import product
from typing import Any
from uuid import UUID

from sqlalchemy import Boolean, Column, Connection, Date, Integer, MetaData, String, Table, Uuid, insert, text

from marketplace.contracts.models import Contract, Hand, Party
from marketplace.core.clock import now
from marketplace.core.db import Model, Moment
from marketplace.ledger.models import LedgerHead, Posting, PublicEntry, Voucher
from marketplace.listings.models import FairEntry, Listing, ListingVersion
from marketplace.taxonomy.vocabularies import CHINA_FIELDS, DEAL_KINDS

CHUNK = 100_000  # contracts in one transaction
NO_HASH = "'" + 64 * "0" + "'"  # nobody verifies these rows
COUNTRIES = ("CN", "DE", "FR", "GB", "JP", "KR", "SG", "US")

# What the contracts differ in: one row for each combination, typed, so that no literal needs a cast.
_FACTS = Table(
    "bench_facts", MetaData(),
    Column("place", Integer, primary_key=True), Column("kind", String(40)), Column("field", String(40)), Column("country", String(2)),
    Column("signed_on", Date), Column("booked_at", Moment), Column("fair_id", Uuid), Column("person_id", Uuid), Column("yes", Boolean),
    Column("no", Boolean), prefixes=["TEMPORARY"],
)  # fmt: skip


@contextmanager
def unlogged(connection: Connection) -> Iterator[None]:
    """SQLite writes straight into its file meanwhile: a crash would cost the file, which is made anew in each run."""
    driver = connection.connection.driver_connection
    if not isinstance(driver, sqlite3.Connection):
        yield
        return
    for pragma in ("journal_mode = OFF", "synchronous = OFF", "cache_size = -400000"):
        driver.execute(f"PRAGMA {pragma}")
    yield
    for pragma in ("journal_mode = WAL", "synchronous = FULL", "cache_size = -2000"):
        driver.execute(f"PRAGMA {pragma}")


def copy_listings(connection: Connection, *, total: int, step: int) -> None:
    """Copy the ``step`` listings that are there until ``total`` are public, each copy with an id, place and reference of its own."""
    for number in range(1, -(-total // step)):
        room = min(step, total - number * step)
        some = f"SELECT id FROM listings WHERE num <= {room}"
        changed = {"id": _varied(connection, "id", number), "listing_id": _varied(connection, "listing_id", number)}
        listing = changed | {
            "num": f"num + {number * step}", "reference": f"reference || '-{number}'", "external_id": f"external_id || '-{number}'",
        }  # fmt: skip
        _copy(connection, Listing, listing, f"num <= {room}")
        _copy(connection, ListingVersion, changed, f"listing_id IN ({some})")
        _copy(connection, FairEntry, changed | {"num": f"num + {number * step}"}, f"num <= {room}")
        connection.commit()


def _copy(connection: Connection, model: type[Model], changed: dict[str, str], where: str) -> None:
    table: Table = model.__table__  # type: ignore[assignment]
    names = [column.name for column in table.columns]
    values = ", ".join(changed.get(name, name) for name in names)
    connection.execute(text(f"INSERT INTO {table.name} ({', '.join(names)}) SELECT {values} FROM {table.name} WHERE {where}"))


def _varied(connection: Connection, column: str, number: int) -> str:
    """Another id for each ``number``: the version digit says that none of ours is like it, four random digits are replaced."""
    if connection.dialect.name == "sqlite":
        return f"substr({column}, 1, 12) || 'c' || substr({column}, 14, 9) || '{number:04x}' || substr({column}, 27)"
    return f"overlay(overlay({column}::text PLACING 'c' FROM 15 FOR 1) PLACING '{number:04x}' FROM 27 FOR 4)::uuid"


def book_contracts(connection: Connection, *, fair_id: UUID, person_id: UUID, count: int, verified: bool = True) -> None:
    """``count`` open contracts of class contract, each declared, signed and, unless told otherwise, verified: a voucher of two
    postings for each move. The balances are not touched: recompute them afterwards.
    """
    moves = 3 if verified else 2
    _FACTS.create(connection)
    facts = list(_facts(fair_id, person_id))
    connection.execute(insert(_FACTS), facts)
    connection.commit()
    for first in range(1, count + 1, CHUNK):
        last = min(first + CHUNK - 1, count)
        source = _source(first, last, len(facts))
        for statement in _statements(connection, source, moves):
            connection.execute(text(statement))
        connection.commit()
    connection.execute(text("DELETE FROM ledger_heads"))
    connection.execute(insert(LedgerHead), [_head(fair_id, moves * count)])
    _FACTS.drop(connection)
    connection.commit()


def _head(fair_id: UUID, last: int) -> dict[str, Any]:
    moment = now()
    return {"fair_id": fair_id, "seq": last, "booked_at": moment, "hash": NO_HASH.strip("'"), "public_seq": last, "public_at": moment, "batch": 0}


def _facts(fair_id: UUID, person_id: UUID) -> Any:
    today = now().date()
    for place, (kind, field, month) in enumerate(product(DEAL_KINDS.codes, CHINA_FIELDS.codes, range(6))):
        signed_on = today - timedelta(days=1 + 30 * month)
        yield {
            "place": place, "kind": kind, "field": field, "country": COUNTRIES[place % len(COUNTRIES)], "signed_on": signed_on,
            "booked_at": datetime.combine(signed_on, time(9), tzinfo=UTC), "fair_id": fair_id, "person_id": person_id, "yes": True, "no": False,
        }  # fmt: skip


def _source(first: int, last: int, facts: int) -> str:
    numbers = f"WITH RECURSIVE numbers(n) AS (SELECT CAST({first} AS BIGINT) UNION ALL SELECT n + 1 FROM numbers WHERE n < {last})"
    total = "(1 + n * 7919 % 100000) * 1000000"  # 10,000 to a billion yuan
    return f"{numbers} SELECT {{values}} FROM (SELECT n, {total} AS total FROM numbers) AS deals JOIN bench_facts ON place = n * 37 % {facts}"


def _statements(connection: Connection, source: str, moves: int) -> list[str]:
    """One INSERT … SELECT for each table, parents first."""
    contract = _id(connection, 0xC0, "n")
    null = "NULL"
    found = [_insert(Contract, source, {
        "id": contract, "reference": "'C-B-' || n", "fair_id": "fair_id", "title_en": "'Contract ' || n", "contract_class": "'contract'",
        "kind": "kind", "field": "field", "place": "'at_fair'", "total_minor": "total", "technology_minor": "total / 2", "currency": "'CNY'",
        "signed_on": "signed_on", "number": "'B-' || n", "open": "yes", "status": "'verified'" if moves == 3 else "'signed'",
        "content_hash": NO_HASH,
        "created_at": "booked_at", "changed_at": "booked_at", "version": "3",
    })]  # fmt: skip
    found += [
        _insert(Party, source, {
            "id": _id(connection, 0xA0 + side, "n"), "contract_id": contract, "position": str(side), "role": f"'{role}'",
            "name": f"'Party {side} of ' || n", "country": "country",
        })
        for side, role in enumerate(("provider", "recipient"), 1)
    ]  # fmt: skip
    steps = (("declare", null, "'declared'", "logged"), ("sign", "'declared'", "'signed'", "signed"), ("verify", "'signed'", "'verified'", "verified"))
    for step, (move, start, end, act) in enumerate(steps[:moves]):
        seq = f"{moves} * n - {moves - 1 - step}"
        voucher = _id(connection, 0xB0, seq)
        rated = "'1'" if step else null
        found.append(_insert(Hand, source, {
            "id": _id(connection, 0xD0 + step, "n"), "contract_id": contract, "person_id": "person_id", "act": f"'{act}'", "at": "booked_at",
            "content_hash": NO_HASH,
        }))  # fmt: skip
        found.append(_insert(Voucher, source, {
            "id": voucher, "fair_id": "fair_id", "seq": seq, "contract_id": contract, "move": f"'{move}'", "booked_at": "booked_at",
            "booked_by": "person_id", "kind": "kind", "place": "'at_fair'", "signed_on": "signed_on", "field": "field", "country": "country",
            "open": "yes", "parties": "'[]'", "rate_from": rated, "rate_to": rated, "rate_day": "signed_on" if step else null,
            "rate_source": "'identity'" if step else null, "hash": NO_HASH,
        }))  # fmt: skip
        found.append(_insert(PublicEntry, source, {
            "fair_id": "fair_id", "public_seq": seq, "voucher_id": voucher, "sign": "1", "at": "booked_at",
        }))  # fmt: skip
        for line, status, sign in ((1, start, "-"), (2, end, "")):
            base = (f"{sign}total", f"{sign}(total / 2)") if status in {"'signed'", "'verified'"} else (null, null)
            found.append(_insert(Posting, source, {
                "id": _id(connection, 0xE0 + line, seq), "voucher_id": voucher, "line": str(line), "contract_class": "'contract'", "status": status,
                "currency": "'CNY'", "count": f"{sign}1", "total_minor": f"{sign}total", "technology_minor": f"{sign}(total / 2)",
                "base_total_minor": base[0], "base_technology_minor": base[1],
            }))  # fmt: skip
    return found


def _insert(model: type[Model], source: str, values: dict[str, str]) -> str:
    return f"INSERT INTO {model.__tablename__} ({', '.join(values)}) {source.format(values=', '.join(values.values()))}"


def _id(connection: Connection, group: int, number: str) -> str:
    """An id that grows with ``number``, as those of the product grow with time; another one in each ``group``."""
    if connection.dialect.name == "sqlite":
        return f"printf('{group:02x}%030x', {number})"
    return f"('{group:02x}' || lpad(to_hex({number}), 30, '0'))::uuid"
