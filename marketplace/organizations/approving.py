"""Pages of those who approve: the queue of organisations, oldest first, and the decision on one."""

from typing import Any
from uuid import UUID

from flask import redirect, render_template, request, url_for
from marshmallow import EXCLUDE

from marketplace.core import pages
from marketplace.core.access import current_actor, reads, writes
from marketplace.core.errors import DomainError
from marketplace.core.forms import Form
from marketplace.core.i18n import gettext
from marketplace.core.layout import say
from marketplace.organizations import duplicates, numbering, queries, service
from marketplace.organizations.models import Organization, Status
from marketplace.organizations.schemas import FirstOwnerIn, ListIn, NumberIn, OrganizationDeclineIn, VerifyIn
from marketplace.organizations.views import bp


@bp.get("/staff/organizations")
@reads("organizations.approve")
def queue() -> str:
    """What waits for a decision, the oldest first; `status` shows what was decided."""
    typed = {"status": Status.PENDING.value} | {name: value for name, value in request.args.items() if value}
    query = ListIn().load(typed, unknown=EXCLUDE)
    limit, cursor, status = query.pop("limit"), query.pop("cursor"), Status(query.pop("status"))
    select = queries.directory(status=status, **query)
    page = pages.paged(select, queries.BY_AGE, limit=limit, cursor=cursor, descending=False, bound_to=pages.bound())
    return render_template("organizations/queue.html", page=page, status=status)


@bp.route("/staff/organizations/<uuid:organization_id>", methods=["GET", "POST"])
@writes("organizations.approve")
def review(organization_id: UUID) -> Any:
    """One organisation with who registered it; the form declines it with a reason."""
    organization = queries.shown(organization_id, by=current_actor())
    form = Form(OrganizationDeclineIn)
    if form.submitted():
        try:
            service.decline(organization_id, form.data["reason"], by=current_actor())
        except DomainError as error:
            form.refused(error)
        else:
            say(gettext("%(name)s is declined; its owners get a mail with your reason.", name=organization.name))
            return redirect(url_for("organizations.queue"), 303)
    return review_page(organization, form=form)


def review_page(
    organization: Organization, *, form: Form | None = None, verifying: Form | None = None, number: Form | None = None, owner: Form | None = None
) -> Any:
    """What it says of itself, its numbers and mark, what it may be the same as, and the forms to decide."""
    declining, marking, adding = form or Form(OrganizationDeclineIn), verifying or Form(VerifyIn), number or Form(NumberIn)
    inviting = owner or Form(FirstOwnerIn)
    shown = {
        "organization": organization, "owners": queries.owners(organization.id), "form": declining, "verifying": marking, "number": adding, "owner": inviting,
        "numbers": numbering.of([organization.id])[organization.id], "alike": duplicates.like(organization.id),
    }  # fmt: skip
    return render_template("organizations/review.html", **shown), max(declining.status, marking.status, adding.status, inviting.status)


@bp.post("/staff/organizations/<uuid:organization_id>/approve")
@writes("organizations.approve")
def approve(organization_id: UUID) -> Any:
    organization = service.approve(organization_id, by=current_actor())
    say(gettext("%(name)s is approved; its owners get a mail.", name=organization.name))
    return redirect(url_for("organizations.queue"), 303)
