"""The page of a listing's history, for its owner."""

from typing import Any
from uuid import UUID

from flask import Blueprint, redirect, render_template, request, url_for

from marketplace.core.access import current_actor, reads, writes
from marketplace.core.i18n import gettext
from marketplace.core.layout import say
from marketplace.listings import drafting, events, queries
from marketplace.listings.life import history
from marketplace.listings.life.life_schemas import NumberIn


@reads("listings.read_own")
def show(listing_id: UUID) -> str:
    """Every version with what became of it; two of them compared (``?from=1&to=3``, else the last two)."""
    actor = current_actor()
    listing = drafting.own(listing_id, by=actor)
    revisions = history.revisions(listing)
    pair = history.chosen([revision["number"] for revision in revisions], request.args.get("from"), request.args.get("to"))
    return render_template(
        "listings/history.html", listing=queries.own_one(listing_id, by=actor), revisions=revisions, pair=pair,
        changes=history.compared(listing, *pair) if pair else [], decisions=events.decisions(listing_id),
    )  # fmt: skip


@writes("listings.write")
def restore(listing_id: UUID) -> Any:
    schema = NumberIn()
    number = schema.load({"number": request.form.get("number", "")})["number"]
    if history.restore(listing_id, number, by=current_actor()):
        say(gettext("Version %(n)s is taken up again as the newest one. Visitors see it once you submit it and a moderator approves it.", n=number))
    else:
        say(gettext("The newest version says the same already."))
    return redirect(url_for("listings.mine", listing_id=listing_id), 303)


def attach(bp: Blueprint) -> None:
    """Put the pages onto the blueprint of listings."""
    bp.get("/listings/<uuid:listing_id>/history", endpoint="history")(show)
    bp.post("/listings/<uuid:listing_id>/restore")(restore)
