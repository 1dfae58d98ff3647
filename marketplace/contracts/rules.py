"""What a contract says, as plain values: the facts that are hashed, and who may be its second pair of eyes."""

from collections.abc import Iterable, Mapping
from typing import Any
from uuid import UUID

from marketplace.contracts.models import Contract, Party
from marketplace.core.audit import content_hash
from marketplace.ledger.rules import Deal
from marketplace.organizations.rules import fold_name

FACTS = (
    "title_en", "title_zh", "contract_class", "kind", "field", "place", "total_minor", "technology_minor", "currency",
    "signed_on", "number", "high_tech", "open", "negotiation_id", "achievement_id", "need_id",
)  # fmt: skip


def facts(contract: Contract, parties: Iterable[Party], evidence: Iterable[str]) -> dict[str, Any]:
    """Everything a signer or verifier is shown: the contract's facts, its parties, the hashes of its files."""
    return {name: getattr(contract, name) for name in FACTS} | {
        "parties": [
            {"role": p.role, "name": p.name, "country": p.country, "organization_id": p.organization_id, "signatory": p.signatory}
            for p in sorted(parties, key=lambda party: party.position)
        ],
        "evidence": sorted(evidence),
    }


def hash_of(shown: Mapping[str, Any]) -> str:
    return content_hash(shown)


def provider_country(parties: Iterable[Party]) -> str:
    """The country under which the contract is broken down: that of its first provider."""
    return next((p.country for p in sorted(parties, key=lambda party: party.position) if p.role == "provider"), "")


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
