"""An organisation's registration numbers: added after their check digit was found right, taken away, one holder each."""

from uuid import UUID

from sqlalchemy import func, select
from sqlalchemy.exc import IntegrityError

from marketplace.core import audit
from marketplace.core.access import Actor
from marketplace.core.clock import now
from marketplace.core.db import db
from marketplace.core.errors import DomainError, Duplicate, FieldError, Invalid, NotFound
from marketplace.core.i18n import gettext
from marketplace.organizations import duplicates, queries, verifying
from marketplace.organizations.models import Organization, OrganizationNumber
from marketplace.organizations.numbers import Scheme, WrongNumber, normalised

MOST = 12


def add(organization_id: UUID, scheme: Scheme, *, value: str, by: Actor) -> OrganizationNumber:
    """Add a number to one's own organisation or, as staff, to any. The same again is harmless.

    Raises NotFound, Forbidden, Invalid (length, signs, check digit), Duplicate when another organisation has it: to everybody in
    the same words; that both claim it is kept for the staff.
    """
    return give(_open(organization_id, by), scheme, value=value, by=by)


def give(organization: Organization, scheme: Scheme, *, value: str, by: Actor | None) -> OrganizationNumber:
    """The same, for an organisation that is locked and whose number the caller may set."""
    try:
        number = normalised(scheme, value)
    except WrongNumber as error:
        raise Invalid.field("value", error.code, error.text) from error
    found = _holder(scheme, number)
    if found is None:
        return _store(organization, scheme, number, by=by)
    if found.organization_id != organization.id:
        raise _taken(organization.id, scheme, number)
    return found


def _holder(scheme: Scheme, number: str) -> OrganizationNumber | None:
    return db.session.scalar(select(OrganizationNumber).where(OrganizationNumber.scheme == scheme, OrganizationNumber.value == number))


def _store(organization: Organization, scheme: Scheme, number: str, *, by: Actor | None) -> OrganizationNumber:
    if (db.session.scalar(select(func.count()).where(OrganizationNumber.organization_id == organization.id)) or 0) >= MOST:
        raise DomainError(gettext("An organisation has at most %(most)s numbers here.", most=MOST))
    row = OrganizationNumber(
        organization_id=organization.id, scheme=scheme, value=number, added_by=by.person_id if by else None, created_at=now()
    )
    try:
        with db.session.begin_nested():
            db.session.add(row)
    except IntegrityError as error:  # somebody else's of the same moment was faster
        raise _taken(organization.id, scheme, number) from error
    duplicates.claim(organization.id, scheme, value=number)
    audit.record("organizations.add_number", f"organization:{organization.id}", by=by, scheme=scheme.value, number=number)
    return row


def _taken(organization_id: UUID, scheme: Scheme, number: str) -> Duplicate:
    text = gettext("Another organisation has this number. If it is yours, or you are the same organisation, tell the fair.")
    error = Duplicate(text, errors=(FieldError("/value", "number_taken", text),))
    error.afterwards = lambda: duplicates.claim(organization_id, scheme, value=number)
    return error


def remove(organization_id: UUID, number_id: UUID, *, by: Actor) -> None:
    """Take a number away; the mark "verified", which rests on it, falls. Raises NotFound, Forbidden."""
    organization = _open(organization_id, by)
    row = db.session.scalar(
        select(OrganizationNumber).where(OrganizationNumber.id == number_id, OrganizationNumber.organization_id == organization.id)
    )
    if row is None:
        raise NotFound()
    db.session.delete(row)
    duplicates.unclaim(organization.id, row.scheme, value=row.value)
    audit.record("organizations.remove_number", f"organization:{organization.id}", by=by, scheme=row.scheme.value, number=row.value)
    verifying.fall(organization, by=by)
    db.session.flush()


def _open(organization_id: UUID, by: Actor) -> Organization:
    """The organisation, locked: one's own, or any for staff. Raises NotFound, Forbidden."""
    by.require("organizations.number")
    if not (queries.belongs(organization_id, by) or by.may("organizations.verify")):
        raise NotFound()
    organization = db.session.get(Organization, organization_id, with_for_update=True, populate_existing=True)
    if organization is None or organization.merged_into_id is not None:
        raise NotFound()
    return organization


def of(organization_ids: list[UUID]) -> dict[UUID, list[OrganizationNumber]]:
    """The numbers of organisations, in one order. One query."""
    found: dict[UUID, list[OrganizationNumber]] = {organization_id: [] for organization_id in organization_ids}
    query = select(OrganizationNumber).where(OrganizationNumber.organization_id.in_(organization_ids))
    for row in db.session.scalars(query.order_by(OrganizationNumber.scheme, OrganizationNumber.value)):
        found[row.organization_id].append(row)
    return found
