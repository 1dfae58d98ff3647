"""What the desk is asked before an amount is believed: the questions, in words, and what they are measured by.

The rule is `rules.questions`, in prose with worked tables in docs/rules/amounts.md. A question blocks nothing by itself: the
page wants a tick on each, tied to the exact figures; the API answers them as warnings.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any
from uuid import UUID

from sqlalchemy import select

from marketplace.contracts import duplicates, rules
from marketplace.contracts.models import Contract
from marketplace.core.access import Actor
from marketplace.core.db import db
from marketplace.core.i18n import gettext, language
from marketplace.core.money import AmountError, format_money, short
from marketplace.fairs.models import Fair
from marketplace.ledger.models import ContractClass, Status
from marketplace.ledger.rates import NoRate, conversion
from marketplace.negotiations.models import Handover

UNITS_OF_TEN_THOUSAND = ("wan", "yi")
COUNTED_IN_TEN_THOUSANDS = frozenset({"CNY", "HKD", "JPY", "KRW", "MOP", "TWD"})
"""Where 万 and 亿 are how people count; beside other currencies they are asked about."""


@dataclass(frozen=True, slots=True)
class Question:
    """What a person should look at again; ``field`` is where."""

    code: str
    detail: str
    field: str


def questions(
    data: Mapping[str, Any], fair: Fair, *, negotiation_id: UUID | None = None, foreign_unit: bool = False, apart_from: UUID | None = None
) -> list[Question]:
    """What to ask about loaded facts (`schemas.ContractIn`). ``apart_from``: the contract itself, when it is edited."""
    agreed = _agreed(negotiation_id)
    compared, largest = _beside_largest(data, fair, apart_from)
    known = rules.Known(
        opens_on=fair.opens_on, closes_on=fair.closes_on, agreed_minor=agreed[0], agreed_currency=agreed[1], compared_minor=compared,
        largest_minor=largest,
    )  # fmt: skip
    entered = rules.Entered(
        kind=data["kind"], place=data["place"], currency=data["currency"], total_minor=data["total_minor"], foreign_unit=foreign_unit,
        technology_minor=data["technology_minor"], signed_on=data["signed_on"],
    )  # fmt: skip
    return [_worded(code, entered, known, fair) for code in rules.questions(entered, known)]


def warnings(
    data: Mapping[str, Any], fair: Fair, *, by: Actor, contract_id: UUID | None = None, negotiation_id: UUID | None = None
) -> list[dict[str, str]]:
    """What the API says of an entry, after it is stored: the questions, what looks like the same deal, what was left unsaid."""
    found = [{"code": q.code, "detail": q.detail} for q in questions(data, fair, negotiation_id=negotiation_id, apart_from=contract_id)]
    for one in duplicates.alike(data, by=by, contract_id=contract_id)[: duplicates.SHOWN]:
        if one.readable:
            detail = gettext("This looks like %(reference)s. If it is the same deal, void one of them.", reference=one.contract.reference)
            found.append({"code": "possible_duplicate", "detail": detail})
    if data["contract_class"] is ContractClass.CONTRACT:
        unsaid = [name for name in ("total", "technology") if data.get(f"{name}_implied")]
        found += [{"code": f"{name}_not_said", "detail": gettext("No amount was sent: it is taken as undisclosed. Send null to say so.")} for name in unsaid]
    return found


def foreign_unit(values: Mapping[str, Any]) -> bool:
    """Whether a posted form counts an amount in 万 or 亿 of a currency that is not counted so."""
    typed = [(values.get(f"{name}_amount"), values.get(f"{name}_unit"), values.get("currency")) for name in ("total", "technology", "floor", "cap")]
    for other in values.get("other_amounts") or []:
        if isinstance(other, Mapping):
            typed.append((other.get("amount"), other.get("unit"), other.get("currency") or values.get("currency")))
    return any(
        amount and currency not in COUNTED_IN_TEN_THOUSANDS and (unit in UNITS_OF_TEN_THOUSAND or any(sign in str(amount) for sign in "万亿"))
        for amount, unit, currency in typed
    )


def _agreed(negotiation_id: UUID | None) -> tuple[int | None, str | None]:
    """(amount, currency) of the round that both sides agreed and handed over; the desk reads nothing else of their talks."""
    if negotiation_id is None:
        return None, None
    facts = db.session.scalar(select(Handover.facts).where(Handover.negotiation_id == negotiation_id)) or {}
    return facts.get("total_minor"), facts.get("currency") if facts.get("total_minor") else None


def largest_counted(fair: Fair, currency: str, apart_from: UUID | None = None) -> int | None:
    """The largest total among the fair's verified contracts of one currency, in minor units."""
    query = select(Contract.total_minor).where(
        Contract.fair_id == fair.id, Contract.status == Status.VERIFIED, Contract.currency == currency, Contract.total_minor.is_not(None)
    )
    if apart_from is not None:
        query = query.where(Contract.id != apart_from)
    return db.session.scalar(query.order_by(Contract.total_minor.desc()).limit(1))


def _beside_largest(data: Mapping[str, Any], fair: Fair, apart_from: UUID | None) -> tuple[int | None, int | None]:
    """The total and the largest counted one in the same currency: its own, else the fair's, at the rate of the day if there is one."""
    total, currency = data["total_minor"], data["currency"]
    if total is None or data["contract_class"] is not ContractClass.CONTRACT:
        return None, None
    largest = largest_counted(fair, currency, apart_from)
    if largest is not None or currency == fair.base_currency:
        return total, largest
    largest = largest_counted(fair, fair.base_currency, apart_from)
    day: date | None = data["signed_on"]
    if largest is None or day is None:
        return None, None
    try:
        return conversion(currency, fair.base_currency, day).into(total, currency, fair.base_currency), largest
    except (NoRate, AmountError):  # without a rate of that day there is nothing to compare by; signing asks for it
        return None, None


def _worded(code: str, entered: rules.Entered, known: rules.Known, fair: Fair) -> Question:
    def money(minor: int | None, currency: str | None = None) -> str:
        currency = currency or entered.currency
        if minor is None:
            return ""
        return f"{format_money(minor, currency, locale=language())} ({short(minor, currency, locale=language())})"

    agreed, total = money(known.agreed_minor, known.agreed_currency), money(entered.total_minor)
    base = entered.currency if known.compared_minor == entered.total_minor else fair.base_currency
    said = {
        "above_agreed": ("total_amount", gettext("Is the total right? Agreed was %(agreed)s; this is more than ten times as much.", agreed=agreed)),
        "below_agreed": ("total_amount", gettext("Is the total right? Agreed was %(agreed)s; this is less than a tenth of it.", agreed=agreed)),
        "currency_of_agreed": ("currency", gettext("Is the currency right? Agreed was %(agreed)s.", agreed=agreed)),
        "above_largest": ("total_amount", gettext(
            "Is the total right? It is more than ten times the largest contract counted at this fair so far, %(largest)s.",
            largest=money(known.largest_minor, base))),
        "technology_is_total": ("technology_amount", gettext(
            "Is all of %(total)s technology? Equipment, buildings and materials are no part of the technology amount.", total=total)),
        "technology_tiny": ("technology_amount", gettext(
            "Is the unit of the technology amount right? %(technology)s is a thousandth of the total or less.",
            technology=money(entered.technology_minor))),
        "foreign_unit": ("currency", gettext("Is the currency right? 万 and 亿 are seldom used with %(currency)s.", currency=entered.currency)),
        "day_long_ago": ("signed_on", gettext("Is the day right? It is more than a year before the fair. An older deal announced again is marked as such.")),
        "day_off_fair": ("signed_on", gettext("Was it signed at the fair? This day is not one of the fair’s days.")),
    }  # fmt: skip
    field, detail = said[code]
    return Question(code, detail, field)
