"""The auditor's second half: what the public was shown, and the balances of both views, recomputed from the rows alone."""

import json
from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import Row

from marketplace.fairs.models import Fair
from marketplace.ledger import hiding
from marketplace.ledger.hiding import Change, Hidden
from marketplace.ledger.models import ContractClass, Scope
from marketplace.ledger.rules import takes

MEASURES = ("count", "disclosed", "technology_disclosed", "total_minor", "technology_minor", "base_total_minor", "base_technology_minor")


@dataclass(frozen=True, slots=True)
class Difference:
    """What was booked is not what follows from the contracts."""

    code: str
    where: str
    detail: str


@dataclass(frozen=True, slots=True)
class Books:
    """Every row of a fair's ledger, as the database holds it; ids as text, vouchers and entries in order of their number."""

    fair: Fair
    vouchers: list[Row[Any]]
    postings: dict[str, list[Row[Any]]]
    entries: list[Row[Any]]
    waiting: set[str]
    held: set[str]
    head: Row[Any] | None
    scopes: list[Scope]

    def verified_line(self, voucher: Row[Any]) -> Row[Any] | None:
        return next((line for line in self.postings[str(voucher.id)] if line.status == "verified"), None)


def day(value: Any) -> date | None:
    return date.fromisoformat(value) if isinstance(value, str) else value


def parties(value: Any) -> tuple[str, ...]:
    return tuple(json.loads(value) if isinstance(value, str) else value)


def public_entries(books: Books) -> Iterator[Difference]:
    """Numbers without a gap, each with one moment; every voucher in public at most once, and everything where it has to be."""
    moments: dict[int, set[str]] = defaultdict(set)
    net: dict[str, int] = defaultdict(int)
    by_id = {str(row.id): row for row in books.vouchers}
    for entry in books.entries:
        moments[entry.public_seq].add(str(entry.at))
        voucher = by_id.get(str(entry.voucher_id))
        net[str(entry.voucher_id)] += entry.sign
        where = f"public number {entry.public_seq}"
        if voucher is None:
            yield Difference("public", where, f"voucher {entry.voucher_id} is not one of this fair")
        elif str(entry.at) < str(voucher.booked_at):
            yield Difference("public", where, f"shown before seq {voucher.seq} was booked")
        elif bool(voucher.open) != (entry.batch is None):
            yield Difference("public", where, f"seq {voucher.seq} is {'open, but in a batch' if voucher.open else 'confidential, but in no batch'}")
        if net[str(entry.voucher_id)] not in {0, 1}:
            yield Difference("public", where, f"voucher {entry.voucher_id} is counted {net[str(entry.voucher_id)]} times")
    numbers = sorted(moments)
    if numbers != list(range(1, len(numbers) + 1)):
        yield Difference("public_gap", books.fair.slug, f"{len(numbers)} public numbers up to {numbers[-1]}")
    times = [min(moments[number]) for number in numbers]
    if any(len(moments[number]) > 1 for number in numbers) or times != sorted(times):
        yield Difference("public", books.fair.slug, "the moments of the public numbers run backwards")
    batches = {entry.batch for entry in books.entries if entry.batch is not None}
    last, newest = (books.head.public_seq, books.head.batch) if books.head else (0, 0)
    if last != len(numbers) or batches != set(range(1, newest + 1)):
        yield Difference("public_head", books.fair.slug, f"head says {last} and {newest} batches, there are {len(numbers)} and {len(batches)}")
    yield from _complete(books, net)


def _complete(books: Books, net: dict[str, int]) -> Iterator[Difference]:
    """An open voucher is shown unless its contract is held; a confidential one that moved *verified* is shown, or waits, or
    was taken back before anybody saw it."""
    left: dict[str, int] = defaultdict(int)
    for row in books.vouchers:
        shown, waits, line = net.get(str(row.id), 0), str(row.id) in books.waiting, books.verified_line(row)
        if row.open:
            right = shown == (0 if str(row.contract_id) in books.held else 1) and not waits
        elif line is None:
            right = not shown and not waits
        else:
            right = not (shown and waits)
            left[str(row.contract_id)] += 0 if shown or waits else line._mapping["count"]
        if not right:
            yield Difference("public", f"seq {row.seq}", f"in public {shown} times, {'waits' if waits else 'does not wait'}")
    for contract_id, count in left.items():
        if count:
            yield Difference("public", f"contract {contract_id}", "confidential, neither in public nor waiting")


def batches(books: Books) -> Iterator[Difference]:
    """No two public moments tell a confidential deal."""
    by_id = {str(row.id): row for row in books.vouchers}
    known = {str(row.contract_id) for row in books.vouchers if row.open}
    changes: dict[int, dict[str, Change]] = defaultdict(dict)
    for entry in sorted(books.entries, key=lambda one: by_id[str(one.voucher_id)].seq if str(one.voucher_id) in by_id else 0):
        voucher = by_id.get(str(entry.voucher_id))
        line = books.verified_line(voucher) if voucher is not None and entry.batch is not None else None
        if voucher is None or line is None:
            continue
        deal, key = _hidden(books, voucher, line, known), str(voucher.contract_id)
        start = changes[entry.batch].get(key)
        if line._mapping["count"] < 0:
            changes[entry.batch][key] = Change(start.before if start else deal, None)
        else:
            changes[entry.batch][key] = Change(start.before if start else None, deal)
    if not hiding.reveals_nobody([changes[number] for number in sorted(changes)]):
        yield Difference("batch", books.fair.slug, "the difference of two public totals tells a confidential deal")


def _hidden(books: Books, voucher: Row[Any], line: Row[Any], known: set[str]) -> Hidden:
    taken = (scope.id for scope in books.scopes if takes(scope.rule, kind=voucher.kind, place=voucher.place, signed_on=day(voucher.signed_on)))
    return Hidden(
        contract_class=ContractClass(line.contract_class), counted_by=frozenset(taken), parties=parties(voucher.parties),
        total=None if line.total_minor is None else abs(line.base_total_minor or 0),
        technology=None if line.technology_minor is None else abs(line.base_technology_minor or 0),
        known=str(voucher.contract_id) in known,
    )  # fmt: skip


def balances(books: Books, kept: Iterable[Row[Any]]) -> Iterator[Difference]:
    """Every balance of both views, the breakdowns and the marks too, equals what the postings of that view add up to."""
    booked: dict[tuple[Any, ...], list[int]] = defaultdict(lambda: [0] * len(MEASURES))
    by_id = {str(row.id): row for row in books.vouchers}
    for row in books.vouchers:
        _add(booked, books, "staff", row, 1)
    for entry in books.entries:
        if str(entry.voucher_id) in by_id:
            _add(booked, books, "public", by_id[str(entry.voucher_id)], entry.sign)
    found: dict[tuple[Any, ...], list[int]] = {
        (str(row.scope_id).replace("-", ""), row.view, row.contract_class, row.status, row.axis, row.key, row.currency):
        [int(row._mapping[name]) for name in MEASURES] for row in kept
    }  # fmt: skip
    for cell in sorted(booked.keys() | found.keys()):
        want, have = booked.get(cell, [0] * len(MEASURES)), found.get(cell, [0] * len(MEASURES))
        if want != have:
            scope = next((f"{one.code} {one.number}" for one in books.scopes if one.id.hex == cell[0]), cell[0])
            yield Difference("balance", f"{books.fair.slug}/{scope} {' '.join(cell[1:])}", f"expected {want}, kept {have}")


def _add(booked: dict[tuple[Any, ...], list[int]], books: Books, view: str, voucher: Row[Any], sign: int) -> None:
    signed_on = day(voucher.signed_on)
    hidden = view == "public" and not voucher.open
    for line in books.postings[str(voucher.id)]:
        if (line.status is None and line.mark is None) or (hidden and line.status != "verified"):
            continue
        count, total, technology = sign * line._mapping["count"], line.total_minor, line.technology_minor
        base = [sign * (line.base_total_minor or 0), sign * (line.base_technology_minor or 0)]
        own = base if hidden else [sign * (total or 0), sign * (technology or 0)]
        values = [count, count * (total is not None), count * (technology is not None), *own, *base]
        cells = [(line.status, "", "")]
        if line.mark is not None:
            cells = [("verified", "mark", line.mark)] if line.contract_class == "contract" else []
        elif line.status == "verified" and line.contract_class == "contract":
            month = signed_on.strftime("%Y-%m") if signed_on else ""
            axes = {"kind": voucher.kind, "field": voucher.field, "country": voucher.country, "month": month}
            cells += [("verified", axis, "confidential" if hidden else key) for axis, key in axes.items()]
        for scope in books.scopes:
            if takes(scope.rule, kind=voucher.kind, place=voucher.place, signed_on=signed_on):
                for status, axis, key in cells:
                    cell = booked[scope.id.hex, view, line.contract_class, status, axis, key, books.fair.base_currency if hidden else line.currency]
                    cell[:] = [a + b for a, b in zip(cell, values, strict=True)]
