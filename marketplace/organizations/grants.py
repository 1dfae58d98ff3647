"""What a person may do through the organisations they belong to, and those these act for; read at each request, so a right ends at once."""

from collections.abc import Iterable
from typing import Any
from uuid import UUID

from sqlalchemy import Row, bindparam, select

from marketplace.core.access import Acting, Identity
from marketplace.core.clock import now
from marketplace.core.db import read_columns
from marketplace.core.i18n import localized
from marketplace.organizations.models import Kind, Mandate, MandateStatus, Membership, Organization, Role, Status

# Built once, and columns only: they run at each request of anybody signed in.
OF_ACTING = (Organization.id, Organization.slug, Organization.kind, Organization.name_en, Organization.name_zh, Organization.status, Organization.absorbed)
MEMBERSHIPS = (
    select(*OF_ACTING, Membership.role)
    .join(Membership, Membership.organization_id == Organization.id)
    .where(Membership.person_id == bindparam("person_id"), Membership.ended_at.is_(None))
    .order_by(Membership.created_at, Membership.id)
)
MANDATES = (
    select(*OF_ACTING, Mandate.id.label("mandate_id"), Mandate.agency_id, Mandate.role)
    .join(Mandate, Organization.id == Mandate.principal_id)
    .where(Mandate.agency_id.in_(bindparam("agencies", expanding=True)), Mandate.status == MandateStatus.IN_FORCE, Mandate.ends_on >= bindparam("today"))
    .where(Organization.status == Status.APPROVED)
    .order_by(Mandate.accepted_at, Mandate.id)
)


def load(identity: Identity, grants: dict[str, Any]) -> None:
    """Adds ``memberships`` and ``acting``: the organisation asked for if they may act for it, else their only or first one.

    Behind the memberships stand the principals of approved agencies among them, while a mandate is in force. A token acts for
    its own organisation or for none: never for another one of the same person.
    """
    own = [_acting(row, row.role) for row in read_columns(MEMBERSHIPS, {"person_id": identity.person_id})]
    memberships = (*own, *_mandated([each for each in own if each.kind == Kind.AGENCY and each.approved], {each.id for each in own}))
    wanted = next((m for m in memberships if m.id == identity.wants_organization), None)
    by_token = identity.token_permissions is not None
    grants["memberships"] = memberships
    grants["acting"] = wanted if wanted or by_token else next(iter(memberships), None)


def _acting(organization: Row[*tuple[Any, ...]], role: Role, **more: Any) -> Acting:
    return Acting(
        id=organization.id, slug=organization.slug, name=localized(organization, "name")[0], kind=organization.kind.value,
        role=role.value, approved=organization.status is Status.APPROVED, absorbed=frozenset(map(UUID, organization.absorbed)), **more,
    )  # fmt: skip


def _mandated(agencies: list[Acting], known: set[UUID]) -> Iterable[Acting]:
    """The principals, each once, the oldest mandate first: as much as the mandate and the role in the agency both allow."""
    if not agencies:
        return
    by_id = {agency.id: agency for agency in agencies}
    for row in read_columns(MANDATES, {"agencies": list(by_id), "today": now().date()}):
        if row.id in known:
            continue
        known.add(row.id)
        agency = by_id[row.agency_id]
        role = Role.READER if Role.READER in (row.role, agency.role) else Role.EDITOR
        yield _acting(row, role, mandate_id=row.mandate_id, agency_id=agency.id, agency=agency.name)
