"""What may come in about the planning of meetings, and what goes out: one's own wishes, and for staff plans and repairs."""

from datetime import date
from typing import Any

from marshmallow import Schema, fields, validates_schema

from marketplace.core.fields import Code, CodeList, Day, Email, FormSchema, LocalMoment, Reference, Text, Truth, Whole, refuse
from marketplace.core.i18n import gettext
from marketplace.scheduling.models import ChangeKind, ChangeState, MeetingCall, PlanState, Presence, Wanted
from marketplace.scheduling.planning.changing import Kind
from marketplace.scheduling.rules import hours_text
from marketplace.taxonomy.vocabularies import LANGUAGES
from marketplace.venue.schemas import WALL


class MeetingCallIn(FormSchema):
    closes_on = Day(required=True, metadata={"description": "Wishes are taken until the end of this day."})
    days = fields.List(Day(), required=True, metadata={"description": "Days of the fair on which meetings may be.", "maxItems": 31})
    hours = Text(200, required=True, metadata={"example": "09:00-12:00, 13:30-17:00", "description": "On the fair's wall clock."})
    length_minutes = Whole(15, 120, load_default=30)
    pause_minutes = Whole(0, 60, load_default=0)
    seconds = Whole(5, 300, load_default=60, metadata={"description": "How long a plan may be computed."})

    @validates_schema(skip_on_field_errors=True)
    def check(self, data: dict[str, Any], **_: Any) -> None:
        if not 1 <= len(data["days"]) <= 31:
            raise refuse("list_length", gettext("Between %(least)s and %(most)s values.", least=1, most=31), "days")


class MeetingCallPage(MeetingCallIn):
    """With the version that was shown; 0 while there is none."""

    version = Whole(0, 2**31 - 1, load_default=0)


class DelegateIn(FormSchema):
    person_id = Reference(required=True)
    languages = CodeList(lambda: LANGUAGES.codes, most=6, least=1, required=True, metadata={"description": "ISO 639-1, the one spoken best first."})
    presence = Code([presence.value for presence in Presence], required=True)


class MeetingWishIn(FormSchema):
    """Whom: an organisation by its name or slug, or the owner of a public listing by the listing's reference."""

    organization = Text(200, load_default=None, allow_none=True)
    listing = Text(20, load_default=None, allow_none=True, metadata={"example": "A-2020-000123"})
    wanted = Code([wanted.value for wanted in Wanted], required=True)
    topic = Text(300, load_default=None, allow_none=True, metadata={"description": "Both sides read it once a meeting is planned."})
    person_id = Reference(load_default=None, allow_none=True, metadata={"description": "The delegate who shall go."})

    @validates_schema(skip_on_field_errors=True)
    def check(self, data: dict[str, Any], **_: Any) -> None:
        if bool(data["organization"]) == bool(data["listing"]):
            raise refuse("one_of", gettext("Name an organisation, or a listing by its reference."), "organization")


class PlanPublishIn(FormSchema):
    without_lost = Truth(load_default=False, metadata={"description": "Leave out what cannot be held any more."})


class PlanChangeIn(FormSchema):
    """What is not there: exactly one of place, interpreter, organisation and person."""

    place_id = Reference(load_default=None, allow_none=True)
    interpreter_id = Reference(load_default=None, allow_none=True)
    organization = Text(200, load_default=None, allow_none=True, metadata={"description": "Its slug, or its name."})
    email = Email(load_default=None, allow_none=True, metadata={"description": "Of a person who takes meetings."})
    starts_at = LocalMoment(required=True, metadata=WALL)
    ends_at = LocalMoment(required=True, metadata=WALL)
    reason = Text(200, required=True, metadata={"description": "Everybody whose meeting changes reads it."})

    @validates_schema(skip_on_field_errors=True)
    def check(self, data: dict[str, Any], **_: Any) -> None:
        if sum(data[name] is not None for name in ("place_id", "interpreter_id", "organization", "email")) != 1:
            raise refuse("one_of", gettext("Choose a place, an interpreter, an organisation or a person: one of them."), "place_id")


class RepairIn(FormSchema):
    repair = Code([kind.value for kind in Kind], required=True)


class MeetingCallOut(Schema):
    closes_on = fields.Date()
    days = fields.List(fields.Date())
    hours = fields.String()
    length_minutes = fields.Integer()
    pause_minutes = fields.Integer()
    seconds = fields.Integer()
    takes_wishes = fields.Boolean()
    version = fields.Integer()


class DelegateOut(Schema):
    id = fields.UUID()
    person_id = fields.UUID()
    name = fields.String()
    languages = fields.List(fields.String())
    presence = fields.String()


class DelegatesOut(Schema):
    rows = fields.List(fields.Nested(DelegateOut))


class MeetingWishOut(Schema):
    id = fields.UUID()
    organization = fields.String(metadata={"description": "The slug of whom it is about."})
    listing = fields.String(allow_none=True)
    wanted = fields.String()
    topic = fields.String()
    person_id = fields.UUID(allow_none=True)
    meeting_id = fields.UUID(allow_none=True)
    said_at = fields.AwareDateTime()


class MeetingWishesOut(Schema):
    rows = fields.List(fields.Nested(MeetingWishOut))
    next = fields.String(allow_none=True)


class PlanValueOut(Schema):
    people = fields.Integer(metadata={"description": "Who has a meeting."})
    weight = fields.Integer()


class PlanOut(Schema):
    id = fields.UUID()
    state = fields.String(metadata={"enum": [state.value for state in PlanState]})
    stage = fields.String(allow_none=True)
    best = fields.Nested(PlanValueOut, allow_none=True)
    bound = fields.Nested(PlanValueOut, allow_none=True, metadata={"description": "No plan reaches more."})
    greedy = fields.Nested(PlanValueOut, allow_none=True, metadata={"description": "Heaviest wish first, for comparison."})
    meetings = fields.Integer(allow_none=True)
    seconds = fields.Float(allow_none=True)
    created_at = fields.AwareDateTime()
    published_at = fields.AwareDateTime(allow_none=True)


class PlansOut(Schema):
    rows = fields.List(fields.Nested(PlanOut))
    next = fields.String(allow_none=True)


class PlannedMeetingOut(Schema):
    number = fields.Integer()
    from_organization = fields.String()
    to_organization = fields.String()
    place_id = fields.UUID()
    starts_at = fields.AwareDateTime()
    length_minutes = fields.Integer()
    interpreter_id = fields.UUID(allow_none=True)
    meeting_id = fields.UUID(allow_none=True)
    became = fields.String(
        allow_none=True, metadata={"enum": ["left_out", "added", "moved", "cancelled", None], "description": "Since the plan was published."}
    )


class PlannedMeetingsOut(Schema):
    rows = fields.List(fields.Nested(PlannedMeetingOut))
    next = fields.String(allow_none=True)


class RepairOut(Schema):
    """How many meetings a repair touches, by what happens to them."""

    moved = fields.Integer(metadata={"description": "To another time."})
    reseated = fields.Integer(metadata={"description": "To another table at the same time."})
    reinterpreted = fields.Integer()
    dropped = fields.Integer()
    added = fields.Integer(metadata={"description": "Wishes that waited."})


class PlanChangeOut(Schema):
    id = fields.UUID()
    kind = fields.String(metadata={"enum": [kind.value for kind in ChangeKind]})
    subject_id = fields.UUID()
    starts_at = fields.AwareDateTime()
    ends_at = fields.AwareDateTime()
    reason = fields.String()
    state = fields.String(metadata={"enum": [state.value for state in ChangeState]})
    broken = fields.List(fields.UUID(), metadata={"description": "Meetings that cannot be held."})
    repairs = fields.Dict(keys=fields.String(), values=fields.Nested(RepairOut))
    chosen = fields.String(allow_none=True)
    created_at = fields.AwareDateTime()


class PlanChangesOut(Schema):
    rows = fields.List(fields.Nested(PlanChangeOut))
    next = fields.String(allow_none=True)


def call_out(call: MeetingCall, *, takes_wishes: bool) -> dict[str, Any]:
    """For `MeetingCallOut`."""
    return {
        "closes_on": call.closes_on, "days": [date.fromisoformat(day) for day in call.days], "hours": hours_text(call.hours),
        "length_minutes": call.length_minutes, "pause_minutes": call.pause_minutes, "seconds": call.seconds,
        "takes_wishes": takes_wishes, "version": call.version,
    }  # fmt: skip

