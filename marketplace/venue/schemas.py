"""What may come in and what goes out of places; times come in on the fair's own clock."""

from datetime import UTC, datetime
from typing import Any

from marshmallow import Schema, ValidationError, fields, validates_schema

from marketplace.core.errors import Invalid
from marketplace.core.fields import Code, FormSchema, LocalMoment, Reference, Text, Whole, refuse, resolve_local
from marketplace.core.i18n import gettext as _
from marketplace.core.problems import messages_to_errors
from marketplace.venue.models import Level, PlaceKind

WALL = {"format": "local-date-time", "example": "2026-09-18T09:30", "description": "Wall clock of the fair's time zone; full quarters of an hour."}


def resolved(name: str, wall: datetime, time_zone: str) -> datetime:
    """The moment, in UTC, of a wall-clock time of the fair. Raises Invalid beside the field when the clocks skip it or pass it twice."""
    try:
        return resolve_local(wall, time_zone).astimezone(UTC)
    except ValidationError as error:
        raise Invalid(errors=messages_to_errors({name: error.messages})) from error


class PlaceChangeIn(FormSchema):
    name_en = Text(120, load_default=None, allow_none=True)
    name_zh = Text(120, load_default=None, allow_none=True)
    capacity = Whole(1, 100_000, required=True)
    link = Text(500, load_default=None, allow_none=True, metadata={"format": "uri", "description": "https address; an online room needs one."})
    hall_id = Reference(load_default=None, allow_none=True, metadata={"description": "The hall that a room or table stands in."})

    @validates_schema
    def check(self, data: dict[str, Any], **_kwargs: Any) -> None:
        link = data.get("link")
        if link is not None and not (link.startswith("https://") and " " not in link and len(link) > 11):
            raise refuse("link", _("An address beginning with https:// is expected."), "link")


class PlaceIn(PlaceChangeIn):
    kind = Code([kind.value for kind in PlaceKind], required=True)

    @validates_schema
    def check_name(self, data: dict[str, Any], **_kwargs: Any) -> None:
        if not (data.get("name_en") or data.get("name_zh")):
            raise refuse("name_missing", _("Give a name in at least one language."), "name_en")


class PlacePageIn(PlaceChangeIn):
    """The page of one place: with the version that was shown."""

    version = Whole(1, 2**31 - 1, required=True)


class ClosureIn(FormSchema):
    starts_at = LocalMoment(required=True, metadata=WALL)
    ends_at = LocalMoment(required=True, metadata=WALL)
    reason = Text(200, required=True, metadata={"description": "Whoever wanted the place reads it."})


class ClosureOut(Schema):
    id = fields.UUID()
    place_id = fields.UUID()
    starts_at = fields.AwareDateTime()
    ends_at = fields.AwareDateTime()
    reason = fields.String()


class WayIn(FormSchema):
    one_hall_id = Reference(required=True)
    other_hall_id = Reference(required=True)
    minutes = Whole(0, 120, load_default=None, allow_none=True, metadata={"description": "Left out: not known, nobody is warned."})


class WayOut(Schema):
    one_hall_id = fields.UUID()
    other_hall_id = fields.UUID()
    minutes = fields.Integer()


class WaysOut(Schema):
    rows = fields.List(fields.Nested(WayOut))


def _level() -> Code:
    return Code([level.value for level in Level], load_default=None)


class WeightsIn(FormSchema):
    """What the kinds of conflict that do not always stop shall weigh; those left out stay."""

    organization_absent = _level()
    walking = _level()
    same_partner = _level()
    no_interpreter = _level()
    back_to_back = _level()
    other_day = _level()
    twice_at_once = _level()
    told_at_once = _level()


class WeightOut(Schema):
    kind = fields.String()
    level = fields.String()
    fixed = fields.Boolean(metadata={"description": "Always stops, whatever a fair would say."})


class WeightsOut(Schema):
    rows = fields.List(fields.Nested(WeightOut))


class PlaceOut(Schema):
    id = fields.UUID()
    kind = fields.String()
    name_en = fields.String(allow_none=True)
    name_zh = fields.String(allow_none=True)
    capacity = fields.Integer()
    hall_id = fields.UUID(allow_none=True)


class PlaceDetailOut(PlaceOut):
    """As who lays the fair out sees it: with the link of an online room, which guests find with what they take part in."""

    link = fields.String(allow_none=True)


class PlacesOut(Schema):
    rows = fields.List(fields.Nested(PlaceOut))
    next = fields.String(allow_none=True)


def place_labels() -> dict[str, Any]:
    return {"hall": _("hall"), "room": _("room"), "table": _("table"), "online": _("online")}


def conflict_labels() -> dict[str, Any]:
    return {
        "double_booking": _("taken twice"), "place_closed": _("the place is closed"), "outside_fair": _("outside the fair's days"),
        "absent": _("a person or interpreter is away"), "organization_absent": _("a whole organisation takes no meetings"),
        "walking": _("too little time for the way"), "same_partner": _("a colleague meets the same organisation"),
        "no_interpreter": _("no interpreter for two languages"), "back_to_back": _("no pause in between"),
        "other_day": _("another day than a pitch asked for"), "twice_at_once": _("two pitches of an organisation at the same time"),
        "told_at_once": _("a pitch that is in the public programme already"),
    }  # fmt: skip


def level_labels() -> dict[str, Any]:
    return {"block": _("stops"), "warn": _("asks again"), "ignore": _("is not mentioned")}
