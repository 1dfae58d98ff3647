"""The mark "verified": staff looked an organisation up and say how; it falls when what it rests on changes."""

from uuid import UUID

from marketplace.core import audit
from marketplace.core.access import Actor
from marketplace.core.clock import now
from marketplace.core.db import db
from marketplace.core.errors import DomainError, FourEyes, IllegalMove, NotFound
from marketplace.core.i18n import gettext
from marketplace.organizations.models import Organization, Status, VerifiedBy

RESTS_ON = ("name_en", "name_zh", "country", "region", "website")
"""Facts of the profile that the mark says something of."""


def verify(organization_id: UUID, how: VerifiedBy, *, note: str | None = None, by: Actor) -> Organization:
    """Mark it as verified, with how it was checked; ``note`` is for staff. Again replaces how and when.

    Raises NotFound, Forbidden, FourEyes (one's own organisation), IllegalMove (it is not approved).
    """
    organization = _locked(organization_id, by)
    if organization.status is not Status.APPROVED:
        raise IllegalMove(gettext("Only an approved organisation can be verified."))
    organization.verified_at, organization.verified_by = now(), by.person_id
    organization.verified_how, organization.verified_note = how, note
    audit.record("organizations.verify", f"organization:{organization.id}", by=by, how=how.value)
    db.session.flush()  # the new version is part of the answer
    return organization


def unverify(organization_id: UUID, *, by: Actor) -> Organization:
    """Take the mark away. Raises NotFound, Forbidden, FourEyes, DomainError (there is none)."""
    organization = _locked(organization_id, by)
    if organization.verified_at is None:
        raise DomainError(gettext("It is not verified."))
    fall(organization, by=by)
    db.session.flush()
    return organization


def fall(organization: Organization, *, by: Actor | None) -> None:
    """The mark rests on what was looked at: without that it is gone. Nothing happens without a mark."""
    if organization.verified_at is None:
        return
    organization.verified_at = organization.verified_by = organization.verified_how = organization.verified_note = None
    audit.record("organizations.unverify", f"organization:{organization.id}", by=by)


def _locked(organization_id: UUID, by: Actor) -> Organization:
    by.require("organizations.verify")
    organization = db.session.get(Organization, organization_id, with_for_update=True, populate_existing=True)
    if organization is None or organization.merged_into_id is not None:
        raise NotFound()
    if any(membership.id == organization.id for membership in by.memberships):
        raise FourEyes(gettext("You belong to this organisation: somebody else has to decide on it."))
    return organization
