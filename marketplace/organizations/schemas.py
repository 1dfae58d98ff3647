"""What may come in and what goes out about organisations, their members and invitations."""

from typing import Any
from urllib.parse import urlsplit

from marshmallow import Schema, fields

from marketplace.core.fields import Code, Email, FormSchema, Text, Whole, refuse
from marketplace.core.i18n import gettext
from marketplace.core.pages import PageIn
from marketplace.organizations.models import Kind, Role, Status
from marketplace.taxonomy.vocabularies import COUNTRIES, REGIONS

KINDS = [kind.value for kind in Kind]
ROLES = [role.value for role in Role]


class Website(Text):
    """An http or https address with a host."""

    def __init__(self, **kwargs: Any):
        super().__init__(300, **kwargs)
        self.metadata = {"format": "uri", "maxLength": 300}

    def _deserialize(self, value: Any, attr: str | None, data: Any, **kwargs: Any) -> Any:
        text = super()._deserialize(value, attr, data, **kwargs)
        if text is None:
            return None
        try:
            parts = urlsplit(text)
            good = parts.scheme in {"http", "https"} and "." in (parts.hostname or "") and not parts.username and not parts.password
        except ValueError:
            good = False
        if not good or any(sign in text for sign in " <>\"'\\`{}"):
            raise refuse("website", gettext("A web address such as https://example.org is expected."))
        return text


class OrganizationProfileIn(FormSchema):
    """At least one of the two names; the region only in China."""

    name_en = Text(200, load_default=None, allow_none=True)
    name_zh = Text(200, load_default=None, allow_none=True)
    country = Code(lambda: COUNTRIES.codes, required=True, metadata={"description": "ISO 3166-1 alpha-2."})
    region = Code(lambda: REGIONS.codes, load_default=None, allow_none=True, metadata={"description": "GB/T 2260; China only."})
    website = Website(load_default=None, allow_none=True)
    about_en = Text(4000, multiline=True, load_default=None, allow_none=True)
    about_zh = Text(4000, multiline=True, load_default=None, allow_none=True)


class OrganizationIn(OrganizationProfileIn):
    kind = Code(KINDS, required=True)


class ProfileFormIn(OrganizationProfileIn):
    """The page's form names the version it was opened with."""

    version = Whole(1, 2**31 - 1, required=True)


class OrganizationDeclineIn(FormSchema):
    reason = Text(500, shortest=3, required=True)


class MemberInvitationIn(FormSchema):
    email = Email(required=True)
    role = Code(ROLES, required=True)


class MemberRoleIn(FormSchema):
    role = Code(ROLES, required=True)


class DirectoryIn(PageIn):
    """``status`` other than approved is for approvers."""

    kind = Code(KINDS, load_default=None)
    country = Code(lambda: COUNTRIES.codes, load_default=None)
    q = Text(100, load_default=None, metadata={"description": "Part of a name, in either language."})


class ListIn(DirectoryIn):
    status = Code([status.value for status in Status], load_default=Status.APPROVED.value)


class OrganizationOut(Schema):
    """The public part, and the status for those who may see it."""

    id = fields.UUID()
    slug = fields.String()
    kind = fields.Enum(Kind, by_value=True)
    name_en = fields.String(allow_none=True)
    name_zh = fields.String(allow_none=True)
    country = fields.String()
    region = fields.String(allow_none=True)
    website = fields.String(allow_none=True)
    about_en = fields.String(allow_none=True)
    about_zh = fields.String(allow_none=True)
    status = fields.Enum(Status, by_value=True)
    version = fields.Integer()


class OwnOrganizationOut(OrganizationOut):
    """What its members and the approvers see besides."""

    reason = fields.String(allow_none=True, metadata={"description": "Why it was declined."})
    created_at = fields.AwareDateTime()
    decided_at = fields.AwareDateTime(allow_none=True)


class OrganizationsOut(Schema):
    rows = fields.List(fields.Nested(OrganizationOut))
    next = fields.String(allow_none=True)


class MemberOut(Schema):
    person_id = fields.UUID()
    name = fields.String()
    email = fields.String()
    role = fields.Enum(Role, by_value=True)
    since = fields.AwareDateTime()


class MembersOut(Schema):
    rows = fields.List(fields.Nested(MemberOut))


class MemberInvitationOut(Schema):
    """Never the link: it is in the mail only."""

    id = fields.UUID()
    email = fields.String()
    role = fields.Enum(Role, by_value=True)
    created_at = fields.AwareDateTime()
    expires_at = fields.AwareDateTime()


class MemberInvitationsOut(Schema):
    rows = fields.List(fields.Nested(MemberInvitationOut))
