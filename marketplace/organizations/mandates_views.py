"""Pages of mandates: whom one's organisation acts for and who acts for it, with the day it ends."""

from typing import Any
from uuid import UUID

from flask import redirect, render_template, request, url_for

from marketplace.core.access import current_actor, reads, writes
from marketplace.core.errors import DomainError
from marketplace.core.forms import Form
from marketplace.core.i18n import gettext
from marketplace.core.layout import say
from marketplace.organizations import mandates
from marketplace.organizations.models import Role
from marketplace.organizations.schemas import MandateIn
from marketplace.organizations.views import bp, mine


def _page(form: Form) -> Any:
    actor = current_actor()
    shown = {"organization": mine(), "rows": mandates.own(by=actor), "manages": actor.may("organizations.mandate")}
    return render_template("organizations/mandates.html", form=form, **shown), form.status


@bp.get("/organization/mandates")
@reads("organizations.read")
def mandates_page() -> Any:
    """The mandates of one's organisation on either side; owners propose, accept and end them."""
    return _page(Form(MandateIn, role=Role.EDITOR.value, organization=request.args.get("with", "")))


@bp.post("/organization/mandates")
@writes("organizations.mandate")
def propose_mandate() -> Any:
    form = Form(MandateIn)
    if form.submitted():
        data = form.data
        try:
            mandates.propose(data["organization"], role=Role(data["role"]), ends_on=data["ends_on"], by=current_actor())
        except DomainError as error:
            form.refused(error)
        else:
            say(gettext("The mandate is proposed; the other side's owners get a mail and accept or decline it."))
            return redirect(url_for("organizations.mandates_page"), 303)
    return _page(form)


@bp.post("/organization/mandates/<uuid:mandate_id>/accept")
@writes("organizations.mandate")
def accept_mandate(mandate_id: UUID) -> Any:
    mandates.accept(mandate_id, by=current_actor())
    say(gettext("The mandate is in force from now on."))
    return redirect(url_for("organizations.mandates_page"), 303)


@bp.post("/organization/mandates/<uuid:mandate_id>/end")
@writes("organizations.mandate")
def end_mandate(mandate_id: UUID) -> Any:
    mandates.end(mandate_id, by=current_actor())
    say(gettext("The mandate has ended; nobody acts under it any more."))
    return redirect(url_for("organizations.mandates_page"), 303)
