"""What may be asked of the matches, and what they look like as JSON."""

from typing import Any

from marshmallow import Schema, fields, validates_schema

from marketplace.core.fields import Code as CodeField
from marketplace.core.fields import FormSchema, Reference, Text, Whole, refuse
from marketplace.core.i18n import gettext
from marketplace.core.pages import PageIn
from marketplace.matching.feedback import OTHER, STEPS
from marketplace.matching.gates import Code, Status
from marketplace.matching.models import Verdict
from marketplace.matching.queries import MOST
from marketplace.matching.strength import Band
from marketplace.taxonomy.vocabularies import DISMISS_REASONS

PLACES = ("need", "achievement", "shortlist")
NOTE = 500

_VALUE = {
    "description": "A level, an amount in minor units of `currency`, codes, a day, or a parameter's condition such as `>= 150 °C`; null when it is not stated, or an amount without an exchange rate.",
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


class TakenBackIn(FormSchema):
    """A button beside a match: the page that it is on, and the version of the verdict that this page showed (0: none)."""

    at = CodeField(PLACES, load_default="need")
    seen = Whole(0, 10**9, required=True)


class DismissalIn(FormSchema):
    """One of six reasons; the sixth is said in a note."""

    reason = CodeField(lambda: DISMISS_REASONS.codes, required=True)
    note = Text(NOTE, multiline=True, load_default=None)

    @validates_schema
    def says_what_else(self, data: dict[str, Any], **_: Any) -> None:
        if data.get("reason") == OTHER and not data.get("note"):
            raise refuse("text_empty", gettext("Say in a few words what the reason is."), "note")


class DismissIn(TakenBackIn, DismissalIn):
    """The same, from a page."""


class VerdictIn(FormSchema):
    """What one's organisation says of a pair."""

    verdict = CodeField([verdict.value for verdict in Verdict], required=True)
    reason = CodeField(lambda: DISMISS_REASONS.codes, load_default=None, allow_none=True, metadata={"description": "Of a dismissal, and only of one."})
    note = Text(NOTE, multiline=True, load_default=None, allow_none=True, metadata={"description": "Has to be there for the reason `other`."})

    @validates_schema
    def is_whole(self, data: dict[str, Any], **_: Any) -> None:
        dismissed = data.get("verdict") == Verdict.DISMISSED
        if dismissed and data.get("reason") is None:
            raise refuse("required", gettext("Please fill this in."), "reason")
        if not dismissed and (data.get("reason") is not None or data.get("note") is not None):
            raise refuse("not_dismissed", gettext("Only a match that is put away has a reason."), "reason")
        if data.get("reason") == OTHER and not data.get("note"):
            raise refuse("text_empty", gettext("Say in a few words what the reason is."), "note")


class VerdictsIn(PageIn):
    """Which verdicts."""

    need = Reference(load_default=None)
    achievement = Reference(load_default=None)
    verdict = CodeField([verdict.value for verdict in Verdict], load_default=None)


class VerdictOut(Schema):
    need_id = fields.UUID()
    achievement_id = fields.UUID()
    verdict = fields.String(metadata={"enum": [verdict.value for verdict in Verdict]})
    reason = fields.String(allow_none=True, metadata={"enum": [*DISMISS_REASONS.codes, None]})
    note = fields.String(allow_none=True)
    rank = fields.Integer(allow_none=True, metadata={"description": "The achievement's place among the need's matches at that moment."})
    score = fields.Float(allow_none=True, metadata={"description": "At that moment, by the ranking beside it."})
    ranking = fields.String(allow_none=True)
    said_at = fields.AwareDateTime()
    version = fields.Integer()


class VerdictsOut(Schema):
    rows = fields.List(fields.Nested(VerdictOut))
    next = fields.String(allow_none=True)


_STEP = {"description": "So many other organisations, or more; null below three.", "enum": [*STEPS, None]}


class HeardReasonOut(Schema):
    reason = fields.String(metadata={"enum": list(DISMISS_REASONS.codes)})
    at_least = fields.Integer(metadata=_STEP)


class HeardOut(Schema):
    """What other organisations say of an achievement for their public needs, in steps."""

    shortlisted = fields.Integer(allow_none=True, metadata=_STEP)
    dismissed = fields.Integer(allow_none=True, metadata=_STEP)
    reasons = fields.List(fields.Nested(HeardReasonOut))


class MatchPartyOut(Schema):
    slug = fields.String(allow_none=True, metadata={"description": "Null, like the names, where the owner is not named."})
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
    heard = fields.Boolean(metadata={"description": "The subject does not say it, but what fits it best does."})


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
    strength = fields.Integer(metadata={"description": "How much of the need the achievement answers, in tenths of a percent.", "minimum": 0, "maximum": 1000})
    band = fields.String(metadata={"enum": [band.value for band in Band]})
    new = fields.Boolean(metadata={"description": "Found within the last seven days."})
    shortlisted = fields.Boolean(metadata={"description": "By one's own organisation. What it put away is not listed."})
    terms = fields.List(fields.Nested(MatchTermOut), metadata={"description": "The best eight."})
    more_terms = fields.Integer(metadata={"description": "How many others there are."})
    more_share = fields.Float(metadata={"description": "Their part of the score; all shares add up to 1."})
    constraints = fields.List(fields.Nested(ConstraintOut))


class MatchesOut(Schema):
    rows = fields.List(fields.Nested(MatchOut))
    version = fields.String(metadata={"description": "Names analyzer, formula and weights."})
    generation = fields.String(metadata={"description": "Names the whole index between two rebuilds."})
    seq = fields.Integer(metadata={"description": "The last change that the index holds."})
