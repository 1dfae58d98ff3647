"""What the account pages take in, and what `/me` gives out."""

from marshmallow import Schema, fields

from marketplace.accounts.tokens import LONGEST_DAYS
from marketplace.core.fields import Code, Email, FormSchema, Reference, Text, Whole, refuse
from marketplace.core.i18n import LANGUAGES, gettext
from marketplace.core.zones import FAIR_ONLY, known


class Password(fields.String):
    """A password as it was typed: nothing is cut or folded. Too long or too easy is the service's to refuse."""

    def _deserialize(self, value: object, attr: str | None, data: object, **kwargs: object) -> str:
        if not isinstance(value, str):
            raise refuse("text", gettext("Text is expected."))
        try:
            value.encode("utf-8")
        except UnicodeEncodeError as error:
            raise refuse("text_control", gettext("Control characters are not allowed.")) from error
        return value


class SignInIn(FormSchema):
    email = Email(required=True)
    password = Password(required=True)


class RegisterIn(FormSchema):
    name = Text(120, required=True)
    email = Email(required=True)


class FinishIn(FormSchema):
    name = Text(120, required=True)
    password = Password(required=True)


class ForgotIn(FormSchema):
    email = Email(required=True)


class ResetIn(FormSchema):
    new = Password(required=True)


class ChangeIn(FormSchema):
    old = Password(required=True)
    new = Password(required=True)


class ProfileIn(FormSchema):
    name = Text(120, required=True)
    language = Code(LANGUAGES, required=True)


class ZoneIn(FormSchema):
    """The zone whose clock stands beside a fair's, or that none shall."""

    zone = Code(lambda: known() | {FAIR_ONLY}, required=True)


class TokenIn(FormSchema):
    """``organization`` is left out for a token that acts for no organisation."""

    name = Text(80, required=True)
    organization = Reference(load_default=None)
    permissions = fields.List(Text(60), required=True)
    days = Whole(1, LONGEST_DAYS, required=True)


class ActingOut(Schema):
    id = fields.UUID()
    slug = fields.String()
    name = fields.String()
    kind = fields.String()
    role = fields.String(metadata={"description": "owner, editor or reader"})
    approved = fields.Boolean()
    agency = fields.String(allow_none=True, metadata={"description": "Who acts for it under a mandate: the agency one belongs to; null for a member."})


class StaffOut(Schema):
    fair_id = fields.UUID()
    roles = fields.List(fields.String())


class MeOut(Schema):
    """Who the token is, whom it acts for, and what it may do."""

    id = fields.UUID(attribute="person_id")
    name = fields.String()
    email = fields.String()
    admin = fields.Boolean()
    acting = fields.Nested(ActingOut, allow_none=True)
    memberships = fields.List(fields.Nested(ActingOut))
    staff = fields.List(fields.Nested(StaffOut))
    permissions = fields.List(fields.String(), metadata={"description": "What this token may do somewhere."})
