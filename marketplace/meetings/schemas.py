"""What may come in of meetings, as JSON or from a page alike, and what goes out. Times come in on the fair's own clock."""

from typing import Any

from marshmallow import Schema, fields, validates_schema

from marketplace.core.fields import Code, Day, FormSchema, LocalMoment, Reference, Text, Whole, refuse
from marketplace.core.i18n import gettext as _
from marketplace.core.pages import PageIn
from marketplace.meetings.models import MeetingStatus, Outcome
from marketplace.venue.schemas import WALL


class MeetingIn(FormSchema):
    """A request: ``organization`` names the other one by slug or exact name."""

    organization = Text(200, required=True, metadata={"description": "Slug or exact name of the other organisation."})
    place_id = Reference(required=True)
    starts_at = LocalMoment(required=True, metadata=WALL)
    length_minutes = Whole(15, 120, load_default=30, metadata={"multipleOf": 15})
    topic = Text(500, required=True, multiline=True)
    people = fields.List(Reference(), load_default=list, metadata={"description": "People of your organisation who come; yourself when empty.", "maxItems": 5})

    @validates_schema
    def check(self, data: dict[str, Any], **_kwargs: Any) -> None:
        if data.get("length_minutes", 30) % 15:
            raise refuse("quarter", _("Meetings last full quarters of an hour."), "length_minutes")


class ApiMeetingIn(MeetingIn):
    fair = Text(60, load_default=None, allow_none=True, metadata={"description": "Slug of the fair; the current one when left out."})


class AcceptIn(FormSchema):
    people = fields.List(Reference(), load_default=list, metadata={"description": "People of your organisation who come; yourself when empty.", "maxItems": 5})


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
    status = fields.String()
    reason = fields.String(allow_none=True)
    outcome = fields.String(allow_none=True)
    next_step = fields.String(allow_none=True)
    due_on = fields.Date(allow_none=True)
    created_at = fields.AwareDateTime()


class MeetingDetailOut(MeetingOut):
    """A meeting as one side sees it: ``notes`` are one's own."""

    notes = fields.String(allow_none=True)


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
