"""What may come in: what to freeze, why to withdraw, what to carry over, what is signed. What goes out: figures."""

from typing import Any

import orjson
from marshmallow import Schema, fields, validates_schema

from marketplace.core.fields import Code, FormSchema, Slug, Text, Whole, refuse
from marketplace.core.i18n import gettext
from marketplace.figures.models import AXES, Figure, Withdrawal


class FreezeIn(FormSchema):
    """Which public total to freeze: of a scope, whole or one cell of it, as of a number of the public view."""

    fair = Slug(required=True)
    scope = Text(40, load_default=None, allow_none=True, metadata={"description": "Code of a scope; the headline scope by default."})
    axis = Code(AXES, load_default=None, allow_none=True, metadata={"description": "Freeze one cell of this breakdown only."})
    key = Text(40, load_default=None, allow_none=True, metadata={"description": "The cell: a code of the breakdown."})
    public_seq = Whole(0, 2**31 - 1, load_default=None, allow_none=True, metadata={"description": "As of this number; the last by default."})

    @validates_schema
    def cell_is_whole(self, data: dict[str, Any], **_: Any) -> None:
        if (data.get("axis") is None) != (data.get("key") is None):
            raise refuse("cell_half", gettext("Give axis and key together, or neither."), "key")


class ConfirmIn(FormSchema):
    """The published preview: ``sha256`` is the hash of the statement that was shown."""

    scope = Text(40, required=True)
    cell = Text(60, load_default=None)
    public_seq = Whole(0, 2**31 - 1, required=True)
    sha256 = Text(64, shortest=64, required=True)


class WithdrawIn(FormSchema):
    reason = Text(1000, shortest=3, multiline=True, required=True)


class SignOffIn(FormSchema):
    sha256 = Text(64, shortest=64, required=True)


class NothingIn(FormSchema):
    """A button: nothing to fill in."""


class CarriedIn(FormSchema):
    item = Text(80, required=True)
    reason = Text(500, shortest=3, load_default=None, allow_none=True)


class CarryIn(FormSchema):
    """Why each open item is left to the next day; without a reason it is not."""

    items = fields.List(fields.Nested(CarriedIn), load_default=list)

    @validates_schema
    def each_once(self, data: dict[str, Any], **_: Any) -> None:
        items = [each["item"] for each in data.get("items", [])]
        if len(items) > 2000 or len(set(items)) != len(items):
            raise refuse("list_twice", gettext("A value stands there twice."), "items")


class WithdrawnOut(Schema):
    at = fields.AwareDateTime()
    reason = fields.String()


class BothOut(Schema):
    en = fields.String()
    zh = fields.String()


class FigureRowOut(Schema):
    """A published figure in a list."""

    code = fields.String(metadata={"example": "F-7K3M-9QXD"})
    fair = fields.String()
    scope = fields.String()
    scope_number = fields.Integer()
    axis = fields.String(allow_none=True)
    key = fields.String(allow_none=True)
    public_seq = fields.Integer(metadata={"description": "The ledger's number that it is a state of, in the public view."})
    cut_off = fields.String(metadata={"format": "date-time"})
    currency = fields.String()
    contracts = fields.Integer()
    total_minor = fields.Integer()
    total = fields.String()
    press = fields.Nested(BothOut)
    sha256 = fields.String(metadata={"description": "Of the statement's bytes, see /api/v1/figures/{code}/statement."})
    earlier = fields.String(allow_none=True, metadata={"description": "Code of the figure that it says the difference from."})
    frozen_at = fields.AwareDateTime()
    withdrawn = fields.Nested(WithdrawnOut, allow_none=True)


class PublishedFigureOut(FigureRowOut):
    """A published figure: the same for everybody, for ever."""

    statement = fields.Dict(metadata={"description": "What was published: facts and words. Canonical, so that its bytes have the hash."})


class FiguresOut(Schema):
    rows = fields.List(fields.Nested(FigureRowOut))
    next = fields.String(allow_none=True)


class StatementOut(Schema):
    """The frozen bytes themselves."""

    format = fields.Integer()
    facts = fields.Dict()
    words = fields.Dict()


def row_out(figure: Figure, withdrawal: Withdrawal | None) -> dict[str, Any]:
    """The plain mapping of `FigureRowOut`."""
    statement = orjson.loads(figure.statement)
    facts = statement["facts"]
    return {
        "code": figure.code, "fair": facts["fair"], "scope": facts["scope"]["code"], "scope_number": facts["scope"]["number"],
        "axis": figure.axis or None, "key": figure.key or None, "public_seq": figure.public_seq, "cut_off": facts["cut_off"],
        "currency": facts["currency"], "contracts": facts["contracts"], "total_minor": facts["total_minor"], "total": facts["total"],
        "press": statement["words"]["press"], "sha256": figure.sha256, "earlier": facts["earlier"], "frozen_at": figure.frozen_at,
        "withdrawn": {"at": withdrawal.withdrawn_at, "reason": withdrawal.reason} if withdrawal else None,
    }  # fmt: skip


def figure_out(figure: Figure, withdrawal: Withdrawal | None) -> dict[str, Any]:
    """The plain mapping of `PublishedFigureOut`."""
    return row_out(figure, withdrawal) | {"statement": orjson.loads(figure.statement)}
