"""What a contract says, as plain values: the facts that are hashed, and who may be its second pair of eyes."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum
from typing import Any
from uuid import UUID

from marketplace.contracts.models import REANNOUNCED, Contract, OtherAmount, Party
from marketplace.core.audit import content_hash
from marketplace.ledger.models import ContractClass
from marketplace.ledger.rules import Deal
from marketplace.organizations.rules import fold_name

FACTS = (
    "title_en", "title_zh", "contract_class", "kind", "field", "place", "total_minor", "technology_minor", "currency",
    "signed_on", "number", "high_tech", "open", "negotiation_id", "achievement_id", "need_id",
)  # fmt: skip
MAY_BE_MISSING = (
    "framework_id", "intent_id", "announced_on", "announced_where", "payment_mode", "royalty_bp", "milestones", "floor_minor", "cap_minor",
    "valid_from", "valid_to", "ip_kinds", "plan_category", "purpose", "related_parties",
)  # fmt: skip
"""Facts that are hashed where they are given: a contract that says nothing of them has the hash it always had."""
OF_PARTY = ("role", "name", "country", "organization_id", "signatory")
OF_PARTY_MAY_BE_MISSING = ("legal_type", "region")


def facts(
    contract: Contract, parties: Iterable[Party], evidence: Iterable[str], *, others: Iterable[OtherAmount] = ()
) -> dict[str, Any]:
    """Everything a signer or verifier is shown: the contract's facts, its parties, other amounts, the hashes of its files."""
    named = [{"kind": other.kind, "amount_minor": other.amount_minor, "currency": other.currency} for other in others]
    return {name: getattr(contract, name) for name in FACTS} | _given(contract, MAY_BE_MISSING) | {
        "parties": [
            {name: getattr(party, name) for name in OF_PARTY} | _given(party, OF_PARTY_MAY_BE_MISSING)
            for party in sorted(parties, key=lambda party: party.position)
        ],
        "evidence": sorted(evidence),
    } | ({"other_amounts": sorted(named, key=lambda other: str(other["kind"]))} if named else {})  # fmt: skip


def _given(row: Contract | Party, names: Iterable[str]) -> dict[str, Any]:
    return {name: getattr(row, name) for name in names if getattr(row, name) is not None}


def up_to(contract: Contract) -> int | None:
    """The fixed part and the most of the variable part together; None without a cap, and for a framework, whose cap is its ceiling.

    Shown beside the total, never added to anything.
    """
    if contract.contract_class is not ContractClass.CONTRACT or contract.cap_minor is None or contract.total_minor is None:
        return None
    return contract.total_minor + contract.cap_minor


def hash_of(shown: Mapping[str, Any]) -> str:
    return content_hash(shown)


def provider_country(parties: Iterable[Party]) -> str:
    """The country under which the contract is broken down: that of its first provider."""
    return next((p.country for p in sorted(parties, key=lambda party: party.position) if p.role == "provider"), "")


def who(name: str, country: str, organization_id: UUID | None) -> str:
    """Who a party is when two contracts are compared: the registered organisation, else the folded name and the country."""
    return f"o:{organization_id}" if organization_id else f"n:{country}:{fold_name(name)}"


def party_key(party: Party) -> str:
    """Who a party is, for counting organisations: its registered id, else its folded name and country."""
    return str(party.organization_id) if party.organization_id else f"{' '.join(party.name.casefold().split())}|{party.country}"


def deal(contract: Contract, parties: list[Party]) -> Deal:
    """What the ledger books."""
    return Deal(
        contract_id=contract.id, contract_class=contract.contract_class, kind=contract.kind, place=contract.place,
        signed_on=contract.signed_on, field=contract.field, country=provider_country(parties), open=contract.open,
        parties=tuple(sorted({party_key(party) for party in parties})), currency=contract.currency,
        total_minor=contract.total_minor, technology_minor=contract.technology_minor,
    )  # fmt: skip


def may_be_second(
    person_id: UUID, organizations: Iterable[UUID], *, names: Iterable[str], hands: Iterable[UUID], parties: Iterable[Party]
) -> bool:
    """Whether a person has neither logged, signed nor edited a contract and belongs to none of its parties.

    ``names`` are the folded names of the person's organisations: a party that was logged by its name alone is the same party.
    """
    theirs, spelled = set(organizations), set(names)
    belongs = any(party.organization_id in theirs or fold_name(party.name) in spelled for party in parties)
    return person_id not in set(hands) and not belongs


class Likeness(StrEnum):
    """How much two entries look like one deal: the same is refused, a possible one is shown beside."""

    SAME = "same"
    POSSIBLE = "possible"


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """What is compared of a deal that somebody told: its sides by `who`, what it is about, when, for how much."""

    contract_class: ContractClass
    place: str
    providers: frozenset[str]
    recipients: frozenset[str]
    achievement_id: UUID | None
    number: str | None
    framework_id: UUID | None
    signed_on: date | None
    currency: str
    total_minor: int | None


NEAR_DAYS = 31
NEAR_SHARE = 10  # a tenth of the larger amount


def likeness(one: Told, other: Told) -> Likeness | None:
    """Whether two entries are the same deal, may be, or are not (docs/rules/duplicates.md)."""
    if one.contract_class is not other.contract_class:
        return None
    straight = bool(one.providers & other.providers) and bool(one.recipients & other.recipients)
    crossed = bool(one.providers & other.recipients) and bool(one.recipients & other.providers)
    if not (straight or crossed):
        return None
    numbers_differ = one.number is not None and other.number is not None and not _same_number(one, other)
    linked = _same_number(one, other) or (one.achievement_id is not None and one.achievement_id == other.achievement_id)
    days, amounts = near_days(one.signed_on, other.signed_on), near_amounts(one, other)
    if linked:
        call_offs = one.framework_id is not None and one.framework_id == other.framework_id and numbers_differ
        certain = straight and days and amounts and not call_offs and REANNOUNCED not in {one.place, other.place}
        return Likeness.SAME if certain else Likeness.POSSIBLE if days or amounts else None
    about_others = one.achievement_id is not None and other.achievement_id is not None
    return Likeness.POSSIBLE if days and amounts and not about_others else None


def _same_number(one: Told, other: Told) -> bool:
    return one.number is not None and other.number is not None and fold_name(one.number) == fold_name(other.number)


def near_days(one: date | None, other: date | None) -> bool:
    """At most 31 days apart; a day that is not known is near to every day."""
    return one is None or other is None or abs((one - other).days) <= NEAR_DAYS


def near_amounts(one: Told, other: Told) -> bool:
    """At most a tenth of the larger one apart; undisclosed, and in another currency, nothing can be told apart."""
    if one.total_minor is None or other.total_minor is None or one.currency != other.currency:
        return True
    return abs(one.total_minor - other.total_minor) * NEAR_SHARE <= max(one.total_minor, other.total_minor)


@dataclass(frozen=True, slots=True, kw_only=True)
class Entered:
    """What was typed, in minor units; ``foreign_unit``: 万 or 亿 beside a currency that is not counted so."""

    kind: str
    place: str
    currency: str
    total_minor: int | None
    technology_minor: int | None
    signed_on: date | None
    foreign_unit: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Known:
    """What it is measured by: the days of the fair, the last agreed round, and the total beside the fair's largest counted
    contract in one currency; None where there is none, or no rate to compare by."""

    opens_on: date
    closes_on: date
    agreed_minor: int | None = None
    agreed_currency: str | None = None
    compared_minor: int | None = None
    largest_minor: int | None = None


FAR = 10
"""One zero too many is ten times."""
TINY_SHARE = 1000
LONG_AGO = timedelta(days=366)
ALL_TECHNOLOGY = frozenset({"licence", "consulting", "service"})
"""Kinds whose whole price may well be technology."""


def questions(entered: Entered, known: Known) -> list[str]:
    """The codes of what a person should look at again (docs/rules/amounts.md); nothing here is wrong by itself."""
    total, technology, day = entered.total_minor, entered.technology_minor, entered.signed_on
    agreed = known.agreed_minor if known.agreed_currency == entered.currency else None
    at_fair = day is not None and entered.place == "at_fair"
    asked = {
        "above_agreed": total is not None and agreed is not None and total > FAR * agreed,
        "below_agreed": total is not None and agreed is not None and total * FAR < agreed,
        "currency_of_agreed": total is not None and known.agreed_currency not in {None, entered.currency},
        "above_largest": known.compared_minor is not None and known.largest_minor is not None and known.compared_minor > FAR * known.largest_minor,
        "technology_is_total": total is not None and total == technology and entered.kind not in ALL_TECHNOLOGY,
        "technology_tiny": total is not None and technology is not None and technology * TINY_SHARE <= total,
        "foreign_unit": entered.foreign_unit,
        "day_long_ago": day is not None and entered.place != REANNOUNCED and day < known.opens_on - LONG_AGO,
        "day_off_fair": at_fair and day is not None and not known.opens_on <= day <= known.closes_on,
    }
    if asked["day_long_ago"]:
        asked["day_off_fair"] = False
    return [code for code, ask in asked.items() if ask]
