"""What may come in about endpoints, and what goes out about them and their log."""

from marshmallow import Schema, fields

from marketplace.core.fields import CodeList, FormSchema, Text, Whole
from marketplace.webhooks.models import Event, Off, State

EVENTS = [event.value for event in Event if event is not Event.TEST]


class EndpointIn(FormSchema):
    """An address, and what it hears of."""

    url = Text(500, required=True, metadata={"example": "https://crm.example.org/hooks", "description": "https in the open internet, in ASCII."})
    events = CodeList(EVENTS, least=1, most=len(EVENTS), required=True)
    description = Text(120, load_default=None, allow_none=True)


class EndpointFormIn(EndpointIn):
    """The page's form: with the version that was seen."""

    version = Whole(0, 10**9, load_default=0)


class NewSecretIn(FormSchema):
    hours = Whole(0, 168, load_default=24, metadata={"description": "How long the old secret signs beside the new one; 0 ends it at once."})


class EndpointOut(Schema):
    id = fields.UUID()
    url = fields.String()
    description = fields.String(allow_none=True)
    events = fields.List(fields.String(metadata={"enum": EVENTS}))
    created_at = fields.AwareDateTime()
    failing_since = fields.AwareDateTime(allow_none=True, metadata={"description": "The first failure since the last success."})
    disabled_at = fields.AwareDateTime(allow_none=True)
    disabled_because = fields.String(allow_none=True, metadata={"enum": [each.value for each in Off] + [None]})
    old_secret_until = fields.AwareDateTime(allow_none=True)
    version = fields.Integer()


class EndpointSecretOut(EndpointOut):
    """The only answer that has the secret."""

    secret = fields.String(metadata={"description": "`whsec_` and 32 bytes in base64; told here and never again."})


class EndpointsOut(Schema):
    rows = fields.List(fields.Nested(EndpointOut))


class DeliveryOut(Schema):
    """One event for one endpoint; ``event_id`` is its `webhook-id`."""

    id = fields.UUID()
    event_id = fields.UUID()
    event = fields.String()
    created_at = fields.AwareDateTime()
    state = fields.String(metadata={"enum": [state.value for state in State]})
    tries = fields.Integer()
    next_at = fields.AwareDateTime(allow_none=True)
    done_at = fields.AwareDateTime(allow_none=True)
    status = fields.Integer(allow_none=True, metadata={"description": "Of the last answer."})
    fault = fields.String(allow_none=True, metadata={"description": "Why there was none."})
    tried_at = fields.AwareDateTime(allow_none=True)


class DeliveriesOut(Schema):
    rows = fields.List(fields.Nested(DeliveryOut))
    next = fields.String(allow_none=True)
