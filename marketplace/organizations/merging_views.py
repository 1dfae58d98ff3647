"""Staff pages of the directory: organisations that may be one, merging two of them, and taking in a list."""

from typing import Any
from uuid import UUID

from flask import redirect, render_template, request, url_for
from marshmallow import EXCLUDE

from marketplace.core import pages
from marketplace.core.access import current_actor, reads, writes
from marketplace.core.errors import DomainError, Invalid
from marketplace.core.forms import Form
from marketplace.core.i18n import gettext
from marketplace.core.layout import say
from marketplace.organizations import duplicates, importing, merging, numbering
from marketplace.organizations.models import TraitKind
from marketplace.organizations.schemas import MergeFormIn, OrganizationsImportIn, TraitIn
from marketplace.organizations.views import bp


@bp.get("/staff/organizations/duplicates")
@reads("organizations.verify")
def alike() -> str:
    """Organisations that share the words of a name, a website or a number, until somebody merges them or tells them apart."""
    query = pages.PageIn().load({name: value for name, value in request.args.items() if value}, unknown=EXCLUDE)
    page = duplicates.proposals(**query, bound_to=pages.bound())
    return render_template("organizations/duplicates.html", page=page, merges=current_actor().may("organizations.merge"))


@bp.post("/staff/organizations/duplicates")
@writes("organizations.verify")
def tell_apart() -> Any:
    form = Form(TraitIn)
    if not form.submitted():
        raise Invalid(errors=form.found)
    duplicates.dismiss(TraitKind(form.data["kind"]), form.data["value"], by=current_actor())
    say(gettext("They are shown as different from now on, until one more shares the same."))
    return redirect(url_for("organizations.alike"), 303)


@bp.route("/staff/organizations/<uuid:organization_id>/merge/<uuid:other_id>", methods=["GET", "POST"])
@writes("organizations.merge")
def merge(organization_id: UUID, other_id: UUID) -> Any:
    """The two side by side, what moves and what hinders; the form merges the other one into the first."""
    actor, form = current_actor(), Form(MergeFormIn)
    if form.submitted():
        try:
            winner = merging.merge(organization_id, other_id, by=actor)
        except merging.Hindered as error:
            form.refused(error)
        else:
            say(gettext("They are one now: %(name)s. The old address leads there.", name=winner.name))
            return redirect(url_for("organizations.show", slug=winner.slug), 303)
    preview = merging.preview(organization_id, other_id, by=actor)
    numbers = numbering.of([organization_id, other_id])
    return render_template("organizations/merge.html", preview=preview, numbers=numbers, form=form), form.status


@bp.route("/staff/organizations/import", methods=["GET", "POST"])
@writes("organizations.import")
def take_in() -> Any:
    """A CSV file of organisations: checked and, unless it is only tried, stored; the answer says what became of each row."""
    form, report = Form(OrganizationsImportIn), None
    if form.submitted():
        file = request.files.get("file")
        try:
            if file is None or not file.filename:
                raise Invalid.field("file", "required", gettext("Please choose a file."))
            content = file.stream.read(importing.MOST_BYTES + 1)
            report = importing.take(content, by=current_actor(), dry_run=form.data["dry_run"])
        except DomainError as error:
            form.refused(error)
    return render_template("organizations/import.html", form=form, report=report, columns=importing.COLUMNS), form.status
