"""What was done to the audit chain: the kinds of tampering, told apart where the chain first breaks."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum
from typing import Any

from sqlalchemy import func, literal, select, tuple_

from marketplace.core.audit import ROWS
from marketplace.core.audit_chain import row_hash
from marketplace.core.db import Model, Moment, db

AT_ONCE = 1000
Stored = dict[str, Any]


class Kind(StrEnum):
    EDITED = "edited"
    DELETED = "deleted"
    INSERTED = "inserted"
    REORDERED = "reordered"
    CUT_OFF = "cut off"
    REWRITTEN = "rewritten"
    ROLLED_BACK = "rolled back"
    HEAD_CHANGED = "head changed"
    FORGED = "forged checkpoint"
    MISSING = "missing checkpoint"


@dataclass(frozen=True, slots=True)
class Fault:
    """``seq`` is the first row that is not, or no longer proved to be, what was written."""

    kind: Kind
    seq: int
    detail: str


def rows_in_order() -> Iterator[Stored]:
    """All rows by number, a few at a time."""
    place = tuple_(ROWS.c.seq, ROWS.c.id)
    query = select(ROWS).order_by(ROWS.c.seq, ROWS.c.id).limit(AT_ONCE)
    found = db.session.execute(query).mappings().all()
    while found:
        yield from (dict(row) for row in found)
        found = db.session.execute(query.where(place > tuple_(literal(found[-1]["seq"]), literal(found[-1]["id"])))).mappings().all()


def is_whole(row: Stored, seq: int) -> bool:
    """Whether the row is what was hashed as number ``seq``."""
    return bool(row_hash(row, seq, row["prev_hash"]) == row["hash"])


def diagnosed(row: Stored, *, before: str, seq: int, following: Stored | None) -> Fault:
    """What was done at ``seq``, where the row does not fit the hash ``before`` it, its own hash, or what was signed."""
    if row["seq"] < seq:
        return Fault(Kind.INSERTED, row["seq"], f"There is a second row {row['seq']}, or one before the first.")
    if row["seq"] > seq:
        if _has_successor(before):
            return Fault(Kind.REORDERED, seq, f"Row {seq} stands in another place.")
        return Fault(Kind.DELETED, seq, f"Rows {seq} to {row['seq'] - 1} are gone." if row["seq"] > seq + 1 else f"Row {seq} is gone.")
    linked, place = row["prev_hash"] == before, _place(row)
    if (linked or place in {None, seq}) and following is not None and following["prev_hash"] == before and is_whole(following, seq):
        return Fault(Kind.INSERTED, seq, f"Row {seq} was put before the row that had this number.")
    if linked:
        return _linked_but_wrong(row, seq=seq, following=following)
    if place is None:
        return Fault(Kind.EDITED, seq, f"The content of row {seq} is not what was hashed.")
    if place == seq:
        if seq > 1 and (following is None or following["prev_hash"] == row["hash"]):
            return Fault(Kind.EDITED, seq - 1, f"Row {seq - 1} was edited and hashed again; the row behind it knows it otherwise.")
        return Fault(Kind.EDITED, seq, f"Row {seq} was edited and hashed again.")
    if place < seq:
        return Fault(Kind.INSERTED, place, f"Row {seq} was row {place}: rows were put before it.")
    if _has_successor(before):
        return Fault(Kind.REORDERED, seq, f"Row {place} stands where row {seq} was.")
    return Fault(Kind.DELETED, seq, f"Row {place} was moved up to {seq}: the rows between are gone.")


def _linked_but_wrong(row: Stored, *, seq: int, following: Stored | None) -> Fault:
    """The row names the right one before it; its content, or what was signed of it, is another."""
    if not is_whole(row, seq):
        if _is_body_of_another(row):
            return Fault(Kind.REORDERED, seq, f"Row {seq} holds the content of another row.")
        return Fault(Kind.EDITED, seq, f"The content of row {seq} is not what was hashed.")
    if following is not None and following["prev_hash"] != row["hash"]:
        return Fault(Kind.EDITED, seq, f"Row {seq} was edited and hashed again; the row behind it and the checkpoint know it otherwise.")
    return Fault(Kind.REWRITTEN, seq, f"From row {seq} on the chain is another one than was signed.")


def _has_successor(hash_: str) -> bool:
    """Whether some row still names this hash as the one before it."""
    return db.session.execute(select(ROWS.c.seq).where(ROWS.c.prev_hash == hash_).limit(1)).first() is not None


def _place(row: Stored) -> int | None:
    """The number with which the row was hashed; None when its content is not what was hashed."""
    most = db.session.scalar(select(func.max(ROWS.c.seq))) or 0
    return next((seq for seq in (row["seq"], *range(1, most + AT_ONCE)) if is_whole(row, seq)), None)


def _is_body_of_another(row: Stored) -> bool:
    others = (other for other in rows_in_order() if other["seq"] != row["seq"])
    return any(row_hash(row, other["seq"], other["prev_hash"]) == other["hash"] for other in others)


def later_work(last: Stored | None) -> str | None:
    """A table with a row that was made after the last audit row: a database that was put back as a whole has none."""
    for table in Model.metadata.sorted_tables:
        for name in ("at", "created_at"):
            if table.name.startswith(("audit_", "checkpoint_")) or name not in table.c or not isinstance(table.c[name].type, Moment):
                continue
            query = select(table.c[name]).limit(1)
            if last is not None:
                query = query.where(table.c[name] > last["at"] + timedelta(seconds=1))
            if db.session.execute(query).first() is not None:
                return table.name
    return None
