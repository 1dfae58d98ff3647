"""The arithmetic of the ledger on plain values: what a scope takes in, and what a posting adds to which balance."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal
from typing import Any
from uuid import UUID

from marketplace.core.money import convert, cross
from marketplace.ledger.models import ContractClass, Mark, Status, View

AXES = ("kind", "field", "country", "month")
MARKED = "mark"
CONFIDENTIAL = "confidential"
REANNOUNCED = "reannounced"
SMALLEST_BATCH = 3


@dataclass(frozen=True, slots=True, kw_only=True)
class Deal:
    """What the ledger needs to know of a contract; amounts in minor units of ``currency``, None when undisclosed."""

    contract_id: UUID
    contract_class: ContractClass
    kind: str
    place: str
    signed_on: date | None
    field: str
    country: str
    open: bool
    parties: tuple[str, ...]
    currency: str
    total_minor: int | None
    technology_minor: int | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Conversion:
    """Two published legs per euro, as decimal text, of one day and source."""

    rate_from: str
    rate_to: str
    day: date
    source: str

    def into(self, minor: int | None, source: str, target: str) -> int | None:
        """Rounded once, half-even, to the target's minor units. None stays None."""
        if minor is None:
            return None
        return convert(minor, source=source, target=target, rate=cross(Decimal(self.rate_from), Decimal(self.rate_to)))


@dataclass(frozen=True, slots=True)
class Cell:
    """The key of one balance."""

    scope_id: UUID
    view: View
    contract_class: ContractClass
    status: Status
    axis: str
    key: str
    currency: str


@dataclass(frozen=True, slots=True)
class Amounts:
    """What one posting adds to a balance."""

    count: int = 0
    disclosed: int = 0
    technology_disclosed: int = 0
    total_minor: int = 0
    technology_minor: int = 0
    base_total_minor: int = 0
    base_technology_minor: int = 0

    def __add__(self, other: "Amounts") -> "Amounts":
        return Amounts(*(getattr(self, name) + getattr(other, name) for name in self.__slots__))

    def __mul__(self, sign: int) -> "Amounts":
        return Amounts(*(getattr(self, name) * sign for name in self.__slots__))


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """One posting on an account inside the fair, of a status or of a mark, with the frozen facts of its voucher."""

    contract_class: ContractClass
    status: Status | None
    mark: Mark | None = None
    currency: str
    count: int
    total_minor: int | None
    technology_minor: int | None
    base_total_minor: int | None
    base_technology_minor: int | None
    kind: str
    place: str
    signed_on: date | None
    field: str
    country: str
    open: bool

    def amounts(self) -> Amounts:
        return Amounts(
            count=self.count,
            disclosed=self.count if self.total_minor is not None else 0,
            technology_disclosed=self.count if self.technology_minor is not None else 0,
            total_minor=self.total_minor or 0,
            technology_minor=self.technology_minor or 0,
            base_total_minor=self.base_total_minor or 0,
            base_technology_minor=self.base_technology_minor or 0,
        )


def takes(rule: Mapping[str, Any], *, kind: str, place: str, signed_on: date | None) -> bool:
    """Whether a scope's rule takes a deal in. A deal without a day of signing (an intent) is judged without the days; an older
    deal that is announced again is in no scope at all."""
    if place == REANNOUNCED or kind not in rule["kinds"] or place not in rule["places"]:
        return False
    if signed_on is None:
        return True
    first, last = rule.get("from"), rule.get("to")
    return not (first and signed_on < date.fromisoformat(first)) and not (last and signed_on > date.fromisoformat(last))


def axis_keys(line: Line) -> dict[str, str]:
    month = line.signed_on.strftime("%Y-%m") if line.signed_on else ""
    return {"kind": line.kind, "field": line.field, "country": line.country, "month": month}


def effects(line: Line, scopes: Iterable[tuple[UUID, Mapping[str, Any]]], view: View, base: str) -> list[tuple[Cell, Amounts]]:
    """The balances that a posting changes: the whole of each scope that takes it, and its cell of each breakdown.

    In the public view a confidential deal shows neither its currency nor its cell: it counts as *confidential*, in the
    fair's currency ``base``, so that no breakdown and no difference over time reveals one of them. Its marks do not show.
    """
    hidden = view is View.PUBLIC and not line.open
    if hidden and line.status is not Status.VERIFIED:
        return []
    amounts, currency = line.amounts(), line.currency
    if hidden:
        currency = base
        amounts = replace(amounts, total_minor=amounts.base_total_minor, technology_minor=amounts.base_technology_minor)
    taking = [scope_id for scope_id, rule in scopes if takes(rule, kind=line.kind, place=line.place, signed_on=line.signed_on)]
    if line.status is None:
        if line.mark is None or line.contract_class is not ContractClass.CONTRACT:
            return []
        return [(Cell(one, view, line.contract_class, Status.VERIFIED, MARKED, line.mark.value, currency), amounts) for one in taking]
    found = []
    for scope_id in taking:
        found.append((Cell(scope_id, view, line.contract_class, line.status, "", "", currency), amounts))
        if line.contract_class is ContractClass.CONTRACT and line.status is Status.VERIFIED:
            for axis, key in axis_keys(line).items():
                shown = CONFIDENTIAL if hidden else key
                found.append((Cell(scope_id, view, line.contract_class, line.status, axis, shown, currency), amounts))
    return found


def batch_is_safe(deals: Sequence[Sequence[str]]) -> bool:
    """Whether deals, each given as its parties, hide each other.

    At least three deals, and for every organisation at least two of them are other people's: whoever subtracts their
    own deals from the difference is still left with a sum of two or more.
    """
    if len(deals) < SMALLEST_BATCH:
        return False
    own = Counter(party for parties in deals for party in set(parties))
    return all(len(deals) - count >= 2 for count in own.values())


def counted_by(
    scopes: Iterable[tuple[UUID, Mapping[str, Any]]], *, kind: str, place: str, signed_on: date | None
) -> frozenset[UUID]:
    """The scopes that take a deal in."""
    return frozenset(scope_id for scope_id, rule in scopes if takes(rule, kind=kind, place=place, signed_on=signed_on))
