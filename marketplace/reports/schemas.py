"""What goes out: the record of a fair."""

from typing import Any

from marshmallow import Schema, fields

from marketplace.core.fields import Code, FormSchema
from marketplace.core.i18n import LANGUAGES
from marketplace.core.money import to_text
from marketplace.core.shares import in_percent
from marketplace.fairs.models import Fair
from marketplace.reports.models import Measure, Section, Unit
from marketplace.reports.record import Line


class OursOut(Schema):
    """What the ledger's public view says now."""

    scope = fields.String(metadata={"description": "Code of the ledger's scope."})
    scope_number = fields.Integer()
    measure = fields.String(metadata={"enum": [measure.value for measure in Measure]})
    unit = fields.String(metadata={"enum": [unit.value for unit in Unit]})
    value = fields.String(metadata={"description": "A count, an amount in the fair's currency, or a share in percent.", "example": "17848000000.00"})
    currency = fields.String(allow_none=True, metadata={"description": "null for a count or a share"})
    matches = fields.Boolean(metadata={"description": "Whether it equals the published figure exactly."})


class RecordFigureOut(Schema):
    position = fields.Integer()
    section = fields.String(metadata={"enum": [section.value for section in Section]})
    label_en = fields.String()
    label_zh = fields.String()
    value_en = fields.String(metadata={"description": "As it was published."})
    value_zh = fields.String()
    scope_en = fields.String()
    scope_zh = fields.String()
    source_en = fields.String()
    source_zh = fields.String()
    ours = fields.Nested(OursOut, allow_none=True, metadata={"description": "null where the ledger does not count it."})


class RecordOut(Schema):
    fair = fields.String()
    sample = fields.Boolean(metadata={"description": "The contracts behind our own figures are invented."})
    rows = fields.List(fields.Nested(RecordFigureOut))


def _row(line: Line, currency: str) -> dict[str, Any]:
    ours = line.ours
    found: dict[str, Any] = {name: getattr(line.figure, name) for name in RecordFigureOut._declared_fields if name != "ours"}
    found["ours"] = None
    if ours is not None:
        value = str(ours.value)
        if ours.unit is not Unit.COUNT:
            value = in_percent(ours.value) if ours.unit is Unit.SHARE else to_text(ours.value, currency)
        found["ours"] = {
            "scope": ours.scope.code, "scope_number": ours.scope.number, "matches": ours.matches, "measure": line.figure.measure,
            "unit": ours.unit.value, "value": value, "currency": currency if ours.unit is Unit.AMOUNT else None,
        }  # fmt: skip
    return found


def record_out(fair: Fair, lines: list[Line]) -> dict[str, Any]:
    """The plain mapping of `RecordOut`."""
    return {"fair": fair.slug, "sample": fair.sample, "rows": [_row(line, fair.base_currency) for line in lines]}


class BoardQuery(FormSchema):
    language = Code(tuple(LANGUAGES), load_default="en")


class BoardCellOut(Schema):
    label = fields.String()
    beside = fields.String(metadata={"description": "The same in the other language; empty where it is the same."})
    amount = fields.String()
    count = fields.Integer()
    width = fields.Float(metadata={"description": "Of its bar, 0 to 100."})


class BoardSigningOut(Schema):
    at = fields.String(metadata={"format": "date-time"})
    time = fields.String(metadata={"description": "On the fair's own clock."})
    title = fields.String()
    title_lang = fields.String()
    parties = fields.String()
    amount = fields.String()


class BoardTargetOut(Schema):
    minor = fields.Integer()
    amount = fields.String()
    percent = fields.String()
    width = fields.Float()


class BoardOut(Schema):
    """The public view only: open deals at once, confidential ones in batches and never by name, embargoed ones not at all."""

    fair = fields.String()
    language = fields.String()
    currency = fields.String()
    as_of_seq = fields.Integer()
    as_of = fields.String(allow_none=True, metadata={"format": "date-time"})
    as_of_text = fields.String()
    number = fields.String(metadata={"example": "17.848"})
    unit = fields.String(metadata={"example": "billion yuan"})
    beside = fields.String(metadata={"description": "Number and unit in the other language."})
    total_minor = fields.Integer()
    total = fields.String()
    exact = fields.String()
    count = fields.Integer()
    countries = fields.Integer()
    signed = fields.Integer()
    declared = fields.Integer()
    by_field = fields.List(fields.Nested(BoardCellOut))
    by_country = fields.List(fields.Nested(BoardCellOut))
    last = fields.List(fields.Nested(BoardSigningOut))
    target = fields.Nested(BoardTargetOut, allow_none=True)
