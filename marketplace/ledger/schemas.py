"""What goes out: totals, vouchers; what comes in: the query of a total, a scope."""

from typing import Any

from marshmallow import Schema, fields, validates_schema

from marketplace.core.fields import Code, CodeList, Day, FormSchema, MomentField, Slug, Text, Truth, Whole, refuse
from marketplace.core.i18n import gettext
from marketplace.core.money import to_text
from marketplace.ledger.models import ContractClass, Mark, Posting, Scope, Status, View, Voucher
from marketplace.ledger.queries import Row, Total
from marketplace.ledger.rules import Amounts
from marketplace.ledger.scopes import PLACES
from marketplace.taxonomy.vocabularies import DEAL_KINDS


class TotalQuery(FormSchema):
    """Which total: scope, moment or number, and whose view."""

    scope = Text(40, load_default=None, metadata={"description": "Code of a scope; the headline scope by default."})
    scope_number = Whole(1, 10_000, load_default=None, metadata={"description": "An older number of the scope."})
    as_of = MomentField(load_default=None, metadata={"description": "As recorded by this moment (recorded time, not contract date)."})
    as_of_seq = Whole(0, 2**31 - 1, load_default=None, metadata={"description": "As recorded by this voucher number."})
    view = Code([view.value for view in View], load_default=None, metadata={"description": "staff: every deal (staff of the fair only)."})

    @validates_schema
    def one_moment(self, data: dict[str, Any], **_: Any) -> None:
        if data.get("as_of") is not None and data.get("as_of_seq") is not None:
            raise refuse("as_of_twice", gettext("Give as_of or as_of_seq, not both."), "as_of_seq")


class CurrencyAmountOut(Schema):
    currency = fields.String()
    count = fields.Integer()
    disclosed = fields.Integer(metadata={"description": "Deals of these with a disclosed amount."})
    total_minor = fields.Integer()
    total = fields.String(metadata={"example": "17848000000.00"})
    technology_minor = fields.Integer()
    technology = fields.String()


class FigureOut(CurrencyAmountOut):
    contract_class = fields.String(data_key="class")
    status = fields.String()
    by_currency = fields.List(fields.Nested(CurrencyAmountOut), metadata={"description": "Original currencies, never added."})


class CellOut(Schema):
    key = fields.String()
    count = fields.Integer()
    total_minor = fields.Integer()
    total = fields.String()


class BreakdownsOut(Schema):
    kind = fields.List(fields.Nested(CellOut))
    field = fields.List(fields.Nested(CellOut))
    country = fields.List(fields.Nested(CellOut))
    month = fields.List(fields.Nested(CellOut))


class MarkOut(Schema):
    """Verified contracts that bear a mark; beside the headline, never added to it."""

    mark = fields.String(metadata={"description": "in_force, registered, performed"})
    count = fields.Integer()
    total_minor = fields.Integer()
    total = fields.String()
    technology_minor = fields.Integer(metadata={"description": "Of registered ones the registered technology amount."})
    technology = fields.String()


class ScopeOut(Schema):
    code = fields.String()
    number = fields.Integer()
    name_en = fields.String()
    name_zh = fields.String()
    headline = fields.Boolean()
    rule = fields.Dict()


class TotalOut(Schema):
    """A total never stands alone: its scope, its moment, its currency, what stands beside it."""

    fair = fields.String()
    view = fields.String()
    scope = fields.Nested(ScopeOut)
    currency = fields.String()
    as_of = fields.String(metadata={"format": "date-time"})
    as_of_seq = fields.Integer()
    headline = fields.Nested(FigureOut)
    beside = fields.List(fields.Nested(FigureOut))
    marks = fields.List(fields.Nested(MarkOut))
    breakdowns = fields.Nested(BreakdownsOut)


def scope_out(scope: Scope) -> dict[str, Any]:
    return {
        "code": scope.code, "number": scope.number, "name_en": scope.name_en, "name_zh": scope.name_zh,
        "headline": scope.headline, "rule": scope.rule,
    }  # fmt: skip


def _money(amounts: Amounts, currency: str, *, base: bool) -> dict[str, Any]:
    total = amounts.base_total_minor if base else amounts.total_minor
    technology = amounts.base_technology_minor if base else amounts.technology_minor
    return {
        "currency": currency, "count": amounts.count, "disclosed": amounts.disclosed, "total_minor": total,
        "total": to_text(total, currency), "technology_minor": technology, "technology": to_text(technology, currency),
    }  # fmt: skip


def figure_out(row: Row, currency: str) -> dict[str, Any]:
    return {
        "contract_class": row.contract_class.value,
        "status": row.status.value,
        **_money(row.amounts, currency, base=True),
        "by_currency": [_money(amounts, code, base=False) for code, amounts in row.by_currency.items()],
    }


def mark_out(mark: Mark, amounts: Amounts, currency: str) -> dict[str, Any]:
    return {
        "mark": mark.value, "count": amounts.count,
        "total_minor": amounts.base_total_minor, "total": to_text(amounts.base_total_minor, currency),
        "technology_minor": amounts.base_technology_minor, "technology": to_text(amounts.base_technology_minor, currency),
    }  # fmt: skip


def total_out(total: Total) -> dict[str, Any]:
    """The plain mapping of `TotalOut`."""
    currency = total.currency
    beside = [
        figure_out(total.row(contract_class, status), currency)
        for contract_class in (ContractClass.CONTRACT, ContractClass.FRAMEWORK, ContractClass.INTENT)
        for status in Status
        if (contract_class, status) != (ContractClass.CONTRACT, Status.VERIFIED)
    ]
    return {
        "fair": total.fair.slug, "view": total.view.value, "scope": scope_out(total.scope), "currency": currency,
        "as_of": total.as_of.isoformat(), "as_of_seq": total.as_of_seq,
        "headline": figure_out(total.headline, currency), "beside": beside,
        "marks": [mark_out(mark, amounts, currency) for mark, amounts in total.marks.items()],
        "breakdowns": {
            axis: [
                {"key": key, "count": a.count, "total_minor": a.base_total_minor, "total": to_text(a.base_total_minor, currency)}
                for key, a in total.breakdowns.get(axis, {}).items()
            ]
            for axis in ("kind", "field", "country", "month")
        },
    }  # fmt: skip


class LedgerQuery(FormSchema):
    after_seq = Whole(0, 2**31 - 1, load_default=0, metadata={"description": "Vouchers after this number."})
    limit = Whole(1, 200, load_default=100)


class PostingOut(Schema):
    contract_class = fields.String(data_key="class")
    status = fields.String(allow_none=True, metadata={"description": "null: outside the fair, or the account of a mark"})
    mark = fields.String(allow_none=True)
    currency = fields.String()
    count = fields.Integer()
    total_minor = fields.Integer(allow_none=True)
    technology_minor = fields.Integer(allow_none=True)
    base_total_minor = fields.Integer(allow_none=True)
    base_technology_minor = fields.Integer(allow_none=True)


class VoucherOut(Schema):
    seq = fields.Integer()
    id = fields.UUID()
    contract_id = fields.UUID()
    move = fields.String()
    reverses_id = fields.UUID(allow_none=True, metadata={"description": "This is the exact opposite of that voucher."})
    corrects_id = fields.UUID(allow_none=True, metadata={"description": "The voucher that this one corrects."})
    hash = fields.String(metadata={"description": "SHA-256 over this voucher, its postings and the hash before it."})
    reason = fields.String(allow_none=True)
    booked_at = fields.AwareDateTime()
    booked_by = fields.UUID(allow_none=True)
    kind = fields.String()
    place = fields.String()
    signed_on = fields.String(allow_none=True)
    field = fields.String()
    country = fields.String()
    open = fields.Boolean()
    rate_from = fields.String(allow_none=True)
    rate_to = fields.String(allow_none=True)
    rate_day = fields.String(allow_none=True)
    rate_source = fields.String(allow_none=True)
    postings = fields.List(fields.Nested(PostingOut))


class LedgerOut(Schema):
    rows = fields.List(fields.Nested(VoucherOut))
    last_seq = fields.Integer()


def voucher_out(voucher: Voucher, postings: list[Posting]) -> dict[str, Any]:
    """The plain mapping of `VoucherOut`."""
    plain = {name: getattr(voucher, name) for name in VoucherOut._declared_fields if name != "postings"}
    lines = [
        {"contract_class": p.contract_class.value, "status": p.status.value if p.status else None, "mark": p.mark.value if p.mark else None}
        | {n: getattr(p, n) for n in PostingOut._declared_fields if n not in {"contract_class", "status", "mark"}}
        for p in postings
    ]
    return plain | {"postings": lines}


class ScopeIn(FormSchema):
    """A counting rule: what it takes in, by kind, place and day of signing."""

    code = Slug(required=True)
    name_en = Text(120, required=True)
    name_zh = Text(120, required=True)
    kinds = CodeList(DEAL_KINDS.codes, least=1, most=20, required=True)
    places = CodeList(PLACES, least=1, most=3, required=True)
    first = Day(load_default=None, allow_none=True)
    last = Day(load_default=None, allow_none=True)
    headline = Truth(load_default=False)
