"""Reading totals: now from the balances, at any earlier moment from the postings; both give the same."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import func, select

from marketplace.core.clock import now
from marketplace.core.db import db
from marketplace.core.errors import Invalid, NotFound
from marketplace.core.i18n import gettext
from marketplace.fairs.models import Fair
from marketplace.ledger.models import Balance, ContractClass, LedgerHead, Posting, Scope, Status, View, Voucher
from marketplace.ledger.rules import CONFIDENTIAL, Amounts, Cell, Line, effects


@dataclass(frozen=True, slots=True)
class Row:
    """A line of a total: one class and status, its amounts in the fair's currency, and each original currency apart."""

    contract_class: ContractClass
    status: Status
    amounts: Amounts
    by_currency: dict[str, Amounts]


@dataclass(frozen=True, slots=True)
class Total:
    """A scope's total as of one ``seq``: the headline, everything beside it, and breakdowns that sum to the headline.

    Amounts are minor units; ``base_*`` in ``currency``, the fair's. ``confidential`` is the cell of deals not broken down.
    """

    fair: Fair
    scope: Scope
    view: View
    currency: str
    as_of: datetime
    as_of_seq: int
    rows: dict[tuple[ContractClass, Status], Row]
    breakdowns: dict[str, dict[str, Amounts]] = field(default_factory=dict)

    @property
    def headline(self) -> Row:
        """Class contract, status verified; zeros when there is none yet."""
        return self.row(ContractClass.CONTRACT, Status.VERIFIED)

    def row(self, contract_class: ContractClass, status: Status) -> Row:
        return self.rows.get((contract_class, status)) or Row(contract_class, status, Amounts(), {})


def scopes(fair_id: UUID) -> list[Scope]:
    """The live scopes of a fair, the headline one first."""
    query = select(Scope).where(Scope.fair_id == fair_id, Scope.retired_at.is_(None))
    return list(db.session.scalars(query.order_by(Scope.headline.desc(), Scope.code)))


def scope(fair_id: UUID, code: str | None, number: int | None = None) -> Scope:
    """A scope by its code (and number), else the headline scope. Raises NotFound."""
    query = select(Scope).where(Scope.fair_id == fair_id)
    query = query.where(Scope.code == code) if code else query.where(Scope.headline)
    query = query.where(Scope.number == number) if number else query.where(Scope.retired_at.is_(None))
    found = db.session.scalar(query)
    if found is None:
        raise NotFound()
    return found


def has_vouchers(fair_id: UUID) -> bool:
    return db.session.scalar(select(Voucher.id).where(Voucher.fair_id == fair_id).limit(1)) is not None


def head(fair_id: UUID) -> tuple[int, datetime | None]:
    """(last seq, when it was booked)."""
    row = db.session.execute(select(LedgerHead.seq, LedgerHead.booked_at).where(LedgerHead.fair_id == fair_id)).one_or_none()
    return (row.seq, row.booked_at) if row else (0, None)


def total(fair: Fair, scope: Scope, *, view: View) -> Total:
    """The total now: two queries, whatever the size of the fair. Read it inside one snapshot."""
    seq, _ = head(fair.id)
    found: dict[Cell, Amounts] = {}
    query = select(Balance).where(Balance.scope_id == scope.id, Balance.view == view)
    for balance in db.session.scalars(query):
        cell = Cell(scope.id, view, balance.contract_class, balance.status, balance.axis, balance.key, balance.currency)
        found[cell] = Amounts(*(getattr(balance, name) for name in Amounts.__slots__))
    return _total(fair, scope, view, now(), seq, found)


def total_as_of(fair: Fair, scope: Scope, *, view: View, seq: int | None = None, moment: datetime | None = None) -> Total:
    """The total as it was known at ``seq``, or at a moment, from the postings alone.

    Raises Invalid for a moment to come or a seq beyond the last one.
    """
    last, _ = head(fair.id)
    if moment is not None:
        if moment > now():
            raise Invalid.field("as_of", "as_of_future", gettext("This moment has not come yet."))
        query = select(func.coalesce(func.max(Voucher.seq), 0)).where(Voucher.fair_id == fair.id, Voucher.booked_at <= moment)
        seq = db.session.scalar(query) or 0
    if seq is None or seq > last:
        raise Invalid.field("as_of_seq", "as_of_seq_future", gettext("The last number so far is %(last)s.", last=last))
    found: dict[Cell, Amounts] = {}
    for line in lines_until(fair, seq, view):
        for cell, amounts in effects(line, [(scope.id, scope.rule)], view, fair.base_currency):
            found[cell] = found.get(cell, Amounts()) + amounts
    return _total(fair, scope, view, moment or now(), seq, found)


def lines_until(fair: Fair, seq: int, view: View) -> Iterator[Line]:
    """The postings inside the fair up to ``seq``, added up over equal facts: each line stands for ``count`` deals."""
    facts = (
        Posting.contract_class, Posting.status, Posting.currency, Voucher.kind, Voucher.place, Voucher.signed_on,
        Voucher.field, Voucher.country, Voucher.open,
    )  # fmt: skip
    undisclosed = (Posting.total_minor.is_(None), Posting.technology_minor.is_(None))
    sums = [
        func.sum(column).label(column.key)
        for column in (Posting.count, Posting.total_minor, Posting.technology_minor, Posting.base_total_minor, Posting.base_technology_minor)
    ]
    query: Any = (
        select(*facts, *sums).join(Voucher, Voucher.id == Posting.voucher_id).where(Voucher.fair_id == fair.id, Posting.status.is_not(None))
    )
    query = query.where(Voucher.seq <= seq) if view is View.STAFF else query.where(Voucher.public_seq <= seq)
    for row in db.session.execute(query.group_by(*facts, *undisclosed)):
        yield Line(
            contract_class=row.contract_class, status=row.status, currency=row.currency, count=row._mapping["count"],
            total_minor=_whole(row.total_minor), technology_minor=_whole(row.technology_minor),
            base_total_minor=_whole(row.base_total_minor), base_technology_minor=_whole(row.base_technology_minor),
            kind=row.kind, place=row.place, signed_on=row.signed_on, field=row.field, country=row.country, open=row.open,
        )  # fmt: skip


def _whole(value: Any) -> int | None:
    """PostgreSQL sums BIGINT as NUMERIC."""
    return None if value is None else int(value)


def _total(fair: Fair, scope: Scope, view: View, as_of: datetime, seq: int, found: dict[Cell, Amounts]) -> Total:
    rows: dict[tuple[ContractClass, Status], dict[str, Amounts]] = {}
    breakdowns: dict[str, dict[str, Amounts]] = {}
    for cell, amounts in found.items():
        if amounts == Amounts():
            continue
        if cell.axis:
            cells = breakdowns.setdefault(cell.axis, {})
            cells[cell.key] = cells.get(cell.key, Amounts()) + amounts
        else:
            rows.setdefault((cell.contract_class, cell.status), {})[cell.currency] = amounts
    summed = {
        key: Row(key[0], key[1], sum(parts.values(), Amounts()), dict(sorted(parts.items()))) for key, parts in rows.items()
    }
    ordered = {axis: dict(sorted(cells.items(), key=_by_amount)) for axis, cells in breakdowns.items()}
    return Total(fair, scope, view, fair.base_currency, as_of, seq, summed, ordered)


def _by_amount(item: tuple[str, Amounts]) -> tuple[bool, int, str]:
    key, amounts = item
    return (key == CONFIDENTIAL, -amounts.base_total_minor, key)


def vouchers_after(fair_id: UUID, seq: int, limit: int) -> Sequence[tuple[Voucher, list[Posting]]]:
    """Vouchers with their postings in order of ``seq``, from the one after ``seq``. Two queries."""
    found = list(db.session.scalars(select(Voucher).where(Voucher.fair_id == fair_id, Voucher.seq > seq).order_by(Voucher.seq).limit(limit)))
    postings: dict[UUID, list[Posting]] = {voucher.id: [] for voucher in found}
    for posting in db.session.scalars(select(Posting).where(Posting.voucher_id.in_(postings)).order_by(Posting.line)):
        postings[posting.voucher_id].append(posting)
    return [(voucher, postings[voucher.id]) for voucher in found]


def waiting_for_batch(fair_id: UUID) -> int:
    """How many confidential vouchers the public view does not show yet."""
    return db.session.scalar(select(func.count()).select_from(Voucher).where(Voucher.fair_id == fair_id, Voucher.awaits_batch)) or 0
