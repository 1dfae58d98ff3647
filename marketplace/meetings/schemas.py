"""What may come in of meetings, as JSON or from a page alike, and what goes out. Times come in on the fair's own clock."""

from typing import Any

from marshmallow import Schema, fields, validates_schema

from marketplace.core.fields import Code, Day, FormSchema, LocalMoment, Reference, Text, Truth, Whole, refuse
from marketplace.core.i18n import gettext as _
from marketplace.core.pages import PageIn
from marketplace.meetings.models import MeetingStatus, Outcome
from marketplace.taxonomy.vocabularies import LANGUAGES
from marketplace.venue.schemas import WALL


def _language(says: str) -> Code:
    return Code(lambda: LANGUAGES.codes, load_default=None, allow_none=True, metadata={"description": f"{says}, ISO 639-1."})


def _whole_quarters(data: dict[str, Any]) -> None:
    """Raises ValidationError."""
    if data.get("length_minutes", 30) % 15:
        raise refuse("quarter", _("Meetings last full quarters of an hour."), "length_minutes")


def _accepting() -> Truth:
    return Truth(load_default=False, metadata={"description": "Go ahead although something speaks against it that may be accepted."})


class MeetingIn(FormSchema):
    """A request: ``organization`` names the other one by slug or exact name."""

    organization = Text(200, required=True, metadata={"description": "Slug or exact name of the other organisation."})
    place_id = Reference(load_default=None, allow_none=True, metadata={"description": "Any free table or room when left out."})
    online = Truth(load_default=False, metadata={"description": "Without `place_id`: any free online room."})
    starts_at = LocalMoment(required=True, metadata=WALL)
    length_minutes = Whole(15, 120, load_default=30, metadata={"multipleOf": 15})
    topic = Text(500, required=True, multiline=True)
    people = fields.List(Reference(), load_default=list, metadata={"description": "People of your organisation who come; yourself when empty.", "maxItems": 5})
    language = _language("What you speak")
    their_language = _language("What you suppose they speak; they say so themselves when they accept")
    accept_warnings = _accepting()

    @validates_schema
    def check(self, data: dict[str, Any], **_kwargs: Any) -> None:
        _whole_quarters(data)


class ApiMeetingIn(MeetingIn):
    fair = Text(60, load_default=None, allow_none=True, metadata={"description": "Slug of the fair; the current one when left out."})


class AcceptIn(FormSchema):
    people = fields.List(Reference(), load_default=list, metadata={"description": "People of your organisation who come; yourself when empty.", "maxItems": 5})
    language = _language("What you speak; what the other side supposed when left out")
    accept_warnings = _accepting()


class MeetingMoveIn(FormSchema):
    starts_at = LocalMoment(required=True, metadata=WALL)
    place_id = Reference(load_default=None, allow_none=True, metadata={"description": "The same place, or a like one that is free, when left out."})
    people = fields.List(Reference(), load_default=list, metadata={"description": "Who comes, when you were asked and have not answered yet.", "maxItems": 5})
    language = _language("What you speak, when you were asked and have not answered yet")
    accept_warnings = _accepting()


class AtFairIn(FormSchema):
    fair = Text(60, load_default=None, allow_none=True, metadata={"description": "Slug of the fair; the current one when left out."})


class FreeTimesIn(AtFairIn):
    organization = Text(200, required=True, metadata={"description": "Slug or exact name of the other organisation."})
    length_minutes = Whole(15, 120, load_default=30, metadata={"multipleOf": 15})
    online = Code(["true", "false"], load_default="false", metadata={"description": "Online rooms instead of tables and rooms."})
    people = fields.List(Reference(), load_default=list, metadata={"description": "Your people who would come; yourself when empty.", "maxItems": 5})

    @validates_schema
    def check(self, data: dict[str, Any], **_kwargs: Any) -> None:
        _whole_quarters(data)


class FreeTimeOut(Schema):
    starts_at = fields.AwareDateTime()
    local = fields.NaiveDateTime(metadata={"format": "local-date-time", "description": "The same on the fair's own clock: what `starts_at` of a request takes."})
    places = fields.Integer(metadata={"description": "How many places are free."})


class FreeTimesOut(Schema):
    time_zone = fields.String()
    rows = fields.List(fields.Nested(FreeTimeOut))


class OwnAbsenceIn(FormSchema):
    starts_at = LocalMoment(required=True, metadata=WALL)
    ends_at = LocalMoment(required=True, metadata=WALL)
    person_id = Reference(load_default=None, allow_none=True, metadata={"description": "One of your organisation; all of it when left out."})
    reason = Text(200, load_default=None, allow_none=True, metadata={"description": "Your organisation alone reads it."})
    accept_warnings = _accepting()


class ApiOwnAbsenceIn(OwnAbsenceIn):
    fair = Text(60, load_default=None, allow_none=True, metadata={"description": "Slug of the fair; the current one when left out."})


class OwnAbsenceOut(Schema):
    id = fields.UUID()
    fair_id = fields.UUID()
    person_id = fields.UUID(allow_none=True)
    starts_at = fields.AwareDateTime()
    ends_at = fields.AwareDateTime()
    reason = fields.String(allow_none=True)


class OwnAbsencesOut(Schema):
    rows = fields.List(fields.Nested(OwnAbsenceOut))


class ReasonIn(FormSchema):
    reason = Text(500, required=True, multiline=True, metadata={"description": "The other side reads it."})


class OutcomeIn(FormSchema):
    outcome = Code([outcome.value for outcome in Outcome], required=True)
    next_step = Text(500, load_default=None, allow_none=True)
    due_on = Day(load_default=None, allow_none=True)
    notes = Text(10_000, load_default=None, allow_none=True, multiline=True, metadata={"description": "Your side's own; the other never sees them."})


class NotesIn(FormSchema):
    notes = Text(10_000, required=True, multiline=True)


class MeetingsIn(PageIn):
    status = Code([status.value for status in MeetingStatus], load_default=None)


class MeetingOut(Schema):
    id = fields.UUID()
    fair_id = fields.UUID()
    place_id = fields.UUID()
    from_organization_id = fields.UUID()
    to_organization_id = fields.UUID()
    topic = fields.String()
    starts_at = fields.AwareDateTime()
    length_minutes = fields.Integer()
    status = fields.String(attribute="standing")
    held_until = fields.AwareDateTime(allow_none=True, metadata={"description": "Until when an unanswered request keeps place and people."})
    from_language = fields.String(allow_none=True)
    to_language = fields.String(allow_none=True)
    interpreter_id = fields.UUID(allow_none=True)
    origin = fields.String()
    move_to = fields.AwareDateTime(attribute="proposed", allow_none=True, metadata={"description": "Another time that one side proposed."})
    move_to_place_id = fields.UUID(allow_none=True)
    move_by_id = fields.UUID(allow_none=True)
    move_until = fields.AwareDateTime(allow_none=True)
    sequence = fields.Integer(metadata={"description": "Counts the changes that a calendar must learn of."})
    reason = fields.String(allow_none=True)
    outcome = fields.String(allow_none=True)
    next_step = fields.String(allow_none=True)
    due_on = fields.Date(allow_none=True)
    created_at = fields.AwareDateTime()


class MeetingDetailOut(MeetingOut):
    """A meeting as one side sees it: ``notes`` are one's own."""

    notes = fields.String(allow_none=True)
    link = fields.String(allow_none=True, metadata={"description": "Of an online room, for the two sides of an agreed meeting, from half an hour before it to its end."})


class MeetingsOut(Schema):
    rows = fields.List(fields.Nested(MeetingOut))
    next = fields.String(allow_none=True)


def meeting_labels() -> dict[str, Any]:
    return {
        "requested": _("requested"), "confirmed": _("confirmed"), "declined": _("declined"),
        "cancelled": _("cancelled"), "expired": _("not answered in time"), "held": _("held"), "no_show": _("did not take place"),
    }  # fmt: skip


def outcome_labels() -> dict[str, Any]:
    return {
        "no_interest": _("no interest"), "information_exchanged": _("information exchanged"),
        "follow_up_meeting": _("follow-up meeting"), "nda_requested": _("non-disclosure agreement asked for"),
        "sample_or_test": _("sample or test"), "letter_of_intent": _("letter of intent"),
        "term_sheet": _("term sheet"), "contract": _("contract"), "no_show": _("somebody did not come"),
    }  # fmt: skip
