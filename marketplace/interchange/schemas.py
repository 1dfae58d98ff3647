"""What may be asked of feeds and of the list of changes, and what that list says."""

from marshmallow import Schema, fields

from marketplace.core.fields import Code, FormSchema, Whole
from marketplace.core.i18n import LANGUAGES
from marketplace.listings.models import Kind
from marketplace.listings.schemas import CatalogueIn, RowOut

FEED_LENGTH = 30


class FeedIn(CatalogueIn):
    """A search of the catalogue, and the language of the feed."""

    lang = Code(LANGUAGES, load_default="en")
    limit = Whole(1, 100, load_default=FEED_LENGTH)


class ChangesIn(FormSchema):
    since = Whole(0, 10**17, load_default=0, metadata={"description": "`next` of the answer before; 0 begins with everything."})
    limit = Whole(1, 200, load_default=100)


class ChangeOut(Schema):
    """A listing at its last change: what it says now, or that it is to be forgotten."""

    seq = fields.Integer()
    change = fields.String(metadata={"enum": ["upsert", "delete"]})
    id = fields.UUID()
    kind = fields.String(metadata={"enum": [kind.value for kind in Kind]})
    changed_at = fields.AwareDateTime()
    listing = fields.Nested(RowOut, allow_none=True, metadata={"description": "As the catalogue lists it; null when it is deleted."})


class ChangesOut(Schema):
    rows = fields.List(fields.Nested(ChangeOut))
    next = fields.Integer(metadata={"description": "`since` of the next question; keep it, it never expires."})
    more = fields.Boolean(metadata={"description": "Whether there is more to fetch at once."})
