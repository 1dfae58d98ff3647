"""What goes out over JSON: contracts with their parties and evidence, what waits at the desk, and reports of deals."""

from typing import Any

from marshmallow import Schema, fields

from marketplace.contracts import rules
from marketplace.contracts.models import (
    Contract,
    Evidence,
    OtherAmount,
    Party,
)
from marketplace.contracts.service import Shown
from marketplace.core.amounts import words_en, words_zh
from marketplace.core.money import to_text


class HandoverFactsOut(Schema):
    """The facts both sides agreed; nothing else of their talks is copied."""

    title_en = fields.String(allow_none=True)
    title_zh = fields.String(allow_none=True)
    kind = fields.String(allow_none=True)
    currency = fields.String(allow_none=True)
    total_minor = fields.Integer(allow_none=True)
    technology_minor = fields.Integer(allow_none=True)
    exclusivity = fields.String(allow_none=True)
    royalty_bp = fields.Integer(allow_none=True)
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
    legal_type = fields.String(allow_none=True)
    region = fields.String(allow_none=True)


class OtherAmountOut(Schema):
    kind = fields.String(metadata={"description": "Never deal value: no total adds it."})
    amount_minor = fields.Integer()
    amount = fields.String()
    currency = fields.String()


class WarningOut(Schema):
    """A question about what was entered; it blocks nothing."""

    code = fields.String()
    detail = fields.String()


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
    framework_id = fields.UUID(allow_none=True)
    intent_id = fields.UUID(allow_none=True)
    announced_on = fields.Date(allow_none=True)
    announced_where = fields.String(allow_none=True)
    payment_mode = fields.String(allow_none=True)
    royalty_bp = fields.Integer(allow_none=True, metadata={"description": "Hundredths of a percent."})
    milestones = fields.String(allow_none=True)
    floor_minor = fields.Integer(allow_none=True)
    floor_amount = fields.String(allow_none=True)
    cap_minor = fields.Integer(allow_none=True)
    cap_amount = fields.String(allow_none=True)
    up_to_amount = fields.String(allow_none=True, metadata={"description": "Total and cap together: shown beside, never counted."})
    other_amounts = fields.List(fields.Nested(OtherAmountOut))
    valid_from = fields.Date(allow_none=True)
    valid_to = fields.Date(allow_none=True)
    ip_kinds = fields.List(fields.String(), allow_none=True)
    plan_category = fields.String(allow_none=True)
    purpose = fields.String(allow_none=True)
    related_parties = fields.Boolean(allow_none=True)
    in_force_on = fields.Date(allow_none=True)
    registration_number = fields.String(allow_none=True)
    registered_on = fields.Date(allow_none=True)
    registered_technology_minor = fields.Integer(allow_none=True)
    registered_technology_amount = fields.String(allow_none=True)
    performed_on = fields.Date(allow_none=True)
    status = fields.String()
    void_reason = fields.String(allow_none=True)
    content_hash = fields.String(metadata={"description": "Name it when you sign or verify."})
    version = fields.Integer()
    created_at = fields.AwareDateTime()
    changed_at = fields.AwareDateTime()
    parties = fields.List(fields.Nested(PartyOut))
    evidence = fields.List(fields.Nested(EvidenceOut))
    warnings = fields.List(fields.Nested(WarningOut), metadata={"description": "Questions about what was entered; only in the answer to it."})


class DealReportOut(Schema):
    id = fields.UUID()
    reference = fields.String()
    fair_id = fields.UUID()
    organization_id = fields.UUID()
    status = fields.String(metadata={"description": "waiting, logged, merged or refused"})
    contract_id = fields.UUID(allow_none=True, metadata={"description": "What it became, or was merged into."})
    reason = fields.String(allow_none=True, metadata={"description": "Why it was refused."})
    facts = fields.Dict(metadata={"description": "As they were reported; amounts in minor units."})
    created_at = fields.AwareDateTime()
    settled_at = fields.AwareDateTime(allow_none=True)
    version = fields.Integer()


class DealReportsOut(Schema):
    rows = fields.List(fields.Nested(DealReportOut))
    next = fields.String(allow_none=True)


class ContractsOut(Schema):
    rows = fields.List(fields.Nested(ContractOut), metadata={"description": "Without their evidence; open one to see it."})
    next = fields.String(allow_none=True)


def contract_out(
    contract: Contract, parties: list[Party], evidence: list[Evidence] | None = None, *, others: list[OtherAmount] | None = None
) -> dict[str, Any]:
    """What `ContractOut` dumps: the columns, the amounts as text and in words, the parties."""
    plain = {name: getattr(contract, name, None) for name in ContractOut._declared_fields if name != "warnings"}
    currency, total = contract.currency, contract.total_minor

    def text(minor: int | None) -> str | None:
        return None if minor is None else to_text(minor, currency)

    return plain | {
        "contract_class": contract.contract_class.value,
        "status": contract.status.value,
        "payment_mode": contract.payment_mode.value if contract.payment_mode else None,
        "total_amount": text(total),
        "total_words_en": None if total is None else words_en(total, currency),
        "total_words_zh": None if total is None else words_zh(total, currency),
        "technology_amount": text(contract.technology_minor),
        "floor_amount": text(contract.floor_minor),
        "cap_amount": text(contract.cap_minor),
        "up_to_amount": text(rules.up_to(contract)),
        "registered_technology_amount": text(contract.registered_technology_minor),
        "other_amounts": [
            {"kind": o.kind.value, "amount_minor": o.amount_minor, "amount": to_text(o.amount_minor, o.currency), "currency": o.currency}
            for o in others or []
        ],
        "parties": parties,
        "evidence": evidence or [],
    }


def shown_out(shown: Shown, others: list[OtherAmount]) -> dict[str, Any]:
    return contract_out(shown.contract, shown.parties, shown.evidence, others=others)
