"""What may come in and what goes out about the credit of contracts."""

from typing import Any

from marshmallow import Schema, fields

from marketplace.core.fields import Code, FormSchema, Part, Text, Whole, refuse
from marketplace.core.i18n import gettext
from marketplace.core.pages import PageIn
from marketplace.credits.models import WHOLE_BP, SplitStatus
from marketplace.credits.rules import MOST_AGENCIES
from marketplace.ledger.models import View
from marketplace.negotiations.schemas import Percent


class ShareIn(FormSchema):
    """One agency's share."""

    agency = Text(200, required=True, metadata={"description": "Its address (slug), or its exact name."})
    share_bp = Whole(1, WHOLE_BP, required=True, metadata={"description": "Hundredths of a percent: 3334 is 33.34 %."})


class SharePercent(Percent):
    """A share as people type it, "33.34"; loads as hundredths of a percent, 1 to 10,000."""

    def _deserialize(self, value: Any, attr: str | None, data: Any, **kwargs: Any) -> Any:
        basis = super()._deserialize(value, attr, data, **kwargs)
        if basis == 0:
            raise refuse("share_nothing", gettext("An agency without a share is left out."))
        return basis


class ShareFormIn(FormSchema):
    """The same as a person types it."""

    agency = Text(200, required=True)
    percent = SharePercent(12, attribute="share_bp", required=True)
    context_is_form = True


class SplitIn(FormSchema):
    """How the agencies of a contract share its credit; 100 % together."""

    shares = fields.List(Part(ShareIn), required=True, metadata={"minItems": 1, "maxItems": MOST_AGENCIES})
    note = Text(500, load_default=None)


class SplitFormIn(FormSchema):
    shares = fields.List(Part(ShareFormIn), required=True)
    note = Text(500, load_default=None)


class AgreeSplitIn(FormSchema):
    """Which shares were shown."""

    content_hash = Text(64, required=True, metadata={"description": "The hash of the shares that you agree to."})


class DeclineSplitIn(AgreeSplitIn):
    """Why not."""

    reason = Text(500, required=True)


class SplitsIn(PageIn):
    """One's own splits, the latest first."""


class RankingIn(FormSchema):
    scope = Text(40, load_default=None, metadata={"description": "Code of a scope; the headline one without it."})
    view = Code([view.value for view in View], load_default=None, metadata={"description": "Staff of the fair see every deal."})


class CreditOrganizationOut(Schema):
    id = fields.UUID()
    slug = fields.String()
    name = fields.String()


class CreditShareOut(CreditOrganizationOut):
    share_bp = fields.Integer(metadata={"description": "Hundredths of a percent."})


class CreditAnswerOut(CreditOrganizationOut):
    agreed = fields.Boolean()
    reason = fields.String(allow_none=True)
    at = fields.AwareDateTime()


class CreditSplitOut(Schema):
    """A split as those concerned and the contract's staff read it; `frozen_at` says that it counts and never changes."""

    id = fields.UUID()
    contract = fields.String(metadata={"description": "Reference."})
    contract_id = fields.UUID(allow_none=True, metadata={"description": "Null for who may not read the contract itself."})
    number = fields.Integer()
    status = fields.String(metadata={"enum": [status.value for status in SplitStatus]})
    content_hash = fields.String()
    note = fields.String(allow_none=True)
    proposed_by = fields.Nested(CreditOrganizationOut)
    proposed_at = fields.AwareDateTime()
    settled_at = fields.AwareDateTime(allow_none=True)
    frozen_at = fields.AwareDateTime(allow_none=True)
    shares = fields.List(fields.Nested(CreditShareOut))
    answers = fields.List(fields.Nested(CreditAnswerOut))
    missing = fields.List(fields.Nested(CreditOrganizationOut), metadata={"description": "Who has not agreed yet."})
    may_answer = fields.Boolean()


class CreditSplitsOut(Schema):
    rows = fields.List(fields.Nested(CreditSplitOut))
    next = fields.String(allow_none=True)


class CreditAmountsOut(Schema):
    """`contracts` with a share; `share_bp` 10,000 for each whole contract; amounts in the fair's currency, as text."""

    contracts = fields.Integer()
    share_bp = fields.Integer()
    total = fields.String()
    technology = fields.String()


class CreditRowOut(CreditAmountsOut):
    rank = fields.Integer()
    agency = fields.Nested(CreditOrganizationOut)


class CreditRankingOut(Schema):
    """The agencies of a fair by the credit of its counted contracts. All of it adds up to `whole`, the headline."""

    fair = fields.String()
    scope = fields.String()
    view = fields.String(metadata={"enum": [view.value for view in View]})
    currency = fields.String()
    rows = fields.List(fields.Nested(CreditRowOut))
    unshared = fields.Nested(CreditAmountsOut, metadata={"description": "Contracts whose parties agreed on no split."})
    confidential = fields.Nested(CreditAmountsOut, metadata={"description": "Contracts that may not be broken down in public."})
    whole = fields.Nested(CreditAmountsOut)
