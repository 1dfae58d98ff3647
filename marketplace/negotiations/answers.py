"""What goes out about negotiations over JSON: threads with their rounds and facts, and what fair staff see of stages."""

from marshmallow import Schema, fields

from marketplace.negotiations.models import Reveal, RoundStatus, Stage

STAGES = [stage.value for stage in Stage]


class NegotiationMeetingOut(Schema):
    id = fields.UUID()
    starts_at = fields.AwareDateTime()
    length_minutes = fields.Integer()
    status = fields.String()
    outcome = fields.String(allow_none=True)


class NegotiationSideOut(Schema):
    """Nothing but nulls where the owner of the listing is not named before it accepts."""

    id = fields.UUID(allow_none=True)
    slug = fields.String(allow_none=True)
    name = fields.String(allow_none=True)
    country = fields.String(allow_none=True, metadata={"description": "Of an asker that shows its name on acceptance: before, too."})
    kind = fields.String(allow_none=True, dump_default=None, metadata={"description": "As country."})


class NegotiationAboutOut(Schema):
    id = fields.UUID()
    reference = fields.String()
    title_en = fields.String(allow_none=True)
    title_zh = fields.String(allow_none=True)


class NegotiationRoundOut(Schema):
    number = fields.Integer()
    status = fields.String(metadata={"enum": [status.value for status in RoundStatus]})
    organization_id = fields.UUID()
    person = fields.String()
    amount = fields.String(allow_none=True, metadata={"example": "6800000.00"})
    technology_amount = fields.String(allow_none=True)
    currency = fields.String(allow_none=True)
    undisclosed = fields.Boolean()
    kind = fields.String(allow_none=True)
    exclusivity = fields.String(allow_none=True)
    royalty_bp = fields.Integer(allow_none=True)
    valid_until = fields.AwareDateTime(allow_none=True)
    note = fields.String(allow_none=True)
    made_at = fields.AwareDateTime()
    answered_at = fields.AwareDateTime(allow_none=True)


class AgreedPartyOut(Schema):
    role = fields.String(metadata={"enum": ["provider", "recipient"]})
    name = fields.String()
    country = fields.String()
    organization_id = fields.UUID()


class AgreedFactsOut(Schema):
    """Exactly what the contract desk gets; amounts in minor units."""

    title_en = fields.String(allow_none=True)
    title_zh = fields.String(allow_none=True)
    parties = fields.List(fields.Nested(AgreedPartyOut))
    kind = fields.String()
    total_minor = fields.Integer(allow_none=True)
    technology_minor = fields.Integer(allow_none=True)
    currency = fields.String()
    exclusivity = fields.String(allow_none=True)
    royalty_bp = fields.Integer(allow_none=True, metadata={"description": "Hundredths of a percent: 250 is 2.5 %."})
    agreed_on = fields.String(metadata={"format": "date"})


class NegotiationHandoverOut(Schema):
    id = fields.UUID()
    facts = fields.Nested(AgreedFactsOut)
    handed_at = fields.AwareDateTime()
    taken_at = fields.AwareDateTime(allow_none=True)


class InterestAnswerOut(Schema):
    question_en = fields.String(allow_none=True)
    question_zh = fields.String(allow_none=True)
    answer = fields.String()


class InterestQuestionOut(Schema):
    position = fields.Integer()
    text_en = fields.String(allow_none=True)
    text_zh = fields.String(allow_none=True)


class InterestQuestionsOut(Schema):
    questions = fields.List(fields.Nested(InterestQuestionOut))
    seen = fields.Integer(metadata={"description": "How often they were changed: send it as `questions_seen` with the answers."})


class NegotiationPaceOut(Schema):
    answer_days = fields.Integer()
    move_days = fields.Integer()
    stalled_days = fields.Integer()


class NegotiationRowOut(Schema):
    """A thread in a list."""

    id = fields.UUID()
    reference = fields.String()
    fair = fields.String(metadata={"description": "Slug."})
    stage = fields.String(metadata={"enum": STAGES})
    achievement = fields.Nested(NegotiationAboutOut, allow_none=True)
    need = fields.Nested(NegotiationAboutOut, allow_none=True)
    provider = fields.Nested(NegotiationSideOut)
    recipient = fields.Nested(NegotiationSideOut)
    asked_by = fields.UUID(allow_none=True, metadata={"description": "Organisation; null while it does not show its name."})
    whose_move = fields.UUID(allow_none=True, metadata={"description": "Organisation; null when agreed (either hands over) or ended, and while the one that has to answer is not named."})
    due_on = fields.Date(allow_none=True, metadata={"description": "By when that move is expected, at the fair's place."})
    paused_until = fields.Date(allow_none=True)
    rounds_made = fields.Integer()
    sent_at = fields.AwareDateTime()
    moved_at = fields.AwareDateTime()
    version = fields.Integer()


class NegotiationOut(NegotiationRowOut):
    """A thread as its two organisations read it."""

    possible = fields.List(fields.String(), metadata={"description": "What your organisation can do now."})
    cooperation_wanted = fields.String(allow_none=True, metadata={"description": "Null where the asker chose none."})
    question = fields.String()
    about_us = fields.String(allow_none=True)
    expected_volume = fields.String(allow_none=True)
    asker_kind = fields.String(allow_none=True)
    wanted_by = fields.Date(allow_none=True)
    reveal = fields.String(metadata={"enum": [each.value for each in Reveal]})
    answers = fields.List(fields.Nested(InterestAnswerOut), metadata={"description": "To the owner's own questions."})
    paused_note = fields.String(allow_none=True)
    decline_reason = fields.String(allow_none=True)
    decline_note = fields.String(allow_none=True)
    lost_reason = fields.String(allow_none=True)
    lost_note = fields.String(allow_none=True)
    read_at = fields.AwareDateTime(allow_none=True)
    answered_at = fields.AwareDateTime(allow_none=True)
    ended_at = fields.AwareDateTime(allow_none=True)
    rounds = fields.List(fields.Nested(NegotiationRoundOut))
    handover = fields.Nested(NegotiationHandoverOut, allow_none=True)
    meetings = fields.List(fields.Nested(NegotiationMeetingOut), metadata={"description": "Those that belong to this thread."})



class NegotiationsOut(Schema):
    rows = fields.List(fields.Nested(NegotiationRowOut))
    next = fields.String(allow_none=True)


class NegotiationStateOut(Schema):
    """All that fair staff learn of a thread."""

    id = fields.UUID()
    reference = fields.String()
    stage = fields.String(metadata={"enum": STAGES})
    sent_at = fields.AwareDateTime()
    moved_at = fields.AwareDateTime()
    side_to_move = fields.String(metadata={"enum": ["provider", "recipient", "either", "desk", "nobody"]})
    due_on = fields.Date(allow_none=True)
    stalled = fields.Boolean(metadata={"description": "No move for longer than the fair's number of days."})
    late = fields.Boolean(metadata={"description": "The day by which a move was expected is over."})


class NegotiationStatesOut(Schema):
    rows = fields.List(fields.Nested(NegotiationStateOut))
    next = fields.String(allow_none=True)


class StageCountOut(Schema):
    stage = fields.String(metadata={"enum": STAGES})
    count = fields.Integer()
    stalled = fields.Integer()
    late = fields.Integer()
    oldest = fields.AwareDateTime(allow_none=True, metadata={"description": "The last step of the one that waits longest."})


class StageBoardOut(Schema):
    stages = fields.List(fields.Nested(StageCountOut))
    stalled_days = fields.Integer()
