"""Pages about who belongs to an organisation: inviting, accepting an invitation, roles, and leaving."""

from typing import Any
from uuid import UUID

from flask import current_app, redirect, render_template, request, url_for

from marketplace.accounts import service as accounts
from marketplace.accounts import sessions
from marketplace.accounts.schemas import FinishIn
from marketplace.core.access import PUBLIC, current_actor, current_actor_or_none, writes
from marketplace.core.errors import DomainError, NotFound, SignInFirst
from marketplace.core.fields import FormSchema
from marketplace.core.forms import Form
from marketplace.core.i18n import gettext
from marketplace.core.layout import say
from marketplace.organizations import invitations, members
from marketplace.organizations.models import Role
from marketplace.organizations.schemas import MemberInvitationIn, MemberRoleIn
from marketplace.organizations.views import bp, own_page


def invitation_address() -> str:
    """The address of a mailed invitation, with ``{secret}`` in it."""
    path = url_for("organizations.invitation", secret="SECRET")
    return str(current_app.config["SETTINGS"].public_url) + path.replace("SECRET", "{secret}")


def _acting() -> UUID:
    organization_id = current_actor().organization_id
    if organization_id is None:
        raise NotFound()
    return organization_id


@bp.post("/organization/invitations")
@writes("organizations.manage")
def invite() -> Any:
    form = Form(MemberInvitationIn)
    if form.submitted():
        email, role = form.data["email"], Role(form.data["role"])
        try:
            invitations.invite(_acting(), email, role=role, address=invitation_address(), by=current_actor())
        except DomainError as error:
            form.refused(error)
        else:
            say(gettext("An invitation is on its way to %(email)s; it holds for 14 days.", email=email))
            return redirect(url_for("organizations.own"), 303)
    return own_page(form)


@bp.post("/organization/invitations/<uuid:invitation_id>/revoke")
@writes("organizations.manage")
def revoke(invitation_id: UUID) -> Any:
    invitations.revoke(_acting(), invitation_id, by=current_actor())
    say(gettext("The invitation is withdrawn."))
    return redirect(url_for("organizations.own"), 303)


@bp.post("/organization/members/<uuid:person_id>/role")
@writes("organizations.manage")
def change_role(person_id: UUID) -> Any:
    form = Form(MemberRoleIn)
    if not form.submitted():
        raise NotFound()
    members.change_role(_acting(), person_id, role=Role(form.data["role"]), by=current_actor())
    say(gettext("The role holds from their next step on."))
    return redirect(url_for("organizations.own"), 303)


@bp.post("/organization/members/<uuid:person_id>/end")
@writes("organizations.read")
def end_membership(person_id: UUID) -> Any:
    actor = current_actor()
    members.end(_acting(), person_id, by=actor)
    if person_id == actor.person_id:
        say(gettext("You left the organisation."))
        return redirect(url_for("home.front"), 303)
    say(gettext("The membership has ended; nothing of the organisation is open to that person any more."))
    return redirect(url_for("organizations.own"), 303)


@bp.route("/invitations/<secret>", methods=["GET", "POST"])
@writes(PUBLIC, once=False)
def invitation(secret: str) -> Any:
    """What the mailed link opens: join as who is signed in, or sign in first, or set name and password here."""
    offer, organization = invitations.opened(secret)
    actor, person = current_actor_or_none(), accounts.by_email(offer.email)
    if request.method == "POST" and actor is None and person is not None:
        raise SignInFirst()
    form = Form(FormSchema if actor or person else FinishIn)
    if form.submitted():
        try:
            if actor:
                invitations.accept(secret, by=actor)
            else:
                _enter(secret, form.data)
        except DomainError as error:
            form.refused(error)
        else:
            say(gettext("Welcome. You act for %(name)s now.", name=organization.name))
            return redirect(url_for("organizations.own"), 303)
    shown = {"offer": offer, "organization": organization, "known": person is not None}
    return render_template("organizations/invitation.html", form=form, **shown), form.status


def _enter(secret: str, data: dict[str, Any]) -> None:
    person = invitations.accept_as_stranger(secret, data["name"], password=data["password"])
    session_row, cookie = accounts.start_session(person, agent=request.user_agent.string)
    sessions.begin(cookie, session_row, person)
