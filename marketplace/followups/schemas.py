"""What a side answers, as a form, by link, or over JSON; and what goes out."""

from typing import Any

from marshmallow import Schema, fields, post_load, validates_schema

from marketplace.core.amounts import UNITS, parse_typed
from marketplace.core.fields import Code, FormSchema, Text, Truth, refuse
from marketplace.core.i18n import gettext
from marketplace.core.money import CURRENCIES, MESSAGES, AmountError, to_minor, to_text
from marketplace.core.pages import PageIn
from marketplace.followups.models import HORIZONS, Outcome, Side


class FollowUpAnswerIn(FormSchema):
    """Signed with its amount (or undisclosed), still talking, or dropped with a reason. A form adds a unit."""

    outcome = Code([outcome.value for outcome in Outcome], required=True)
    amount = Text(64, load_default=None, allow_none=True)
    amount_unit = Code(UNITS, load_default="one")
    amount_undisclosed = Truth(load_default=False)
    currency = Code(CURRENCIES, load_default=None, allow_none=True)
    contract_reference = Text(60, load_default=None, allow_none=True)
    reason = Text(1000, load_default=None, allow_none=True, multiline=True)

    @validates_schema(skip_on_field_errors=True)
    def check(self, data: dict[str, Any], **_: Any) -> None:
        signed = data["outcome"] == Outcome.SIGNED
        if data["outcome"] == Outcome.DROPPED and not data["reason"]:
            raise refuse("required", gettext("Say why it was dropped."), "reason")
        if not signed:
            for name in ("amount", "contract_reference"):
                if data[name] is not None:
                    raise refuse("only_signed", gettext("Only a signed contract has an amount and a reference."), name)
        elif data["amount"] is None and not data["amount_undisclosed"]:
            raise refuse("amount_missing", gettext("Give the amount, or tick undisclosed."), "amount")
        elif data["amount"] is not None and data["amount_undisclosed"]:
            raise refuse("amount_and_undisclosed", gettext("Give the amount or tick undisclosed, not both."), "amount")
        elif data["amount"] is not None and data["currency"] is None:
            raise refuse("required", gettext("Choose the currency of the amount."), "currency")

    @post_load
    def in_minor_units(self, data: dict[str, Any], **_: Any) -> dict[str, Any]:
        amount, currency, unit = data.pop("amount"), data.pop("currency"), data.pop("amount_unit")
        data.pop("amount_undisclosed")
        data |= {"outcome": Outcome(data["outcome"]), "amount_minor": None, "currency": None}
        if amount is not None:
            try:
                data["amount_minor"] = parse_typed(amount, unit=unit, currency=currency) if self.context_is_form else to_minor(amount, currency)
            except AmountError as error:
                raise refuse(error.code, gettext(MESSAGES[error.code]) % error.params, "amount") from error
            data["currency"] = currency
        return data


class FollowUpLinkAnswerIn(FollowUpAnswerIn):
    """Somebody without a sign-in says who they are."""

    name = Text(120, shortest=2, required=True)


class FollowUpsQuery(PageIn):
    """One's own follow-ups."""


class FollowUpAnswerOut(Schema):
    side = fields.String(metadata={"enum": [side.value for side in Side]})
    outcome = fields.String(metadata={"enum": [outcome.value for outcome in Outcome]})
    amount = fields.String(allow_none=True, metadata={"description": "null: undisclosed, or nothing was signed."})
    currency = fields.String(allow_none=True)
    contract_reference = fields.String(allow_none=True)
    reason = fields.String(allow_none=True)
    answered_at = fields.AwareDateTime()


class FollowUpOut(Schema):
    id = fields.UUID()
    contract_id = fields.UUID()
    reference = fields.String(metadata={"description": "Of the intent."})
    title_en = fields.String(allow_none=True)
    title_zh = fields.String(allow_none=True)
    days = fields.Integer(metadata={"enum": list(HORIZONS)})
    due_on = fields.Date()
    side = fields.String(metadata={"enum": [side.value for side in Side], "description": "Yours."})
    answers = fields.List(fields.Nested(FollowUpAnswerOut), metadata={"description": "Your side's, the latest last."})


class FollowUpsOut(Schema):
    rows = fields.List(fields.Nested(FollowUpOut))
    next = fields.String(allow_none=True)


class ConversionPointOut(Schema):
    days = fields.Integer(metadata={"enum": list(HORIZONS)})
    observed = fields.Integer(allow_none=True, metadata={"description": "null: too few deals or organisations to be told."})
    converted = fields.Integer(allow_none=True)


class ConversionOut(Schema):
    fair = fields.String()
    points = fields.List(fields.Nested(ConversionPointOut))


def answer_out(answer: Any) -> dict[str, Any]:
    return {
        "side": answer.side.value, "outcome": answer.outcome.value, "currency": answer.currency, "reason": answer.reason,
        "amount": None if answer.amount_minor is None else to_text(answer.amount_minor, answer.currency),
        "contract_reference": answer.contract_reference, "answered_at": answer.answered_at,
    }  # fmt: skip


def followup_out(mine: Any) -> dict[str, Any]:
    """The plain mapping of a `queries.Mine`."""
    return {
        "id": mine.followup.id, "contract_id": mine.contract.id, "reference": mine.contract.reference, "title_en": mine.contract.title_en,
        "title_zh": mine.contract.title_zh, "days": mine.followup.days, "due_on": mine.followup.due_on, "side": mine.side.value,
        "answers": [answer_out(answer) for answer in mine.answers],
    }  # fmt: skip
