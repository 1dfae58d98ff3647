"""Takes the sample contracts through the contract desk: the clerk logs and signs, the verifier verifies, like any others."""

import io
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from pathlib import Path
from typing import Any
from uuid import UUID

from marketplace.contracts import evidence, service
from marketplace.contracts.models import REANNOUNCED, OtherKind
from marketplace.contracts.models import Contract as Logged
from marketplace.contracts.schemas import ContractIn
from marketplace.core.access import Actor
from marketplace.core.money import to_text
from marketplace.demo.deals import Contract
from marketplace.demo.evidence import sample_page
from marketplace.demo.vocabulary import Pair
from marketplace.fairs.models import Fair
from marketplace.ledger.hiding import Change, Hidden, shown_together
from marketplace.ledger.models import ContractClass
from marketplace.ledger.rules import counted_by
from marketplace.organizations.models import Organization


@dataclass(frozen=True, slots=True, kw_only=True)
class Desk:
    """Who works there, where files go, and what contracts refer to: organisations and listings by their place in the plan,

    other contracts by their number once they are ``logged``.
    """

    clerk: Actor
    verifier: Actor
    folder: Path
    organizations: Mapping[int, Organization]
    achievements: Mapping[int, UUID]
    needs: Mapping[int, UUID]
    logged: dict[str, UUID] = field(default_factory=dict)


def settled(contracts: Iterable[Contract], scopes: Sequence[tuple[UUID, Mapping[str, Any]]], *, closes_on: date) -> list[Contract]:
    """The contracts in their order; the last confidential ones, which would wait for a batch for ever, become open deals.

    The public total of a closed fair is then its whole total.
    """
    found, waiting = list(contracts), dict[int, Change]()
    for place, contract in enumerate(found):
        if contract.status == "verified" and not contract.open:
            has_value = contract.contract_class == "contract"
            waiting[place] = Change(None, Hidden(
                contract_class=ContractClass(contract.contract_class), parties=tuple({str(party.organization) for party in contract.parties}),
                counted_by=counted_by(scopes, kind=contract.kind, place=place_of(contract, closes_on), signed_on=contract.signed_on),
                total=contract.total_amount_minor if has_value else None,
                technology=contract.technology_amount_minor if has_value else None,
            ))  # fmt: skip
            for shown in shown_together(waiting):
                del waiting[shown]
    for place in waiting:
        found[place] = replace(found[place], open=True)
    return found


def place_of(contract: Contract, closes_on: date) -> str:
    """The ledger's place: only what was signed at the Expo is *at the fair*; the rest was prepared before, or followed after."""
    if contract.place == REANNOUNCED:
        return REANNOUNCED
    if contract.place == "expo":
        return "at_fair"
    return "before" if contract.signed_on <= closes_on else "after"


def facts(contract: Contract, desk: Desk, *, closes_on: date) -> dict[str, Any]:
    """What a clerk would type; raises marshmallow.ValidationError like the form."""
    parties = [(party, desk.organizations[party.organization]) for party in contract.parties]
    has_value = contract.contract_class == "contract"
    amounts = {"total_amount": contract.total_amount_minor, "technology_amount": contract.technology_amount_minor} if has_value else {}
    typed = {
        "title_en": contract.title_en, "title_zh": contract.title_zh, "class": contract.contract_class, "kind": contract.kind,
        "field": contract.china_field, "place": place_of(contract, closes_on), "currency": contract.currency,
        "signed_on": contract.signed_on.isoformat(), "number": contract.number, "high_tech": contract.high_tech, "open": contract.open,
        "achievement_id": str(desk.achievements[contract.achievement]),
        "need_id": None if contract.need is None else str(desk.needs[contract.need]),
        "parties": [
            {"role": party.role, "name": home.name, "country": home.country, "organization_id": str(home.id), "signatory": party.signatory_en}
            for party, home in parties
        ],
        **{name: None if minor is None else to_text(minor, contract.currency) for name, minor in amounts.items()},
    }  # fmt: skip
    if contract.framework is not None:
        typed["framework_id"] = str(desk.logged[contract.framework])
    if contract.planned_minor is not None:
        planned = to_text(contract.planned_minor, contract.currency)
        typed["other_amounts"] = [{"kind": OtherKind.PLANNED_INVESTMENT.value, "amount": planned, "currency": contract.currency}]
    if contract.announced_on is not None and contract.announced_where is not None:
        typed |= {"announced_on": contract.announced_on.isoformat(), "announced_where": both(contract.announced_where)}
    loaded: dict[str, Any] = ContractIn().load(typed)
    return loaded


def log(fair: Fair, contract: Contract, desk: Desk) -> None:
    """Declare the contract and bring it to its status in the plan. Raises DomainError."""
    verify(file(fair, contract, desk), contract, desk)


def file(fair: Fair, contract: Contract, desk: Desk) -> Logged:
    """What the clerk does: declare it, void it or mark it as signed, as far as the plan says. Raises DomainError."""
    logged = service.declare(fair, facts(contract, desk, closes_on=fair.closes_on), by=desk.clerk)
    desk.logged[contract.number] = logged.id
    if contract.void_reason is not None:
        service.void(logged.id, both(contract.void_reason), by=desk.clerk)
    if contract.status in {"signed", "verified"}:
        page = io.BytesIO(sample_page(contract.number))
        evidence.attach(logged.id, page, name=f"{contract.number}.pdf", folder=desk.folder, by=desk.clerk)
        service.sign(logged.id, logged.content_hash, by=desk.clerk)
    return logged


def verify(logged: Logged, contract: Contract, desk: Desk) -> None:
    """What the verifier does, where the plan says so. Raises DomainError."""
    if contract.status == "verified":
        service.verify(logged.id, logged.content_hash, by=desk.verifier)


def both(text: Pair) -> str:
    """What is typed for readers of either language."""
    return f"{text.en}\n\n{text.zh}"
