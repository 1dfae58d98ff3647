"""What a moderator sends and reads, and what an owner reads of the review."""

from typing import Any

from marshmallow import Schema, fields, validate, validates_schema

from marketplace.core.fields import Code, CodeList, FormSchema, Part, Reference, Slug, Text, Truth, Whole, refuse
from marketplace.core.i18n import gettext
from marketplace.core.pages import PageIn
from marketplace.listings.checks.findings import Severity
from marketplace.listings.models import EntryStatus, Kind
from marketplace.listings.rules import CONTENT
from marketplace.listings.schemas import EntryOut, OwnerOut
from marketplace.reviews.models import GENERAL, LONGEST_NOTE, Verdict
from marketplace.reviews.notes import CANNED, MOST

SEVERITIES = [severity.value for severity in Severity]


class NoteIn(FormSchema):
    """A note in the reviewer's own words, or one of the sentences that are often needed."""

    field = Code([GENERAL, *CONTENT], load_default=None, allow_none=True, metadata={"description": "A column of the listing, or `general`.", "example": "advantages_en"})
    severity = Code(SEVERITIES, load_default=None, allow_none=True, metadata={"example": "major"})
    text = Text(LONGEST_NOTE, load_default=None, allow_none=True, multiline=True, metadata={"example": "Say who measured the cost of steam."})
    canned = Code(list(CANNED), load_default=None, allow_none=True, metadata={"description": "In place of `text`: a sentence that is told in both languages."})

    @validates_schema
    def says_something(self, data: dict[str, Any], **_: Any) -> None:
        if not data.get("text") and not data.get("canned"):
            raise refuse("note_empty", gettext("Write the note, or choose a sentence."), "text")


class PublishIn(FormSchema):
    number = Whole(1, 10**9, load_default=None, allow_none=True, metadata={"description": "The version you read; refused as stale when another one waits now."})
    notes = fields.List(Part(NoteIn), load_default=list, validate=validate.Length(max=MOST), metadata={"maxItems": MOST})
    findings = fields.List(Text(120), load_default=list, validate=validate.Length(max=MOST), metadata={
        "description": "Keys of `findings` that become notes.", "maxItems": MOST,
    })  # fmt: skip
    reason = Text(2000, load_default=None, allow_none=True, multiline=True, metadata={"description": "Why a blocker that the checks found may stand."})


class SendBackIn(PublishIn):
    reason = Text(2000, load_default=None, allow_none=True, multiline=True, shortest=3, metadata={
        "example": "Say who measured the cost of steam.", "description": "Needed unless a note is a blocker or major.",
    })  # fmt: skip


class NoteForm(NoteIn):
    """A note of a page's form, where what is blank says nothing."""

    context_is_form = True


class PublishForm(PublishIn):
    notes = fields.List(Part(NoteForm), load_default=list, validate=validate.Length(max=MOST))


class SendBackForm(SendBackIn):
    notes = fields.List(Part(NoteForm), load_default=list, validate=validate.Length(max=MOST))


class WantedIn(FormSchema):
    """Which entries of the queue."""

    kind = Code([kind.value for kind in Kind], load_default=None, allow_none=True)
    segment = Text(40, load_default=None, allow_none=True, metadata={"description": "Code of a segment."})
    round = Code(["first", "update"], load_default=None, allow_none=True, metadata={"description": "`first`: never published before."})
    reader = Reference(load_default=None, allow_none=True, metadata={"description": "Only what this person reads now."})
    show = CodeList(["blockers", "free"], most=2, load_default=list, metadata={
        "description": "`blockers`: anonymous listings in which the checks found what tells who is behind them; `free`: what nobody reads now.",
    })  # fmt: skip


class QueueIn(PageIn, WantedIn):
    status = Code([status.value for status in EntryStatus], load_default="submitted", metadata={"description": "`submitted`: what waits for the moderator, oldest first, updates of published listings included."})


class NextIn(WantedIn):
    fair = Slug(load_default=None, allow_none=True)
    after = Reference(load_default=None, allow_none=True, metadata={"description": "Pass over this entry, and begin behind it."})


class ClaimIn(FormSchema):
    over = Truth(load_default=False, metadata={"description": "Also from somebody who reads it now."})


class TickIn(FormSchema):
    done = Truth(required=True)


class QueueRowOut(EntryOut):
    kind = fields.String()
    reference = fields.String()
    anonymous = fields.Boolean()
    title_en = fields.String(allow_none=True)
    title_zh = fields.String(allow_none=True)
    organization = fields.Nested(OwnerOut)
    read_by = fields.String(allow_none=True, metadata={"description": "Who reads it now."})
    read_until = fields.AwareDateTime(allow_none=True)


class QueueOut(Schema):
    rows = fields.List(fields.Nested(QueueRowOut))
    next = fields.String(allow_none=True)


class FindingOut(Schema):
    """Something the checks found: `start` and `end` are characters of the field's text, 0 when it is about the whole field."""

    key = fields.String()
    code = fields.String()
    field = fields.String()
    severity = fields.String(metadata={"enum": SEVERITIES})
    sentence_en = fields.String()
    sentence_zh = fields.String()
    text = fields.String()
    start = fields.Integer()
    end = fields.Integer()


class NearOut(Schema):
    """A listing that says nearly the same."""

    id = Reference()
    kind = fields.String()
    reference = fields.String()
    title_en = fields.String(allow_none=True)
    title_zh = fields.String(allow_none=True)
    percent = fields.Integer()
    own = fields.Boolean(metadata={"description": "Of the same organisation."})
    public = fields.Boolean()


class NoteOut(Schema):
    id = Reference()
    number = fields.Integer()
    field = fields.String()
    severity = fields.String(metadata={"enum": SEVERITIES})
    text_en = fields.String(allow_none=True)
    text_zh = fields.String(allow_none=True)
    done_at = fields.AwareDateTime(allow_none=True)


class RoundNoteOut(NoteOut):
    changed = fields.Boolean(allow_none=True, metadata={"description": "Whether the field changed since; null where that cannot be told."})


class DecisionOut(Schema):
    id = Reference()
    number = fields.Integer()
    verdict = fields.String(metadata={"enum": [verdict.value for verdict in Verdict]})
    at = fields.AwareDateTime()
    reason = fields.String(allow_none=True)
    by = fields.String()
    overridden = fields.Boolean()
    notes = fields.List(fields.Nested(NoteOut))


class OwnDecisionOut(Schema):
    fair = fields.String()
    number = fields.Integer()
    verdict = fields.String()
    at = fields.AwareDateTime()
    reason = fields.String(allow_none=True)


class CaseOut(QueueRowOut):
    """An entry with the two texts the moderator compares, what the checks say of the waiting one, and what was decided before."""

    submitted = fields.Dict(allow_none=True, metadata={"description": "Content of the version that waits."})
    published = fields.Dict(allow_none=True, metadata={"description": "Content that visitors see now."})
    changed = fields.List(fields.String(), metadata={"description": "Fields in which the two differ."})
    reserved = fields.List(fields.String(), metadata={"description": "Groups of fields that partners read later, and staff do not."})
    findings = fields.List(fields.Nested(FindingOut))
    duplicates = fields.List(fields.Nested(NearOut))
    last_notes = fields.List(fields.Nested(RoundNoteOut), metadata={"description": "Notes of the last decision."})
    decisions = fields.List(fields.Nested(DecisionOut))


class OwnReviewOut(Schema):
    """What an owner reads of the review of a listing: notes, decisions, and what a reviewer would say of the newest version."""

    notes = fields.List(fields.Nested(NoteOut))
    decisions = fields.List(fields.Nested(OwnDecisionOut))
    findings = fields.List(fields.Nested(FindingOut))
    duplicates = fields.List(fields.Nested(NearOut))
