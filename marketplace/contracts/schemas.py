"""What may come in: one schema for JSON and the desk's form; what goes out is in `answers`."""

import re
from collections.abc import Mapping, Sequence
from typing import Any

from marshmallow import ValidationError, fields, post_load, pre_load, validates_schema

from marketplace.contracts.models import (
    MARKS,
    PLACES,
    REANNOUNCED,
    Contract,
    OtherAmount,
    OtherKind,
    Party,
    PartyRole,
    PaymentMode,
)
from marketplace.core.amounts import UNITS, parse_typed
from marketplace.core.fields import Code, CodeList, Day, FormSchema, Reference, Refusal, Slug, Text, Truth, Whole, refuse
from marketplace.core.i18n import gettext
from marketplace.core.money import CURRENCIES, MESSAGES, AmountError, to_minor, to_text
from marketplace.core.pages import PageIn
from marketplace.ledger.models import ContractClass, Status
from marketplace.taxonomy.vocabularies import CHINA_FIELDS, COUNTRIES, DEAL_KINDS, IP_KINDS, LEGAL_TYPES, PLAN_CATEGORIES, PURPOSES

REGION = re.compile(r"[1-9][0-9](?:[0-9]{4})?")
PERCENT = re.compile(r"([0-9]{1,3})(?:[.,]([0-9]{1,2}))? ?%?")
VARIABLE = ("floor", "cap")
"""The bounds of the variable part."""
_VALUE = ("total_amount", "total_unit", "total_undisclosed", "technology_amount", "technology_unit", "technology_undisclosed")
_OF_A_CONTRACT = (*_VALUE, "payment_mode", "royalty_percent", "milestones", "floor_amount", "floor_unit", "framework_id")
NOT_ASKED = {"intent": (*_OF_A_CONTRACT, "cap_amount", "cap_unit", "intent_id"), "framework": _OF_A_CONTRACT}
"""Fields of the page by class: an intent or a framework has no value, a framework may have a ceiling."""


class PartyIn(FormSchema):
    """One party; ``organization_id`` where it is registered here, ``region`` in China by GB/T 2260 (two or six digits)."""

    role = Code([role.value for role in PartyRole], required=True)
    name = Text(200, required=True)
    country = Code(lambda: COUNTRIES.codes, required=True)
    organization_id = Reference(load_default=None, allow_none=True)
    signatory = Text(120, load_default=None, allow_none=True)
    legal_type = Code(lambda: LEGAL_TYPES.codes, load_default=None, allow_none=True)
    region = Text(6, load_default=None, allow_none=True)

    @validates_schema
    def check(self, data: dict[str, Any], **_: Any) -> None:
        if data.get("region") and not REGION.fullmatch(data["region"]):
            raise refuse("region", gettext("Two or six digits of GB/T 2260 are expected, such as 11 or 110108."), "region")


class OtherAmountIn(FormSchema):
    """An amount of its own kind: planned investment, fund size, annualised intention. Never deal value."""

    kind = Code([kind.value for kind in OtherKind], required=True)
    amount = Text(64, required=True)
    unit = Code(UNITS, load_default="one")
    currency = Code(CURRENCIES, load_default=None, allow_none=True)


class ContractIn(FormSchema):
    """The facts of a contract. An amount is text such as "6800000.00", or null for undisclosed; a form adds a unit and a tick.

    ``total_amount`` is the fixed part. ``floor_amount`` and ``cap_amount`` bound the variable part (royalty, milestones).
    """

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
    framework_id = Reference(load_default=None, allow_none=True)
    intent_id = Reference(load_default=None, allow_none=True)
    announced_on = Day(load_default=None, allow_none=True)
    announced_where = Text(300, load_default=None, allow_none=True)
    payment_mode = Code([mode.value for mode in PaymentMode], load_default=None, allow_none=True)
    royalty_bp = Whole(1, 10000, load_default=None, allow_none=True)
    milestones = Text(500, load_default=None, allow_none=True)
    floor_amount = Text(64, load_default=None, allow_none=True)
    floor_unit = Code(UNITS, load_default="one")
    cap_amount = Text(64, load_default=None, allow_none=True)
    cap_unit = Code(UNITS, load_default="one")
    other_amounts = fields.List(fields.Nested(OtherAmountIn), load_default=list, metadata={"maxItems": len(OtherKind)})
    valid_from = Day(load_default=None, allow_none=True)
    valid_to = Day(load_default=None, allow_none=True)
    ip_kinds = CodeList(lambda: IP_KINDS.codes, most=10, load_default=None, allow_none=True)
    plan_category = Code(lambda: PLAN_CATEGORIES.codes, load_default=None, allow_none=True)
    purpose = Code(lambda: PURPOSES.codes, load_default=None, allow_none=True)
    related_parties = Truth(load_default=None, allow_none=True)
    distinct_from = fields.List(Reference(), load_default=list, metadata={"maxItems": 20})
    distinct_reason = Text(500, shortest=5, load_default=None, allow_none=True)

    @pre_load
    def rows_of_a_form(self, data: Any, **_: Any) -> Any:
        """What a form leaves blank inside a row says nothing; a row of other amounts without an amount is no row."""
        if not self.context_is_form or not isinstance(data, Mapping):
            return data
        cleaned = dict(data)
        for name in ("parties", "other_amounts"):
            if isinstance(rows := data.get(name), list):
                kept = [{k: v for k, v in row.items() if v != ""} if isinstance(row, Mapping) else row for row in rows]
                cleaned[name] = [row for row in kept if name == "parties" or "amount" in row]
        return cleaned

    @validates_schema
    def check(self, data: dict[str, Any], **_: Any) -> None:
        if not data.get("title_en") and not data.get("title_zh"):
            raise refuse("required", gettext("A title in English or Chinese is needed."), "title_en")
        roles = [party["role"] for party in data.get("parties", [])]
        if not 2 <= len(roles) <= 10 or PartyRole.PROVIDER not in roles or PartyRole.RECIPIENT not in roles:
            raise refuse("parties", gettext("Between 2 and 10 parties, with a provider and a recipient among them."), "parties")
        kinds = [other["kind"] for other in data.get("other_amounts", [])]
        if len(set(kinds)) != len(kinds):
            raise refuse("list_twice", gettext("A value stands there twice."), "other_amounts")
        if data.get("place") == REANNOUNCED and not (data.get("announced_on") or data.get("announced_where")):
            raise refuse("required", gettext("Say when or where it was announced before."), "announced_where")
        if data.get("place") != REANNOUNCED and (data.get("announced_on") or data.get("announced_where")):
            raise refuse("not_reannounced", gettext("An earlier announcement belongs to a deal that was announced again."), "place")
        if data.get("valid_from") and data.get("valid_to") and data["valid_to"] < data["valid_from"]:
            raise refuse("days_order", gettext("The last day is before the first."), "valid_to")
        if len(data.get("distinct_from", [])) > 20:
            raise refuse("list_length", gettext("Between %(least)s and %(most)s values.", least=0, most=20), "distinct_from")
        if data.get("distinct_from") and not data.get("distinct_reason"):
            raise refuse("required", gettext("Say why it is not the same deal."), "distinct_reason")

    @post_load(pass_original=True)
    def amounts(self, data: dict[str, Any], original: Any, **_: Any) -> dict[str, Any]:
        data["contract_class"] = ContractClass(data["contract_class"])
        data["payment_mode"] = PaymentMode(data["payment_mode"]) if data["payment_mode"] else None
        for party in data["parties"]:
            party["role"] = PartyRole(party["role"])
        for name in ("total", "technology"):
            data[f"{name}_minor"] = self._minor(name, data)
            data[f"{name}_implied"] = not self.context_is_form and f"{name}_amount" not in original and not data[f"{name}_undisclosed"]
            for part in ("amount", "unit", "undisclosed"):
                data.pop(f"{name}_{part}")
        for name in VARIABLE:
            typed, unit = data.pop(f"{name}_amount"), data.pop(f"{name}_unit")
            data[f"{name}_minor"] = None if typed is None else self._parsed(typed, unit, data["currency"], f"{name}_amount")
        self._others(data)
        data["ip_kinds"] = data["ip_kinds"] or None
        total, technology = data["total_minor"], data["technology_minor"]
        if total is not None and technology is not None and technology > total:
            raise refuse("technology_of_total", gettext("The technology amount is more than the total. Were they swapped?"), "technology_amount")
        floor, cap = data["floor_minor"], data["cap_minor"]
        if floor is not None and cap is not None and floor > cap:
            raise refuse("floor_of_cap", gettext("The least is more than the most. Were they swapped?"), "floor_amount")
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
        return self._parsed(text, data[f"{name}_unit"], data["currency"], field)

    def _parsed(self, text: str, unit: str, currency: str, field: str) -> int:
        return parsed(text, unit, currency, field=field, typed=self.context_is_form)

    def _others(self, data: dict[str, Any]) -> None:
        for place, other in enumerate(data["other_amounts"]):
            other["currency"] = other["currency"] or data["currency"]
            other["kind"] = OtherKind(other["kind"])
            other["amount_minor"] = self._parsed(other.pop("amount"), other.pop("unit"), other["currency"], f"other_amounts/{place}/amount")


def parsed(text: str, unit: str, currency: str, *, field: str, typed: bool) -> int:
    """Minor units of an amount: as people type it on a page, or exactly as programs write it. Raises ValidationError."""
    try:
        return parse_typed(text, unit=unit, currency=currency) if typed else to_minor(text, currency)
    except AmountError as error:
        raise ValidationError(nested(field, Refusal(error.code, gettext(MESSAGES[error.code]) % error.params))) from error


def nested(path: str, message: Refusal) -> dict[Any, Any]:
    """A message where marshmallow would put it: 'lines/0/amount' becomes {'lines': {0: {'amount': [message]}}}."""
    found: Any = [message]
    for part in reversed(path.split("/")):
        found = {int(part) if part.isdigit() else part: found}
    return found  # type: ignore[no-any-return]


class EntryForm(ContractIn):
    """The desk's page: besides the facts, which version was opened, which amounts were read back and confirmed, and which
    questions were answered. What a class is not asked, is not taken from it either."""

    version = Whole(1, 2**31 - 1, load_default=None, allow_none=True)
    confirmed = Text(400, load_default=None, allow_none=True)
    answers = fields.List(Text(200), load_default=list)
    royalty_percent = Text(8, load_default=None, allow_none=True)
    achievement_reference = Text(20, load_default=None, allow_none=True)

    @pre_load
    def only_what_was_asked(self, data: Any, **_: Any) -> Any:
        asked_not = NOT_ASKED.get(data.get("class", ""), ())
        if data.get("place") != REANNOUNCED:
            asked_not = (*asked_not, "announced_on", "announced_where")
        return {name: value for name, value in data.items() if name not in asked_not}

    @post_load
    def in_basis_points(self, data: dict[str, Any], **_: Any) -> dict[str, Any]:
        percent = data.pop("royalty_percent")
        if percent is not None:
            match = PERCENT.fullmatch(percent.replace("％", "%"))
            bp = int(match[1]) * 100 + int((match[2] or "").ljust(2, "0")) if match else 0
            if not 1 <= bp <= 10000:
                raise refuse("royalty", gettext("A percentage such as 2.5 is expected, with at most two decimals."), "royalty_percent")
            data["royalty_bp"] = bp
        return data


class AttachForm(FormSchema):
    """The upload form has no field but the file itself."""


class SeenIn(FormSchema):
    """Signing and verifying name the hash of the content that was shown."""

    content_hash = Text(64, shortest=64, required=True)


class VoidIn(FormSchema):
    reason = Text(1000, shortest=5, required=True, multiline=True)


class MarkIn(FormSchema):
    """A mark of a verified contract: since when; for *registered* its number, and the registered technology amount if it differs."""

    on = Day(required=True)
    number = Text(20, load_default=None, allow_none=True)
    technology_amount = Text(64, load_default=None, allow_none=True)
    technology_unit = Code(UNITS, load_default="one")


class ClearMarkIn(FormSchema):
    reason = Text(500, shortest=5, required=True, multiline=True)


class SettleIn(FormSchema):
    """Merging a reported deal into a contract that is there."""

    contract_id = Reference(required=True)


class ReportsQuery(PageIn):
    fair = Slug(load_default=None)


class ContractsQuery(PageIn):
    fair = Text(60, load_default=None)
    status = Code([status.value for status in Status], load_default=None)
    contract_class = Code([value.value for value in ContractClass], load_default=None, data_key="class")
    place = Code(PLACES, load_default=None)
    mark = Code(MARKS, load_default=None)


class HandoversQuery(FormSchema):
    fair = Slug(required=True)


KEPT = (
    "title_en", "title_zh", "kind", "field", "place", "currency", "signed_on", "number", "high_tech", "open", "achievement_id", "need_id",
    "framework_id", "intent_id", "announced_on", "announced_where", "milestones", "valid_from", "valid_to", "ip_kinds",
    "plan_category", "purpose", "related_parties",
)  # fmt: skip
"""Facts that a form shows as they are stored."""


def percent_text(basis_points: int) -> str:
    """Hundredths of a percent as one types a percentage: 250 is "2.5"."""
    return f"{basis_points // 100}.{basis_points % 100:02d}".rstrip("0").rstrip(".")


def form_values(contract: Contract, parties: list[Party], others: Sequence[OtherAmount] = ()) -> dict[str, Any]:
    """What the edit form shows of a stored contract."""
    amounts: dict[str, Any] = {}
    for name in ("total", "technology", *VARIABLE):
        minor = getattr(contract, f"{name}_minor")
        amounts[f"{name}_amount"] = None if minor is None else to_text(minor, contract.currency)
        if name not in VARIABLE:
            amounts[f"{name}_undisclosed"] = minor is None
    royalty = contract.royalty_bp
    return {name: getattr(contract, name) for name in KEPT} | amounts | {
        "royalty_percent": None if royalty is None else percent_text(royalty),
        "class": contract.contract_class.value,
        "payment_mode": contract.payment_mode.value if contract.payment_mode else None,
        "parties": [
            {name: getattr(p, name) for name in ("name", "country", "organization_id", "signatory", "legal_type", "region")} | {"role": p.role.value}
            for p in parties
        ],
        "other_amounts": [{"kind": o.kind.value, "amount": to_text(o.amount_minor, o.currency), "currency": o.currency} for o in others],
    }  # fmt: skip


def handover_values(facts: dict[str, Any]) -> dict[str, Any]:
    """What the entry form shows of handed-over facts."""
    currency = facts.get("currency") or "CNY"
    amounts: dict[str, Any] = {}
    for name in ("total", "technology"):
        minor = facts.get(f"{name}_minor")
        amounts |= {f"{name}_amount": None if minor is None else to_text(minor, currency), f"{name}_undisclosed": minor is None}
    royalty = facts.get("royalty_bp")
    beside = PaymentMode.UPFRONT_PLUS_ROYALTY.value if facts.get("total_minor") is not None else None  # undisclosed says nothing of how
    return amounts | {
        "royalty_percent": percent_text(royalty) if royalty else None, "payment_mode": beside if royalty else None,
        "class": ContractClass.CONTRACT.value, "title_en": facts.get("title_en"), "title_zh": facts.get("title_zh"),
        "kind": facts.get("kind"), "currency": currency, "parties": facts.get("parties", []), "place": "at_fair",
        "achievement_id": facts.get("achievement_id"), "need_id": facts.get("need_id"), "field": facts.get("field"),
    }  # fmt: skip


