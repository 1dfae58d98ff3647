"""Pages about what makes an organisation certain: its registration numbers, the mark "verified", and who first owns it."""

from typing import Any
from uuid import UUID

from flask import redirect, url_for

from marketplace.core.access import current_actor, writes
from marketplace.core.errors import DomainError, NotFound
from marketplace.core.forms import Form
from marketplace.core.i18n import gettext
from marketplace.core.layout import say
from marketplace.organizations import invitations, numbering, queries, verifying
from marketplace.organizations.approving import review_page
from marketplace.organizations.joining import invitation_address
from marketplace.organizations.models import Role, VerifiedBy
from marketplace.organizations.numbers import Scheme
from marketplace.organizations.schemas import FirstOwnerIn, MemberInvitationIn, NumberIn, VerifyIn
from marketplace.organizations.views import bp, own_page


def _added(form: Form, organization_id: UUID | None) -> bool:
    if organization_id is None:
        raise NotFound()
    if not form.submitted():
        return False
    try:
        numbering.add(organization_id, Scheme(form.data["scheme"]), value=form.data["value"], by=current_actor())
    except DomainError as error:
        form.refused(error)
        return False
    say(gettext("The number is right by its check digit, and saved."))
    return True


@bp.post("/organization/numbers")
@writes("organizations.manage")
def add_number() -> Any:
    form = Form(NumberIn)
    if _added(form, current_actor().organization_id):
        return redirect(url_for("organizations.own"), 303)
    return own_page(Form(MemberInvitationIn, role=Role.EDITOR.value), number=form)


@bp.post("/organization/numbers/<uuid:number_id>/remove")
@writes("organizations.manage")
def remove_number(number_id: UUID) -> Any:
    actor = current_actor()
    if actor.organization_id is None:
        raise NotFound()
    numbering.remove(actor.organization_id, number_id, by=actor)
    say(gettext("The number is removed."))
    return redirect(url_for("organizations.own"), 303)


@bp.post("/staff/organizations/<uuid:organization_id>/numbers")
@writes("organizations.verify")
def add_number_for(organization_id: UUID) -> Any:
    organization, form = queries.shown(organization_id, by=current_actor()), Form(NumberIn)
    if _added(form, organization.id):
        return redirect(url_for("organizations.review", organization_id=organization_id), 303)
    return review_page(organization, number=form)


@bp.post("/staff/organizations/<uuid:organization_id>/numbers/<uuid:number_id>/remove")
@writes("organizations.verify")
def remove_number_for(organization_id: UUID, number_id: UUID) -> Any:
    numbering.remove(organization_id, number_id, by=current_actor())
    say(gettext("The number is removed."))
    return redirect(url_for("organizations.review", organization_id=organization_id), 303)


@bp.post("/staff/organizations/<uuid:organization_id>/verify")
@writes("organizations.verify")
def verify(organization_id: UUID) -> Any:
    organization, form = queries.shown(organization_id, by=current_actor()), Form(VerifyIn)
    if form.submitted():
        try:
            verifying.verify(organization_id, VerifiedBy(form.data["how"]), note=form.data["note"], by=current_actor())
        except DomainError as error:
            form.refused(error)
        else:
            say(gettext("%(name)s is marked as verified.", name=organization.name))
            return redirect(url_for("organizations.review", organization_id=organization_id), 303)
    return review_page(organization, verifying=form)


@bp.post("/staff/organizations/<uuid:organization_id>/unverify")
@writes("organizations.verify")
def unverify(organization_id: UUID) -> Any:
    organization = verifying.unverify(organization_id, by=current_actor())
    say(gettext("%(name)s is not marked as verified any more.", name=organization.name))
    return redirect(url_for("organizations.review", organization_id=organization_id), 303)


@bp.post("/staff/organizations/<uuid:organization_id>/owner")
@writes("organizations.approve")
def invite_owner(organization_id: UUID) -> Any:
    """The first owner of an organisation that nobody belongs to, such as one of an imported list."""
    organization, form = queries.shown(organization_id, by=current_actor()), Form(FirstOwnerIn)
    if form.submitted():
        try:
            invitations.invite_first_owner(organization_id, form.data["email"], address=invitation_address(), by=current_actor())
        except DomainError as error:
            form.refused(error)
        else:
            say(gettext("An invitation is on its way to %(email)s; it holds for 14 days.", email=form.data["email"]))
            return redirect(url_for("organizations.review", organization_id=organization_id), 303)
    return review_page(organization, owner=form)
