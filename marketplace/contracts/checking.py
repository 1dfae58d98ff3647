"""The auditor's recomputation: every total from the contracts alone, by SQL of its own, compared with what was booked.

It shares no query and no arithmetic of sums with the ledger: only the conversion of one amount at one rate is the same
function, and the rates are read again from the published legs.
"""

import json
from collections import defaultdict
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID

from sqlalchemy import Row, text

from marketplace.contracts import recomputing
from marketplace.contracts.recomputing import Books, Difference, day
from marketplace.core.db import db
from marketplace.core.money import convert, cross
from marketplace.fairs.models import Fair
from marketplace.ledger import chain
from marketplace.ledger.models import Scope
from marketplace.ledger.rates import OLDEST
from marketplace.ledger.rules import takes


def _rows(sql: str, **values: Any) -> list[Row[Any]]:
    return list(db.session.execute(text(sql), {k: _bind(v) for k, v in values.items()}))


def _bind(value: Any) -> Any:
    if isinstance(value, UUID):
        return value if db.engine.dialect.name == "postgresql" else value.hex
    return value


def differences(fair: Fair) -> Iterator[Difference]:
    """Every difference of one fair; nothing when it holds. Read inside one snapshot."""
    books = _books(fair)
    contracts = {row.id: row for row in _rows("SELECT * FROM contracts WHERE fair_id = :fair", fair=fair.id)}
    yield from _sequence(books)
    yield from _lines(books)
    yield from _reversals(books)
    yield from _chained(books)
    yield from _accounts(books, contracts)
    yield from _marks(books)
    yield from _facts(books.vouchers, contracts)
    yield from _rates(books)
    yield from recomputing.public_entries(books)
    yield from recomputing.batches(books)
    yield from _headlines(books, contracts)
    kept = _rows("SELECT b.* FROM balances b JOIN scopes s ON s.id = b.scope_id WHERE s.fair_id = :fair", fair=fair.id)
    yield from recomputing.balances(books, kept)


def _books(fair: Fair) -> Books:
    postings: dict[str, list[Row[Any]]] = defaultdict(list)
    for row in _rows("SELECT p.* FROM postings p JOIN vouchers v ON v.id = p.voucher_id WHERE v.fair_id = :fair ORDER BY p.line", fair=fair.id):
        postings[str(row.voucher_id)].append(row)
    head = _rows("SELECT * FROM ledger_heads WHERE fair_id = :fair", fair=fair.id)
    return Books(
        fair=fair, vouchers=_rows("SELECT * FROM vouchers WHERE fair_id = :fair ORDER BY seq", fair=fair.id), postings=postings,
        entries=_rows("SELECT * FROM public_entries WHERE fair_id = :fair ORDER BY public_seq", fair=fair.id),
        waiting={str(row.voucher_id) for row in _rows("SELECT voucher_id FROM waiting_vouchers WHERE fair_id = :fair", fair=fair.id)},
        held={str(row.contract_id) for row in _rows("SELECT contract_id FROM ledger_holds WHERE fair_id = :fair", fair=fair.id)},
        head=head[0] if head else None, scopes=db.session.query(Scope).filter(Scope.fair_id == fair.id).all(),
    )  # fmt: skip


def _sequence(books: Books) -> Iterator[Difference]:
    """Numbers 1…n without a gap in the order of time, and the head at n."""
    before = ""
    for expected, row in enumerate(books.vouchers, start=1):
        if row.seq != expected:
            yield Difference("seq_gap", f"seq {row.seq}", f"expected {expected}")
            return
        if str(row.booked_at) < before:
            yield Difference("backwards", f"seq {row.seq}", f"booked at {row.booked_at}, the one before at {before}")
        before = str(row.booked_at)
    last = books.head.seq if books.head else 0
    if last != len(books.vouchers):
        yield Difference("head", books.fair.slug, f"head says {last}, there are {len(books.vouchers)} vouchers")


def _chained(books: Books) -> Iterator[Difference]:
    """Every hash follows from the voucher, its postings and the hash before; the head has the last one."""
    previous = None
    for row in books.vouchers:
        expected = chain.hash_of(previous, _plain(row), [_plain(line) for line in books.postings[str(row.id)]])
        if row.hash != expected:
            yield Difference("hash", f"seq {row.seq}", f"expected {expected}, kept {row.hash}")
        previous = row.hash
    kept = books.head.hash if books.head else None
    if kept != previous:
        yield Difference("hash", books.fair.slug, f"the head says {kept}, the last voucher {previous}")


def _plain(row: Row[Any]) -> dict[str, Any]:
    """A row as both databases mean it: ids, days and moments typed."""
    found = dict(row._mapping)
    for name, value in found.items():
        if value is None:
            continue
        if name == "id" or name.endswith("_id") or name == "booked_by":
            found[name] = value if isinstance(value, UUID) else UUID(value)
        elif name in {"signed_on", "rate_day"}:
            found[name] = day(value)
        elif name == "booked_at":
            moment = datetime.fromisoformat(value) if isinstance(value, str) else value
            found[name] = moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)
        elif name == "parties":
            found[name] = json.loads(value) if isinstance(value, str) else value
        elif name == "open":
            found[name] = bool(value)
    return found


def _lines(books: Books) -> Iterator[Difference]:
    """Two lines each, in one currency and class, summing to zero in count and amounts."""
    for row in books.vouchers:
        lines = books.postings[str(row.id)]
        if [line.line for line in lines] != [1, 2]:
            yield Difference("lines", f"seq {row.seq}", f"{len(lines)} postings instead of two")
            continue
        one, two = lines
        if one.currency != two.currency or one.contract_class != two.contract_class:
            yield Difference("unbalanced", f"seq {row.seq}", "the two postings differ in currency or class")
        for name in ("count", "total_minor", "technology_minor"):
            first, second = one._mapping[name], two._mapping[name]
            if (first is None) != (second is None) or (first or 0) + (second or 0) != 0:
                yield Difference("unbalanced", f"seq {row.seq}", f"{name}: {first} and {second}")


def _reversals(books: Books) -> Iterator[Difference]:
    """A reversal is the exact opposite of one earlier voucher that is none itself; whatever corrects, names one of its contract."""
    by_id = {row.id: row for row in books.vouchers}
    taken_back = set()
    for row in books.vouchers:
        for name in ("reverses_id", "corrects_id"):
            there = by_id.get(row._mapping[name])
            if row._mapping[name] is not None and (there is None or there.contract_id != row.contract_id or there.seq >= row.seq):
                yield Difference("corrects", f"seq {row.seq}", f"{name} names no earlier voucher of the contract")
        original = by_id.get(row.reverses_id)
        if original is None:
            continue
        if original.reverses_id is not None or original.id in taken_back:
            yield Difference("reversal", f"seq {row.seq}", f"seq {original.seq} is a reversal, or reversed already")
        taken_back.add(original.id)
        left: dict[Any, list[int]] = defaultdict(lambda: [0] * 5)
        for line in (*books.postings[str(row.id)], *books.postings[str(original.id)]):
            cell = left[line.contract_class, line.status, line.mark, line.currency]
            for i, name in enumerate(("count", "total_minor", "technology_minor", "base_total_minor", "base_technology_minor")):
                cell[i] += line._mapping[name] or 0
        if any(any(cell) for cell in left.values()):
            yield Difference("reversal", f"seq {row.seq}", f"leaves {dict(left)} of seq {original.seq}")


def _accounts(books: Books, contracts: dict[Any, Row[Any]]) -> Iterator[Difference]:
    """What the postings leave of each contract is the contract: once, in its status, with its amounts, in its fair."""
    left: dict[Any, dict[tuple[str, str, str], list[int]]] = defaultdict(lambda: defaultdict(lambda: [0, 0, 0]))
    for row in books.vouchers:
        for line in books.postings[str(row.id)]:
            if line.status is not None:
                cell = left[row.contract_id][(line.contract_class, line.status, line.currency)]
                for i, name in enumerate(("count", "total_minor", "technology_minor")):
                    cell[i] += line._mapping[name] or 0
    for contract_id in sorted(set(left) | set(contracts), key=str):
        contract = contracts.get(contract_id)
        booked = {key: tuple(cell) for key, cell in left[contract_id].items() if any(cell)}
        if contract is None:
            if booked:
                yield Difference("extra", f"contract {contract_id}", f"booked in {books.fair.slug}, but the fair has no such contract")
            continue
        key = (contract.contract_class, contract.status, contract.currency)
        expected = {key: (1, contract.total_minor or 0, contract.technology_minor or 0)}
        if not booked:
            yield Difference("missing", contract.reference, f"expected {expected}, nothing is booked")
        elif booked != expected:
            yield Difference("changed", contract.reference, f"expected {expected}, booked {booked}")


def _marks(books: Books) -> Iterator[Difference]:
    """Only verified contracts bear marks, each at most once, with the contract's total amount."""
    borne: dict[Any, dict[str, list[int]]] = defaultdict(lambda: defaultdict(lambda: [0, 0]))
    verified: dict[Any, list[int]] = defaultdict(lambda: [0, 0])
    for row in books.vouchers:
        for line in books.postings[str(row.id)]:
            own = borne[row.contract_id][line.mark] if line.mark is not None else verified[row.contract_id] if line.status == "verified" else [0, 0]
            own[0] += line._mapping["count"]
            own[1] += line.total_minor or 0
    for contract_id, marks in borne.items():
        for mark, (count, total) in marks.items():
            if (count, total) not in {(0, 0), (1, verified[contract_id][1])} or count > verified[contract_id][0]:
                yield Difference("mark", f"contract {contract_id}", f"{mark}: {count} of {total}, verified is {verified[contract_id]}")


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


def _rates(books: Books) -> Iterator[Difference]:
    """An amount in the fair's currency follows from the published legs of the right day: the last one that was loaded when
    the contract was signed, or amended to another day or currency. What is loaded later changes nothing."""
    legs = {(rate.currency, _day(rate.day)): rate for rate in _rows("SELECT source, currency, day, per_euro, loaded_at FROM rates")}
    fair, frozen_at, before = books.fair, dict[Any, Any](), dict[Any, Any]()
    for row in books.vouchers:
        facts = (books.postings[str(row.id)][0].currency if books.postings[str(row.id)] else None, row.signed_on)
        if row.move == "sign" or (row.move == "amend" and (facts != before.get(row.contract_id) or row.contract_id not in frozen_at)):
            frozen_at[row.contract_id] = row.booked_at
        before[row.contract_id] = facts
        for line in books.postings[str(row.id)]:
            if line.mark is None and line.status not in {"signed", "verified"}:
                continue
            expected = _expected(fair, line.currency, row, legs, signed_at=frozen_at.get(row.contract_id)) if row.signed_on else None
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


def _headlines(books: Books, contracts: dict[Any, Row[Any]]) -> Iterator[Difference]:
    """The staff view's totals of each scope equal the contracts that its rule takes in, in original currencies."""
    for scope in books.scopes:
        expected: dict[tuple[str, str, str], list[int]] = defaultdict(lambda: [0, 0, 0])
        for contract in contracts.values():
            if takes(scope.rule, kind=contract.kind, place=contract.place, signed_on=day(contract.signed_on)):
                cell = expected[(contract.contract_class, contract.status, contract.currency)]
                for i, value in enumerate((1, contract.total_minor or 0, contract.technology_minor or 0)):
                    cell[i] += value
        booked = {
            (row.contract_class, row.status, row.currency): [row._mapping["count"], row.total_minor, row.technology_minor]
            for row in _rows("SELECT * FROM balances WHERE scope_id = :scope AND view = 'staff' AND axis = ''", scope=scope.id)
            if any(row._mapping[name] for name in ("count", "total_minor", "technology_minor"))
        }
        if booked != dict(expected):
            yield Difference("balance", f"{books.fair.slug}/{scope.code} {scope.number}", f"expected {dict(expected)}, kept {booked}")


def _day(value: Any) -> date:
    return date.fromisoformat(value) if isinstance(value, str) else value
