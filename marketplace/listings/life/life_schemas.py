"""What may come in and go out about a listing's life: its term, its end, whether it is open, its files, its contact."""

from flask_smorest.fields import Upload
from marshmallow import Schema, fields

from marketplace.core.fields import Code, Day, FormSchema, Part, Reference, Text, Truth, Whole
from marketplace.listings.levels import Level
from marketplace.listings.models import Closed

LEVELS = [level.value for level in Level]


class ExtendIn(FormSchema):
    until = Day(load_default=None, allow_none=True, metadata={"description": "At most 365 days after the end; that day when it is left out."})


class CloseIn(FormSchema):
    how = Code([closed.value for closed in Closed], required=True)
    reason = Text(500, multiline=True, load_default=None, allow_none=True, metadata={"description": "For your own records; nobody else reads it."})


class OpenIn(FormSchema):
    open = Truth(required=True, metadata={"description": "Whether others may ask to talk about it."})


class NumberIn(FormSchema):
    number = Whole(1, 10**9, required=True)


class HandOverIn(FormSchema):
    listings = fields.List(Reference(), required=True, metadata={"maxItems": 500})
    to = Reference(required=True, metadata={"description": "A colleague who may write listings."})


class HandOverForm(FormSchema):
    listings = fields.List(Reference(), load_default=list)
    to = Reference(required=True)
    contact = Text(36, load_default=None, allow_none=True)
    what = Code(["chosen", "all"], load_default="chosen")


class TitledIn(FormSchema):
    """What is said of an uploaded file."""

    title = Text(200, required=True, shortest=3, metadata={"description": "Of a picture: what it shows, for who cannot see it."})
    level = Code(LEVELS, load_default=Level.PUBLIC.value)


class PictureOrPaperIn(FormSchema):
    """The file as multipart/form-data; ``title`` and ``level`` stand beside it."""

    file = Upload(required=True, metadata={"description": "PNG, JPEG or WebP up to 10 MB, PDF up to 20 MB."})


class ArrangedIn(FormSchema):
    file = Reference(required=True)
    title = Text(200, required=True, shortest=3)
    level = Code(LEVELS, required=True)
    place = Whole(1, 99, load_default=99)


class ArrangeIn(FormSchema):
    files = fields.List(Part(ArrangedIn), required=True, metadata={"maxItems": 12})


class ListingFileOut(Schema):
    id = Reference()
    title = fields.String()
    level = fields.String(metadata={"enum": LEVELS})
    name = fields.String()
    media_type = fields.String()
    size_bytes = fields.Integer()
    sha256 = fields.String()
    pages = fields.Integer(allow_none=True)
    width = fields.Integer(allow_none=True)
    height = fields.Integer(allow_none=True)


class ListingFilesOut(Schema):
    rows = fields.List(fields.Nested(ListingFileOut))


class LifeOut(Schema):
    """Where a listing stands, for its owner."""

    id = Reference()
    reference = fields.String()
    open_for_interest = fields.Boolean()
    ends_on = fields.Date(allow_none=True, metadata={"description": "The last day on which open fairs show it."})
    extended_at = fields.AwareDateTime(allow_none=True)
    expired_at = fields.AwareDateTime(allow_none=True)
    archived_at = fields.AwareDateTime(allow_none=True)
    closed_at = fields.AwareDateTime(allow_none=True)
    closed_as = fields.String(allow_none=True, metadata={"enum": [closed.value for closed in Closed]})
    closed_reason = fields.String(allow_none=True)
    contact_id = Reference(allow_none=True)
    version = fields.Integer(metadata={"description": "The ETag."})


class HandedOverOut(Schema):
    changed = fields.Integer(metadata={"description": "How many changed hands."})
