"""What a person may do through the organisations they belong to; read at each request, so a right ends at once."""

from typing import Any

from sqlalchemy import select

from marketplace.core.access import Acting, Identity
from marketplace.core.db import db
from marketplace.core.i18n import localized
from marketplace.organizations.models import Membership, Organization, Status


def load(identity: Identity, grants: dict[str, Any]) -> None:
    """Adds ``memberships`` and ``acting``: the organisation asked for if they belong to it, else their only or first one.

    A token acts for its own organisation or for none: never for another one of the same person.
    """
    rows = db.session.execute(
        select(Organization, Membership.role)
        .join(Membership, Membership.organization_id == Organization.id)
        .where(Membership.person_id == identity.person_id, Membership.ended_at.is_(None))
        .order_by(Membership.created_at, Membership.id)
    ).all()
    memberships = tuple(
        Acting(
            id=organization.id, slug=organization.slug, name=localized(organization, "name")[0], kind=organization.kind.value,
            role=role.value, approved=organization.status is Status.APPROVED,
        )
        for organization, role in rows
    )  # fmt: skip
    wanted = next((m for m in memberships if m.id == identity.wants_organization), None)
    by_token = identity.token_permissions is not None
    grants["memberships"] = memberships
    grants["acting"] = wanted if wanted or by_token else next(iter(memberships), None)
