"""Keeps the public records in step: one process at a time hears what changed, and numbers it in the order of commits."""

import hashlib
from collections.abc import Sequence
from datetime import timedelta
from typing import Any, cast
from uuid import UUID

import orjson
from sqlalchemy import Table, and_, bindparam, delete, func, insert, or_, select

from marketplace.core.clock import now
from marketplace.core.db import db
from marketplace.core.references import next_numbers
from marketplace.interchange.contents import contents, sets_of
from marketplace.interchange.models import PublicRecord, PublicRecordSet
from marketplace.listings.models import Listing

COUNTER = "P"
SETTLES = timedelta(seconds=5)
"""A change is dated so much later than it is written, and shown to who asks by date from then on: a harvester who asks again from the
moment of the last answer meets every change, also one that was being committed at that moment."""
GONE = "gone"


def taken_in(ids: list[UUID], _generation: str, _seq: int) -> None:
    """Told with every change that the index has taken in, in the transaction that notes it as done."""
    note(ids)


def note(ids: Sequence[UUID]) -> int:
    """Bring the records of these listings in step, in the open transaction; returns how many changed."""
    shown = contents(ids)
    known = {row.listing_id: row for row in db.session.execute(select(*PublicRecord.__table__.c).where(PublicRecord.listing_id.in_(ids)))}
    digests = {id: _digest(shown[id]) if id in shown else GONE for id in ids}
    changed = [id for id in dict.fromkeys(ids) if (id in known and known[id].digest != digests[id]) or (id not in known and id in shown)]
    if not changed:
        return 0
    numbers = next_numbers(COUNTER, len(changed))  # from here on nobody else numbers until the commit
    latest = db.session.scalar(select(func.max(PublicRecord.changed_at)))
    moment = now() + SETTLES
    moment = max(moment, latest) if latest is not None else moment
    rows = [
        {"of": id, "kind": shown[id]["kind"] if id in shown else known[id].kind, "seq": number, "shown": id in shown, "changed_at": moment, "digest": digests[id]}
        for id, number in zip(changed, numbers, strict=True)
    ]
    _store(rows, set(known))
    _store_sets(rows, shown)
    return len(changed)


def _store(rows: list[dict[str, Any]], known: set[UUID]) -> None:
    table = cast(Table, PublicRecord.__table__)
    old = [row for row in rows if row["of"] in known]
    if old:
        values: dict[str, Any] = {name: bindparam(f"new_{name}") for name in ("seq", "shown", "changed_at", "digest")}
        statement = table.update().where(table.c.listing_id == bindparam("of")).values(values)
        db.session.execute(statement, [{"of": row["of"]} | {f"new_{name}": row[name] for name in values} for row in old])
    new = [{"listing_id": row["of"]} | {name: row[name] for name in ("kind", "seq", "shown", "changed_at", "digest")} for row in rows if row["of"] not in known]
    if new:
        db.session.execute(insert(PublicRecord), new)


def _store_sets(rows: list[dict[str, Any]], shown: dict[UUID, dict[str, Any]]) -> None:
    """A record that is shown gets its sets anew; one that is gone keeps those it was in, so that their harvesters hear of it."""
    here = [row for row in rows if row["shown"]]
    gone = [row for row in rows if not row["shown"]]
    db.session.execute(delete(PublicRecordSet).where(PublicRecordSet.listing_id.in_([row["of"] for row in here])))
    names = [{"listing_id": row["of"], "name": name, "seq": row["seq"]} for row in here for name in dict.fromkeys(sets_of(shown[row["of"]]))]
    if names:
        db.session.execute(insert(PublicRecordSet), names)
    if gone:
        table = cast(Table, PublicRecordSet.__table__)
        statement = table.update().where(table.c.listing_id == bindparam("of")).values(seq=bindparam("number"))
        db.session.execute(statement, [{"of": row["of"], "number": row["seq"]} for row in gone])


def _digest(content: dict[str, Any]) -> str:
    return hashlib.blake2b(orjson.dumps(content, default=str), digest_size=16).hexdigest()


def missing(limit: int, *, after: UUID | None = None) -> list[UUID]:
    """Public listings without a record, and those that no fair shows though their record says so, in the order of their ids behind ``after``:
    what an upgrade or a crash left behind."""
    left = or_(
        and_(Listing.public_number.is_not(None), Listing.archived_at.is_(None), PublicRecord.listing_id.is_(None)),
        and_(Listing.public_number.is_(None), PublicRecord.shown),
    )
    query = select(Listing.id).outerjoin(PublicRecord, PublicRecord.listing_id == Listing.id).where(left)
    return list(db.session.scalars((query if after is None else query.where(Listing.id > after)).order_by(Listing.id).limit(limit)))


def last_number() -> int:
    """The number of the last change; 0 before any."""
    return db.session.scalar(select(func.max(PublicRecord.seq))) or 0
