"""What a contract says, as plain values: the facts that are hashed, and who may be its second pair of eyes."""

from collections.abc import Iterable, Mapping
from typing import Any
from uuid import UUID

from marketplace.contracts.models import Contract, OtherAmount, Party
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
