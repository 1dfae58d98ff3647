"""Keeping what is typed while it is typed: asked for by the form's script, offered when the form is opened again."""

from typing import Any
from uuid import UUID

from flask import Blueprint, redirect, request, url_for
from werkzeug.datastructures import MultiDict

from marketplace.core.access import current_actor, writes
from marketplace.core.forms import Form, from_form
from marketplace.core.i18n import gettext
from marketplace.core.layout import say
from marketplace.listings.life import autosaving
from marketplace.listings.models import Kind


def offered(form: Form, place: str) -> dict[str, Any]:
    """For the page that shows a listing's form: what was typed there before, if it is not taken up already (``?typed=1`` does)."""
    actor = current_actor()
    found = autosaving.kept(place, by=actor) if request.method == "GET" else None
    going_on = found is not None and bool(request.args.get("typed"))
    if found is not None and going_on:
        form.values = from_form(form.schema, MultiDict([(name, value) for name, value in found.fields]))
    return {"place": place, "found": found, "going_on": going_on, "key": f"{actor.person_id}:{actor.organization_id}:{place}"}


@writes("listings.write", once=False)
def keep() -> Any:
    """The fields of a form as they stand; ``place`` is the listing's id or the kind of a new one."""
    pairs = [(name, value) for name, value in request.form.items(multi=True) if name != "place"]
    row = autosaving.keep(request.form.get("place", ""), pairs, by=current_actor())
    return {"saved_at": row.saved_at.isoformat()}


@writes("listings.write")
def discard() -> Any:
    actor = current_actor()
    place = autosaving.known_place(request.form.get("place", ""), by=actor)
    autosaving.forget(place, by=actor)
    say(gettext("The unsaved text is discarded."))
    if place in {kind.value for kind in Kind}:
        return redirect(url_for("listings.new", kind=place), 303)
    return redirect(url_for("listings.edit", listing_id=UUID(place)), 303)


def attach(bp: Blueprint) -> None:
    """Put the routes onto the blueprint of listings."""
    bp.post("/listings/typed", endpoint="keep_typed")(keep)
    bp.post("/listings/typed/discard", endpoint="discard_typed")(discard)
