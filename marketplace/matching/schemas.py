"""What may be asked of the matches, and what they look like as JSON."""

from typing import Any

from marshmallow import Schema, fields, validates_schema

from marketplace.core.fields import FormSchema, Reference, Whole, refuse
from marketplace.core.i18n import gettext
from marketplace.matching.gates import Code, Status
from marketplace.matching.queries import MOST

_VALUE = {
    "description": "A level, an amount in minor units of `currency`, codes, a day, or a parameter's condition such as `>= 150 °C`; null when it is not stated.",
    "anyOf": [{"type": "integer"}, {"type": "string"}, {"type": "array", "items": {"type": "string"}}, {"type": "null"}],
}


class MatchesIn(FormSchema):
    """One listing: either a need or an achievement."""

    need = Reference(load_default=None, metadata={"description": "A need: its achievements are found."})
    achievement = Reference(load_default=None, metadata={"description": "An achievement: its needs are found."})
    limit = Whole(1, MOST, load_default=20, metadata={"description": "How many matches."})

    @validates_schema
    def names_one(self, data: dict[str, Any], **_: Any) -> None:
        if (data.get("need") is None) == (data.get("achievement") is None):
            raise refuse("listing_missing", gettext("Name either a need or an achievement."), "need")


class MatchPartyOut(Schema):
    slug = fields.String()
    name_en = fields.String(allow_none=True)
    name_zh = fields.String(allow_none=True)
    country = fields.String(allow_none=True)


class MatchListingOut(Schema):
    id = fields.UUID()
    reference = fields.String()
    title_en = fields.String(allow_none=True)
    title_zh = fields.String(allow_none=True)
    source_organization = fields.String(allow_none=True)
    organization = fields.Nested(MatchPartyOut)


class MatchTermOut(Schema):
    term = fields.String(metadata={"description": "As the index holds it."})
    written = fields.String(metadata={"description": "As the listing has it."})
    share = fields.Float(metadata={"description": "Its part of the score, 0 to 1."})


class ConstraintOut(Schema):
    code = fields.String(metadata={"enum": [code.value for code in Code]})
    status = fields.String(metadata={"enum": [status.value for status in Status]})
    wanted = fields.Raw(metadata=_VALUE)
    offered = fields.Raw(metadata=_VALUE)
    currency = fields.String(allow_none=True, metadata={"description": "Of amounts: others were converted to compare them."})
    parameter = fields.String(allow_none=True, metadata={"description": "Name of the must-have row, where `code` is `parameter`."})


class MatchOut(Schema):
    """A need or an achievement that fits; the name of the other kind is absent."""

    achievement = fields.Nested(MatchListingOut)
    need = fields.Nested(MatchListingOut)
    rank = fields.Integer()
    score = fields.Float(metadata={"description": "Compares within one `version` and `generation` only."})
    terms = fields.List(fields.Nested(MatchTermOut))
    constraints = fields.List(fields.Nested(ConstraintOut))


class MatchesOut(Schema):
    rows = fields.List(fields.Nested(MatchOut))
    version = fields.String(metadata={"description": "Names analyzer, formula and weights."})
    generation = fields.String(metadata={"description": "Names the whole index between two rebuilds."})
    seq = fields.Integer(metadata={"description": "The last change that the index holds."})
