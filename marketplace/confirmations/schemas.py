"""What may come in (one schema for JSON, the link's page and the signed-in page), and what goes out."""

from typing import Any

from marshmallow import Schema, fields, validates_schema

from marketplace.confirmations import rules
from marketplace.confirmations.models import Answer, Mismatch, Request, Side
from marketplace.confirmations.publishing import Sheet
from marketplace.confirmations.queries import SideState, State
from marketplace.contracts.amending import Amendment, Proposal
from marketplace.contracts.answers import ContractOut, contract_out
from marketplace.contracts.schemas import ContractIn, EntryForm
from marketplace.core.fields import Code, CodeList, Day, Email, FormSchema, Part, Text, Truth, Whole, refuse
from marketplace.core.i18n import LANGUAGES, gettext
from marketplace.core.money import CURRENCIES, to_text
from marketplace.core.pages import PageIn
from marketplace.taxonomy.vocabularies import DEAL_KINDS

WORD = ("confirm", "correct")


class ConfirmationIn(FormSchema):
    """Seven facts, each *confirm* or *correct* with what it should be; who answers; and what may be shown in public.

    Amounts are text such as "6800000.00", in the currency as it should be; ``content_hash`` names the content that was shown.
    """

    content_hash = Text(64, shortest=64, required=True)
    title = Code(WORD, required=True)
    title_to = Text(400, load_default=None, allow_none=True)
    parties = Code(WORD, required=True)
    parties_to = Text(1000, load_default=None, allow_none=True)
    kind = Code(WORD, required=True)
    kind_to = Code(DEAL_KINDS.codes, load_default=None, allow_none=True)
    total = Code(WORD, required=True)
    total_to = Text(64, load_default=None, allow_none=True)
    total_undisclosed = Truth(load_default=False)
    technology = Code(WORD, required=True)
    technology_to = Text(64, load_default=None, allow_none=True)
    technology_undisclosed = Truth(load_default=False)
    currency = Code(WORD, required=True)
    currency_to = Code(CURRENCIES, load_default=None, allow_none=True)
    signed_on = Code(WORD, required=True)
    signed_on_to = Day(load_default=None, allow_none=True)
    name = Text(120, shortest=2, required=True)
    position = Text(120, shortest=2, required=True)
    show_names = Truth(load_default=False)
    show_title = Truth(load_default=False)
    show_amount = Truth(load_default=False)

    @validates_schema
    def check(self, data: dict[str, Any], **_: Any) -> None:
        """A correction says what the fact should be; a confirmed fact has none."""
        for fact in rules.FACTS:
            said, undisclosed = data.get(f"{fact}_to"), data.get(f"{fact}_undisclosed", False)
            if data.get(fact) == "correct" and said is None and not undisclosed:
                raise refuse("correction_missing", gettext("Say what it should be."), f"{fact}_to")
            if said is not None and undisclosed:
                raise refuse("amount_and_undisclosed", gettext("Give the amount or tick undisclosed, not both."), f"{fact}_to")
            if data.get(fact) == "confirm" and (said is not None or undisclosed) and not self.context_is_form:
                raise refuse("correction_of_confirmed", gettext("A confirmed fact needs no correction."), f"{fact}_to")


class AskIn(FormSchema):
    """Which sides to ask, and a mail address for each where one is known; members of registered parties are written to anyway."""

    sides = CodeList([side.value for side in Side], most=2, least=1, load_default=lambda: [side.value for side in Side])
    provider_email = Email(load_default=None, allow_none=True)
    recipient_email = Email(load_default=None, allow_none=True)
    language = Code(LANGUAGES, load_default="en")


class SettleMismatchIn(FormSchema):
    note = Text(1000, shortest=5, required=True, multiline=True)


class ConfirmationRuleIn(FormSchema):
    both_confirm = Truth(load_default=False)


class ConfirmationRuleForm(ConfirmationRuleIn):
    """The page says which version it was opened at."""

    version = Whole(1, 2**31 - 1, load_default=None, allow_none=True)


class ConfirmationRuleOut(Schema):
    both_confirm = fields.Boolean()
    version = fields.Integer()


class ProposeAmendmentIn(FormSchema):
    """The contract as it should be, whole, and why."""

    reason = Text(1000, shortest=5, required=True, multiline=True)
    facts = Part(ContractIn, required=True)


class ProposeForm(EntryForm):
    """The desk's entry form with a reason."""

    reason = Text(1000, shortest=5, required=True, multiline=True)


class ApproveAmendmentIn(FormSchema):
    """The hash of the proposed content that was shown."""

    content_hash = Text(64, shortest=64, required=True)


class TurnDownAmendmentIn(FormSchema):
    note = Text(1000, shortest=5, required=True, multiline=True)


class MismatchesQuery(PageIn):
    fair = Text(60, load_default=None)


class ConfirmationOut(Schema):
    id = fields.UUID()
    side = fields.String()
    content_hash = fields.String()
    corrections = fields.Dict(metadata={"description": "{fact: what it should be}; amounts in minor units, null: undisclosed."})
    name = fields.String()
    position = fields.String()
    show_names = fields.Boolean()
    show_title = fields.Boolean()
    show_amount = fields.Boolean()
    answered_at = fields.AwareDateTime()


class MismatchOut(Schema):
    id = fields.UUID()
    contract_id = fields.UUID()
    content_hash = fields.String()
    opened_at = fields.AwareDateTime()
    settled_at = fields.AwareDateTime(allow_none=True)
    settled_how = fields.String(allow_none=True)
    note = fields.String(allow_none=True)
    version = fields.Integer()


class MismatchRowOut(MismatchOut):
    reference = fields.String()
    facts = fields.Dict(metadata={"description": "The seven facts as the side was shown them."})
    answer = fields.Nested(ConfirmationOut)


class MismatchesOut(Schema):
    rows = fields.List(fields.Nested(MismatchRowOut))
    next = fields.String(allow_none=True)


class ConfirmationSideOut(Schema):
    side = fields.String()
    stands = fields.String(metadata={"description": "not_asked, asked, confirmed, differs or settled"})
    request_id = fields.UUID(allow_none=True, metadata={"description": "The open question, if any."})
    asked_at = fields.AwareDateTime(allow_none=True)
    answer = fields.Nested(ConfirmationOut, allow_none=True)


class ConfirmationsOut(Schema):
    """A party sees its own side only."""

    content_hash = fields.String()
    facts = fields.Dict()
    confirmed_by = fields.String(allow_none=True, metadata={"description": "both, one or nobody; null for a party"})
    sides = fields.List(fields.Nested(ConfirmationSideOut))


class AskedSideOut(Schema):
    side = fields.String()
    expires_at = fields.AwareDateTime()


class AskedOut(Schema):
    rows = fields.List(fields.Nested(AskedSideOut), metadata={"description": "The links themselves go out by mail only."})


class AmendmentOut(Schema):
    id = fields.UUID()
    number = fields.Integer()
    reason = fields.String()
    outcome = fields.String()
    before_hash = fields.String()
    content_hash = fields.String(metadata={"description": "Of the proposed content: name it when you approve."})
    proposed_at = fields.AwareDateTime()
    decided_at = fields.AwareDateTime(allow_none=True)
    note = fields.String(allow_none=True)
    version = fields.Integer()


class ProposalOut(AmendmentOut):
    facts = fields.Nested(ContractOut, metadata={"description": "The contract as it would be."})


class AmendmentsOut(Schema):
    rows = fields.List(fields.Nested(AmendmentOut))


class VerificationNameOut(Schema):
    role = fields.String()
    name = fields.String()


class VerificationFairOut(Schema):
    slug = fields.String()
    name_en = fields.String()
    name_zh = fields.String()


class VerificationOut(Schema):
    """Under a public code. Title, names and amount are null unless both sides allowed them; under embargo all is null but the fair."""

    code = fields.String()
    embargo = fields.Boolean(attribute="held", metadata={"description": "Known, and not announced yet."})
    reference = fields.String(allow_none=True)
    fair = fields.Nested(VerificationFairOut)
    status = fields.String(allow_none=True, metadata={"description": "verified or void"})
    verified_on = fields.Date(allow_none=True)
    amended_on = fields.List(fields.Date())
    void_on = fields.Date(allow_none=True)
    title_en = fields.String(allow_none=True)
    title_zh = fields.String(allow_none=True)
    names = fields.List(fields.Nested(VerificationNameOut), allow_none=True)
    amount_shown = fields.Boolean(metadata={"description": "Whether the amount is public; a public null is an undisclosed one."})
    total_amount = fields.String(allow_none=True)
    currency = fields.String(allow_none=True)


def sheet_out(sheet: Sheet) -> dict[str, Any]:
    plain = {name: getattr(sheet, name, None) for name in VerificationOut._declared_fields}
    amount = None if sheet.total_minor is None or sheet.currency is None else to_text(sheet.total_minor, sheet.currency)
    return plain | {"code": rules.grouped(sheet.code), "held": sheet.held, "total_amount": amount}


def mismatch_row(mismatch: Mismatch, *, reference: str, request: Request, answer: Answer) -> dict[str, Any]:
    plain = {name: getattr(mismatch, name, None) for name in MismatchOut._declared_fields}
    return plain | {"reference": reference, "facts": request.facts, "answer": answer}


def side_out(side: SideState) -> dict[str, Any]:
    return {
        "side": side.side, "stands": side.stands, "request_id": side.open.id if side.open else None,
        "asked_at": side.open.asked_at if side.open else None, "answer": side.answer,
    }  # fmt: skip


def state_out(state: State, *, content_hash: str, facts: dict[str, Any], only: set[Side] | None) -> dict[str, Any]:
    """``only``: the sides that the reader may see; None for staff, who see both."""
    sides = [side_out(side) for side in state.sides.values() if only is None or side.side in only]
    return {"content_hash": content_hash, "facts": facts, "sides": sides, "confirmed_by": state.confirmed_by if only is None else None}


def proposal_out(proposal: Proposal) -> dict[str, Any]:
    amendment: Amendment = proposal.amendment
    plain = {name: getattr(amendment, name) for name in AmendmentOut._declared_fields}
    return plain | {"facts": contract_out(proposal.then.contract, proposal.then.parties)}
