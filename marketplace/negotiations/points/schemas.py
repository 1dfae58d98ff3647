"""What may come in and what goes out about open points."""

from marshmallow import Schema, fields

from marketplace.core.fields import Day, FormSchema, Text, Truth, Whole
from marketplace.negotiations.points.models import PointAct, PointStatus, Side
from marketplace.negotiations.points.service import MOST_ENTRIES


class RaisePointIn(FormSchema):
    """What is still open between the two sides."""

    text = Text(500, required=True)
    due_on = Day(load_default=None, metadata={"description": "By when it should be cleared up."})
    ours = Truth(load_default=False, metadata={"description": "Your own side has to clear it up; otherwise the other one."})


class SettlePointIn(FormSchema):
    """How it was cleared up."""

    text = Text(2000, multiline=True, required=True)
    after = Whole(0, MOST_ENTRIES, load_default=None, metadata={"description": "Number of the last entry you saw; 412 if there is a newer one."})


class SayIn(SettlePointIn):
    """An answer, a question back, or why a settled point is open again."""

    due_on = Day(load_default=None, metadata={"description": "A new due day, if it moves."})


class PointEntryOut(Schema):
    number = fields.Integer()
    act = fields.String(metadata={"enum": [act.value for act in PointAct]})
    side = fields.String(metadata={"enum": [side.value for side in Side]})
    organization_id = fields.UUID()
    person = fields.String()
    text = fields.String()
    at = fields.AwareDateTime()


class NegotiationPointOut(Schema):
    """An open point as both sides read it."""

    number = fields.Integer()
    text = fields.String()
    status = fields.String(metadata={"enum": [status.value for status in PointStatus]})
    raised_by = fields.UUID(metadata={"description": "Organisation."})
    person = fields.String()
    raised_at = fields.AwareDateTime()
    waits_for = fields.UUID(allow_none=True, metadata={"description": "Organisation; null once it is settled."})
    due_on = fields.Date(allow_none=True)
    settled_at = fields.AwareDateTime(allow_none=True)
    entries = fields.List(fields.Nested(PointEntryOut))


class NegotiationPointsOut(Schema):
    rows = fields.List(fields.Nested(NegotiationPointOut))
