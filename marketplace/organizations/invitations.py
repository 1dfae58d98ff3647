"""Inviting people by mail: one use, 14 days, for the address it was sent to and nobody else."""

from datetime import timedelta
from uuid import UUID

from sqlalchemy import func, select, update

from marketplace.accounts import passwords
from marketplace.accounts import service as accounts
from marketplace.accounts.models import Person
from marketplace.core import audit, mail
from marketplace.core.access import Actor
from marketplace.core.clock import now
from marketplace.core.db import db
from marketplace.core.errors import DomainError, Duplicate, Forbidden, Gone, IllegalMove, NotFound
from marketplace.core.fields import fold_email
from marketplace.core.i18n import gettext, language, speaking
from marketplace.core.i18n import lazy_gettext as _l
from marketplace.organizations import members, queries
from marketplace.organizations.models import Invitation, Organization, Role

LIVES = timedelta(days=14)
MAILS_A_DAY = 5
OPEN_AT_ONCE = 100


class TooManyInvitations(DomainError):
    """Nobody's mailbox is flooded through us."""

    status, slug, title = 429, "too-many-requests", _l("Too many invitations")
    text = _l("This address, or this organisation, has too many open invitations. Wait a day, or withdraw some.")


def invite(organization_id: UUID, email: str, *, role: Role, address: str, by: Actor) -> Invitation:
    """Mail a link that lets its reader join; an older open one for the same address is withdrawn.

    ``address`` is the link with ``{secret}`` in it. Raises NotFound, Forbidden, Duplicate, TooManyInvitations.
    """
    return _invite(members.managed(organization_id, by), email, role=role, address=address, by=by)


def invite_first_owner(organization_id: UUID, email: str, *, address: str, by: Actor) -> Invitation:
    """Staff mail the same to the first owner of an organisation that has none, such as one of an imported list.

    Raises NotFound, Forbidden, IllegalMove (it has an owner, who invites), TooManyInvitations.
    """
    by.require("organizations.approve")
    organization = db.session.get(Organization, organization_id, with_for_update=True, populate_existing=True)
    if organization is None or organization.merged_into_id is not None:
        raise NotFound()
    if queries.owners(organization.id):
        raise IllegalMove(gettext("It has an owner, who invites others."))
    return _invite(organization, email, role=Role.OWNER, address=address, by=by)


def _invite(organization: Organization, email: str, *, role: Role, address: str, by: Actor) -> Invitation:
    email, secret, moment = fold_email(email), passwords.new_secret(), now()
    person = accounts.by_email(email)
    if person is not None and members.open_membership(organization.id, person.id) is not None:
        raise Duplicate(gettext("This person belongs to the organisation already."))
    _limit(organization, email)
    db.session.execute(
        update(Invitation)
        .where(Invitation.organization_id == organization.id, Invitation.email == email, *queries.still_open())
        .values(revoked_at=moment)
    )
    invitation = Invitation(
        organization_id=organization.id, email=email, role=role, secret_hash=passwords.hash_secret(secret),
        invited_by=by.person_id, created_at=moment, expires_at=moment + LIVES,
    )  # fmt: skip
    db.session.add(invitation)
    db.session.flush()  # the audit row names it
    audit.record("organizations.invite", f"organization:{organization.id}", by=by, invitation=str(invitation.id), role=role.value)
    with speaking(person.language if person else language()):
        text = gettext("%(who)s invites you to act for %(name)s. Open this address within 14 days; it works once:",
                       who=by.name, name=organization.name)  # fmt: skip
        mail.send(email, gettext("Invitation: %(name)s", name=organization.name), f"{text}\n\n{address.format(secret=secret)}\n")
    return invitation


def _limit(organization: Organization, email: str) -> None:
    since = now() - timedelta(days=1)
    to_them = select(func.count()).select_from(Invitation).where(Invitation.email == email, Invitation.created_at > since)
    theirs = select(func.count()).select_from(Invitation).where(Invitation.organization_id == organization.id, *queries.still_open())
    if (db.session.scalar(to_them) or 0) >= MAILS_A_DAY or (db.session.scalar(theirs) or 0) >= OPEN_AT_ONCE:
        raise TooManyInvitations()


def revoke(organization_id: UUID, invitation_id: UUID, *, by: Actor) -> None:
    """Withdraw an open invitation. Raises NotFound, Forbidden."""
    organization = members.managed(organization_id, by)
    withdrawn = db.session.execute(
        update(Invitation)
        .where(Invitation.id == invitation_id, Invitation.organization_id == organization.id, *queries.still_open())
        .values(revoked_at=now())
    )
    if withdrawn.rowcount != 1:  # type: ignore[attr-defined]
        raise NotFound()
    audit.record("organizations.revoke_invitation", f"organization:{organization.id}", by=by, invitation=str(invitation_id))


def opened(secret: str) -> tuple[Invitation, Organization]:
    """What a link offers. Raises Gone when it is unknown, used, withdrawn or too old."""
    query = select(Invitation, Organization).join(Organization, Organization.id == Invitation.organization_id)
    found = db.session.execute(query.where(Invitation.secret_hash == passwords.hash_secret(secret), *queries.still_open())).one_or_none()
    if found is None:
        raise Gone()
    return found[0], found[1]


def accept(secret: str, *, by: Actor) -> Organization:
    """Join with the role offered, and act for the organisation from now on.

    Raises Gone, Forbidden when the link was sent to another address than the person's, Duplicate.
    """
    invitation, organization = _taken(secret)
    if by.token_permissions is not None or fold_email(by.email) != invitation.email:
        raise Forbidden(gettext("This invitation was sent to another mail address than yours."))
    members.join(organization, by.person_id, invitation.role, by=by)
    if by.sign_in_id is not None:
        accounts.act_for(organization.id, by=by)
    return organization


def accept_as_stranger(secret: str, name: str, *, password: str) -> Person:
    """A new person with the address that the link was sent to, already a member. Raises Gone, Invalid, Duplicate."""
    invitation, organization = _taken(secret)
    person = accounts.create(name, invitation.email, password=password, language=language())
    members.join(organization, person.id, invitation.role, by=None)
    return person


def _taken(secret: str) -> tuple[Invitation, Organization]:
    """The invitation, used up, and its organisation, both locked: parents before children. Raises Gone."""
    invitation, organization = opened(secret)
    db.session.refresh(organization, with_for_update=True)
    locked = db.session.scalar(
        select(Invitation).where(Invitation.id == invitation.id, *queries.still_open())
        .with_for_update().execution_options(populate_existing=True)
    )  # fmt: skip
    if locked is None:
        raise Gone()
    locked.accepted_at = now()
    return locked, organization
