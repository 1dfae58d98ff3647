"""What the contract's page says beside amounts, parties and evidence: how it is paid, where it comes from, what looks like it."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from markupsafe import Markup

from marketplace.contracts import duplicates, linking, queries, reporting, rules
from marketplace.contracts.duplicates import Alike
from marketplace.contracts.models import MARKS, REANNOUNCED, Contract, Party
from marketplace.contracts.service import Shown
from marketplace.core import layout
from marketplace.core.access import Actor
from marketplace.core.db import db
from marketplace.core.i18n import gettext as _
from marketplace.core.i18n import language, localized
from marketplace.core.layout import day
from marketplace.core.money import format_money
from marketplace.fairs.models import Fair
from marketplace.ledger.models import ContractClass, Status
from marketplace.negotiations import queries as negotiations
from marketplace.negotiations import shown as negotiation_words
from marketplace.organizations.models import Organization
from marketplace.taxonomy.vocabularies import COUNTRIES, DEAL_KINDS, EXCLUSIVITY, IP_KINDS, LEGAL_TYPES, PLAN_CATEGORIES, PURPOSES


@dataclass(frozen=True, slots=True)
class Compared:
    """One fact of the deal being told, beside the same fact of each contract that looks like it."""

    label: str
    this: str
    others: list[tuple[str, bool]]  # text, differs


def facts_of(contract: Contract, parties: Iterable[Party]) -> dict[str, Any]:
    """A stored contract as `duplicates.alike` takes a typed one."""
    names = ("contract_class", "place", "kind", "achievement_id", "number", "framework_id", "signed_on", "currency", "total_minor", "technology_minor")
    typed = [{"role": p.role, "name": p.name, "country": p.country, "organization_id": p.organization_id} for p in parties]
    return {name: getattr(contract, name) for name in (*names, "title_en", "title_zh")} | {"parties": typed}


def compared(data: Mapping[str, Any], alike: list[Alike]) -> list[Compared]:
    """The table that shows a deal side by side with those that it looks like; only what the person may read."""
    shown = [one for one in alike if one.readable]
    this = _texts(data)
    columns = [_texts(facts_of(one.contract, one.parties)) for one in shown]
    return [Compared(label, text, [(column[label], column[label] != text) for column in columns]) for label, text in this.items()]


def _texts(data: Mapping[str, Any]) -> dict[str, str]:
    def names(role: str) -> str:
        return "; ".join(f"{p['name']}, {COUNTRIES.label(p['country'], language())}" for p in data["parties"] if p["role"] == role)

    def money(minor: int | None) -> str:
        return format_money(minor, data["currency"], locale=language())

    return {
        _("Title"): localized(data, "title")[0], _("Provider"): names("provider"), _("Recipient"): names("recipient"),
        _("Kind"): DEAL_KINDS.label(data["kind"], language()), _("Total amount"): money(data["total_minor"]),
        _("Technology amount"): money(data["technology_minor"]), _("Signed on"): day(data["signed_on"]), _("Contract number"): data["number"] or "–",
        _("Achievement"): queries.reference_of(data["achievement_id"]) or "–",
    }  # fmt: skip


def handed(facts: Mapping[str, Any]) -> Markup:
    """What the two sides of the negotiation agreed and handed over, for the desk to compare; also what the form has no field for."""
    return layout.part(
        "contracts/_handed.html", facts=facts, shown=negotiation_words, kinds=DEAL_KINDS, exclusivities=EXCLUSIVITY, countries=COUNTRIES
    )


def handed_over(shown: Shown, fair: Fair, actor: Actor) -> Markup:
    """The same on the page of a contract that came of a negotiation, for the desk of its fair alone."""
    negotiation_id = shown.contract.negotiation_id
    if negotiation_id is None or fair.id not in actor.fairs_where("negotiations.take"):
        return Markup("")
    found = negotiations.handover_of(negotiation_id)
    return handed(found.facts) if found else Markup("")


def ours(shown: Shown, fair: Fair, actor: Actor) -> Markup:
    """The panels of this domain, for `views.PANELS`."""
    from marketplace.contracts.views import words  # it imports this module's neighbours

    contract = shown.contract
    staff = contract.fair_id in actor.fairs_where("contracts.read")
    is_parent = contract.contract_class in {ContractClass.FRAMEWORK, ContractClass.INTENT}
    desk: dict[str, Any] = {}
    if staff:
        alike = []
        if contract.status is not Status.VOID:
            alike = duplicates.alike(facts_of(contract, shown.parties), by=actor, contract_id=contract.id)[: duplicates.SHOWN]
        apart = duplicates.distinctions_of(contract.id)
        found = queries.by_ids([other for _row, other in apart], by=actor)
        reports = reporting.of_contract(contract.id)
        desk = {
            "alike": alike, "compared": compared(facts_of(contract, shown.parties), alike), "reports": reports,
            "apart": [(row, found.get(other)) for row, other in apart],
            "organizations": {one.id: one for one in (db.session.get(Organization, row.organization_id) for row in reports) if one},
        }  # fmt: skip
    return layout.part(
        "contracts/_panels.html", contract=contract, fair=fair, staff=staff, words=words(), up_to=rules.up_to(contract),
        others=queries.others_of([contract.id])[contract.id], reannounced=contract.place == REANNOUNCED,
        framework=linking.parent(contract.framework_id, by=actor), intent=linking.parent(contract.intent_id, by=actor),
        children=linking.children(contract, by=actor) if is_parent else [],
        called_off=linking.called_off(contract.id) if staff and contract.contract_class is ContractClass.FRAMEWORK else [],
        marks=MARKS, may_mark=contract.fair_id in actor.fairs_where("contracts.mark"), parties=shown.parties,
        may_log=contract.fair_id in actor.fairs_where("contracts.log"),
        ip_kinds=IP_KINDS, plans=PLAN_CATEGORIES, purposes=PURPOSES, legal_types=LEGAL_TYPES, **desk,
    )  # fmt: skip


OURS = [handed_over, ours]
