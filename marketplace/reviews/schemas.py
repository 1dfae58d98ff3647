"""What a moderator sends and reads."""

from marshmallow import Schema, fields

from marketplace.core.fields import Code, FormSchema, Text, Whole
from marketplace.core.pages import PageIn
from marketplace.listings.models import EntryStatus
from marketplace.listings.schemas import EntryOut, OwnerOut


class PublishIn(FormSchema):
    number = Whole(1, 10**9, load_default=None, allow_none=True, metadata={"description": "The version you read; refused as stale when another one waits now."})


class SendBackIn(PublishIn):
    reason = Text(2000, required=True, multiline=True, shortest=3, metadata={"example": "Say who measured the cost of steam."})


class QueueIn(PageIn):
    status = Code([status.value for status in EntryStatus], load_default="submitted", metadata={"description": "`submitted`: what waits for the moderator, oldest first, updates of published listings included."})


class QueueRowOut(EntryOut):
    kind = fields.String()
    reference = fields.String()
    title_en = fields.String(allow_none=True)
    title_zh = fields.String(allow_none=True)
    organization = fields.Nested(OwnerOut)


class QueueOut(Schema):
    rows = fields.List(fields.Nested(QueueRowOut))
    next = fields.String(allow_none=True)


class CaseOut(QueueRowOut):
    """An entry with the two texts the moderator compares."""

    submitted = fields.Dict(allow_none=True, metadata={"description": "Content of the version that waits."})
    published = fields.Dict(allow_none=True, metadata={"description": "Content that visitors see now."})
    changed = fields.List(fields.String(), metadata={"description": "Fields in which the two differ."})
