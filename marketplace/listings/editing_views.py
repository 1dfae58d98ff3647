"""Pages that write a listing: a new draft, and the form of an own one."""

from typing import Any
from uuid import UUID

from flask import Blueprint, redirect, render_template, request, url_for

from marketplace.core.access import current_actor, writes
from marketplace.core.errors import DomainError
from marketplace.core.forms import Form
from marketplace.core.i18n import gettext
from marketplace.core.layout import say
from marketplace.listings import drafting, editing_form, events, queries, rules
from marketplace.listings.drafting_schemas import FORMS
from marketplace.listings.life import autosaving, typed_views
from marketplace.listings.models import Kind, Listing


@writes("listings.write")
def new() -> Any:
    """Write a draft: ``?kind=need`` for a need."""
    kind = Kind(request.args["kind"]) if request.args.get("kind") in {each.value for each in Kind} else Kind.ACHIEVEMENT
    form = Form(FORMS[kind], currency="CNY", unit="one")
    if form.submitted():
        form.data.pop("version")
        try:
            listing = drafting.create(kind, form.data, by=current_actor())
        except DomainError as error:
            form.refused(error)
        else:
            autosaving.forget(kind.value, by=current_actor())
            say(gettext("%(reference)s is saved as a draft. Nobody else can read it yet.", reference=listing.reference))
            return redirect(url_for("listings.mine", listing_id=listing.id), 303)
    return _page(form, kind), form.status


@writes("listings.write")
def edit(listing_id: UUID) -> Any:
    actor = current_actor()
    listing = drafting.own(listing_id, by=actor)
    content = rules.content_of(drafting.newest_version(listing))
    form = Form(FORMS[listing.kind], **editing_form.typed(content), external_id=listing.external_id, anonymous=listing.anonymous, version=listing.version, unit="one")
    checking = request.method == "GET" and bool(request.args.get("check"))
    if checking:
        form.found = rules.submission_faults(listing.kind, content)
    elif form.submitted():
        expected = form.data.pop("version")
        try:
            listing = drafting.edit(listing_id, form.data, by=actor, expected=expected)
        except DomainError as error:
            form.refused(error)
        else:
            autosaving.forget(str(listing_id), by=actor)
            say(gettext("Saved. Visitors see the change once you submit it and the moderator approves it.") if listing.public_number else gettext("Saved."))
            return redirect(url_for("listings.mine", listing_id=listing_id), 303)
    status = 200 if request.method == "GET" else form.status
    return _page(form, listing.kind, listing, notes=editing_form.doubts(listing.kind, content), checking=checking), status


def _page(form: Form, kind: Kind, listing: Listing | None = None, *, notes: dict[str, list[Any]] | None = None, checking: bool = False) -> str:
    typed = typed_views.offered(form, str(listing.id) if listing else kind.value)
    beside = events.beside(listing.id) if listing else {}
    for field, sentences in (notes or {}).items():
        beside.setdefault(field, []).extend(sentences)
    return render_template(
        "listings/edit.html", typed=typed, form=form, kind=kind, listing=listing, choices=editing_form.choices(kind), sections=editing_form.sections(kind, form),
        notes=beside, checking=checking, returned=queries.returned(listing.id, by=current_actor()) if listing else [], **editing_form.words(),
    )  # fmt: skip


def attach(bp: Blueprint) -> None:
    """Put the form's pages onto the blueprint of listings."""
    bp.route("/listings/new", methods=["GET", "POST"])(new)
    bp.route("/listings/<uuid:listing_id>/edit", methods=["GET", "POST"])(edit)
