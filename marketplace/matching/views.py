"""Pages of matches: one's own listings, and what fits one of them, with the reasons."""

from typing import Any
from uuid import UUID

from flask import Blueprint, Flask, render_template, request, url_for

from marketplace.core import pages
from marketplace.core.access import Actor, current_actor, reads
from marketplace.core.i18n import lazy_gettext as _l
from marketplace.core.pages import paged
from marketplace.listings import events
from marketplace.listings import queries as listings
from marketplace.listings.models import Kind
from marketplace.matching import queries, shown, subjects
from marketplace.matching.queries import Match, Rebuilding
from marketplace.matching.subjects import Subject
from marketplace.taxonomy.vocabularies import COUNTRIES

bp = Blueprint("matching", __name__)
FIRST, EVERY, NEAR = 10, 50, 3
KINDS = {Kind.NEED: _l("Needs"), Kind.ACHIEVEMENT: _l("Achievements")}


@bp.get("/matches")
@reads("matching.read")
def mine() -> str:
    """The listings of the organisation one acts for, each with the way to its matches."""
    actor = current_actor()
    kind = Kind(request.args["kind"]) if request.args.get("kind") in {each.value for each in Kind} else None
    page = paged(
        listings.own_listings(by=actor, kind=kind), listings.OWN_KEYS, cursor=request.args.get("cursor") or None,
        bound_to=pages.bound(actor.organization_id), scalars=False,
    )  # fmt: skip
    return render_template("matching/mine.html", page=page, kind=kind, kinds=KINDS, address=address)


@bp.get("/needs/<uuid:listing_id>/matches")
@reads("matching.read")
def need(listing_id: UUID) -> tuple[str, int]:
    """The achievements that fit a need."""
    return _matches(Kind.NEED, listing_id)


@bp.get("/achievements/<uuid:listing_id>/matches")
@reads("matching.read")
def achievement(listing_id: UUID) -> tuple[str, int]:
    """The needs that fit an achievement."""
    return _matches(Kind.ACHIEVEMENT, listing_id)


def _matches(kind: Kind, listing_id: UUID) -> tuple[str, int]:
    actor = current_actor()
    subject = subjects.one(kind, listing_id, by=actor)
    limit = EVERY if request.args.get("more") else FIRST
    facts: dict[str, Any] = {"subject": subject, "limit": limit, "first": FIRST, "every": EVERY, "listing_address": _listing_address(subject), "countries": COUNTRIES}
    try:
        found = queries.find(subject, limit=limit, near=NEAR)
    except Rebuilding:
        return render_template("matching/show.html", found=None, **facts), Rebuilding.status
    return render_template("matching/show.html", found=found, shown=shown, ask=lambda match: _ask(subject, match, actor), **facts), 200


def _listing_address(subject: Subject) -> str:
    endpoint = "mine" if subject.own else subject.kind.value
    return url_for(f"listings.{endpoint}", listing_id=subject.id)


def _ask(subject: Subject, match: Match, actor: Actor) -> str | None:
    """Where to ask the owner of a match to talk, while a fair is open for it; the own listing is named when a fair shows both."""
    if not subject.own or not match.in_open_fair or not actor.may("negotiations.write") or match.row.organization_id == actor.organization_id:
        return None
    named = {Kind(match.row.kind).value: match.id}
    if match.together:
        named[subject.kind.value] = subject.id
    return url_for("negotiations.new", **named)  # type: ignore[arg-type]


def address(kind: Kind, listing_id: UUID) -> str:
    """The page of a listing's matches."""
    return url_for(f"matching.{Kind(kind).value}", listing_id=listing_id)


def offered_step(listing: dict[str, Any], actor: Actor | None) -> events.Action | None:
    """On a listing's page: the way to its matches, for whoever may read them."""
    if actor is None or not actor.may("matching.read"):
        return None
    if listing["organization_id"] != actor.organization_id and not subjects.readable(listing["id"], by=actor):
        return None
    return _l("Matches"), address(listing["kind"], listing["id"])


def register(app: Flask) -> None:
    events.action(offered_step)
    app.register_blueprint(bp)
