"""Stating a total: the facts of a figure, read from the public view of the ledger at one of its numbers."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import select

from marketplace.contracts.models import Contract
from marketplace.core.db import db
from marketplace.core.errors import DomainError, Invalid
from marketplace.core.i18n import gettext
from marketplace.core.i18n import lazy_gettext as _l
from marketplace.core.money import to_text
from marketplace.fairs.models import Fair
from marketplace.figures import queries, wording
from marketplace.figures.models import AXES, Figure
from marketplace.figures.rules import Line, canonical, sha256
from marketplace.ledger import queries as ledger
from marketplace.ledger.models import ContractClass, Scope, Status, View, Voucher
from marketplace.ledger.queries import Counted, Total
from marketplace.ledger.rules import CONFIDENTIAL, Amounts

FORMAT = 1
BESIDE = tuple(
    (contract_class, status)
    for contract_class in (ContractClass.CONTRACT, ContractClass.FRAMEWORK, ContractClass.INTENT)
    for status in Status
    if (contract_class, status) != (ContractClass.CONTRACT, Status.VERIFIED)
)


class DoesNotAddUp(DomainError):
    slug, title = "does-not-add-up", _l("The lines do not add up")
    text = _l("The contracts behind this total do not add up to it, so nothing is published. Have the ledger checked.")


@dataclass(frozen=True, slots=True, kw_only=True)
class Draft:
    """A figure as it would be published: its statement, the bytes and hash of it, and all lines behind it."""

    fair: Fair
    scope: Scope
    axis: str
    key: str
    public_seq: int
    statement: dict[str, Any]
    lines: list[dict[str, Any]]
    earlier: Figure | None

    @property
    def content(self) -> bytes:
        return canonical(self.statement)

    @property
    def sha256(self) -> str:
        return sha256(self.content)


def draft(fair: Fair, scope: Scope, *, axis: str = "", key: str = "", seq: int | None = None) -> Draft:
    """State the total of a scope, or of one cell of it, as the public view had it at ``seq`` (the last number by default).

    Raises Invalid for a number to come or a cell that the public view does not have, DoesNotAddUp.
    """
    last, _ = ledger.head(fair.id, View.PUBLIC)
    if seq is not None and seq > last:
        raise Invalid.field("public_seq", "as_of_seq_future", gettext("The last public number so far is %(last)s.", last=last))
    public_seq, cut_off = queries.public_moment(fair, last if seq is None else seq)
    earlier = queries.newest(fair.id, scope.code, axis=axis, key=key, until=public_seq)
    facts, lines = state(fair, scope, axis=axis, key=key, public_seq=public_seq, cut_off=cut_off)
    facts["earlier"] = earlier.code if earlier else None
    statement = {"format": FORMAT, "facts": facts, "words": _words(fair, scope, facts, axis=axis, key=key, cut_off=cut_off)}
    return Draft(
        fair=fair, scope=scope, axis=axis, key=key, public_seq=public_seq, statement=statement, lines=lines, earlier=earlier
    )  # fmt: skip


def state(
    fair: Fair, scope: Scope, *, axis: str, key: str, public_seq: int, cut_off: datetime
) -> tuple[dict[str, Any], list[dict[str, Any]]]:
    """(the facts that everybody may read, all lines): whatever follows from the ledger at this number, the same on any day."""
    total = ledger.total_as_of(fair, scope, view=View.PUBLIC, seq=public_seq)
    lines = lines_of(ledger.counted(fair, scope, view=View.PUBLIC, seq=public_seq))
    if axis:
        if axis not in AXES or key == CONFIDENTIAL or key not in total.breakdowns.get(axis, {}):
            raise Invalid.field("key", "no_such_cell", gettext("The public total has no such cell now."))
        lines = [line for line in lines if line["open"] and line[axis] == key]
    _check(total.breakdowns[axis][key] if axis else total.headline.amounts, lines)
    named = [_public(line) for line in lines if line["open"]]
    hidden = [line for line in lines if not line["open"]]
    currency = fair.base_currency
    facts = {
        "fair": fair.slug, "view": View.PUBLIC.value, "currency": currency,
        "scope": {"code": scope.code, "number": scope.number, "rule": scope.rule},
        "filter": {"axis": axis, "key": key} if axis else None,
        "public_seq": public_seq, "cut_off": cut_off.isoformat(),
        "contracts": len(lines), **_amounts(lines, currency),
        "by_currency": _by_currency(named), "rates": _rates(named, currency),
        "breakdowns": {} if axis else _breakdowns(total),
        "beside": [] if axis else _beside(total),
        "open": named,
        "confidential": {"contracts": len(hidden), **_amounts(hidden, currency)},
        "voided": _voided(fair, scope, public_seq, axis=axis, key=key),
        "lines_sha256": sha256(canonical(lines)),
    }  # fmt: skip
    return facts, lines


def lines_of(counted: Sequence[Counted]) -> list[dict[str, Any]]:
    """The contracts behind a total with their references and places, plain values in order of reference. Two queries."""
    references = _by_id(select(Contract.id, Contract.reference), Contract.id, [each.contract_id for each in counted])
    places = _by_id(select(Voucher.id, Voucher.place), Voucher.id, [each.voucher_id for each in counted])
    found = [
        {
            "contract_id": str(each.contract_id), "voucher_id": str(each.voucher_id), "seq": each.seq, "open": each.open,
            "reference": references[each.contract_id], "place": places[each.voucher_id],
            "kind": each.kind, "field": each.field, "country": each.country, "signed_on": _iso(each.signed_on),
            "currency": each.currency, "total_minor": each.total_minor, "technology_minor": each.technology_minor,
            "base_total_minor": each.base_total_minor, "base_technology_minor": each.base_technology_minor,
            "rate_from": each.rate_from, "rate_to": each.rate_to, "rate_day": _iso(each.rate_day), "rate_source": each.rate_source,
        }
        for each in counted
    ]  # fmt: skip
    return sorted(found, key=lambda line: (line["reference"], line["contract_id"]))


MOST_PARAMETERS = 5000


def _by_id(query: Any, column: Any, ids: list[UUID]) -> dict[UUID, str]:
    """{id: value}, asked for in parts that every database takes."""
    found: dict[UUID, str] = {}
    for first in range(0, len(ids), MOST_PARAMETERS):
        found |= {row[0]: row[1] for row in db.session.execute(query.where(column.in_(ids[first : first + MOST_PARAMETERS])))}
    return found


def _iso(day: date | None) -> str | None:
    return day.isoformat() if day else None


def _public(line: dict[str, Any]) -> dict[str, Any]:
    """Without the numbers of the staff's view, which count confidential bookings too."""
    return {name: value for name, value in line.items() if name not in {"voucher_id", "seq", "open"}}


def _check(stated: Amounts, lines: Sequence[Line]) -> None:
    """The total that pages show equals the sum of its contracts, or nothing is published."""
    summed = (
        len(lines), sum(line["base_total_minor"] or 0 for line in lines), sum(line["base_technology_minor"] or 0 for line in lines)
    )  # fmt: skip
    if summed != (stated.count, stated.base_total_minor, stated.base_technology_minor):
        raise DoesNotAddUp()


def _amounts(lines: Sequence[Line], currency: str) -> dict[str, Any]:
    """Of these lines, in the fair's currency: as a number of minor units and as text."""
    total = sum(line["base_total_minor"] or 0 for line in lines)
    technology = sum(line["base_technology_minor"] or 0 for line in lines)
    return {
        "disclosed": sum(line["total_minor"] is not None for line in lines), "total_minor": total, "total": to_text(total, currency),
        "technology_disclosed": sum(line["technology_minor"] is not None for line in lines),
        "technology_minor": technology, "technology": to_text(technology, currency),
    }  # fmt: skip


def _by_currency(lines: Sequence[Line]) -> list[dict[str, Any]]:
    """What the named deals were agreed in, never added up."""
    found = []
    for currency in sorted({line["currency"] for line in lines}):
        total = sum(line["total_minor"] or 0 for line in lines if line["currency"] == currency)
        count = sum(line["currency"] == currency for line in lines)
        found.append({"currency": currency, "contracts": count, "total_minor": total, "total": to_text(total, currency)})
    return found


def _rates(lines: Sequence[Line], currency: str) -> list[dict[str, Any]]:
    """The published legs per euro that turned the named deals into ``currency``."""
    names = ("currency", "rate_from", "rate_to", "rate_day", "rate_source")
    used = {tuple(line[name] for name in names) for line in lines if line["rate_from"] and line["currency"] != currency}
    return [dict(zip(names, rate, strict=True)) for rate in sorted(used)]


def _breakdowns(total: Total) -> dict[str, list[dict[str, Any]]]:
    return {
        axis: [
            {"key": key, "contracts": a.count, "total_minor": a.base_total_minor, "total": to_text(a.base_total_minor, total.currency)}
            for key, a in sorted(total.breakdowns.get(axis, {}).items())
        ]
        for axis in AXES
    }


def _beside(total: Total) -> list[dict[str, Any]]:
    """How many stand beside the headline, never added to it."""
    return [
        {"class": contract_class.value, "status": status.value, "contracts": total.row(contract_class, status).amounts.count}
        for contract_class, status in BESIDE
    ]


def _voided(fair: Fair, scope: Scope, public_seq: int, *, axis: str, key: str) -> list[dict[str, str]]:
    """The named contracts that were counted once and are void at this number."""
    ids = queries.voided(fair, scope, public_seq, axis=axis, key=key)
    references = _by_id(select(Contract.id, Contract.reference), Contract.id, ids)
    return sorted(({"contract_id": str(key), "reference": references[key]} for key in ids), key=lambda each: each["reference"])


def _words(fair: Fair, scope: Scope, facts: dict[str, Any], *, axis: str, key: str, cut_off: datetime) -> dict[str, Any]:
    names = {"en": fair.name_en, "zh": fair.name_zh}
    called = {"en": scope.name_en, "zh": scope.name_zh}
    cell = wording.cell_words(axis, key) if axis else None
    said = wording.Said(
        fair=names, scope=called, number=scope.number, cell=cell, cut_off=cut_off, time_zone=fair.time_zone, contracts=facts["contracts"],
        disclosed=facts["disclosed"], total_minor=facts["total_minor"], currency=fair.base_currency, sample=fair.sample,
    )  # fmt: skip
    return {
        "fair": names, "scope": called, "filter": cell, "time_zone": fair.time_zone, "sample": fair.sample,
        "cut_off": wording.moment_words(cut_off, fair.time_zone), "rule": wording.rule(scope.rule, filtered=bool(axis)),
        "press": wording.press(said),
    }  # fmt: skip
