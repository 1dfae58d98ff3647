"""What may come in and what goes out about the documents of a thread."""

from marshmallow import Schema, fields

from marketplace.core.fields import FormSchema, Text
from marketplace.negotiations.points.models import Side


class VersionIn(FormSchema):
    """Beside the file of a newer version."""

    note = Text(500, load_default=None, metadata={"description": "What is different in it."})
    context_is_form = True  # it comes beside a file


class DocumentIn(VersionIn):
    """Beside the file of a new document."""

    title = Text(200, required=True)


class DocumentVersionOut(Schema):
    number = fields.Integer()
    side = fields.String(metadata={"enum": [side.value for side in Side]})
    organization_id = fields.UUID()
    person = fields.String()
    at = fields.AwareDateTime()
    name = fields.String()
    media_type = fields.String()
    size_bytes = fields.Integer()
    sha256 = fields.String()
    pages = fields.Integer(allow_none=True)
    note = fields.String(allow_none=True)
    first_read_at = fields.AwareDateTime(allow_none=True, metadata={"description": "When the other side opened it first."})
    times_read = fields.Integer()


class NegotiationDocumentOut(Schema):
    """A document with its versions, the newest first."""

    number = fields.Integer()
    title = fields.String()
    organization_id = fields.UUID(metadata={"description": "Whose side put it up."})
    created_at = fields.AwareDateTime()
    taken_back_at = fields.AwareDateTime(allow_none=True)
    versions = fields.List(fields.Nested(DocumentVersionOut))


class NegotiationDocumentsOut(Schema):
    rows = fields.List(fields.Nested(NegotiationDocumentOut))
