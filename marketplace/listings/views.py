"""Pages of listings: one listing, and what its owner does with it."""

from typing import Any
from uuid import UUID

from flask import Blueprint, Flask, Response, make_response, redirect, render_template, request, url_for

from marketplace.core import pages
from marketplace.core.access import PUBLIC, Actor, current_actor, current_actor_or_none, reads, writes
from marketplace.core.caching import shared
from marketplace.core.errors import DomainError, FieldError
from marketplace.core.forms import Form
from marketplace.core.i18n import gettext
from marketplace.core.i18n import lazy_gettext as _l
from marketplace.core.layout import say
from marketplace.core.pages import paged
from marketplace.listings import (
    audiences,
    catalogue_views,
    drafting,
    editing_views,
    entering,
    events,
    ip_rights,
    levels,
    parameters,
    queries,
    rules,
    wording,
)
from marketplace.listings.attachments import files_views
from marketplace.listings.life import contacts_views, history_views, life_views, typed_views
from marketplace.listings.models import EntryStatus, Kind
from marketplace.listings.schemas import SubmitIn, WithdrawIn
from marketplace.taxonomy import vocabularies as v

bp = Blueprint("listings", __name__)

ENTRY_STATUS = {
    EntryStatus.SUBMITTED: _l("waits for the moderator"),
    EntryStatus.PUBLISHED: _l("published"),
    EntryStatus.SENT_BACK: _l("sent back"),
    EntryStatus.WITHDRAWN: _l("withdrawn"),
    EntryStatus.EXPIRED: _l("expired"),
}
KINDS = {Kind.ACHIEVEMENT: _l("Achievement"), Kind.NEED: _l("Need")}
STATES = {
    "draft": _l("Drafts"), "sent_back": _l("Sent back"), "waiting": _l("Waiting for a moderator"), "ending": _l("Ending soon"), "expired": _l("Expired"),
    "closed": _l("Closed"), "archived": _l("Archived"),
}  # fmt: skip


@bp.context_processor
def words() -> dict[str, Any]:
    return {
        "ENTRY_STATUS": ENTRY_STATUS, "KINDS": KINDS, "STATES": STATES, "v": v, "is_link": rules.is_link,
        "label_of": rules.label_of, "amounts": amounts, "listing_address": address, "parameter_lines": parameters.lines,
        "parameter_rows": parameters.blank_rows, "CLOSED_AS": life_views.CLOSED, "shown_files": files_views.shown_files, "colleagues_of": contacts_views.as_choices,
    }  # fmt: skip


def address(listing: Any) -> str:
    """The public page of a listing (a mapping or row with ``kind`` and ``id``)."""
    kind, listing_id = (listing["kind"], listing["id"]) if isinstance(listing, dict) else (listing.kind, listing.id)
    return str(url_for(f"listings.{Kind(kind).value}", listing_id=listing_id))


def amounts(listing: dict[str, Any]) -> str:
    """Price or budget in one line: "CNY 5,000,000 to 8,000,000"; empty when none is stated."""
    low, high, currency = (listing[name] for name in ("amount_min", "amount_max", "currency"))
    if low is None and high is None:
        return ""
    if low is None:
        return str(gettext("%(currency)s, up to %(high)s", currency=currency, high=_grouped(high)))
    if high is None:
        return str(gettext("%(currency)s, from %(low)s", currency=currency, low=_grouped(low)))
    if low == high:
        return f"{currency} {_grouped(low)}"
    return str(gettext("%(currency)s %(low)s to %(high)s", currency=currency, low=_grouped(low), high=_grouped(high)))


def _grouped(text: str) -> str:
    """Machine form with thousands grouped; decimals only when they are not zero."""
    whole, _, decimals = text.partition(".")
    return f"{int(whole):,}" + (f".{decimals}" if decimals.strip("0") else "")


@bp.get("/achievements/<uuid:listing_id>")
@reads(PUBLIC)
def achievement(listing_id: UUID) -> Response:
    return _public_page(Kind.ACHIEVEMENT, listing_id)


@bp.get("/needs/<uuid:listing_id>")
@reads(PUBLIC)
def need(listing_id: UUID) -> Response:
    return _public_page(Kind.NEED, listing_id)


def _public_page(kind: Kind, listing_id: UUID) -> Response:
    actor = current_actor_or_none()
    listing = queries.public_one(kind, listing_id, by=actor)
    audiences.note(audiences.reading(listing), by=actor)
    is_own = actor is not None and actor.organization_id == listing["organization_id"] and actor.may("listings.read_own")
    entries = queries.entries([listing_id], by=actor).get(listing_id, []) if is_own and actor else []
    page = render_template(
        "listings/show.html", listing=listing, places=queries.shown_at(listing_id), is_own=is_own, entries=entries,
        actions=events.actions(listing, actor), panels=events.panels(listing, actor), heads=events.heads(listing, actor),
    )  # fmt: skip
    return shared(make_response(page), keep=True)


@bp.get("/listings")
@reads("listings.read_own")
def own() -> str:
    """Everything of the organisation one acts for, with its state at each fair."""
    actor = current_actor()
    kind = Kind(request.args["kind"]) if request.args.get("kind") in {each.value for each in Kind} else None
    state = request.args["state"] if request.args.get("state") in STATES else None
    page = paged(
        queries.own_listings(by=actor, kind=kind, state=state), queries.OWN_KEYS, cursor=request.args.get("cursor") or None,
        bound_to=pages.bound(actor.organization_id), scalars=False,
    )  # fmt: skip
    entries = queries.entries([row.id for row in page.rows], by=actor)
    return render_template("listings/own.html", page=page, entries=entries, kind=kind, state=state)


@bp.get("/listings/<uuid:listing_id>")
@reads("listings.read_own")
def mine(listing_id: UUID) -> str:
    """An own listing in its newest version: what is asked still, where it stands, what to do next."""
    actor = current_actor()
    listing = queries.own_one(listing_id, by=actor) | {"audience": levels.Level.NEVER}
    faults, doubts = _judged(listing, by=actor)
    entries = queries.entries([listing_id], by=actor).get(listing_id, [])
    return render_template("listings/mine.html", listing=listing, entries=entries, faults=faults, doubts=doubts, versions=queries.versions(listing_id, by=actor), can_submit=_can_submit(listing, entries), actions=events.actions(listing, actor), life=life_views.life_of(listing_id, by=actor), own_panels=events.own_panels(listing, actor))


def _judged(listing: dict[str, Any], *, by: Actor) -> tuple[tuple[FieldError, ...], tuple[FieldError, ...]]:
    """What keeps the newest version from a fair, and what is only doubted."""
    kind, content = Kind(listing["kind"]), rules.content_of(drafting.newest_version(drafting.own(listing["id"], by=by)))
    return rules.submission_faults(kind, content), rules.doubts(kind, content)


def _can_submit(listing: dict[str, Any], entries: list[dict[str, Any]]) -> bool:
    """Whether the newest version has somewhere to go."""
    taken = {entry["fair"] for entry in entries if listing["number"] in (entry["submitted_number"], entry["published_number"])}
    return any(fair.slug not in taken for fair, _ in queries.open_fairs())


@bp.route("/listings/<uuid:listing_id>/submit", methods=["GET", "POST"])
@writes("listings.write")
def submit(listing_id: UUID) -> Any:
    """Choose fair and segment, and hand the newest version in."""
    actor = current_actor()
    listing = queries.own_one(listing_id, by=actor)
    places = queries.open_fairs()
    form = Form(SubmitIn, **_place(listing_id, places))
    faults, doubts = _judged(listing, by=actor)
    if form.submitted():
        try:
            entering.submit(listing_id, fair_slug=form.data["fair"], segment_code=form.data["segment"], by=actor)
        except DomainError as error:
            form.refused(error)
        else:
            say(gettext("Submitted. The fair's moderator decides; you get a mail."))
            return redirect(url_for("listings.mine", listing_id=listing_id), 303)
    return render_template("listings/submit.html", form=form, listing=listing, places=places, faults=faults, doubts=doubts, advice=events.advice(listing, actor), returned=queries.returned(listing_id, by=actor)), form.status


def _place(listing_id: UUID, places: list[Any]) -> dict[str, Any]:
    """Fair and segment the form begins with: where the listing was last, else ``?fair=``, else the first."""
    slug = request.args.get("fair") or (places[0][0].slug if places else None)
    earlier = {entry["fair"]: entry for entry in queries.entries([listing_id], by=current_actor()).get(listing_id, [])}
    return {"fair": slug, "segment": earlier[slug]["segment"] if slug in earlier else None}


@bp.post("/listings/<uuid:listing_id>/withdraw")
@writes("listings.write")
def withdraw(listing_id: UUID) -> Any:
    data = WithdrawIn().load({"fair": request.form.get("fair", "")})
    entering.withdraw(listing_id, fair_slug=data["fair"], by=current_actor())
    say(gettext("Withdrawn from the fair. You can submit it again."))
    return redirect(url_for("listings.mine", listing_id=listing_id), 303)


catalogue_views.attach(bp)
editing_views.attach(bp)
for part in (typed_views, contacts_views, files_views, life_views, history_views):
    part.attach(bp)


def register(app: Flask) -> None:
    app.jinja_env.globals.update(
        withheld=levels.withheld, TOLD=wording.TOLD, AUDIENCES=wording.AUDIENCES, right_lines=ip_rights.lines, right_checked=ip_rights.is_checked,
        host_of=rules.host_of,
    )  # fmt: skip
    app.register_blueprint(bp)
