"""What organisations do when a person is erased: their memberships end, invitations forget the address."""

from sqlalchemy import func, select, update

from marketplace.accounts.events import person_erased
from marketplace.accounts.models import Person
from marketplace.core import audit
from marketplace.core.access import Actor
from marketplace.core.clock import now
from marketplace.core.db import db
from marketplace.core.i18n import gettext
from marketplace.organizations import events
from marketplace.organizations.models import Invitation, Membership, Organization, Role


@person_erased.connect
def end_memberships(person: Person, *, email: str, by: Actor | None) -> list[str]:
    """An organisation that loses its last owner is named: the platform's administrator appoints another."""
    notes = []
    memberships = select(Membership).where(Membership.person_id == person.id, Membership.ended_at.is_(None)).with_for_update()
    for membership in db.session.scalars(memberships).all():
        membership.ended_at = now()
        audit.record("organizations.end_membership", f"organization:{membership.organization_id}", by=by, person=str(person.id))
        db.session.flush()
        events.left(membership.organization_id, person.id)
        left = (Membership.organization_id == membership.organization_id, Membership.ended_at.is_(None))
        members, owners = (db.session.scalar(select(func.count()).where(*left, *more)) for more in ((), (Membership.role == Role.OWNER,)))
        if members and not owners:
            organization = db.session.get_one(Organization, membership.organization_id)
            notes.append(gettext("%(name)s has members but no owner any more.", name=organization.name))
    db.session.execute(update(Invitation).where(Invitation.email == email).values(email=f"{person.id}@erased.invalid"))
    return notes
