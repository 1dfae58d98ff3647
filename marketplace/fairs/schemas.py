"""What may come in and what goes out about fairs, their segments and their staff."""

from marshmallow import Schema, fields, validate

from marketplace.core.fields import Code, Day, Email, FormSchema, Part, Slug, Text, Whole, Zone
from marketplace.core.money import CURRENCIES
from marketplace.fairs.models import StaffRole

ROLES = [role.value for role in StaffRole]


class FairSegmentIn(FormSchema):
    code = Slug(required=True)
    name_en = Text(120, required=True)
    name_zh = Text(120, required=True)


class FairSettingsIn(FormSchema):
    name_en = Text(200, required=True)
    name_zh = Text(200, required=True)
    place_en = Text(200, load_default=None, allow_none=True)
    place_zh = Text(200, load_default=None, allow_none=True)
    base_currency = Code(CURRENCIES, required=True, metadata={"description": "ISO 4217; fixed once something was booked."})
    time_zone = Zone(required=True, metadata={"description": "IANA; fixed once something was booked."})
    opens_on = Day(required=True)
    closes_on = Day(required=True)
    segments = fields.List(Part(FairSegmentIn), load_default=list, validate=validate.Length(max=40))


class FairIn(FairSettingsIn):
    """The slug is its address, for ever."""

    slug = Slug(required=True)


class SettingsFormIn(FairSettingsIn):
    """The page's form names the version it was opened with."""

    version = Whole(1, 2**31 - 1, required=True)


class AppointIn(FormSchema):
    email = Email(required=True)
    role = Code(ROLES, required=True)


class FairSegmentOut(Schema):
    id = fields.UUID()
    code = fields.String()
    name_en = fields.String()
    name_zh = fields.String()


class FairOut(Schema):
    id = fields.UUID()
    slug = fields.String()
    name_en = fields.String()
    name_zh = fields.String()
    place_en = fields.String(allow_none=True)
    place_zh = fields.String(allow_none=True)
    base_currency = fields.String()
    time_zone = fields.String()
    opens_on = fields.Date()
    closes_on = fields.Date()
    closed_at = fields.AwareDateTime(allow_none=True)
    current = fields.Boolean()
    sample = fields.Boolean(metadata={"description": "Its data are invented."})
    version = fields.Integer()


class FairDetailOut(FairOut):
    segments = fields.List(fields.Nested(FairSegmentOut))


class FairsOut(Schema):
    rows = fields.List(fields.Nested(FairOut))
    next = fields.String(allow_none=True)


class FairStaffOut(Schema):
    id = fields.UUID()
    person_id = fields.UUID()
    role = fields.Enum(StaffRole, by_value=True)
    created_at = fields.AwareDateTime()
