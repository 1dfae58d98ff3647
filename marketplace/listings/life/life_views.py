"""Pages of a listing's life: extending its term, archiving it, closing a need, opening it for interest or not."""

from typing import Any
from uuid import UUID

from flask import Blueprint, redirect, render_template, request, url_for

from marketplace.core.access import Actor, current_actor, writes
from marketplace.core.clock import today
from marketplace.core.errors import DomainError, NotFound
from marketplace.core.forms import Form
from marketplace.core.i18n import gettext
from marketplace.core.i18n import lazy_gettext as _l
from marketplace.core.layout import day, say
from marketplace.listings import drafting, queries
from marketplace.listings.life import contacts, renewing, shelving, terms
from marketplace.listings.life.life_schemas import CloseIn, ExtendIn, OpenIn
from marketplace.listings.models import Closed, Kind
from marketplace.listings.rules import EVERYWHERE_OVER

CLOSED = {Closed.MET: _l("met"), Closed.UNMET: _l("closed, not met")}


def life_of(listing_id: UUID, *, by: Actor) -> dict[str, Any]:
    """What the owner's page says of the life of a listing: the listing, its contact, and what can be done now."""
    listing = drafting.own(listing_id, by=by)
    contact, able = contacts.contact_of(listing_id, by=by)
    now_day = today(EVERYWHERE_OVER)
    hindrance = renewing.hindrance(listing, now_day)
    return {
        "listing": listing, "contact": contact, "able": able, "CLOSED": CLOSED, "files": len(drafting.newest_version(listing).files),
        "may_extend": hindrance is None, "hindrance": None if hindrance in (None, terms.Hindrance.NO_TERM) else renewing.said(hindrance, listing),
        "may_archive": listing.archived_at is None and listing.public_number is None,
    }  # fmt: skip


def _back(listing_id: UUID) -> Any:
    return redirect(url_for("listings.mine", listing_id=listing_id), 303)


@writes("listings.write")
def extend(listing_id: UUID) -> Any:
    """Extend the term, once."""
    actor = current_actor()
    listing = drafting.own(listing_id, by=actor)
    hindrance = renewing.hindrance(listing, today(EVERYWHERE_OVER))
    latest = listing.ends_on + terms.EXTENSION if listing.ends_on else None
    form = Form(ExtendIn, until=latest.isoformat() if latest else "")
    if form.submitted():
        try:
            listing = renewing.extend(listing_id, form.data["until"], by=actor)
        except DomainError as error:
            form.refused(error)
        else:
            say(gettext("Extended: it is shown up to and with %(day)s.", day=day(listing.ends_on)))
            return _back(listing_id)
    said = renewing.said(hindrance, listing) if hindrance else None
    shown = queries.own_one(listing_id, by=actor)
    return render_template("listings/extend.html", form=form, listing=shown, term=listing, hindrance=said, latest=latest), form.status


@writes("listings.write")
def archive(listing_id: UUID) -> Any:
    shelving.archive(listing_id, by=current_actor())
    say(gettext("Archived: your lists leave it out. You can bring it back at any time."))
    return _back(listing_id)


@writes("listings.write")
def bring_back(listing_id: UUID) -> Any:
    shelving.bring_back(listing_id, by=current_actor())
    say(gettext("It is back among your listings."))
    return _back(listing_id)


@writes("listings.write")
def close(listing_id: UUID) -> Any:
    """Say how a need ended."""
    actor = current_actor()
    listing = queries.own_one(listing_id, by=actor)
    if listing["kind"] != Kind.NEED:
        raise NotFound()
    form = Form(CloseIn, how=request.args.get("how") or Closed.MET.value)
    if form.submitted():
        try:
            shelving.close(listing_id, Closed(form.data["how"]), reason=form.data["reason"], by=actor)
        except DomainError as error:
            form.refused(error)
        else:
            say(gettext("Closed. Open fairs do not show it any more; handing it in again opens it."))
            return _back(listing_id)
    choices = [(Closed.MET.value, gettext("It was met")), (Closed.UNMET.value, gettext("It is closed without being met"))]
    return render_template("listings/close.html", form=form, listing=listing, choices=choices), form.status


@writes("listings.write")
def interest(listing_id: UUID) -> Any:
    form = Form(OpenIn)
    if not form.submitted():
        form.schema.load({})  # names what is missing
    is_open = shelving.set_open(listing_id, form.data["open"], by=current_actor()).open_for_interest
    say(gettext("Others may ask to talk about it again.") if is_open else gettext("Nobody can ask to talk about it now; it stays visible."))
    return _back(listing_id)


def attach(bp: Blueprint) -> None:
    """Put the pages onto the blueprint of listings."""
    bp.route("/listings/<uuid:listing_id>/extend", methods=["GET", "POST"])(extend)
    bp.post("/listings/<uuid:listing_id>/archive")(archive)
    bp.post("/listings/<uuid:listing_id>/bring-back")(bring_back)
    bp.route("/listings/<uuid:listing_id>/close", methods=["GET", "POST"])(close)
    bp.post("/listings/<uuid:listing_id>/interest")(interest)
