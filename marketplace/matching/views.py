"""Pages of matches: one's own listings, and what fits one of them, with the reasons."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from flask import Blueprint, Flask, Response, make_response, render_template, request, url_for
from markupsafe import Markup

from marketplace.core import layout, pages
from marketplace.core.access import Actor, current_actor, reads
from marketplace.core.db import db
from marketplace.core.errors import NotFound
from marketplace.core.i18n import language
from marketplace.core.i18n import lazy_gettext as _l
from marketplace.core.pages import paged
from marketplace.fairs import queries as fairs
from marketplace.listings import events, indexing
from marketplace.listings import queries as listings
from marketplace.listings.models import Kind, Listing
from marketplace.matching import comparing, feedback, freshness, marking, news, queries, shown, subjects
from marketplace.matching.models import Verdict
from marketplace.matching.queries import Match, Rebuilding
from marketplace.matching.subjects import Subject
from marketplace.taxonomy.vocabularies import COUNTRIES, DISMISS_REASONS

bp = Blueprint("matching", __name__)
FIRST, EVERY, NEAR = 10, 50, 3
MOST_LIKED, MOST_AWAY = 5, 50
KINDS = {Kind.NEED: _l("Needs"), Kind.ACHIEVEMENT: _l("Achievements")}


@bp.context_processor
def words() -> dict[str, Any]:
    return {
        "countries": COUNTRIES, "shown": shown, "marking": marking, "freshness": freshness, "strength_of": comparing.strength_of,
        "reason_of": lambda code: DISMISS_REASONS.label(code, language()), "most_compared": comparing.MOST,
    }  # fmt: skip


@bp.get("/matches")
@reads("matching.read")
def mine() -> str:
    """The listings of the organisation one acts for, each with how many strong and new matches it has, and the way to them."""
    actor = current_actor()
    kind = Kind(request.args["kind"]) if request.args.get("kind") in {each.value for each in Kind} else None
    only_new = bool(request.args.get("new")) and actor.organization_id is not None
    query = listings.own_listings(by=actor, kind=kind)
    if only_new:
        query = query.where(news.with_news(by=actor))
    page = paged(query, listings.OWN_KEYS, cursor=request.args.get("cursor") or None, bound_to=pages.bound(actor.organization_id), scalars=False)
    tallies = news.tallies([(row.kind, row.id) for row in page.rows if row.public_number is not None], by=actor)
    return render_template("matching/mine.html", page=page, kind=kind, kinds=KINDS, only_new=only_new, tallies=tallies, address=address)


@bp.get("/needs/<uuid:listing_id>/matches")
@reads("matching.read")
def need(listing_id: UUID) -> Response:
    """The achievements that fit a need."""
    return _matches(Kind.NEED, listing_id)


@bp.get("/achievements/<uuid:listing_id>/matches")
@reads("matching.read")
def achievement(listing_id: UUID) -> Response:
    """The needs that fit an achievement."""
    return _matches(Kind.ACHIEVEMENT, listing_id)


def _matches(kind: Kind, listing_id: UUID) -> Response:
    actor = current_actor()
    subject = subjects.one(kind, listing_id, by=actor)
    said = feedback.of_listing(actor.organization_id, **{f"{kind.value}_id": listing_id}) if subject.own else {}
    away = [other for other, verdict in said.items() if verdict.verdict is Verdict.DISMISSED]
    liked, limit = ids_in_address("like", most=MOST_LIKED), EVERY if request.args.get("more") else FIRST
    fairs_open = fairs.open_now()
    at = next((fair for fair in fairs_open if fair.slug == request.args.get("fair")), None)
    facts: dict[str, Any] = {
        "subject": subject, "limit": limit, "first": FIRST, "every": EVERY, "listing_address": listing_address(subject), "said": said,
        "writes": subject.own and actor.may("matching.write"), "liked": _titles(liked, kind=Kind(subject.document.kind.other)),
        "shortlisted": [other for other, verdict in said.items() if verdict.verdict is Verdict.SHORTLISTED][:MOST_LIKED],
        "just_away": next(iter(ids_in_address("away", most=1)), None), "fairs_open": fairs_open, "at": at,
    }  # fmt: skip
    try:
        if liked:
            found = queries.more_like(subject, liked, limit=limit, without=away)
        else:
            found = queries.find(subject, limit=limit, near=NEAR, fair=at.slug if at else "", without=away, spread=limit == FIRST)
    except Rebuilding:
        return make_response(render_template("matching/show.html", found=None, put_away=[], **facts), Rebuilding.status)
    return make_response(
        render_template(
            "matching/show.html", found=found, put_away=_titles(away[:MOST_AWAY], kind=found.kind), pair=lambda other: pair(subject, other),
            ask=lambda match: ask(subject, match, actor), reasons=DISMISS_REASONS.choices(language()), other=feedback.OTHER, **facts,
        )  # fmt: skip
    )


def ids_in_address(name: str, *, most: int) -> list[UUID]:
    """The first `most` different ids of a parameter of the page's address. Raises NotFound for what is no id."""
    try:
        return list(dict.fromkeys(UUID(text) for text in request.args.getlist(name) if text))[:most]
    except ValueError as error:
        raise NotFound() from error


def _titles(ids: Sequence[UUID], *, kind: Kind) -> list[Any]:
    """Public listings of a kind by name, in the order of `ids`; what is not public is left out."""
    if not ids:
        return []
    found = {row.id: row for row in db.session.execute(indexing.select_public().where(Listing.id.in_(ids), Listing.kind == kind))}
    return [found[id] for id in ids if id in found]


def pair(subject: Subject, other: UUID) -> dict[str, UUID]:
    """The need and the achievement of a match, as the addresses of what is said of it name them."""
    need_id, achievement_id = (subject.id, other) if subject.kind is Kind.NEED else (other, subject.id)
    return {"need_id": need_id, "achievement_id": achievement_id}


def listing_address(subject: Subject) -> str:
    """The page of the listing itself: one's own is shown as one edits it."""
    endpoint = "mine" if subject.own else subject.kind.value
    return url_for(f"listings.{endpoint}", listing_id=subject.id)


def ask(subject: Subject, match: Match, actor: Actor) -> str | None:
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


def heard_panel(listing: dict[str, Any], actor: Actor | None) -> Markup | None:
    """On the page of one's own achievement: what other organisations say of it, in steps."""
    if actor is None or listing["kind"] != Kind.ACHIEVEMENT or listing["organization_id"] != actor.organization_id or not actor.may("matching.read"):
        return None
    return layout.part("matching/_heard.html", heard=feedback.heard_of(listing["id"]), reason_of=lambda code: DISMISS_REASONS.label(code, language()))


def register(app: Flask) -> None:
    from marketplace.matching import comparing_views, feedback_views  # noqa: F401  (they add their routes)

    events.action(offered_step)
    events.panel(heard_panel)
    app.register_blueprint(bp)
