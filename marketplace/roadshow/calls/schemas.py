"""What may come in and what goes out of calls, applications, reviews and the timetable."""

from typing import Any

from marshmallow import Schema, fields, validate, validates_schema

from marketplace.core.fields import Code, Day, Email, FormSchema, Part, Reference, Said, Text, Truth, Whole, refuse
from marketplace.core.i18n import gettext as _
from marketplace.core.i18n import lazy_gettext as _l
from marketplace.core.pages import PageIn
from marketplace.roadshow.calls.models import POINTS, Status
from marketplace.roadshow.calls.rules import in_points

LANGUAGES = ("en", "zh")
MOST_CRITERIA = 8
DECISIONS = (Status.SELECTED.value, Status.WAITING.value, Status.REJECTED.value, Status.SUBMITTED.value)


class CriterionIn(FormSchema):
    """What reviewers look at, in one language or both, and its weight among the others."""

    name_en = Text(120, load_default=None, allow_none=True)
    name_zh = Text(120, load_default=None, allow_none=True)
    weight = Whole(1, 100, load_default=1)

    @validates_schema
    def check(self, data: dict[str, Any], **_kwargs: Any) -> None:
        if not (data.get("name_en") or data.get("name_zh")):
            raise refuse("name_missing", _("Give a name in at least one language."), "name_en")


class CriterionForm(CriterionIn):
    """A criterion of a page's form, where what is blank says nothing."""

    context_is_form = True


class CallIn(FormSchema):
    """A call for pitches: when applications are taken, on the fair's own clock, and by what they are scored."""

    text_en = Text(4000, load_default=None, allow_none=True, multiline=True)
    text_zh = Text(4000, load_default=None, allow_none=True, multiline=True)
    opens_on = Day(required=True)
    closes_on = Day(required=True)
    places = Whole(1, 1000, required=True, metadata={"description": "How many are chosen at most."})
    criteria = fields.List(Part(CriterionIn), required=True, validate=validate.Length(min=1, max=MOST_CRITERIA), metadata={"minItems": 1, "maxItems": MOST_CRITERIA})

    @validates_schema
    def check(self, data: dict[str, Any], **_kwargs: Any) -> None:
        if not (data.get("text_en") or data.get("text_zh")):
            raise refuse("text_missing", _("Write the call in at least one language."), "text_en")


class CallForm(CallIn):
    criteria = fields.List(Part(CriterionForm), required=True, validate=validate.Length(min=1, max=MOST_CRITERIA))


class PitchTextIn(FormSchema):
    """What an application says."""

    pitch_text = Text(2000, shortest=20, required=True, multiline=True, metadata={"description": "Why this should be on stage."})
    language = Code(LANGUAGES, required=True, metadata={"description": "The language it is presented in."})
    days = fields.List(Day(), load_default=list, validate=validate.Length(max=31), metadata={"maxItems": 31, "description": "Days of the fair it wishes for; none is any."})


class ApplicationIn(PitchTextIn):
    achievement_id = Reference(required=True)


def _missing(sentence: Any) -> dict[str, Any]:
    """What is said where a field is left out: it stands at the head of a page, away from the field's name."""
    return {"required": [Said("required", sentence)]}


class ScoreIn(FormSchema):
    criterion_id = Reference(required=True)
    points = Whole(POINTS[0], POINTS[-1], required=True, error_messages=_missing(_l("Give each criterion one to five points.")))


class ScoreForm(ScoreIn):
    """Points of a page's form, where what is blank says nothing."""

    context_is_form = True


class ReviewIn(FormSchema):
    """Points for every criterion of the call."""

    scores = fields.List(Part(ScoreIn), required=True, validate=validate.Length(min=1, max=MOST_CRITERIA), metadata={"minItems": 1, "maxItems": MOST_CRITERIA})
    comment = Text(2000, load_default=None, allow_none=True, multiline=True)

    @validates_schema(skip_on_field_errors=True)
    def check(self, data: dict[str, Any], **_kwargs: Any) -> None:
        keys = [each["criterion_id"] for each in data["scores"]]
        if len(set(keys)) != len(keys):
            raise refuse("list_twice", _("A value stands there twice."), "scores")


class ReviewForm(ReviewIn):
    scores = fields.List(Part(ScoreForm), required=True, validate=validate.Length(min=1, max=MOST_CRITERIA))


class ReviewerIn(FormSchema):
    email = Email(required=True)


class DecisionIn(FormSchema):
    """A decision on several applications; a rejection says why."""

    applications = fields.List(Reference(), required=True, error_messages=_missing(_l("Tick the applications that are decided.")), validate=validate.Length(min=1, max=200), metadata={"minItems": 1, "maxItems": 200})
    status = Code(DECISIONS, required=True, metadata={"description": "`submitted` leaves them undecided again."})
    reason = Text(1000, load_default=None, allow_none=True, multiline=True)


class FirstIn(FormSchema):
    """So many of the best."""

    number = Whole(1, 1000, required=True, error_messages=_missing(_l("Say how many of the best.")))


class FirstForm(FirstIn):
    status = Code([Status.SELECTED.value, Status.WAITING.value], load_default=Status.SELECTED.value)


class RestForm(FormSchema):
    rest_reason = Text(1000, required=True, multiline=True, error_messages=_missing(_l("Say why the rest is rejected: the applicants read it.")))


class SlotIn(FormSchema):
    """A slot of a session; what warns is accepted or not."""

    session_id = Reference(required=True)
    position = Whole(1, 60, required=True, metadata={"description": "Slot from 1."})
    accept_warnings = Truth(load_default=False, metadata={"description": "Go ahead in spite of what warns."})


class ArrangeIn(FormSchema):
    """What a page's form sends: what is moved, and where to."""

    what = Text(60, required=True)
    to = Text(60, required=True)
    accept_warnings = Truth(load_default=False)


class RankingIn(PageIn):
    status = Code([status.value for status in Status if status is not Status.WITHDRAWN], load_default=None, allow_none=True)


class CriterionOut(Schema):
    id = fields.UUID()
    name_en = fields.String(allow_none=True)
    name_zh = fields.String(allow_none=True)
    weight = fields.Integer()


class CallOut(Schema):
    id = fields.UUID()
    text_en = fields.String(allow_none=True)
    text_zh = fields.String(allow_none=True)
    opens_on = fields.Date()
    closes_on = fields.Date()
    places = fields.Integer()
    open = fields.Boolean(metadata={"description": "Whether applications are taken now."})
    criteria = fields.List(fields.Nested(CriterionOut))


class ApplicationOut(Schema):
    """One's own application: what was decided once one was told."""

    id = fields.UUID()
    call_id = fields.UUID()
    achievement_id = fields.UUID()
    pitch_text = fields.String()
    language = fields.String()
    days = fields.List(fields.String(metadata={"format": "date"}))
    status = fields.Function(lambda row: known_status(row), metadata={"type": "string", "enum": [status.value for status in Status]})
    reason = fields.Function(lambda row: row.reason if known_status(row) == "rejected" else None, metadata={"type": ["string", "null"]})
    applied_at = fields.AwareDateTime()


class RankedOut(Schema):
    """An application as the fair's manager sees it; the means are points with three digits."""

    id = fields.UUID()
    place = fields.Integer(metadata={"description": "In the ranking, from 1."})
    reference = fields.String()
    achievement_id = fields.UUID()
    status = fields.String()
    told = fields.String(allow_none=True)
    reason = fields.String(allow_none=True)
    waiting_number = fields.Integer(allow_none=True)
    reviews = fields.Integer()
    mean = fields.String(allow_none=True, metadata={"example": "4.25"})
    spread = fields.String(allow_none=True, metadata={"example": "1.00"})
    pitch_id = fields.UUID(allow_none=True)


class RankingOut(Schema):
    rows = fields.List(fields.Nested(RankedOut))
    next = fields.String(allow_none=True)


class DecidedOut(Schema):
    changed = fields.Integer()


class ReviewOut(Schema):
    """One's own review of an application."""

    application_id = fields.UUID()
    total = fields.Function(lambda row: in_points(row.total), metadata={"type": "string", "example": "4.25"})
    comment = fields.String(allow_none=True)
    scored_at = fields.AwareDateTime()


def known_status(application: Any) -> str:
    """What its organisation may know: withdrawn, what it was told, or that nothing is decided yet."""
    if application.status is Status.WITHDRAWN:
        return Status.WITHDRAWN.value
    return application.told.value if application.told is not None else Status.SUBMITTED.value


def ranked_row(row: Any) -> dict[str, Any]:
    """A row of `ranking.ranked` as JSON."""
    application = row.Application
    scored = application.review_count > 0
    return {
        "id": application.id, "place": row.place, "reference": row.reference, "achievement_id": application.achievement_id,
        "status": application.status.value, "told": application.told.value if application.told else None, "reason": application.reason,
        "waiting_number": application.waiting_number, "reviews": application.review_count, "pitch_id": application.pitch_id,
        "mean": in_points(application.mean) if scored else None, "spread": in_points(application.spread) if scored else None,
    }  # fmt: skip
