"""What may come in of an import, as JSON, multipart or form, and what goes out."""

from typing import Any

import orjson
from flask_smorest.fields import Upload
from marshmallow import Schema, fields, post_load

from marketplace.core.fields import Code, FormSchema, Reference, Slug, Text, Truth, refuse
from marketplace.core.i18n import gettext
from marketplace.core.pages import PageIn
from marketplace.imports.importing import CHOICES, KEEP
from marketplace.imports.models import Finding, State
from marketplace.imports.reading import MOST_COLUMNS
from marketplace.listings.models import Kind

LONGEST_COLUMN = 300


class Named(fields.Dict):
    """An object of short texts by name; a form or a multipart body writes it as JSON."""

    def __init__(self, *, most: int, **kwargs: Any):
        super().__init__(keys=fields.String(), values=fields.String(allow_none=True), **kwargs)
        self.most = most
        self.metadata = {"maxProperties": most, **self.metadata}

    def _deserialize(self, value: Any, attr: str | None, data: Any, **kwargs: Any) -> Any:
        if isinstance(value, str) and not getattr(self.root, "from_json", False):
            try:
                value = orjson.loads(value)
            except ValueError as error:
                raise refuse("object", gettext("An object is expected.")) from error
        if not isinstance(value, dict):
            raise refuse("object", gettext("An object is expected."))
        if len(value) > self.most or any(not isinstance(name, str) or len(name) > LONGEST_COLUMN for name in value):
            raise refuse("list_length", gettext("At most %(most)s names, of %(longest)s characters each.", most=self.most, longest=LONGEST_COLUMN))
        if any(not (inner is None or (isinstance(inner, str) and len(inner) <= LONGEST_COLUMN)) for inner in value.values()):
            raise refuse("text", gettext("Text is expected."))
        try:
            "".join((*value, *(inner or "" for inner in value.values()))).encode("utf-8")
        except UnicodeEncodeError as error:
            raise refuse("text_control", gettext("Control characters are not allowed.")) from error
        return {name: inner or None for name, inner in value.items()}


class ImportIn(FormSchema):
    """The fields beside the file, as multipart/form-data."""

    context_is_form = True

    kind = Code([kind.value for kind in Kind], required=True, metadata={"example": "achievement"})
    organization = Slug(load_default=None, allow_none=True, metadata={"description": "Slug of the owner; your own unless given. For staff."})
    fair = Slug(load_default=None, allow_none=True, metadata={"description": "Slug of the fair to enter them in. Without one they become drafts."})
    segment = Text(40, load_default=None, allow_none=True, metadata={"description": "Segment of rows that name none."})
    publish = Truth(load_default=False, metadata={"description": "Publish at once, without moderation. For staff."})
    sheet = Text(31, load_default=None, allow_none=True, metadata={"description": "Name of a workbook's sheet; the first one unless given."})
    mapping = Named(most=MOST_COLUMNS, load_default=None, allow_none=True, metadata={"description": "Field of each column that its name does not tell, null to leave it out; as JSON."})


class ImportForm(ImportIn):
    """The page's form: fair and segment in one choice, ``today/universities``."""

    place = Text(110, load_default=None, allow_none=True)

    @post_load
    def split_place(self, data: dict[str, Any], **_: Any) -> dict[str, Any]:
        fair, _sign, segment = (data.pop("place", None) or "").partition("/")
        return {**data, "fair": fair or None, "segment": segment or None}


class ImportFileIn(FormSchema):
    """The file: CSV, XLSX or JSON lines of at most 22 MB, the texts also gzipped."""

    file = Upload(required=True)


class ImportMappingIn(FormSchema):
    mapping = Named(most=MOST_COLUMNS, required=True, metadata={"description": "Field of each column, null to leave it out."})


class ImportCommitIn(FormSchema):
    only_good = Truth(load_default=False, metadata={"description": "Leave rows that are wrong out; without it a file with such rows is refused."})
    choices = Named(most=5_000, load_default=dict, metadata={"description": "keep, skip or update by the number of a row that may be a duplicate.", "example": {"7": "skip"}})
    otherwise = Code(CHOICES, load_default=KEEP, metadata={"description": "What to do with possible duplicates that `choices` does not name."})


class ImportFindingsIn(PageIn):
    kind = Code([kind.value for kind in Finding], load_default=Finding.FAULT.value)


class ImportOut(Schema):
    """A file on its way in. Nothing of it is stored before `done`; then rows = accepted + rejected + skipped."""

    id = Reference()
    kind = fields.String()
    organization = fields.String()
    fair = fields.String(allow_none=True)
    publish = fields.Boolean()
    state = fields.String(metadata={"enum": [state.value for state in State]})
    stage = fields.String(allow_none=True, metadata={"description": "reading, checking or storing, while it is at work."})
    progress = fields.Integer(metadata={"description": "Rows checked so far."})
    file_name = fields.String()
    sha256 = fields.String()
    size_bytes = fields.Integer()
    form = fields.String(metadata={"enum": ["csv", "xlsx", "jsonl"]})
    encoding = fields.String()
    sheet = fields.String(allow_none=True)
    columns = fields.List(fields.String())
    mapping = fields.Dict(allow_none=True)
    proposed = fields.Dict(metadata={"description": "While names of columns are asked (`to_map`): what each is likely to be."})
    counts = fields.Dict(metadata={"description": "rows, good (of which fresh, changed, unchanged), rejected, faults, alike; when done accepted, skipped and their parts."})
    failure = fields.String(allow_none=True)
    created_at = fields.AwareDateTime()
    finished_at = fields.AwareDateTime(allow_none=True)


class ImportFindingOut(Schema):
    """Of a fault or note: column, value, code, reason, suggestion. Of a possible duplicate: both titles and texts, and how alike they are."""

    row = fields.Integer(metadata={"description": "As a spreadsheet counts."})
    kind = fields.String()
    column = fields.String()
    value = fields.String()
    code = fields.String()
    reason = fields.String()
    suggestion = fields.String()
    title = fields.String()
    text = fields.String()
    other_title = fields.String()
    other_text = fields.String()
    other_row = fields.Integer(allow_none=True)
    listing_id = Reference(allow_none=True)
    reference = fields.String(allow_none=True)
    percent = fields.Integer()


class ImportFindingsOut(Schema):
    rows = fields.List(fields.Nested(ImportFindingOut))
    next = fields.String(allow_none=True)


