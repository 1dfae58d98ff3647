"""What may come in and what goes out on the day of meetings: notes from a phone, who waits for whom, interpreters and their absences."""

from datetime import date, timedelta
from typing import Any

from marshmallow import Schema, fields, validates_schema

from marketplace.core.fields import Code, CodeList, Day, Email, FormSchema, LocalMoment, MomentField, Reference, Text, Truth, refuse
from marketplace.core.i18n import gettext as _
from marketplace.meetings.models import Outcome
from marketplace.meetings.schemas import MeetingOut
from marketplace.taxonomy.vocabularies import LANGUAGES
from marketplace.venue.schemas import WALL

CAME_OF_IT = [outcome.value for outcome in Outcome if outcome is not Outcome.NO_SHOW]
DUE_IN = {"0": 0, "1": 1, "3": 3, "7": 7, "14": 14, "30": 30}
"""Days from today that one tap gives a next step."""


class MeetingNoteIn(FormSchema):
    """Notes on a phone: ``due_in`` is days from today, ``on`` means the day in ``due_on``; ``seen`` when the outcome was written that was shown."""

    outcome = Code(CAME_OF_IT, load_default=None)
    next_step = Text(500, load_default=None, allow_none=True)
    due_in = Code([*DUE_IN, "none", "on"], load_default="none")
    due_on = Day(load_default=None, allow_none=True)
    notes = Text(10_000, load_default=None, allow_none=True, multiline=True)
    seen = MomentField(load_default=None, allow_none=True)

    @validates_schema
    def check(self, data: dict[str, Any], **_kwargs: Any) -> None:
        if data.get("outcome") is None:
            if data.get("next_step") or data.get("due_in", "none") != "none" or not data.get("notes"):
                raise refuse("outcome_missing", _("Choose what came of it."), "outcome")
        elif data.get("due_in") == "on" and data.get("due_on") is None:
            raise refuse("day_missing", _("Choose the day."), "due_on")
        elif data.get("due_in", "none") != "none" and not data.get("next_step"):
            raise refuse("step_missing", _("Say what shall be done by that day."), "next_step")


def due_day(data: dict[str, Any], today: date) -> date | None:
    """The day that was chosen by one tap, or written."""
    chosen = data["due_in"]
    if chosen == "on":
        day: date | None = data["due_on"]
        return day
    return today + timedelta(days=DUE_IN[chosen]) if chosen in DUE_IN else None


class MeetingMissedIn(FormSchema):
    offer = Truth(load_default=False, metadata={"description": "Offer what is left of the time to who waits for you."})


class ApiMeetingMissedIn(FormSchema):
    offer = Truth(load_default=True, metadata={"description": "Offer what is left of the time to who waits for you."})


class StandbyIn(FormSchema):
    organization = Text(200, required=True, metadata={"description": "Slug or exact name of the organisation you wait for."})
    topic = Text(500, required=True, multiline=True)
    language = Code(lambda: LANGUAGES.codes, load_default=None, allow_none=True, metadata={"description": "What you speak, ISO 639-1."})


class ApiStandbyIn(StandbyIn):
    fair = Text(60, load_default=None, allow_none=True, metadata={"description": "Slug of the fair; the current one when left out."})


class InterpreterIn(FormSchema):
    name = Text(120, required=True)
    languages = CodeList(lambda: LANGUAGES.codes, most=20, required=True, metadata={"description": "Two languages or more, ISO 639-1."})


class NewInterpreterIn(InterpreterIn):
    email = Email(load_default=None, allow_none=True)


class InterpreterAbsenceIn(FormSchema):
    starts_at = LocalMoment(required=True, metadata=WALL)
    ends_at = LocalMoment(required=True, metadata=WALL)
    reason = Text(200, load_default=None, allow_none=True)
    accept_warnings = Truth(load_default=False, metadata={"description": "Go ahead although meetings need another interpreter."})


class InterpreterLeaveIn(FormSchema):
    accept_warnings = Truth(load_default=False)


class InterpreterChoiceIn(FormSchema):
    interpreter_id = Reference(load_default=None, allow_none=True, metadata={"description": "Nobody when left out."})


class InterpreterOut(Schema):
    id = fields.UUID()
    name = fields.String()
    languages = fields.List(fields.String())
    left_at = fields.AwareDateTime(allow_none=True)


class InterpretersOut(Schema):
    rows = fields.List(fields.Nested(InterpreterOut))
    next = fields.String(allow_none=True)


class InterpreterAbsenceOut(Schema):
    id = fields.UUID()
    interpreter_id = fields.UUID()
    starts_at = fields.AwareDateTime()
    ends_at = fields.AwareDateTime()
    reason = fields.String(allow_none=True)


class InterpretedOut(Schema):
    """What staff see of a meeting: that it is, where, when and in which languages; nothing of what it is about."""

    id = fields.UUID()
    place_id = fields.UUID()
    starts_at = fields.AwareDateTime()
    length_minutes = fields.Integer()
    from_language = fields.String(allow_none=True)
    to_language = fields.String(allow_none=True)
    interpreter_id = fields.UUID(allow_none=True)


class StandbyOut(Schema):
    """``place`` in the list, 1 is the next; while ``offered_until`` lies ahead, a time is free for you."""

    id = fields.UUID()
    fair_id = fields.UUID()
    for_organization_id = fields.UUID()
    topic = fields.String()
    place = fields.Integer()
    offered_until = fields.AwareDateTime(allow_none=True)
    created_at = fields.AwareDateTime()


class StandbysOut(Schema):
    rows = fields.List(fields.Nested(StandbyOut))


class MeetingDayIn(FormSchema):
    fair = Text(60, load_default=None, metadata={"description": "Slug of the fair; the current one when left out."})
    day = Day(load_default=None, metadata={"description": "A day of the fair's clock; today when left out."})
    all = Truth(load_default=False, metadata={"description": "The whole organisation's meetings, not only your own."})

    context_is_form = True


class StopOut(MeetingOut):
    """A meeting of one's day: ``walk_minutes`` from the one before."""

    interpreter = fields.String(allow_none=True)
    walk_minutes = fields.Integer(allow_none=True)


class MeetingDayOut(Schema):
    rows = fields.List(fields.Nested(StopOut))


def due_labels() -> dict[str, Any]:
    return {
        "none": _("no day"), "0": _("today"), "1": _("tomorrow"), "3": _("3 days"), "7": _("1 week"), "14": _("2 weeks"),
        "30": _("30 days"), "on": _("a day"),
    }  # fmt: skip


def step_labels() -> list[Any]:
    """What is agreed most often: one tap writes it."""
    return [_("Send the documents"), _("Call each other"), _("Sign the agreement of secrecy"), _("Send a sample"), _("Visit on site"), _("Send an offer")]
