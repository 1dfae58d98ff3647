"""Listings as JSON: the catalogue, one listing, and what its owner does with it."""

from typing import Any
from uuid import UUID

import orjson
from flask import Flask, Response, url_for

from marketplace.core import pages, web
from marketplace.core.access import PUBLIC, current_actor, current_actor_or_none, reads, writes
from marketplace.core.api import Blueprint
from marketplace.core.caching import shared
from marketplace.core.db import db
from marketplace.core.errors import NotFound
from marketplace.fairs import queries as fairs
from marketplace.listings import audiences, browsing, drafting, entering, queries
from marketplace.listings.drafting_schemas import AchievementIn, NeedIn
from marketplace.listings.models import FairEntry, Kind
from marketplace.listings.schemas import (
    CatalogueIn,
    DetailOut,
    EntryOut,
    ListOut,
    SubmitIn,
    SuggestIn,
    SuggestionsOut,
    WithdrawIn,
)
from marketplace.search.helping import Without

blp = Blueprint("listings", description="Achievements (technology on offer), needs (technology wanted), and their entries in fairs.")
SUGGEST = SuggestIn()
CATALOGUE = CatalogueIn()  # made once: a schema made for each request costs as much as the query
_OWNERS_ONLY = ("external_id", "public_number", "version")
_INSIDE = ("organization_id", "owner_version", "num", "audience", "upper")


def _list(kind: Kind, query: dict[str, Any]) -> Response:
    fair = fairs.by_slug(query["fair"]) if query["fair"] else None
    found = browsing.browse(kind, query, fair=fair, bound_to=pages.bound(), facets=bool(query["facets"]))
    for row in found.rows:
        row.pop("num", None)
    body: dict[str, Any] = {"rows": found.rows, "next": found.next}
    if query["facets"]:
        if found.facets is None:
            raise browsing.Rebuilding()
        body |= {"total": found.total, "facets": found.facets, "rates_of": found.rates_of}
        if found.instead:
            body["instead"] = [_instead(one) for one in found.instead]
    if found.asked:
        body |= {"expanded": found.asked.expanded, "corrected": found.asked.corrected, "did_you_mean": found.meant}
    return shared(plain(body), apart_from=found.next, keep=True)


def _instead(one: Without) -> dict[str, Any]:
    return {"without": one.unit or browsing.PARAMETERS.get(one.facet or "", one.facet), "is_word": one.unit is not None, "total": one.total}


def plain(body: dict[str, Any], status: int = 200, headers: dict[str, str] | None = None) -> Response:
    """Plain mappings straight to JSON: the schemas only describe them, and a test holds the two together."""
    return Response(orjson.dumps(body), status=status, headers=headers, mimetype="application/json")


def _one(kind: Kind, listing_id: UUID) -> Response:
    """The owner's answer carries the version as ETag; a visitor's changes with the listing and with its owner's name."""
    actor = current_actor_or_none()
    if actor is not None and actor.organization_id is not None and actor.may("listings.read_own"):
        try:
            return _own(kind, listing_id)
        except NotFound:
            pass  # somebody else's: the public answer, if there is one
    listing = queries.public_one(kind, listing_id, by=actor)
    audiences.note(audiences.reading(listing), by=actor)
    etag = f"{listing['version']}.{listing['owner_version']}"
    body = _detail(listing, hide=(*_INSIDE, *_OWNERS_ONLY))
    return shared(plain(body, headers={"ETag": f'"{etag}"'}), etag=etag, keep=True)


def _own(kind: Kind, listing_id: UUID, status: int = 200) -> Response:
    actor = current_actor()
    listing = queries.own_one(listing_id, by=actor, kind=kind)
    body = _detail(listing, hide=_INSIDE)
    body["entries"] = [_entry(entry) for entry in queries.entries([listing_id], by=actor).get(listing_id, [])]
    headers = {"ETag": web.etag_of(listing["version"])}
    if status == 201:
        headers["Location"] = url_for(f"listings_api.{kind.value}", listing_id=listing_id)
    return plain(body, status, headers)


def _detail(listing: dict[str, Any], *, hide: tuple[str, ...]) -> dict[str, Any]:
    body = {name: value for name, value in listing.items() if name not in hide}
    body["fairs"] = [{"fair": row.fair, "segment": row.segment, "published_at": row.published_at} for row in queries.shown_at(listing["id"])]
    return body


def _entry(entry: dict[str, Any]) -> dict[str, Any]:
    return {name: entry[name] for name in EntryOut._declared_fields}


def entry_answer(entry: FairEntry) -> Response:
    row = queries.entry(entry.id)
    return plain(_entry(row), headers={"ETag": web.etag_of(row["version"])})


def _draft(kind: Kind, content: dict[str, Any]) -> Response:
    listing = drafting.create(kind, content, by=current_actor())
    return _own(kind, listing.id, 201)


def _change(kind: Kind, listing_id: UUID, changes: dict[str, Any]) -> Response:
    actor = current_actor()
    expected = web.expected_version()
    listing = drafting.own(listing_id, by=actor, lock=True)
    if listing.kind is not kind:
        raise NotFound()
    web.check_version(listing.version, expected)
    drafting.edit(listing_id, changes, by=actor)
    db.session.flush()  # the new version number belongs into the answer
    return _own(kind, listing_id)


def _submitted(kind: Kind, listing_id: UUID, data: dict[str, Any]) -> Response:
    actor = current_actor()
    if drafting.own(listing_id, by=actor).kind is not kind:
        raise NotFound()
    return entry_answer(entering.submit(listing_id, fair_slug=data["fair"], segment_code=data["segment"], by=actor))


def _withdrawn(kind: Kind, listing_id: UUID, data: dict[str, Any]) -> Response:
    actor = current_actor()
    if drafting.own(listing_id, by=actor).kind is not kind:
        raise NotFound()
    return entry_answer(entering.withdraw(listing_id, fair_slug=data["fair"], by=actor))


@blp.get("/achievements")
@reads(PUBLIC)
@blp.arguments(CATALOGUE, location="query")
@blp.response(200, ListOut)
def achievements(query: dict[str, Any]) -> Response:
    """Search the public achievements. Without `q` and filters the newest come first."""
    return _list(Kind.ACHIEVEMENT, query)


@blp.get("/suggestions")
@reads(PUBLIC)
@blp.arguments(SUGGEST, location="query")
@blp.response(200, SuggestionsOut)
def suggestions(query: dict[str, Any]) -> Response:
    """Complete what is being typed: terms of the taxonomy, words and titles of public listings, each of which finds something."""
    found = browsing.suggest(Kind(query["kind"]), query["q"] or "", limit=query["limit"])
    return shared(plain({"rows": found}), keep=True)


@blp.post("/achievements")
@writes("listings.write")
@blp.arguments(AchievementIn)
@blp.response(201, DetailOut)
def draft_achievement(content: dict[str, Any]) -> Response:
    """Write a draft of the organisation you act for. A title and a description suffice."""
    return _draft(Kind.ACHIEVEMENT, content)


@blp.get("/achievements/<uuid:listing_id>")
@reads(PUBLIC)
@blp.response(200, DetailOut)
def achievement(listing_id: UUID) -> Response:
    """Read an achievement: the public version, or the newest one of your own."""
    return _one(Kind.ACHIEVEMENT, listing_id)


@blp.patch("/achievements/<uuid:listing_id>")
@writes("listings.write")
@blp.arguments(AchievementIn(partial=True))
@blp.response(200, DetailOut)
def change_achievement(changes: dict[str, Any], listing_id: UUID) -> Response:
    """Change fields of an own achievement. What is public stays as it is until a moderator approves the new version."""
    return _change(Kind.ACHIEVEMENT, listing_id, changes)


@blp.post("/achievements/<uuid:listing_id>/submit")
@writes("listings.write")
@blp.arguments(SubmitIn)
@blp.response(200, EntryOut)
def submit_achievement(data: dict[str, Any], listing_id: UUID) -> Response:
    """Hand the newest version to a fair's moderator; 422 names what is still asked."""
    return _submitted(Kind.ACHIEVEMENT, listing_id, data)


@blp.post("/achievements/<uuid:listing_id>/withdraw")
@writes("listings.write")
@blp.arguments(WithdrawIn)
@blp.response(200, EntryOut)
def withdraw_achievement(data: dict[str, Any], listing_id: UUID) -> Response:
    """Take an own achievement out of a fair."""
    return _withdrawn(Kind.ACHIEVEMENT, listing_id, data)


@blp.get("/needs")
@reads(PUBLIC)
@blp.arguments(CATALOGUE, location="query")
@blp.response(200, ListOut)
def needs(query: dict[str, Any]) -> Response:
    """Search the public needs. Without `q` and filters the newest come first."""
    return _list(Kind.NEED, query)


@blp.post("/needs")
@writes("listings.write")
@blp.arguments(NeedIn)
@blp.response(201, DetailOut)
def draft_need(content: dict[str, Any]) -> Response:
    """Write a draft of the organisation you act for. A title and a description suffice."""
    return _draft(Kind.NEED, content)


@blp.get("/needs/<uuid:listing_id>")
@reads(PUBLIC)
@blp.response(200, DetailOut)
def need(listing_id: UUID) -> Response:
    """Read a need: the public version, or the newest one of your own."""
    return _one(Kind.NEED, listing_id)


@blp.patch("/needs/<uuid:listing_id>")
@writes("listings.write")
@blp.arguments(NeedIn(partial=True))
@blp.response(200, DetailOut)
def change_need(changes: dict[str, Any], listing_id: UUID) -> Response:
    """Change fields of an own need. What is public stays as it is until a moderator approves the new version."""
    return _change(Kind.NEED, listing_id, changes)


@blp.post("/needs/<uuid:listing_id>/submit")
@writes("listings.write")
@blp.arguments(SubmitIn)
@blp.response(200, EntryOut)
def submit_need(data: dict[str, Any], listing_id: UUID) -> Response:
    """Hand the newest version to a fair's moderator; 422 names what is still asked."""
    return _submitted(Kind.NEED, listing_id, data)


@blp.post("/needs/<uuid:listing_id>/withdraw")
@writes("listings.write")
@blp.arguments(WithdrawIn)
@blp.response(200, EntryOut)
def withdraw_need(data: dict[str, Any], listing_id: UUID) -> Response:
    """Take an own need out of a fair."""
    return _withdrawn(Kind.NEED, listing_id, data)


def register(app: Flask) -> None:
    app.extensions["api"].register_blueprint(blp)
