"""What a figure is as plain values: its bytes, hash and code, what two of them differ in, and how the totals of days add up."""

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

import orjson

from marketplace.ledger.rules import takes

ALPHABET = "23456789ABCDEFGHJKMNPQRSTUVWXYZ"
"""31 characters that nobody takes for another: no 0 and O, no 1, I and L. The number is prime, which the check needs."""
LENGTH = 7


def canonical(content: Any) -> bytes:
    """The one way to write a content: UTF-8 JSON, names sorted, no blanks. Whole numbers and text only, so that it is exact."""
    return orjson.dumps(content, option=orjson.OPT_SORT_KEYS)


def sha256(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


def check_character(body: str) -> str:
    """Differs whenever one character is wrong or two are exchanged: the weights are all different, modulo a prime."""
    return ALPHABET[sum(weight * ALPHABET.index(sign) for weight, sign in enumerate(body, start=2)) % len(ALPHABET)]


def code_of(digest: str, *, attempt: int = 0) -> str:
    """The code of a figure, drawn from its own hash: F-7K3M-9QXD, the last character checks the others.

    ``attempt`` draws another one, should a code be taken.
    """
    number = int(sha256(f"{digest}{attempt or ''}".encode()), 16)
    body = ""
    for _ in range(LENGTH):
        number, rest = divmod(number, len(ALPHABET))
        body += ALPHABET[rest]
    return written(body + check_character(body))


def written(signs: str) -> str:
    return f"F-{signs[:4]}-{signs[4:]}"


def read_code(text: str) -> str | None:
    """A code as somebody typed it, written properly; None when a character is wrong."""
    signs = "".join(sign for sign in text.upper() if sign.isalnum())
    if len(signs) == LENGTH + 2 and signs[0] == "F":
        signs = signs[1:]
    if len(signs) != LENGTH + 1 or not set(signs) <= set(ALPHABET) or check_character(signs[:-1]) != signs[-1]:
        return None
    return written(signs)


Line = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Amended:
    """A contract that both figures count, with other facts."""

    before: Line
    after: Line

    @property
    def base_minor(self) -> int:
        return (self.after["base_total_minor"] or 0) - (self.before["base_total_minor"] or 0)


@dataclass(frozen=True, slots=True)
class Gone:
    """A contract that the later figure does not count: ``why`` is voided, out_of_scope or taken_back."""

    line: Line
    why: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Difference:
    """What a later figure has that an earlier one has not. Confidential deals appear as a number and a sum only."""

    added: list[Line]
    amended: list[Amended]
    gone: list[Gone]
    confidential_contracts: int
    confidential_minor: int
    contracts: int
    total_minor: int
    old_scope: Mapping[str, Any]
    new_scope: Mapping[str, Any]

    @property
    def scope_changed(self) -> bool:
        return self.old_scope != self.new_scope

    @property
    def nothing(self) -> bool:
        return not (self.added or self.amended or self.gone or self.confidential_contracts or self.confidential_minor or self.scope_changed)


def comparable(old: Mapping[str, Any], new: Mapping[str, Any]) -> bool:
    """Whether two statements' facts count the same thing: one fair, one scope, one filter. Two scopes are never subtracted."""
    return (old["fair"], old["scope"]["code"], old["filter"]) == (new["fair"], new["scope"]["code"], new["filter"])


def difference(old: Mapping[str, Any], new: Mapping[str, Any]) -> Difference:
    """What changed between the facts of two comparable statements. The parts sum to the difference of the totals."""
    before = {line["contract_id"]: line for line in old["open"]}
    after = {line["contract_id"]: line for line in new["open"]}
    voided = {each["contract_id"] for each in new["voided"]}
    return Difference(
        added=[line for key, line in after.items() if key not in before],
        amended=[Amended(line, after[key]) for key, line in before.items() if key in after and after[key] != line],
        gone=[Gone(line, _why(line, voided, new["scope"]["rule"])) for key, line in before.items() if key not in after],
        confidential_contracts=new["confidential"]["contracts"] - old["confidential"]["contracts"],
        confidential_minor=new["confidential"]["total_minor"] - old["confidential"]["total_minor"],
        contracts=new["contracts"] - old["contracts"], total_minor=new["total_minor"] - old["total_minor"],
        old_scope=old["scope"], new_scope=new["scope"],
    )  # fmt: skip


def _why(line: Line, voided: set[str], rule: Mapping[str, Any]) -> str:
    if line["contract_id"] in voided:
        return "voided"
    signed_on = date.fromisoformat(line["signed_on"]) if line["signed_on"] else None
    return "taken_back" if takes(rule, kind=line["kind"], place=line["place"], signed_on=signed_on) else "out_of_scope"


@dataclass(frozen=True, slots=True)
class Sum:
    """Contracts and their amount in the fair's currency; both may be negative in a change."""

    contracts: int = 0
    total_minor: int = 0

    def __add__(self, other: "Sum") -> "Sum":
        return Sum(self.contracts + other.contracts, self.total_minor + other.total_minor)

    def __sub__(self, other: "Sum") -> "Sum":
        return Sum(self.contracts - other.contracts, self.total_minor - other.total_minor)


def sum_of(lines: Iterable[Line]) -> Sum:
    found = list(lines)
    return Sum(len(found), sum(line["base_total_minor"] or 0 for line in found))


@dataclass(frozen=True, slots=True)
class DayTotals:
    """opening + added + adjusted = closing, always: what was counted before is adjusted, what was not is added.

    ``adjustments``: {contract id: what it changed of what earlier days counted}.
    """

    opening: Sum
    added: Sum
    adjusted: Sum
    closing: Sum
    adjustments: dict[str, Sum]


def day_totals(before: Sequence[Line], after: Sequence[Line]) -> DayTotals:
    """How a day moved the headline, from the lines counted at the cut of the day before and at its own."""
    old, new = {line["contract_id"]: line for line in before}, {line["contract_id"]: line for line in after}
    adjustments: dict[str, Sum] = {}
    for key, line in old.items():
        change = sum_of([new[key]] if key in new else []) - sum_of([line])
        if change != Sum():
            adjustments[key] = change
    added = sum_of(line for key, line in new.items() if key not in old)
    return DayTotals(sum_of(before), added, sum(adjustments.values(), Sum()), sum_of(after), adjustments)
