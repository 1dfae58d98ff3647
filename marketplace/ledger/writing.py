"""The only writer of vouchers, postings, public entries and balances: numbers, chains and adds up what others drafted."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from typing import Any
from uuid import UUID

from sqlalchemy import Table, bindparam, insert, select, update
from sqlalchemy.dialects.postgresql import insert as postgresql_insert
from sqlalchemy.dialects.sqlite import insert as sqlite_insert
from uuid_utils.compat import uuid7

from marketplace.core.access import Actor
from marketplace.core.clock import now
from marketplace.core.db import Model, db, is_postgresql
from marketplace.core.errors import Invalid
from marketplace.core.i18n import gettext
from marketplace.fairs.models import Fair
from marketplace.ledger import chain
from marketplace.ledger.models import (
    ContractClass,
    LedgerHead,
    Mark,
    Posting,
    PublicEntry,
    Scope,
    Status,
    View,
    Voucher,
    WaitingVoucher,
)
from marketplace.ledger.rules import Amounts, Cell, Line, effects

LARGEST_SUM = 9 * 10**18  # 64 bits end at 9.22e18; sums are exact up to here and refused beyond
Scopes = list[tuple[UUID, dict[str, Any]]]


def table_of(model: type[Model]) -> Table:
    return model.__table__  # type: ignore[return-value]


LOCKED = select(table_of(LedgerHead)).where(table_of(LedgerHead).c.fair_id == bindparam("fair")).with_for_update()
STORED = update(table_of(LedgerHead)).where(table_of(LedgerHead).c.fair_id == bindparam("fair"))
SCOPES = select(table_of(Scope).c.id, table_of(Scope).c.rule).where(table_of(Scope).c.fair_id == bindparam("fair"))


def run(statement: Any, values: Any = None) -> Any:
    """Execute past the session's bookkeeping of objects, in its transaction: a booking has none."""
    return db.session.connection().execute(statement, values)


@dataclass(frozen=True, slots=True)
class Draft:
    """A voucher and its two postings as plain rows, before they have a number."""

    voucher: dict[str, Any]
    postings: tuple[dict[str, Any], dict[str, Any]]

    @property
    def hidden(self) -> bool:
        """A confidential deal that comes into the headline or leaves it; its other moves never show in public."""
        return not self.voucher["open"] and any(posting["status"] is Status.VERIFIED for posting in self.postings)

    def lines(self) -> list[Line]:
        """Its postings on accounts inside the fair."""
        return [line_of(self.voucher, posting) for posting in self.postings if posting["status"] is not None or posting["mark"] is not None]


def line_of(voucher: Any, posting: Any) -> Line:
    """The posting with what scopes judge by, of rows as of mappings."""
    one = voucher if isinstance(voucher, dict) else voucher._mapping
    two = posting if isinstance(posting, dict) else posting._mapping
    return Line(
        contract_class=ContractClass(two["contract_class"]), status=two["status"] and Status(two["status"]), mark=two["mark"] and Mark(two["mark"]),
        currency=two["currency"], count=two["count"], total_minor=two["total_minor"], technology_minor=two["technology_minor"],
        base_total_minor=two["base_total_minor"], base_technology_minor=two["base_technology_minor"],
        kind=one["kind"], place=one["place"], signed_on=one["signed_on"], field=one["field"], country=one["country"], open=one["open"],
    )  # fmt: skip


@dataclass(slots=True)
class Head:
    """The locked end of a fair's ledger, moved on in memory and written once by `store`."""

    fair_id: UUID
    seq: int
    booked_at: datetime | None
    hash: str | None
    public_seq: int
    public_at: datetime | None
    batch: int
    moment: datetime

    def store(self) -> None:
        values = {name: getattr(self, name) for name in ("seq", "booked_at", "hash", "public_seq", "public_at", "batch")}
        run(STORED, values | {"fair": self.fair_id})

    def publish(self, vouchers: Iterable[tuple[UUID, int]], *, batch: bool = False) -> None:
        """Give the public view its next number: these (voucher, sign) change in it together."""
        self.public_seq, self.public_at = self.public_seq + 1, self.moment
        self.batch += batch
        rows = [
            {"fair_id": self.fair_id, "public_seq": self.public_seq, "voucher_id": voucher_id, "sign": sign, "at": self.moment,
             "batch": self.batch if batch else None}
            for voucher_id, sign in vouchers
        ]  # fmt: skip
        run(insert(table_of(PublicEntry)), rows)


def lock_head(fair_id: UUID) -> Head:
    """The end of the fair's ledger, locked: bookings of one fair wait for each other, so that ``seq`` has no gap.

    Its ``moment`` is now, but never earlier than the last voucher, whatever the clock says.
    """
    head = table_of(LedgerHead)
    row = run(LOCKED, {"fair": fair_id}).one_or_none()
    if row is None:
        new = postgresql_insert(head) if is_postgresql() else sqlite_insert(head)
        run(new.values(fair_id=fair_id, seq=0, public_seq=0, batch=0).on_conflict_do_nothing())
        row = run(LOCKED, {"fair": fair_id}).one()
    moment = max(filter(None, (now(), row.booked_at, row.public_at)))
    return Head(fair_id, row.seq, row.booked_at, row.hash, row.public_seq, row.public_at, row.batch, moment)


def write(fair: Fair, head: Head, drafts: Sequence[Draft], *, by: Actor | None, held: bool, scopes: Scopes) -> list[Voucher]:
    """Number, chain and insert these vouchers, and add them to the balances. What is open shows in public as one change,
    unless the contract is held; what is confidential waits for its batch. Raises Invalid when a sum outgrows 64 bits."""
    changes: list[tuple[Cell, Amounts]] = []
    shown: list[tuple[UUID, int]] = []
    waiting: list[dict[str, Any]] = []
    for draft in drafts:
        _number(head, draft, by)
        lines = draft.lines()
        changes += effects_of(lines, scopes, View.STAFF, fair)
        if draft.voucher["open"] and not held:
            shown.append((draft.voucher["id"], 1))
            changes += effects_of(lines, scopes, View.PUBLIC, fair)
        elif draft.hidden:
            waiting.append({"voucher_id": draft.voucher["id"], "fair_id": fair.id, "contract_id": draft.voucher["contract_id"]})
    run(insert(table_of(Voucher)), [draft.voucher for draft in drafts])
    run(insert(table_of(Posting)), [posting for draft in drafts for posting in draft.postings])
    if waiting:
        run(insert(table_of(WaitingVoucher)), waiting)
    add_to_balances(changes)
    if shown:
        head.publish(shown)
    return [Voucher(**draft.voucher) for draft in drafts]


def _number(head: Head, draft: Draft, by: Actor | None) -> None:
    head.seq, head.booked_at = head.seq + 1, head.moment
    draft.voucher.update(
        id=uuid7(), fair_id=head.fair_id, seq=head.seq, booked_at=head.moment, booked_by=by.person_id if by else None
    )  # fmt: skip
    head.hash = draft.voucher["hash"] = chain.hash_of(head.hash, draft.voucher, draft.postings)
    for posting in draft.postings:
        posting.update(id=uuid7(), voucher_id=draft.voucher["id"])


def live_scopes(fair_id: UUID) -> Scopes:
    """(id, rule) of every scope of a fair, retired ones too: their totals can be shown again."""
    return [(row.id, row.rule) for row in run(SCOPES, {"fair": fair_id})]


def effects_of(lines: Iterable[Line], scopes: Scopes, view: View, fair: Fair) -> list[tuple[Cell, Amounts]]:
    return [effect for line in lines for effect in effects(line, scopes, view, fair.base_currency)]


def add_to_balances(changes: list[tuple[Cell, Amounts]]) -> None:
    """Add to the balances in one statement; cells in a fixed order, so that no two bookings lock them crosswise.

    Raises Invalid when one of them would leave the range in which sums are exact.
    """
    summed: dict[Cell, Amounts] = {}
    for cell, amounts in changes:
        summed[cell] = summed.get(cell, Amounts()) + amounts
    cells = sorted(
        (cell for cell, amounts in summed.items() if amounts != Amounts()),
        key=lambda cell: tuple(str(getattr(cell, name)) for name in Cell.__slots__),
    )  # fmt: skip
    rows = [
        {"id": uuid7()} | {n: getattr(cell, n) for n in Cell.__slots__} | {n: getattr(summed[cell], n) for n in Amounts.__slots__}
        for cell in cells
    ]
    for first in range(0, len(rows), 50):
        _refuse_overflow(_upsert(rows[first : first + 50]))


def _upsert(rows: list[dict[str, Any]]) -> Iterable[Any]:
    """Add, stopping short of the end of 64 bits instead of failing or (SQLite) turning to floating point.

    Returns (currency, the four sums) of each cell. Written for the driver: SQLAlchemy would compile as many rows anew each time.
    """
    names = tuple(rows[0])
    statement = _upsert_sql(len(rows), names, is_postgresql())
    values = tuple(_bound(row[name]) for row in rows for name in names)
    return db.session.connection().exec_driver_sql(statement, values).all()


def _bound(value: Any) -> Any:
    return value.hex if isinstance(value, UUID) else str(value) if isinstance(value, str) else value


@cache
def _upsert_sql(count: int, names: tuple[str, ...], postgresql: bool) -> str:
    quoted, cell = [f'"{name}"' for name in names], [f'"{name}"' for name in Cell.__slots__]
    mark = "%s" if postgresql else "?"
    row = f"({', '.join(mark for _ in names)})"
    grown = [f'"{name}" = {_grown(name, postgresql)}' for name in Amounts.__slots__]
    sums = [f'"{name}"' for name in Amounts.__slots__ if name.endswith("_minor")]
    return (
        f"INSERT INTO balances ({', '.join(quoted)}) VALUES {', '.join(row for _ in range(count))} "  # nosec B608: names of our columns
        f"ON CONFLICT ({', '.join(cell)}) DO UPDATE SET {', '.join(grown)} RETURNING currency, {', '.join(sums)}"
    )


def _grown(name: str, postgresql: bool) -> str:
    kept, more = f'balances."{name}"', f'excluded."{name}"'
    if not name.endswith("_minor"):
        return f"{kept} + {more}"
    if postgresql:
        return f"CAST(GREATEST(LEAST(CAST({kept} AS NUMERIC) + {more}, {LARGEST_SUM}), -{LARGEST_SUM}) AS BIGINT)"
    return f"MAX(MIN({kept} + {more}, {LARGEST_SUM}), -{LARGEST_SUM})"


def _refuse_overflow(rows: Iterable[Any]) -> None:
    for currency, *sums in rows:
        if any(abs(value) >= LARGEST_SUM for value in sums):
            raise Invalid.field("total_amount", "sum_overflow", gettext("With this amount a total in %(currency)s would be too large to add up exactly.", currency=currency))
