"""What may come in and what goes out of places; times come in on the fair's own clock."""

from datetime import UTC, datetime
from typing import Any

from marshmallow import Schema, ValidationError, fields, validates_schema

from marketplace.core.errors import Invalid
from marketplace.core.fields import Code, FormSchema, Text, Whole, refuse, resolve_local
from marketplace.core.i18n import gettext as _
from marketplace.core.problems import messages_to_errors
from marketplace.venue.models import PlaceKind

WALL = {"format": "local-date-time", "example": "2026-09-18T09:30", "description": "Wall clock of the fair's time zone; full quarters of an hour."}


def resolved(name: str, wall: datetime, time_zone: str) -> datetime:
    """The moment, in UTC, of a wall-clock time of the fair. Raises Invalid beside the field when the clocks skip it or pass it twice."""
    try:
        return resolve_local(wall, time_zone).astimezone(UTC)
    except ValidationError as error:
        raise Invalid(errors=messages_to_errors({name: error.messages})) from error


class PlaceIn(FormSchema):
    kind = Code([kind.value for kind in PlaceKind], required=True)
    name_en = Text(120, load_default=None, allow_none=True)
    name_zh = Text(120, load_default=None, allow_none=True)
    capacity = Whole(1, 100_000, required=True)
    link = Text(500, load_default=None, allow_none=True, metadata={"format": "uri", "description": "https address; an online room needs one."})

    @validates_schema
    def check(self, data: dict[str, Any], **_kwargs: Any) -> None:
        if not (data.get("name_en") or data.get("name_zh")):
            raise refuse("name_missing", _("Give a name in at least one language."), "name_en")
        link = data.get("link")
        if link is not None and not (link.startswith("https://") and " " not in link and len(link) > 11):
            raise refuse("link", _("An address beginning with https:// is expected."), "link")


class PlaceOut(Schema):
    id = fields.UUID()
    kind = fields.String()
    name_en = fields.String(allow_none=True)
    name_zh = fields.String(allow_none=True)
    capacity = fields.Integer()
    link = fields.String(allow_none=True)


class PlacesOut(Schema):
    rows = fields.List(fields.Nested(PlaceOut))
    next = fields.String(allow_none=True)


def place_labels() -> dict[str, Any]:
    return {"hall": _("hall"), "room": _("room"), "table": _("table"), "online": _("online")}
