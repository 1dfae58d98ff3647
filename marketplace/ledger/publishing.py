"""The public view: batches of confidential deals, and contracts that are held until they are announced."""

from collections.abc import Iterable, Iterator, Mapping
from typing import Any
from uuid import UUID

from sqlalchemy import Row, delete, exists, func, insert, select

from marketplace.core import audit
from marketplace.core.access import Actor
from marketplace.core.db import db
from marketplace.core.errors import DomainError
from marketplace.core.i18n import lazy_gettext as _l
from marketplace.fairs.models import Fair
from marketplace.ledger import hiding, storing, writing
from marketplace.ledger.hiding import FARTHEST, Change, Hidden
from marketplace.ledger.models import Hold, Posting, PublicEntry, Status, View, Voucher, WaitingVoucher
from marketplace.ledger.rules import counted_by
from marketplace.ledger.writing import Head, Scopes, line_of, table_of

VOUCHERS, POSTINGS, ENTRIES = table_of(Voucher), table_of(Posting), table_of(PublicEntry)
AT_ONCE = 16
LINES = (
    VOUCHERS.c.seq, POSTINGS.c.voucher_id, VOUCHERS.c.contract_id, VOUCHERS.c.kind, VOUCHERS.c.place, VOUCHERS.c.signed_on, VOUCHERS.c.field,
    VOUCHERS.c.country, VOUCHERS.c.open, VOUCHERS.c.parties, POSTINGS.c.contract_class, POSTINGS.c.status, POSTINGS.c.mark, POSTINGS.c.currency,
    POSTINGS.c.count, POSTINGS.c.total_minor, POSTINGS.c.technology_minor, POSTINGS.c.base_total_minor, POSTINGS.c.base_technology_minor,
)  # fmt: skip


class HeldBatch(DomainError):
    slug, title = "held_batch", _l("Part of a batch")
    text = _l("This confidential contract entered the public total in a batch. To take it back would tell what it alone adds.")


class OpenAfterBatch(DomainError):
    slug, title = "open_after_batch", _l("Part of a batch")
    text = _l("This confidential contract entered the public total in a batch. To name it now would tell the others apart.")


def hold(fair: Fair, contract_id: UUID, *, by: Actor | None) -> None:
    """Leave a contract out of the public view until it is released; what shows of it is taken back. Held already: nothing.

    Raises HeldBatch where taking it back would tell what a confidential deal adds.
    """
    head = writing.lock_head(fair.id)
    if is_held(contract_id):
        return
    if was_shown_in_batch(contract_id):
        raise HeldBatch()
    db.session.execute(insert(table_of(Hold)).values(contract_id=contract_id, fair_id=fair.id, held_at=head.moment, held_by=by.person_id if by else None))
    _show(fair, head, _open_vouchers(contract_id, shown=True), -1)
    head.store()
    audit.record("ledger.hold", f"contract:{contract_id}", by=by, fair_id=fair.id)


def release(fair: Fair, contract_id: UUID, *, by: Actor | None) -> None:
    """Let the public view show a held contract: an open one at once, a confidential one with its batch. Not held: nothing."""
    head = writing.lock_head(fair.id)
    if not is_held(contract_id):
        return
    db.session.execute(delete(table_of(Hold)).where(Hold.contract_id == contract_id))
    _show(fair, head, _open_vouchers(contract_id, shown=False), 1)
    release_batch(fair, head, writing.live_scopes(fair.id))
    head.store()
    audit.record("ledger.release", f"contract:{contract_id}", by=by, fair_id=fair.id)


def is_held(contract_id: UUID) -> bool:
    return db.session.scalar(select(Hold.contract_id).where(Hold.contract_id == contract_id)) is not None


def was_shown_in_batch(contract_id: UUID) -> bool:
    """Whether the public view counts this contract, or counted it, as part of a batch."""
    found = select(ENTRIES.c.voucher_id).join(VOUCHERS, VOUCHERS.c.id == ENTRIES.c.voucher_id)
    return db.session.scalar(found.where(VOUCHERS.c.contract_id == contract_id, ENTRIES.c.batch.is_not(None)).limit(1)) is not None


def _open_vouchers(contract_id: UUID, *, shown: bool) -> list[UUID]:
    """The open vouchers of a contract that the public view counts, or those that it does not."""
    net = select(func.coalesce(func.sum(ENTRIES.c.sign), 0)).where(ENTRIES.c.voucher_id == VOUCHERS.c.id).scalar_subquery()
    query = select(VOUCHERS.c.id).where(VOUCHERS.c.contract_id == contract_id, VOUCHERS.c.open, net == int(shown))
    return list(db.session.scalars(query.order_by(VOUCHERS.c.seq)))


def _show(fair: Fair, head: Head, voucher_ids: list[UUID], sign: int) -> None:
    if not voucher_ids:
        return
    inside = POSTINGS.c.status.is_not(None) | POSTINGS.c.mark.is_not(None)
    lines = [line_of(row, row) for row in _lines(VOUCHERS.c.id.in_(voucher_ids), inside)]
    changes = writing.effects_of(lines, writing.live_scopes(fair.id), View.PUBLIC, fair)
    storing.add_to_balances([(cell, amounts * sign) for cell, amounts in changes])
    head.publish([(voucher_id, sign) for voucher_id in voucher_ids])


def _lines(*conditions: Any) -> list[Row[Any]]:
    query = select(*LINES).join(VOUCHERS, VOUCHERS.c.id == POSTINGS.c.voucher_id).where(*conditions)
    return list(db.session.execute(query.order_by(VOUCHERS.c.seq)))


def release_batch(fair: Fair, head: Head, scopes: Scopes) -> int:
    """Let those of the waiting confidential deals into the public view that together tell no single one; how many vouchers.

    The work grows with what waits and with the newest batches, not with the fair.
    """
    of_fair = select(WaitingVoucher.voucher_id).where(WaitingVoucher.fair_id == fair.id)
    free = ~exists().where(table_of(Hold).c.contract_id == VOUCHERS.c.contract_id)
    rows = _lines(VOUCHERS.c.id.in_(of_fair), free, POSTINGS.c.status == Status.VERIFIED)
    changes = changes_of(rows, scopes)
    gone = {key for key, change in changes.items() if change.before is None and change.after is None}
    _forget([row.voucher_id for row in rows if row.contract_id in gone])  # in and out again: the public never knew
    moving = {key: change for key, change in changes.items() if change.moved()}
    shown = hiding.shown_together(moving, earlier_batches(fair.id, head.batch, scopes))
    if not shown:
        return 0
    entering = [row for row in rows if row.contract_id in shown or row.contract_id not in moving.keys() | gone]
    storing.add_to_balances(writing.effects_of([line_of(row, row) for row in entering], scopes, View.PUBLIC, fair))
    ids = [row.voucher_id for row in entering]
    head.publish([(voucher_id, 1) for voucher_id in ids], batch=True)
    _forget(ids)
    return len(ids)


def _forget(voucher_ids: list[UUID]) -> None:
    if voucher_ids:
        db.session.execute(delete(table_of(WaitingVoucher)).where(WaitingVoucher.voucher_id.in_(voucher_ids)))


def changes_of(rows: Iterable[Row[Any]], scopes: Scopes) -> dict[UUID, Change]:
    """{contract: what these of its lines *verified*, in order of ``seq``, change of what is counted of it}."""
    lines: dict[UUID, list[Row[Any]]] = {}
    for row in rows:
        lines.setdefault(row.contract_id, []).append(row)
    known = _known(lines)
    found = {}
    for contract_id, own in lines.items():
        deals = [_hidden(row, scopes, known=contract_id in known) for row in (own[0], own[-1])]
        leaves, stays = own[0]._mapping["count"] < 0, own[-1]._mapping["count"] > 0
        found[contract_id] = Change(deals[0] if leaves else None, deals[1] if stays else None)
    return found


def _hidden(row: Row[Any], scopes: Scopes, *, known: bool) -> Hidden:
    return Hidden(
        contract_class=row.contract_class, parties=tuple(row.parties), known=known,
        counted_by=counted_by(scopes, kind=row.kind, place=row.place, signed_on=row.signed_on),
        total=None if row.total_minor is None else abs(row.base_total_minor or 0),
        technology=None if row.technology_minor is None else abs(row.base_technology_minor or 0),
    )  # fmt: skip


def _known(contract_ids: Iterable[UUID]) -> set[UUID]:
    """Those of the contracts that were open once: everybody knows what they are worth."""
    query = select(VOUCHERS.c.contract_id).where(VOUCHERS.c.contract_id.in_(list(contract_ids)), VOUCHERS.c.open)
    return set(db.session.scalars(query.distinct()))


def earlier_batches(fair_id: UUID, newest: int, scopes: Scopes) -> Iterator[Mapping[UUID, Change]]:
    """The batches so far, the newest first, a few at a time, not further back than the rule looks."""
    last = max(0, newest - FARTHEST - 1)
    while newest > last:
        first = max(last, newest - AT_ONCE)
        by_batch = _batches(fair_id, first, newest)
        for number in range(newest, first, -1):
            yield changes_of(by_batch[number], scopes)
        newest = first


def _batches(fair_id: UUID, after: int, until: int) -> dict[int, list[Row[Any]]]:
    query = (
        select(ENTRIES.c.batch, *LINES)
        .join(VOUCHERS, VOUCHERS.c.id == ENTRIES.c.voucher_id)
        .join(POSTINGS, POSTINGS.c.voucher_id == VOUCHERS.c.id)
        .where(ENTRIES.c.fair_id == fair_id, ENTRIES.c.batch > after, ENTRIES.c.batch <= until, POSTINGS.c.status == Status.VERIFIED)
        .order_by(VOUCHERS.c.seq)
    )
    found: dict[int, list[Row[Any]]] = {number: [] for number in range(after + 1, until + 1)}
    rows: Any = db.session.execute(query)
    for row in rows:
        found[row.batch].append(row)
    return found


def reveals_nobody(fair: Fair, newest: int, scopes: Scopes) -> bool:
    """Whether all that was public so far, seen through these scopes side by side, tells no confidential deal apart."""
    by_batch = _batches(fair.id, 0, newest)
    return hiding.reveals_nobody([changes_of(by_batch[number], scopes) for number in range(1, newest + 1)])
