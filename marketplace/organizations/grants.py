"""What a person may do through the organisations they belong to, and those these act for; read at each request, so a right ends at once."""

from collections.abc import Iterable
from typing import Any
from uuid import UUID

from sqlalchemy import select

from marketplace.core.access import Acting, Identity
from marketplace.core.clock import now
from marketplace.core.db import db
from marketplace.core.i18n import localized
from marketplace.organizations.models import Kind, Mandate, MandateStatus, Membership, Organization, Role, Status


def load(identity: Identity, grants: dict[str, Any]) -> None:
    """Adds ``memberships`` and ``acting``: the organisation asked for if they may act for it, else their only or first one.

    Behind the memberships stand the principals of approved agencies among them, while a mandate is in force. A token acts for
    its own organisation or for none: never for another one of the same person.
    """
    rows = db.session.execute(
        select(Organization, Membership.role)
        .join(Membership, Membership.organization_id == Organization.id)
        .where(Membership.person_id == identity.person_id, Membership.ended_at.is_(None))
        .order_by(Membership.created_at, Membership.id)
    ).all()
    own = [_acting(organization, role) for organization, role in rows]
    memberships = (*own, *_mandated([each for each in own if each.kind == Kind.AGENCY and each.approved], {each.id for each in own}))
    wanted = next((m for m in memberships if m.id == identity.wants_organization), None)
    by_token = identity.token_permissions is not None
    grants["memberships"] = memberships
    grants["acting"] = wanted if wanted or by_token else next(iter(memberships), None)


def _acting(organization: Organization, role: Role, **more: Any) -> Acting:
    return Acting(
        id=organization.id, slug=organization.slug, name=localized(organization, "name")[0], kind=organization.kind.value,
        role=role.value, approved=organization.status is Status.APPROVED, absorbed=frozenset(map(UUID, organization.absorbed)), **more,
    )  # fmt: skip


def _mandated(agencies: list[Acting], known: set[UUID]) -> Iterable[Acting]:
    """The principals, each once, the oldest mandate first: as much as the mandate and the role in the agency both allow."""
    if not agencies:
        return
    by_id = {agency.id: agency for agency in agencies}
    query = (
        select(Mandate, Organization)
        .join(Organization, Organization.id == Mandate.principal_id)
        .where(Mandate.agency_id.in_(by_id), Mandate.status == MandateStatus.IN_FORCE, Mandate.ends_on >= now().date())
        .where(Organization.status == Status.APPROVED)
        .order_by(Mandate.accepted_at, Mandate.id)
    )
    for mandate, principal in db.session.execute(query):
        if principal.id in known:
            continue
        known.add(principal.id)
        agency = by_id[mandate.agency_id]
        role = Role.READER if Role.READER in (mandate.role, agency.role) else Role.EDITOR
        yield _acting(principal, role, mandate_id=mandate.id, agency_id=agency.id, agency=agency.name)
