"""The auditor's recomputation: every total from the contracts alone, by SQL of its own, compared with what was booked.

It shares no query and no arithmetic of sums with the ledger: only the conversion of one amount at one rate is the same
function, and the rates are read again from the published legs.
"""

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID

from sqlalchemy import Row, text

from marketplace.core.db import db
from marketplace.core.money import convert, cross
from marketplace.fairs.models import Fair
from marketplace.ledger.models import Scope
from marketplace.ledger.rates import OLDEST
from marketplace.ledger.rules import takes

INSIDE = ("declared", "signed", "verified", "void")


@dataclass(frozen=True, slots=True)
class Difference:
    """What was booked is not what follows from the contracts."""

    code: str
    where: str
    detail: str


def _rows(sql: str, **values: Any) -> list[Row[Any]]:
    return list(db.session.execute(text(sql), {k: _bind(v) for k, v in values.items()}))


def _bind(value: Any) -> Any:
    if isinstance(value, UUID):
        return value if db.engine.dialect.name == "postgresql" else value.hex
    return value


def differences(fair: Fair) -> Iterator[Difference]:
    """Every difference of one fair; nothing when it holds. Read inside one snapshot."""
    vouchers = _rows(
        "SELECT id, seq, contract_id, move, reverses_id, kind, place, signed_on, field, country, open, rate_from, rate_to, rate_day, rate_source, booked_at "
        "FROM vouchers WHERE fair_id = :fair ORDER BY seq", fair=fair.id,
    )  # fmt: skip
    postings: dict[Any, list[Row[Any]]] = defaultdict(list)
    for row in _rows("SELECT p.* FROM postings p JOIN vouchers v ON v.id = p.voucher_id WHERE v.fair_id = :fair ORDER BY p.line", fair=fair.id):
        postings[row.voucher_id].append(row)
    contracts = {row.id: row for row in _rows("SELECT * FROM contracts WHERE fair_id = :fair", fair=fair.id)}
    yield from _sequence(fair, vouchers)
    yield from _lines(vouchers, postings)
    yield from _accounts(fair, vouchers, postings, contracts)
    yield from _facts(vouchers, contracts)
    yield from _rates(fair, vouchers, postings, contracts)
    yield from _balances(fair, contracts)


def _sequence(fair: Fair, vouchers: list[Row[Any]]) -> Iterator[Difference]:
    """Numbers 1…n without a gap, and the head at n."""
    for expected, row in enumerate(vouchers, start=1):
        if row.seq != expected:
            yield Difference("seq_gap", f"seq {row.seq}", f"expected {expected}")
            return
    head = _rows("SELECT seq FROM ledger_heads WHERE fair_id = :fair", fair=fair.id)
    last = head[0].seq if head else 0
    if last != len(vouchers):
        yield Difference("head", fair.slug, f"head says {last}, there are {len(vouchers)} vouchers")


def _lines(vouchers: list[Row[Any]], postings: dict[Any, list[Row[Any]]]) -> Iterator[Difference]:
    """Two lines each, in one currency and class, summing to zero in count and amounts."""
    for row in vouchers:
        lines = postings[row.id]
        if [line.line for line in lines] != [1, 2]:
            yield Difference("lines", f"seq {row.seq}", f"{len(lines)} postings instead of two")
            continue
        one, two = lines
        if one.currency != two.currency or one.contract_class != two.contract_class:
            yield Difference("unbalanced", f"seq {row.seq}", "the two postings differ in currency or class")
        for name in ("count", "total_minor", "technology_minor"):
            first, second = getattr(one, name), getattr(two, name)
            if (first is None) != (second is None) or (first or 0) + (second or 0) != 0:
                yield Difference("unbalanced", f"seq {row.seq}", f"{name}: {first} and {second}")


def _accounts(fair: Fair, vouchers: list[Row[Any]], postings: dict[Any, list[Row[Any]]], contracts: dict[Any, Row[Any]]) -> Iterator[Difference]:
    """What the postings leave of each contract is the contract: once, in its status, with its amounts, in its fair."""
    left: dict[Any, dict[tuple[str, str, str], list[int]]] = defaultdict(lambda: defaultdict(lambda: [0, 0, 0]))
    for row in vouchers:
        for line in postings[row.id]:
            if line.status is not None:
                cell = left[row.contract_id][(line.contract_class, line.status, line.currency)]
                for i, name in enumerate(("count", "total_minor", "technology_minor")):
                    cell[i] += getattr(line, name) or 0
    for contract_id in sorted(set(left) | set(contracts), key=str):
        contract = contracts.get(contract_id)
        booked = {key: tuple(cell) for key, cell in left[contract_id].items() if any(cell)}
        if contract is None:
            if booked:
                yield Difference("extra", f"contract {contract_id}", f"booked in {fair.slug}, but the fair has no such contract")
            continue
        key = (contract.contract_class, contract.status, contract.currency)
        expected = {key: (1, contract.total_minor or 0, contract.technology_minor or 0)}
        if not booked:
            yield Difference("missing", contract.reference, f"expected {expected}, nothing is booked")
        elif booked != expected:
            yield Difference("changed", contract.reference, f"expected {expected}, booked {booked}")


def _facts(vouchers: list[Row[Any]], contracts: dict[Any, Row[Any]]) -> Iterator[Difference]:
    """The newest voucher of a contract carries the contract's facts, by which scopes count."""
    newest = {row.contract_id: row for row in vouchers}
    for contract_id, row in newest.items():
        contract = contracts.get(contract_id)
        if contract is None:
            continue
        for name in ("kind", "place", "field", "signed_on", "open"):
            if str(getattr(row, name)) != str(getattr(contract, name)):
                yield Difference("facts", contract.reference, f"{name}: contract {getattr(contract, name)}, voucher {getattr(row, name)}")


def _rates(fair: Fair, vouchers: list[Row[Any]], postings: dict[Any, list[Row[Any]]], contracts: dict[Any, Row[Any]]) -> Iterator[Difference]:
    """A signed or verified amount in the fair's currency follows from the published legs of the right day: the last one
    that was loaded when the contract was signed. What is loaded later changes nothing."""
    legs = {(rate.currency, _day(rate.day)): rate for rate in _rows("SELECT source, currency, day, per_euro, loaded_at FROM rates")}
    signed_at: dict[Any, Any] = {}
    for row in vouchers:
        if row.move == "sign":
            signed_at[row.contract_id] = row.booked_at
        for line in postings[row.id]:
            if line.status not in {"signed", "verified"}:
                continue
            expected = _expected(fair, line.currency, row, legs, signed_at=signed_at.get(row.contract_id)) if row.signed_on else None
            for name in ("total_minor", "technology_minor"):
                minor, base = getattr(line, name), getattr(line, f"base_{name}")
                want = None if minor is None or expected is None else _converted(minor, line.currency, fair.base_currency, expected)
                if minor is not None and base != want:
                    yield Difference("rate", f"seq {row.seq}", f"base_{name} is {base}, the published rates give {want}")


def _converted(minor: int, currency: str, base: str, expected: tuple[str, str]) -> int:
    sign = -1 if minor < 0 else 1
    return sign * convert(abs(minor), source=currency, target=base, rate=cross(Decimal(expected[0]), Decimal(expected[1])))


def _expected(
    fair: Fair, currency: str, row: Row[Any], legs: dict[tuple[str, date], Row[Any]], *, signed_at: Any
) -> tuple[str, str] | None:
    """The two legs per euro to be frozen at ``signed_at``. The frozen day itself was known then, whatever the clocks said."""
    base = fair.base_currency
    if currency == base:
        return ("1", "1")
    frozen, needed = _day(row.rate_day) if row.rate_day else None, {currency, base} - {"EUR"}
    for back in range(OLDEST.days + 1):
        day = _day(row.signed_on) - timedelta(days=back)
        there = {code: legs[(code, day)] for code in needed if (code, day) in legs}
        if there.keys() == needed and (day == frozen or all(leg.loaded_at <= signed_at for leg in there.values())):
            return tuple("1" if code == "EUR" else there[code].per_euro for code in (currency, base))  # type: ignore[return-value]
    return None


def _balances(fair: Fair, contracts: dict[Any, Row[Any]]) -> Iterator[Difference]:
    """The staff view's balances of each scope equal the contracts that its rule takes in, in original currencies."""
    scopes = db.session.query(Scope).filter(Scope.fair_id == fair.id).all()
    for scope in scopes:
        expected: dict[tuple[str, str, str], list[int]] = defaultdict(lambda: [0, 0, 0])
        for contract in contracts.values():
            day = _day(contract.signed_on) if contract.signed_on else None
            if takes(scope.rule, kind=contract.kind, place=contract.place, signed_on=day):
                cell = expected[(contract.contract_class, contract.status, contract.currency)]
                for i, value in enumerate((1, contract.total_minor or 0, contract.technology_minor or 0)):
                    cell[i] += value
        booked = {
            (row.contract_class, row.status, row.currency): [row._mapping["count"], row.total_minor, row.technology_minor]
            for row in _rows("SELECT * FROM balances WHERE scope_id = :scope AND view = 'staff' AND axis = ''", scope=scope.id)
            if any(row._mapping[name] for name in ("count", "total_minor", "technology_minor"))
        }
        if booked != dict(expected):
            yield Difference("balance", f"{fair.slug}/{scope.code} {scope.number}", f"expected {dict(expected)}, kept {booked}")
        whole = _rows(
            "SELECT COALESCE(SUM(base_total_minor), 0) AS total FROM balances WHERE scope_id = :scope AND view = 'staff' AND axis = '' "
            "AND contract_class = 'contract' AND status = 'verified'", scope=scope.id,
        )[0].total  # fmt: skip
        for axis in ("kind", "field", "country", "month"):
            part = _rows(
                "SELECT COALESCE(SUM(base_total_minor), 0) AS total FROM balances WHERE scope_id = :scope AND view = 'staff' AND axis = :axis",
                scope=scope.id, axis=axis,
            )[0].total  # fmt: skip
            if int(part) != int(whole):
                yield Difference("breakdown", f"{fair.slug}/{scope.code} by {axis}", f"sums to {part}, the headline is {whole}")


def _day(value: Any) -> date:
    return date.fromisoformat(value) if isinstance(value, str) else value
