"""What the pages and the API of schedules take in and give out."""

from marshmallow import Schema, fields

from marketplace.core.fields import Code, Day, FormSchema, Reference, Slug, Text


class FeedIn(FormSchema):
    """``whose``: 'me', or 'organization:', 'interpreter:' or 'place:' with an id."""

    whose = Text(60, required=True)
    name = Text(80, required=True)


class ShownIn(FormSchema):
    """Which part of a schedule a page shows. ``day`` falls back to today, or to the fair's first day."""

    fair = Slug(load_default=None, allow_none=True)
    day = Day(load_default=None, allow_none=True)
    view = Code(["day", "grid", "all"], load_default="day")
    interpreter = Reference(load_default=None, allow_none=True)


class ScheduleIn(FormSchema):
    """Which schedule, and from and to which day of the fair's clock."""

    of = Code(["me", "organization"], load_default="me", metadata={"description": "One's own, or that of the organisation one acts for."})
    since = Day(load_default=None, metadata={"description": "First day; the fair's first one unless given."})
    until = Day(load_default=None, metadata={"description": "Last day; the fair's last one unless given."})
    cancelled = Code(["true", "false"], load_default="false", metadata={"description": "Whether what was called off is in it."})


class LineOut(Schema):
    """One meeting, pitch or absence of a schedule. Times are UTC; ``starts_local`` is the fair's wall clock."""

    id = fields.UUID()
    kind = fields.String()
    state = fields.String(metadata={"description": "tentative, confirmed or cancelled"})
    sequence = fields.Integer(metadata={"description": "Grows with each change that a calendar has to learn of."})
    starts_at = fields.AwareDateTime(attribute="begins")
    ends_at = fields.AwareDateTime(attribute="ends")
    starts_local = fields.String()
    ends_local = fields.String()
    time_zone = fields.String()
    late_minutes = fields.Integer(attribute="late")
    title = fields.String()
    place = fields.String(allow_none=True)
    link = fields.String(allow_none=True, metadata={"description": "Of an online room."})
    topic = fields.String(allow_none=True)
    languages = fields.List(fields.String())
    interpreter = fields.String(allow_none=True)
    people = fields.List(fields.String())


class ScheduleOut(Schema):
    rows = fields.List(fields.Nested(LineOut))
