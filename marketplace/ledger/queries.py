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
from marketplace.ledger.models import (
    Balance,
    ContractClass,
    Hold,
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
from marketplace.ledger.rules import CONFIDENTIAL, MARKED, Amounts, Cell, Line, effects, takes


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
    ``as_of_seq`` counts in the view's own numbers, ``as_of`` is when that number was recorded. ``marks``: the verified
    contracts that are in force, registered (with their registered technology amount), performed; in public the open ones.
    """

    fair: Fair
    scope: Scope
    view: View
    currency: str
    as_of: datetime
    as_of_seq: int
    rows: dict[tuple[ContractClass, Status], Row]
    breakdowns: dict[str, dict[str, Amounts]] = field(default_factory=dict)
    marks: dict[Mark, Amounts] = field(default_factory=dict)

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


def head(fair_id: UUID, view: View = View.STAFF) -> tuple[int, datetime | None]:
    """(last number, when it was recorded) of a view. The public view has numbers of its own: they stand still while
    confidential deals wait and while contracts are held."""
    columns = (LedgerHead.seq, LedgerHead.booked_at) if view is View.STAFF else (LedgerHead.public_seq, LedgerHead.public_at)
    row = db.session.execute(select(*columns).where(LedgerHead.fair_id == fair_id)).one_or_none()
    return (row[0], row[1]) if row else (0, None)


def total(fair: Fair, scope: Scope, *, view: View) -> Total:
    """The total now: two queries, whatever the size of the fair. Read it inside one snapshot."""
    seq, at = head(fair.id, view)
    found: dict[Cell, Amounts] = {}
    query = select(Balance).where(Balance.scope_id == scope.id, Balance.view == view)
    for balance in db.session.scalars(query):
        cell = Cell(scope.id, view, balance.contract_class, balance.status, balance.axis, balance.key, balance.currency)
        found[cell] = Amounts(*(getattr(balance, name) for name in Amounts.__slots__))
    return _total(fair, scope, view, at or fair.created_at, seq, found)


def total_as_of(fair: Fair, scope: Scope, *, view: View, seq: int | None = None, moment: datetime | None = None) -> Total:
    """The total as it was known at ``seq`` of the view, or at a moment, from the postings alone.

    Raises Invalid for a moment to come or a number beyond the last one.
    """
    last, at = head(fair.id, view)
    if moment is not None:
        if moment > max(now(), at or moment.min.replace(tzinfo=moment.tzinfo)):
            raise Invalid.field("as_of", "as_of_future", gettext("This moment has not come yet."))
        seq = last if at and moment >= at else _number_at(fair.id, view, moment)
    if seq is None or seq > last:
        raise Invalid.field("as_of_seq", "as_of_seq_future", gettext("The last number so far is %(last)s.", last=last))
    found: dict[Cell, Amounts] = {}
    for line in lines_until(fair, seq, view):
        for cell, amounts in effects(line, [(scope.id, scope.rule)], view, fair.base_currency):
            found[cell] = found.get(cell, Amounts()) + amounts
    return _total(fair, scope, view, moment or _recorded_at(fair, view, seq), seq, found)


def _number_at(fair_id: UUID, view: View, moment: datetime) -> int:
    """The last number of a view that was recorded by then. Moments never run backwards along the numbers."""
    number, at, of_fair = _numbers(view)
    query = select(number).where(of_fair == fair_id, at <= moment).order_by(number.desc()).limit(1)
    return db.session.scalar(query) or 0


def _recorded_at(fair: Fair, view: View, seq: int) -> datetime:
    number, at, of_fair = _numbers(view)
    return db.session.scalar(select(at).where(of_fair == fair.id, number == seq).limit(1)) or fair.created_at


def _numbers(view: View) -> tuple[Any, Any, Any]:
    if view is View.STAFF:
        return Voucher.seq, Voucher.booked_at, Voucher.fair_id
    return PublicEntry.public_seq, PublicEntry.at, PublicEntry.fair_id


def lines_until(fair: Fair, seq: int, view: View) -> Iterator[Line]:
    """The postings inside the fair up to ``seq`` of the view, added up over equal facts: each line stands for ``count`` deals."""
    facts = (
        Posting.contract_class, Posting.status, Posting.mark, Posting.currency, Voucher.kind, Voucher.place, Voucher.signed_on,
        Voucher.field, Voucher.country, Voucher.open,
    )  # fmt: skip
    undisclosed = (Posting.total_minor.is_(None), Posting.technology_minor.is_(None))
    sign: Any = 1 if view is View.STAFF else PublicEntry.sign
    sums = [
        func.sum(column * sign).label(column.key)
        for column in (Posting.count, Posting.total_minor, Posting.technology_minor, Posting.base_total_minor, Posting.base_technology_minor)
    ]
    query: Any = select(*facts, *sums).join(Voucher, Voucher.id == Posting.voucher_id)
    if view is View.STAFF:
        query = query.where(Voucher.fair_id == fair.id, Voucher.seq <= seq)
    else:
        query = query.join(PublicEntry, PublicEntry.voucher_id == Voucher.id)
        query = query.where(PublicEntry.fair_id == fair.id, PublicEntry.public_seq <= seq)
    query = query.where(Posting.status.is_not(None) | Posting.mark.is_not(None))
    for row in db.session.execute(query.group_by(*facts, *undisclosed)):
        yield Line(
            contract_class=row.contract_class, status=row.status, mark=row.mark, currency=row.currency, count=row._mapping["count"],
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
    marks = {mark: Amounts() for mark in Mark}
    for cell, amounts in found.items():
        if amounts == Amounts():
            continue
        if cell.axis == MARKED:
            marks[Mark(cell.key)] = marks.get(Mark(cell.key), Amounts()) + amounts
        elif cell.axis:
            cells = breakdowns.setdefault(cell.axis, {})
            cells[cell.key] = cells.get(cell.key, Amounts()) + amounts
        else:
            rows.setdefault((cell.contract_class, cell.status), {})[cell.currency] = amounts
    summed = {
        key: Row(key[0], key[1], sum(parts.values(), Amounts()), dict(sorted(parts.items()))) for key, parts in rows.items()
    }
    ordered = {axis: dict(sorted(cells.items(), key=_by_amount)) for axis, cells in breakdowns.items()}
    return Total(fair, scope, view, fair.base_currency, as_of, seq, summed, ordered, marks)


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
    return db.session.scalar(select(func.count()).select_from(WaitingVoucher).where(WaitingVoucher.fair_id == fair_id)) or 0


def held(fair_id: UUID) -> set[UUID]:
    """The contracts that the public view leaves out until they are released."""
    return set(db.session.scalars(select(Hold.contract_id).where(Hold.fair_id == fair_id)))


@dataclass(frozen=True, slots=True, kw_only=True)
class Counted:
    """One contract behind a headline. ``seq`` is the view's number from which it counts; amounts in minor units, null when
    undisclosed, ``base_*`` in the fair's currency at the frozen rate."""

    contract_id: UUID
    voucher_id: UUID
    seq: int
    open: bool
    kind: str
    field: str
    country: str
    signed_on: Any
    currency: str
    total_minor: int | None
    technology_minor: int | None
    base_total_minor: int | None
    base_technology_minor: int | None
    rate_from: str | None
    rate_to: str | None
    rate_day: Any
    rate_source: str | None


def counted(fair: Fair, scope: Scope, *, view: View, seq: int | None = None) -> list[Counted]:
    """The verified contracts behind the headline of a scope, now or at ``seq`` of the view, in order of that number.

    Their amounts sum to the headline. For the public view too each one is listed: confidential ones are not for the public.
    """
    number: Any = Voucher.seq if view is View.STAFF else PublicEntry.public_seq
    sign: Any = 1 if view is View.STAFF else PublicEntry.sign
    facts = [getattr(Voucher, name) for name in ("contract_id", "open", "kind", "field", "country", "signed_on", "rate_from", "rate_to", "rate_day", "rate_source")]
    amounts = [getattr(Posting, name) for name in ("currency", "total_minor", "technology_minor", "base_total_minor", "base_technology_minor")]
    query: Any = select(number.label("number"), (Posting.count * sign).label("way"), Voucher.id.label("voucher_id"), Voucher.place, *facts, *amounts)
    query = query.join(Posting, Posting.voucher_id == Voucher.id)
    if view is View.PUBLIC:
        query = query.join(PublicEntry, PublicEntry.voucher_id == Voucher.id)
    query = query.where(Voucher.fair_id == fair.id, Posting.contract_class == ContractClass.CONTRACT, Posting.status == Status.VERIFIED)
    if seq is not None:
        query = query.where(number <= seq)
    found: dict[UUID, list[Any]] = {}
    for row in db.session.execute(query.order_by(number, Voucher.seq)):
        found.setdefault(row.contract_id, []).append(row)
    counted_rows = [_standing(rows) for rows in found.values() if sum(row.way for row in rows) > 0]
    taken = [row for row in counted_rows if takes(scope.rule, kind=row.kind, place=row.place, signed_on=row.signed_on)]
    names = Counted.__slots__
    return [Counted(**{n: row.number if n == "seq" else getattr(row, n) for n in names}) for row in sorted(taken, key=lambda row: (row.number, row.voucher_id))]


def _standing(rows: list[Any]) -> Any:
    """The last line that put the contract where it stands: none after it took it away again."""
    return next(row for row in reversed(rows) if row.way > 0)
