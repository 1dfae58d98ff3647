"""Booking: the only writer of vouchers, postings and balances."""

from collections.abc import Iterable
from typing import Any
from uuid import UUID

from sqlalchemy import select, update
from sqlalchemy.dialects.postgresql import insert as postgresql_insert
from sqlalchemy.dialects.sqlite import insert as sqlite_insert
from uuid_utils.compat import uuid7

from marketplace.core.access import Actor
from marketplace.core.clock import now
from marketplace.core.db import db, is_postgresql
from marketplace.core.errors import Invalid
from marketplace.core.i18n import gettext
from marketplace.core.money import MESSAGES, AmountError
from marketplace.fairs.models import Fair
from marketplace.ledger.models import Balance, LedgerHead, Posting, Scope, Status, View, Voucher
from marketplace.ledger.rates import conversion
from marketplace.ledger.rules import Amounts, Cell, Conversion, Deal, Line, Waiting, counted_by, effects, shown_together

RATED = {Status.SIGNED, Status.VERIFIED}


def book(
    fair: Fair, deal: Deal, *, move: str, start: Status | None, end: Status | None, by: Actor | None,
    reverses: Voucher | None = None, reason: str | None = None,
) -> Voucher:  # fmt: skip
    """Book one move: out of the account of status ``start``, into that of ``end`` (None is outside).

    The rate of the day of signing is frozen when the deal becomes signed, and carried from then on. Raises NoRate, Invalid.
    """
    head = lock_head(fair.id)
    head.seq, head.booked_at = head.seq + 1, now()
    rate = _rate(fair, deal, start, end)
    voucher = Voucher(
        id=uuid7(), fair_id=fair.id, seq=head.seq, contract_id=deal.contract_id, move=move,
        reverses_id=reverses.id if reverses else None, reason=reason, booked_at=head.booked_at,
        booked_by=by.person_id if by else None, kind=deal.kind, place=deal.place, signed_on=deal.signed_on,
        field=deal.field, country=deal.country, open=deal.open, parties=list(deal.parties),
        rate_from=rate.rate_from if rate else None, rate_to=rate.rate_to if rate else None,
        rate_day=rate.day if rate else None, rate_source=rate.source if rate else None,
    )  # fmt: skip
    confidential = not deal.open and Status.VERIFIED in {start, end}
    voucher.awaits_batch, voucher.public_seq = confidential, (head.seq if deal.open else None)
    db.session.add(voucher)
    db.session.flush()  # the postings name it, and the mapper does not order unrelated tables
    lines = [_posting(voucher, deal, 1, start, -1, rate, fair), _posting(voucher, deal, 2, end, +1, rate, fair)]
    db.session.add_all(lines)
    db.session.flush()
    scopes = live_scopes(fair.id)
    inside = [as_line(voucher, posting) for posting in lines if posting.status is not None]
    add_to_balances(effects_of(inside, scopes, View.STAFF, fair))
    if deal.open:
        add_to_balances(effects_of(inside, scopes, View.PUBLIC, fair))
    elif confidential:
        release_batch(fair, head.seq, scopes)
    return voucher


def lock_head(fair_id: UUID) -> LedgerHead:
    """The fair's last number, locked: bookings of one fair wait for each other, so that ``seq`` has no gap."""
    head = db.session.scalar(select(LedgerHead).where(LedgerHead.fair_id == fair_id).with_for_update())
    if head is None:
        insert = postgresql_insert if is_postgresql() else sqlite_insert
        db.session.execute(insert(LedgerHead).values(fair_id=fair_id, seq=0).on_conflict_do_nothing())
        head = db.session.scalars(select(LedgerHead).where(LedgerHead.fair_id == fair_id).with_for_update()).one()
    return head


def last_voucher(contract_id: UUID) -> Voucher | None:
    """The newest voucher of a contract."""
    return db.session.scalar(select(Voucher).where(Voucher.contract_id == contract_id).order_by(Voucher.seq.desc()).limit(1))


def _rate(fair: Fair, deal: Deal, start: Status | None, end: Status | None) -> Conversion | None:
    if end is Status.SIGNED and start is Status.DECLARED:
        if deal.total_minor is None and deal.technology_minor is None:
            return None
        if deal.signed_on is None:
            raise ValueError("a signed deal has a day of signing")
        return conversion(deal.currency, fair.base_currency, deal.signed_on)
    if not ({start, end} & RATED):
        return None
    before = last_voucher(deal.contract_id)
    if before is None or before.rate_from is None or before.rate_to is None or before.rate_day is None:
        return None
    return Conversion(rate_from=before.rate_from, rate_to=before.rate_to, day=before.rate_day, source=before.rate_source or "")


def _posting(voucher: Voucher, deal: Deal, line: int, status: Status | None, sign: int, rate: Conversion | None, fair: Fair) -> Posting:
    def signed(minor: int | None) -> int | None:
        return None if minor is None else sign * minor

    based = rate if status in RATED or status is Status.VOID else None
    base = fair.base_currency
    return Posting(
        voucher_id=voucher.id, line=line, contract_class=deal.contract_class, status=status, currency=deal.currency, count=sign,
        total_minor=signed(deal.total_minor), technology_minor=signed(deal.technology_minor),
        base_total_minor=signed(_converted(based, deal.total_minor, deal.currency, base)) if based else None,
        base_technology_minor=signed(_converted(based, deal.technology_minor, deal.currency, base)) if based else None,
    )  # fmt: skip


def _converted(rate: Conversion, minor: int | None, source: str, target: str) -> int | None:
    """Raises Invalid when it is more than can be booked."""
    try:
        return rate.into(minor, source, target)
    except AmountError as error:
        raise Invalid.field("total_amount", error.code, gettext(MESSAGES[error.code]) % error.params) from error


def as_line(voucher: Voucher, posting: Posting) -> Line:
    if posting.status is None:
        raise ValueError("the account outside has no balance")
    return Line(
        contract_class=posting.contract_class, status=posting.status, currency=posting.currency, count=posting.count,
        total_minor=posting.total_minor, technology_minor=posting.technology_minor,
        base_total_minor=posting.base_total_minor, base_technology_minor=posting.base_technology_minor,
        kind=voucher.kind, place=voucher.place, signed_on=voucher.signed_on, field=voucher.field, country=voucher.country,
        open=voucher.open,
    )  # fmt: skip


def live_scopes(fair_id: UUID) -> list[tuple[UUID, dict[str, Any]]]:
    """(id, rule) of every scope of a fair, retired ones too: their totals can be shown again."""
    return [(row.id, row.rule) for row in db.session.execute(select(Scope.id, Scope.rule).where(Scope.fair_id == fair_id))]


def effects_of(lines: Iterable[Line], scopes: list[tuple[UUID, dict[str, Any]]], view: View, fair: Fair) -> list[tuple[Cell, Amounts]]:
    return [effect for line in lines for effect in effects(line, scopes, view, fair.base_currency)]


def add_to_balances(changes: list[tuple[Cell, Amounts]]) -> None:
    """Add to the balances in one statement; cells in a fixed order, so that no two bookings lock them crosswise."""
    summed: dict[Cell, Amounts] = {}
    for cell, amounts in changes:
        summed[cell] = summed.get(cell, Amounts()) + amounts
    if not summed:
        return
    cells = sorted(summed, key=lambda cell: tuple(str(getattr(cell, name)) for name in Cell.__slots__))
    rows = [
        {"id": uuid7()} | {n: getattr(cell, n) for n in Cell.__slots__} | {n: getattr(summed[cell], n) for n in Amounts.__slots__}
        for cell in cells
    ]
    insert = postgresql_insert if is_postgresql() else sqlite_insert
    for first in range(0, len(rows), 50):
        statement = insert(Balance).values(rows[first : first + 50])
        grown = {name: getattr(Balance, name) + getattr(statement.excluded, name) for name in Amounts.__slots__}
        db.session.execute(statement.on_conflict_do_update(index_elements=list(Cell.__slots__), set_=grown))


def release_batch(fair: Fair, seq: int, scopes: list[tuple[UUID, dict[str, Any]]]) -> int:
    """Let those of the waiting confidential vouchers into the public view that together reveal no single one; how many did."""
    vouchers = list(db.session.scalars(select(Voucher).where(Voucher.fair_id == fair.id, Voucher.awaits_batch)))
    lines = _verified_lines(vouchers)
    changed = waiting(vouchers, lines, scopes)
    shown = shown_together(changed)
    if not shown:
        return 0
    released = [voucher for voucher in vouchers if voucher.contract_id in shown or voucher.contract_id not in changed]
    add_to_balances(effects_of([lines[voucher.id] for voucher in released], scopes, View.PUBLIC, fair))
    ids = [voucher.id for voucher in released]
    db.session.execute(update(Voucher).where(Voucher.id.in_(ids)).values(awaits_batch=False, public_seq=seq))
    return len(released)


def reveals_nobody(fair: Fair, scopes: list[tuple[UUID, dict[str, Any]]]) -> bool:
    """Whether these scopes, side by side in public, tell no confidential deal apart from the others shown so far."""
    shown = select(Voucher).where(Voucher.fair_id == fair.id, Voucher.open.is_(False), Voucher.public_seq.is_not(None))
    vouchers = list(db.session.scalars(shown))
    counted = {key: deal for key, deal in waiting(vouchers, _verified_lines(vouchers), scopes).items() if deal.counted_by}
    return shown_together(counted) == set(counted)


def _verified_lines(vouchers: list[Voucher]) -> dict[UUID, Line]:
    """{voucher: its line of the account verified}."""
    by_id = {voucher.id: voucher for voucher in vouchers}
    found = db.session.scalars(select(Posting).where(Posting.voucher_id.in_(by_id), Posting.status == Status.VERIFIED))
    return {posting.voucher_id: as_line(by_id[posting.voucher_id], posting) for posting in found}


def waiting(vouchers: list[Voucher], lines: dict[UUID, Line], scopes: list[tuple[UUID, dict[str, Any]]]) -> dict[UUID, Waiting]:
    """The contracts that confidential vouchers really change: in and out again is no change."""
    moves: dict[UUID, int] = {}
    for voucher in vouchers:
        moves[voucher.contract_id] = moves.get(voucher.contract_id, 0) + lines[voucher.id].count
    return {
        voucher.contract_id: Waiting(
            contract_class=lines[voucher.id].contract_class, parties=tuple(voucher.parties),
            counted_by=counted_by(scopes, kind=voucher.kind, place=voucher.place, signed_on=voucher.signed_on),
            disclosed=lines[voucher.id].total_minor is not None, technology_disclosed=lines[voucher.id].technology_minor is not None,
        )
        for voucher in vouchers
        if moves[voucher.contract_id] != 0
    }  # fmt: skip
