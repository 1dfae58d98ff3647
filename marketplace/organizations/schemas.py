"""What may come in and what goes out about organisations, their members and invitations."""

from typing import Any
from urllib.parse import urlsplit

from marshmallow import Schema, fields, post_load

from marketplace.core.fields import Code, Day, Email, FormSchema, Slug, Text, Truth, Whole, refuse
from marketplace.core.i18n import gettext
from marketplace.core.pages import PageIn
from marketplace.organizations.models import Kind, Role, Status, TraitKind, VerifiedBy
from marketplace.organizations.numbers import Scheme
from marketplace.taxonomy.vocabularies import COUNTRIES, REGIONS, WIPO_FIELDS

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


class MergeFormIn(FormSchema):
    """The page's form: two become one for ever, so it asks once more."""

    compared = Truth(load_default=False)

    @post_load
    def has_compared(self, data: dict[str, Any], **_: Any) -> dict[str, Any]:
        if not data["compared"]:
            raise refuse("compared", gettext("Compare the two, then tick this."), "compared")
        return data


class OrganizationDeclineIn(FormSchema):
    reason = Text(500, shortest=3, required=True)


class MemberInvitationIn(FormSchema):
    email = Email(required=True)
    role = Code(ROLES, required=True)


class FirstOwnerIn(FormSchema):
    email = Email(required=True)


class MemberRoleIn(FormSchema):
    role = Code(ROLES, required=True)


class DirectoryIn(PageIn):
    """``status`` other than approved is for approvers."""

    kind = Code(KINDS, load_default=None)
    country = Code(lambda: COUNTRIES.codes, load_default=None)
    q = Text(100, load_default=None, metadata={"description": "Part of a name, in either language."})
    verified = Code(["true", "false"], load_default=None, metadata={"description": "Looked up by the fair's staff, or not yet."})
    field = Code(lambda: WIPO_FIELDS.codes, load_default=None, metadata={"description": "WIPO's 35 fields: what it publicly offers or seeks."})


class ListIn(DirectoryIn):
    status = Code([status.value for status in Status], load_default=Status.APPROVED.value)


class NumberIn(FormSchema):
    """A registration number; spaces, hyphens and ROR's address around it are left out when it is stored."""

    scheme = Code([scheme.value for scheme in Scheme], required=True)
    value = Text(80, required=True)


class VerifyIn(FormSchema):
    how = Code([how.value for how in VerifiedBy], required=True, metadata={"description": "How it was checked."})
    note = Text(500, load_default=None, allow_none=True, metadata={"description": "For staff only."})


class MandateIn(FormSchema):
    """The other side by its slug; who of the two is the agency follows from what they are."""

    organization = Slug(required=True)
    role = Code([Role.EDITOR.value, Role.READER.value], required=True)
    ends_on = Day(required=True, metadata={"description": "The last day on which it holds, UTC; at most five years ahead."})


class TraitIn(FormSchema):
    kind = Code([kind.value for kind in TraitKind], required=True)
    value = Text(240, required=True)


class NumberOut(Schema):
    id = fields.UUID()
    scheme = fields.Enum(Scheme, by_value=True)
    value = fields.String()


class NumbersOut(Schema):
    rows = fields.List(fields.Nested(NumberOut))


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
    verified_at = fields.AwareDateTime(allow_none=True, metadata={"description": "When the fair's staff looked it up; null when they have not."})
    verified_how = fields.Enum(VerifiedBy, by_value=True, allow_none=True)
    version = fields.Integer()


class FieldTotalOut(Schema):
    code = fields.String()
    total = fields.Integer()


class PublicListingsOut(Schema):
    total = fields.Integer()
    by_field = fields.List(fields.Nested(FieldTotalOut))


class SideOut(Schema):
    slug = fields.String()
    name_en = fields.String(allow_none=True)
    name_zh = fields.String(allow_none=True)


class MandateOut(Schema):
    id = fields.UUID()
    agency = fields.Nested(SideOut)
    principal = fields.Nested(SideOut)
    role = fields.Enum(Role, by_value=True)
    ends_on = fields.Date()
    standing = fields.String(metadata={"description": "proposed, in_force, expired or ended."})
    ours_to_accept = fields.Boolean()


class MandatesOut(Schema):
    rows = fields.List(fields.Nested(MandateOut))


class WholeOrganizationOut(OrganizationOut):
    """One organisation as everybody may read it: its numbers, its public listings, and who acts for whom today."""

    numbers = fields.List(fields.Nested(NumberOut))
    offers = fields.Nested(PublicListingsOut)
    seeks = fields.Nested(PublicListingsOut)
    represented_by = fields.List(fields.Nested(SideOut))
    represents = fields.List(fields.Nested(SideOut))


class OwnOrganizationOut(WholeOrganizationOut):
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


class AlikeOut(Schema):
    """Organisations that share one thing, the oldest first."""

    kind = fields.Enum(TraitKind, by_value=True)
    value = fields.String()
    organizations = fields.List(fields.Nested(OrganizationOut))


class AlikesOut(Schema):
    rows = fields.List(fields.Nested(AlikeOut))
    next = fields.String(allow_none=True)


class MovingOut(Schema):
    what = fields.String()
    rows = fields.Integer()


class MergePreviewOut(Schema):
    winner = fields.Nested(OrganizationOut)
    loser = fields.Nested(OrganizationOut)
    moving = fields.List(fields.Nested(MovingOut))
    hindrances = fields.List(fields.String(), metadata={"description": "Why they cannot be merged now; empty when they can."})


class OrganizationsFaultOut(Schema):
    row = fields.Integer(metadata={"description": "As a spreadsheet counts, the header being row 1."})
    column = fields.String()
    value = fields.String(allow_none=True)
    code = fields.String()
    reason = fields.String()
    suggestion = fields.String(allow_none=True)


class OrganizationsReportOut(Schema):
    """rows = accepted + rejected + skipped."""

    rows = fields.Integer()
    accepted = fields.Integer()
    created = fields.Integer()
    updated = fields.Integer()
    skipped = fields.Integer()
    rejected = fields.Integer()
    dry_run = fields.Boolean()
    faults = fields.List(fields.Nested(OrganizationsFaultOut))


class OrganizationsImportIn(FormSchema):
    dry_run = Truth(load_default=False, metadata={"description": "Check everything and store nothing."})
