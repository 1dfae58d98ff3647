"""What may come in (one schema for JSON and the desk's form), and what goes out."""

from typing import Any

from marshmallow import Schema, fields, post_load, validates_schema

from marketplace.contracts.models import Contract, Evidence, Party, PartyRole
from marketplace.contracts.service import Shown
from marketplace.core.amounts import UNITS, parse_typed, words_en, words_zh
from marketplace.core.fields import Code, Day, FormSchema, Reference, Slug, Text, Truth, Whole, refuse
from marketplace.core.i18n import gettext
from marketplace.core.money import CURRENCIES, MESSAGES, AmountError, to_minor, to_text
from marketplace.core.pages import PageIn
from marketplace.ledger.models import ContractClass, Status
from marketplace.ledger.scopes import PLACES
from marketplace.taxonomy.vocabularies import CHINA_FIELDS, COUNTRIES, DEAL_KINDS


class PartyIn(FormSchema):
    """One party; ``organization_id`` where it is registered here."""

    role = Code([role.value for role in PartyRole], required=True)
    name = Text(200, required=True)
    country = Code(lambda: COUNTRIES.codes, required=True)
    organization_id = Reference(load_default=None, allow_none=True)
    signatory = Text(120, load_default=None, allow_none=True)


class ContractIn(FormSchema):
    """The facts of a contract. An amount is text such as "6800000.00", or null for undisclosed; a form adds a unit and a tick."""

    title_en = Text(200, load_default=None, allow_none=True)
    title_zh = Text(200, load_default=None, allow_none=True)
    contract_class = Code([value.value for value in ContractClass], required=True, data_key="class")
    kind = Code(DEAL_KINDS.codes, required=True)
    field = Code(CHINA_FIELDS.codes, required=True)
    place = Code(PLACES, load_default="at_fair")
    currency = Code(CURRENCIES, required=True)
    total_amount = Text(64, load_default=None, allow_none=True)
    total_unit = Code(UNITS, load_default="one")
    total_undisclosed = Truth(load_default=False)
    technology_amount = Text(64, load_default=None, allow_none=True)
    technology_unit = Code(UNITS, load_default="one")
    technology_undisclosed = Truth(load_default=False)
    signed_on = Day(load_default=None, allow_none=True)
    number = Text(60, load_default=None, allow_none=True)
    high_tech = Truth(load_default=None, allow_none=True)
    open = Truth(load_default=False)
    parties = fields.List(fields.Nested(PartyIn), required=True, metadata={"minItems": 2, "maxItems": 10})
    achievement_id = Reference(load_default=None, allow_none=True)
    need_id = Reference(load_default=None, allow_none=True)

    @validates_schema
    def check(self, data: dict[str, Any], **_: Any) -> None:
        if not data.get("title_en") and not data.get("title_zh"):
            raise refuse("required", gettext("A title in English or Chinese is needed."), "title_en")
        roles = [party["role"] for party in data.get("parties", [])]
        if not 2 <= len(roles) <= 10 or PartyRole.PROVIDER not in roles or PartyRole.RECIPIENT not in roles:
            raise refuse("parties", gettext("Between 2 and 10 parties, with a provider and a recipient among them."), "parties")

    @post_load
    def amounts(self, data: dict[str, Any], **_: Any) -> dict[str, Any]:
        data["contract_class"] = ContractClass(data["contract_class"])
        for party in data["parties"]:
            party["role"] = PartyRole(party["role"])
        for name in ("total", "technology"):
            data[f"{name}_minor"] = self._minor(name, data)
            for part in ("amount", "unit", "undisclosed"):
                data.pop(f"{name}_{part}")
        total, technology = data["total_minor"], data["technology_minor"]
        if total is not None and technology is not None and technology > total:
            raise refuse("technology_of_total", gettext("The technology amount is more than the total. Were they swapped?"), "technology_amount")
        return data

    def _minor(self, name: str, data: dict[str, Any]) -> int | None:
        text, field = data[f"{name}_amount"], f"{name}_amount"
        if text is None or data[f"{name}_undisclosed"]:
            if text is not None:
                raise refuse("amount_and_undisclosed", gettext("Give the amount or tick undisclosed, not both."), field)
            no_value = data["contract_class"] is not ContractClass.CONTRACT
            if self.context_is_form and not data[f"{name}_undisclosed"] and not no_value:
                raise refuse("amount_missing", gettext("Give the amount, or tick undisclosed."), field)
            return None
        try:
            if self.context_is_form:
                return parse_typed(text, unit=data[f"{name}_unit"], currency=data["currency"])
            return to_minor(text, data["currency"])
        except AmountError as error:
            raise refuse(error.code, gettext(MESSAGES[error.code]) % error.params, field) from error


class EntryForm(ContractIn):
    """The desk's page: besides the facts, which version was opened and which amounts were read back and confirmed."""

    version = Whole(1, 2**31 - 1, load_default=None, allow_none=True)
    confirmed = Text(120, load_default=None, allow_none=True)


class AttachForm(FormSchema):
    """The upload form has no field but the file itself."""


class SeenIn(FormSchema):
    """Signing and verifying name the hash of the content that was shown."""

    content_hash = Text(64, shortest=64, required=True)


class VoidIn(FormSchema):
    reason = Text(1000, shortest=5, required=True, multiline=True)


class ContractsQuery(PageIn):
    fair = Text(60, load_default=None)
    status = Code([status.value for status in Status], load_default=None)


class HandoversQuery(FormSchema):
    fair = Slug(required=True)


class HandoverFactsOut(Schema):
    """The facts both sides agreed; nothing else of their talks is copied."""

    title_en = fields.String(allow_none=True)
    title_zh = fields.String(allow_none=True)
    kind = fields.String(allow_none=True)
    currency = fields.String(allow_none=True)
    total_minor = fields.Integer(allow_none=True)
    technology_minor = fields.Integer(allow_none=True)
    agreed_on = fields.String()
    parties = fields.List(fields.Dict())


class HandoverOut(Schema):
    id = fields.UUID()
    reference = fields.String(metadata={"description": "Of the negotiation."})
    handed_at = fields.AwareDateTime()
    facts = fields.Nested(HandoverFactsOut)


class HandoversOut(Schema):
    rows = fields.List(fields.Nested(HandoverOut))


class PartyOut(Schema):
    role = fields.String()
    name = fields.String()
    country = fields.String()
    organization_id = fields.UUID(allow_none=True)
    signatory = fields.String(allow_none=True)


class EvidenceOut(Schema):
    id = fields.UUID()
    name = fields.String()
    sha256 = fields.String()
    size = fields.Integer()
    media_type = fields.String()
    created_at = fields.AwareDateTime()


class ContractOut(Schema):
    id = fields.UUID()
    reference = fields.String()
    fair_id = fields.UUID()
    negotiation_id = fields.UUID(allow_none=True)
    achievement_id = fields.UUID(allow_none=True)
    need_id = fields.UUID(allow_none=True)
    title_en = fields.String(allow_none=True)
    title_zh = fields.String(allow_none=True)
    contract_class = fields.String(data_key="class")
    kind = fields.String()
    field = fields.String()
    place = fields.String()
    currency = fields.String()
    total_minor = fields.Integer(allow_none=True)
    total_amount = fields.String(allow_none=True, metadata={"description": "null: undisclosed"})
    total_words_en = fields.String(allow_none=True)
    total_words_zh = fields.String(allow_none=True)
    technology_minor = fields.Integer(allow_none=True)
    technology_amount = fields.String(allow_none=True)
    signed_on = fields.Date(allow_none=True)
    number = fields.String(allow_none=True)
    high_tech = fields.Boolean(allow_none=True)
    open = fields.Boolean()
    status = fields.String()
    void_reason = fields.String(allow_none=True)
    content_hash = fields.String(metadata={"description": "Name it when you sign or verify."})
    version = fields.Integer()
    created_at = fields.AwareDateTime()
    changed_at = fields.AwareDateTime()
    parties = fields.List(fields.Nested(PartyOut))
    evidence = fields.List(fields.Nested(EvidenceOut))


class ContractsOut(Schema):
    rows = fields.List(fields.Nested(ContractOut), metadata={"description": "Without their evidence; open one to see it."})
    next = fields.String(allow_none=True)


def contract_out(contract: Contract, parties: list[Party], evidence: list[Evidence] | None = None) -> dict[str, Any]:
    """What `ContractOut` dumps: the columns, the amounts as text and in words, the parties."""
    plain = {name: getattr(contract, name, None) for name in ContractOut._declared_fields}
    currency, total, technology = contract.currency, contract.total_minor, contract.technology_minor
    return plain | {
        "contract_class": contract.contract_class.value,
        "status": contract.status.value,
        "total_amount": None if total is None else to_text(total, currency),
        "total_words_en": None if total is None else words_en(total, currency),
        "total_words_zh": None if total is None else words_zh(total, currency),
        "technology_amount": None if technology is None else to_text(technology, currency),
        "parties": parties,
        "evidence": evidence or [],
    }


def shown_out(shown: Shown) -> dict[str, Any]:
    return contract_out(shown.contract, shown.parties, shown.evidence)


def form_values(contract: Contract, parties: list[Party]) -> dict[str, Any]:
    """What the edit form shows of a stored contract."""
    return {name: getattr(contract, name) for name in (
        "title_en", "title_zh", "kind", "field", "place", "currency", "signed_on", "number", "high_tech", "open", "achievement_id", "need_id",
    )} | {
        "class": contract.contract_class.value,
        "total_amount": None if contract.total_minor is None else to_text(contract.total_minor, contract.currency),
        "total_undisclosed": contract.total_minor is None,
        "technology_amount": None if contract.technology_minor is None else to_text(contract.technology_minor, contract.currency),
        "technology_undisclosed": contract.technology_minor is None,
        "parties": [
            {"role": p.role.value, "name": p.name, "country": p.country, "organization_id": p.organization_id, "signatory": p.signatory}
            for p in parties
        ],
    }  # fmt: skip


def handover_values(facts: dict[str, Any]) -> dict[str, Any]:
    """What the entry form shows of handed-over facts."""
    currency = facts.get("currency") or "CNY"
    amounts: dict[str, Any] = {}
    for name in ("total", "technology"):
        minor = facts.get(f"{name}_minor")
        amounts |= {f"{name}_amount": None if minor is None else to_text(minor, currency), f"{name}_undisclosed": minor is None}
    return amounts | {
        "class": ContractClass.CONTRACT.value, "title_en": facts.get("title_en"), "title_zh": facts.get("title_zh"),
        "kind": facts.get("kind"), "currency": currency, "parties": facts.get("parties", []), "place": "at_fair",
        "achievement_id": facts.get("achievement_id"), "need_id": facts.get("need_id"), "field": facts.get("field"),
    }  # fmt: skip


