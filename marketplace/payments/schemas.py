"""Fees as they leave the house. Nothing of a fee comes in from outside: its price stands in our own rows."""

from typing import Any

from marshmallow import Schema, fields

from marketplace.core.fields import Code
from marketplace.core.i18n import gettext as _
from marketplace.core.money import to_text
from marketplace.core.pages import PageIn
from marketplace.payments.models import Fee, FeeStatus
from marketplace.payments.till import own_address


class FeesIn(PageIn):
    status = Code([status.value for status in FeeStatus], load_default=None)


class FeeOut(Schema):
    """One fee and how it stands."""

    id = fields.UUID()
    organization_id = fields.UUID()
    subject = fields.String(metadata={"description": "What it is for, such as pitch_slot:<id>."})
    description_en = fields.String()
    description_zh = fields.String()
    amount = fields.Function(lambda fee: to_text(fee.amount_minor, fee.currency), metadata={"type": "string", "example": "500.00"})
    refunded = fields.Function(lambda fee: to_text(fee.refunded_minor, fee.currency), metadata={"type": "string", "example": "0.00"})
    currency = fields.String()
    status = fields.String(metadata={"enum": [status.value for status in FeeStatus]})
    held_until = fields.AwareDateTime(metadata={"description": "Unpaid, it is released then."})
    paid_at = fields.AwareDateTime(allow_none=True)
    created_at = fields.AwareDateTime()
    pay_url = fields.Function(lambda fee: pay_url(fee), metadata={"type": "string", "description": "The page on which a person pays it by card."})


class FeePageOut(Schema):
    rows = fields.List(fields.Nested(FeeOut))
    next = fields.String(allow_none=True)


def pay_url(fee: Fee) -> str:
    return own_address(f"/payments/{fee.id}")


def status_labels() -> dict[str, Any]:
    """What people are told about each status."""
    return {
        "held": _("waiting for payment"), "paid": _("paid"), "released": _("released"),
        "refund_due": _("being refunded"), "refunded": _("refunded"), "failed": _("needs a look"),
    }  # fmt: skip
