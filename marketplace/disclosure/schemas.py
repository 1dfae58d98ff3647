"""What may come in about agreements of secrecy, and what goes out of agreements, accesses and the log."""

from typing import Any

from marshmallow import Schema, fields

from marketplace.core.clock import now
from marketplace.core.fields import Code, Day, FormSchema, Reference, Text
from marketplace.core.pages import PageIn
from marketplace.disclosure import rules
from marketplace.disclosure.models import Agreement, State, Template
from marketplace.disclosure.queries import Partner


class ProposeIn(FormSchema):
    template = Code([template.value for template in Template], required=True)
    ends_on = Day(required=True, metadata={"description": "The last day, at the fair's place: one day to ten years from today."})
    special_terms = Text(4000, multiline=True, load_default=None, metadata={"description": "Added to the standard text as it is."})


class ConfirmIn(FormSchema):
    content_hash = Text(64, required=True, metadata={"description": "Of the text that you read; 412 when it is another one."})


class LogIn(PageIn):
    """A page of the log."""


class AgreementOut(Schema):
    id = Reference()
    negotiation_id = Reference()
    state = fields.String(metadata={"enum": [state.value for state in State]})
    template = fields.String(metadata={"enum": [template.value for template in Template]})
    special_terms = fields.String(allow_none=True)
    ends_on = fields.Date()
    ends_at = fields.AwareDateTime()
    text_en = fields.String()
    text_zh = fields.String()
    content_hash = fields.String()
    provider_id = Reference()
    recipient_id = Reference()
    proposed_by = Reference(metadata={"description": "Organisation."})
    proposed_at = fields.AwareDateTime()
    provider_confirmed_at = fields.AwareDateTime(allow_none=True)
    recipient_confirmed_at = fields.AwareDateTime(allow_none=True)
    begun_at = fields.AwareDateTime(allow_none=True)
    ended_at = fields.AwareDateTime(allow_none=True)
    version = fields.Integer()


class AgreementsOut(Schema):
    rows = fields.List(fields.Nested(AgreementOut))


class PartnerAccessOut(Schema):
    organization_id = Reference()
    name_en = fields.String(allow_none=True)
    name_zh = fields.String(allow_none=True)
    negotiation_id = Reference()
    level = fields.String()
    until = fields.AwareDateTime(allow_none=True, metadata={"description": "When the agreement of secrecy runs out."})
    closed_at = fields.AwareDateTime(allow_none=True)
    last_read = fields.AwareDateTime(allow_none=True)


class AccessOut(Schema):
    rows = fields.List(fields.Nested(PartnerAccessOut))


class ReadOut(Schema):
    id = Reference()
    at = fields.AwareDateTime()
    number = fields.Integer(metadata={"description": "Of the version."})
    level = fields.String()
    groups = fields.List(fields.String(), metadata={"description": "Groups of fields; `files`: that there are some."})
    file_id = Reference(allow_none=True)
    file = fields.String(allow_none=True)
    person = fields.String()
    organization_id = Reference()
    name_en = fields.String(allow_none=True)
    name_zh = fields.String(allow_none=True)


class LogOut(Schema):
    rows = fields.List(fields.Nested(ReadOut))
    next = fields.String(allow_none=True)


def agreement_out(agreement: Agreement) -> dict[str, Any]:
    """An agreement as its two sides read it; its state as it stands now."""
    names = set(AgreementOut._declared_fields) - {"state", "proposed_by"}
    return {name: getattr(agreement, name) for name in names} | {"state": rules.standing(agreement, now()), "proposed_by": agreement.proposed_by_id}


def partner_out(partner: Partner) -> dict[str, Any]:
    return {
        "organization_id": partner.organization.id, "name_en": partner.organization.name_en, "name_zh": partner.organization.name_zh,
        "negotiation_id": partner.negotiation.id, "level": partner.level, "until": partner.until,
        "closed_at": partner.closure.closed_at if partner.closure else None, "last_read": partner.last_read,
    }  # fmt: skip
