"""Who belongs to an organisation: joining, changing a role, and ending it at once."""

from uuid import UUID

from sqlalchemy import func, select, update

from marketplace.accounts import service as accounts
from marketplace.core import audit
from marketplace.core.access import Actor
from marketplace.core.clock import now
from marketplace.core.db import db
from marketplace.core.errors import DomainError, Duplicate, Forbidden, Invalid, NotFound
from marketplace.core.i18n import gettext
from marketplace.core.i18n import lazy_gettext as _l
from marketplace.organizations import events, queries
from marketplace.organizations.models import Invitation, Membership, Organization, Role


class LastOwner(DomainError):
    """An organisation with members always has an owner."""

    text = _l("This is the last owner. Make somebody else an owner first.")


def join(organization: Organization, person_id: UUID, role: Role, *, by: Actor | None) -> Membership:
    """Open a membership; the caller has checked the right to do so. Raises Duplicate when there is one already."""
    if open_membership(organization.id, person_id) is not None:
        raise Duplicate(gettext("This person belongs to the organisation already."))
    membership = Membership(organization_id=organization.id, person_id=person_id, role=role, created_at=now())
    db.session.add(membership)
    db.session.flush()  # a second one must meet the unique index here, not at the end of the request
    audit.record("organizations.join", f"organization:{organization.id}", by=by, person=str(person_id), role=role.value)
    return membership


def add(organization: Organization, email: str, *, role: Role, by: Actor | None) -> Membership:
    """Make a person a member by their mail address, for the operator's command line. Raises Invalid, Duplicate."""
    person = accounts.by_email(email)
    if person is None:
        raise Invalid.field("email", "person_unknown", gettext("Nobody has an account with this mail address."))
    return join(organization, person.id, role, by=by)


def change_role(organization_id: UUID, person_id: UUID, *, role: Role, by: Actor) -> Membership:
    """Give a member another role, from their next request on. Raises NotFound, Forbidden, LastOwner."""
    organization = managed(organization_id, by)
    membership = _member(organization, person_id)
    if membership.role is Role.OWNER and role is not Role.OWNER:
        _leave_an_owner(organization, person_id)
        _withdraw_invitations(organization, person_id)
    membership.role = role
    audit.record("organizations.role", f"organization:{organization.id}", by=by, person=str(person_id), role=role.value)
    return membership


def end(organization_id: UUID, person_id: UUID, *, by: Actor) -> None:
    """End a membership at once, invitations by that person too; owners end anybody's, everybody their own.

    Raises NotFound, Forbidden, LastOwner.
    """
    organization = queries.own(organization_id, by=by, lock=True)
    if person_id != by.person_id:
        _check_owner(organization, by)
    membership = _member(organization, person_id)
    if membership.role is Role.OWNER:
        _leave_an_owner(organization, person_id)
        _withdraw_invitations(organization, person_id)
    membership.ended_at = now()
    db.session.flush()
    events.left(organization.id, person_id)
    audit.record("organizations.end_membership", f"organization:{organization.id}", by=by, person=str(person_id))


def managed(organization_id: UUID, by: Actor) -> Organization:
    """The organisation, locked, for one of its owners. Raises NotFound, Forbidden."""
    organization = queries.own(organization_id, by=by, lock=True)
    _check_owner(organization, by)
    return organization


def _check_owner(organization: Organization, by: Actor) -> None:
    """Asked again under the lock: of two owners who remove each other at once, the second is one no more."""
    by.require("organizations.manage")
    membership = open_membership(organization.id, by.person_id)
    if membership is None or membership.role is not Role.OWNER:
        raise Forbidden()


def open_membership(organization_id: UUID, person_id: UUID) -> Membership | None:
    query = select(Membership).where(
        Membership.organization_id == organization_id, Membership.person_id == person_id, Membership.ended_at.is_(None)
    )
    return db.session.scalar(query.with_for_update().execution_options(populate_existing=True))


def _member(organization: Organization, person_id: UUID) -> Membership:
    membership = open_membership(organization.id, person_id)
    if membership is None:
        raise NotFound()
    return membership


def _leave_an_owner(organization: Organization, person_id: UUID) -> None:
    others = select(func.count()).select_from(Membership).where(
        Membership.organization_id == organization.id, Membership.role == Role.OWNER, Membership.ended_at.is_(None),
        Membership.person_id != person_id,
    )  # fmt: skip
    if not db.session.scalar(others):
        raise LastOwner()


def _withdraw_invitations(organization: Organization, person_id: UUID) -> None:
    """Somebody who is an owner no more must not come back, or bring others in, by an old mail."""
    db.session.execute(
        update(Invitation)
        .where(Invitation.organization_id == organization.id, Invitation.invited_by == person_id, *queries.still_open())
        .values(revoked_at=now())
    )
