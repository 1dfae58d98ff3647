"""Matches as JSON: what the pages show, for the owner's members and for staff of a fair that shows the listing."""

from collections.abc import Collection
from typing import Any
from uuid import UUID

from flask import Flask, Response, jsonify, request, url_for

from marketplace.core import pages, web
from marketplace.core.access import Actor, current_actor, reads, writes
from marketplace.core.api import Blueprint, ProblemOut
from marketplace.core.errors import Stale, VersionRequired
from marketplace.core.pages import paged
from marketplace.listings import queries as listings
from marketplace.listings.indexing import COMPARED_IN
from marketplace.listings.models import Kind
from marketplace.matching import feedback, marking, queries, subjects
from marketplace.matching.gates import Code, Constraint
from marketplace.matching.models import MatchVerdict, Verdict
from marketplace.matching.queries import Found, Match
from marketplace.matching.schemas import HeardOut, MatchesIn, MatchesOut, VerdictIn, VerdictOut, VerdictsIn, VerdictsOut
from marketplace.matching.subjects import Subject

TERMS = 8
blp = Blueprint("matching", description="Which achievements fit a need, which needs fit an achievement, and why.")


@blp.get("/matches")
@reads("matching.read")
@blp.arguments(MatchesIn, location="query")
@blp.response(200, MatchesOut)
@blp.alt_response(404, schema=ProblemOut, description="No such listing, or not one whose matches you may read.")
@blp.alt_response(503, schema=ProblemOut, description="The index is being built anew.")
def matches(query: dict[str, Any]) -> dict[str, Any]:
    """The best matches of one's own need or achievement, drafts too, or of one that your fair shows.

    What one's own organisation put away for it is left out.
    """
    kind, actor = (Kind.NEED if query["need"] else Kind.ACHIEVEMENT), current_actor()
    subject = subjects.one(kind, query[kind.value], by=actor)
    kept, away = said_of(subject, actor)
    return matches_out(queries.find(subject, limit=query["limit"], without=away), kept=kept)


def said_of(subject: Subject, actor: Actor) -> tuple[set[UUID], set[UUID]]:
    """What the acting organisation keeps, and what it put away, of the matches of its own listing."""
    said = feedback.of_listing(actor.organization_id, **{f"{subject.kind.value}_id": subject.id}) if subject.own else {}
    kept = {other for other, verdict in said.items() if verdict.verdict is Verdict.SHORTLISTED}
    return kept, set(said) - kept


def matches_out(found: Found, *, kept: Collection[UUID] = ()) -> dict[str, Any]:
    """Matches with what is needed to compare them later."""
    rows = [match_out(found.kind, match, shortlisted=match.id in kept) for match in found.matches]
    return {"rows": rows, "version": found.version, "generation": found.generation, "seq": found.seq}


def match_out(kind: Kind, match: Match, *, shortlisted: bool = False) -> dict[str, Any]:
    row = match.row
    organization = {"slug": row.owner, "name_en": row.name_en, "name_zh": row.name_zh, "country": row.owner_country}
    listing = {name: getattr(row, name) for name in ("id", "reference", "title_en", "title_zh", "source_organization")}
    terms, more, share = marking.named(match, most=TERMS)
    return {
        kind.value: listing | {"organization": organization},
        "rank": match.rank,
        "score": match.score,
        "strength": match.strength,
        "band": match.band.value,
        "new": match.new,
        "shortlisted": shortlisted,
        "terms": [{"term": term.token, "written": term.written, "share": term.share, "heard": term.heard} for term in terms],
        "more_terms": more,
        "more_share": share,
        "constraints": [_constraint(line) for line in match.constraints],
    }


def _constraint(line: Constraint) -> dict[str, Any]:
    currency = COMPARED_IN if line.code is Code.PRICE else None
    values = {"wanted": line.wanted or None, "offered": line.offered or None}
    if line.code is Code.PRICE:
        values = {"wanted": line.wanted, "offered": line.offered}
    return {"code": line.code.value, "status": line.status.value, **values, "currency": currency, "parameter": line.parameter or None}


PAIR = "/matches/verdicts/<uuid:need_id>/<uuid:achievement_id>"


@blp.get("/matches/verdicts")
@reads("matching.read")
@blp.arguments(VerdictsIn, location="query")
@blp.response(200, VerdictsOut)
def verdicts(query: dict[str, Any]) -> dict[str, Any]:
    """What one's own organisation says of pairs, the latest first."""
    actor = current_actor()
    verdict = Verdict(query["verdict"]) if query["verdict"] else None
    page = paged(
        feedback.verdicts(by=actor, need_id=query["need"], achievement_id=query["achievement"], verdict=verdict),
        (MatchVerdict.said_at, MatchVerdict.id), limit=query["limit"], cursor=query["cursor"], bound_to=pages.bound(actor.organization_id),
    )  # fmt: skip
    return {"rows": [_verdict(said) for said in page.rows], "next": page.next}


@blp.get(PAIR)
@reads("matching.read")
@blp.response(200, VerdictOut)
@blp.alt_response(404, schema=ProblemOut, description="Nothing was said of this pair.")
def verdict(need_id: UUID, achievement_id: UUID) -> Response:
    """What one's own organisation says of a pair, with its version as ETag."""
    return _one(feedback.said_of(need_id, achievement_id, by=current_actor()))


@blp.put(PAIR)
@writes("matching.write")
@blp.arguments(VerdictIn)
@blp.response(200, VerdictOut)
@blp.alt_response(201, schema=VerdictOut, description="Nothing had been said of this pair.")
@blp.alt_response(404, schema=ProblemOut, description="Neither of the two is yours, or the other one is not public.")
@blp.alt_response(412, schema=ProblemOut, description="Something else was said of it in the meantime.")
@blp.alt_response(428, schema=ProblemOut, description="Something was said of it: send its ETag as If-Match.")
def say(data: dict[str, Any], need_id: UUID, achievement_id: UUID) -> Response:
    """Shortlist or dismiss a pair of which one listing is yours; a verdict that is there is changed by its ETag only."""
    actor, named = current_actor(), "If-Match" in request.headers
    feedback.check_pair(need_id, achievement_id, by=actor)
    if feedback.has_said(need_id, achievement_id, by=actor) is not named:
        raise Stale() if named else VersionRequired()
    seen = _seen() if named else 0
    if data["verdict"] == Verdict.SHORTLISTED:
        said = feedback.shortlist(need_id, achievement_id, by=actor, seen=seen)
    else:
        said = feedback.dismiss(need_id, achievement_id, data["reason"], note=data["note"], by=actor, seen=seen)
    return _one(said, 200 if named else 201)


@blp.delete(PAIR)
@writes("matching.write")
@blp.response(204)
@blp.alt_response(404, schema=ProblemOut, description="Nothing was said of this pair.")
@blp.alt_response(412, schema=ProblemOut, description="Something else was said of it in the meantime.")
@blp.alt_response(428, schema=ProblemOut, description="Send the ETag as If-Match.")
def take_back(need_id: UUID, achievement_id: UUID) -> Response:
    """Take a verdict back: off the shortlist, or back among the matches."""
    feedback.said_of(need_id, achievement_id, by=current_actor())
    feedback.take_back(need_id, achievement_id, by=current_actor(), seen=_seen())
    return Response(status=204)


@blp.get("/achievements/<uuid:listing_id>/feedback")
@reads("matching.read")
@blp.response(200, HeardOut)
@blp.alt_response(404, schema=ProblemOut, description="No achievement of yours.")
def heard(listing_id: UUID) -> dict[str, Any]:
    """What other organisations say of one's own achievement, in steps: never which, never of one need."""
    listings.own_one(listing_id, by=current_actor(), kind=Kind.ACHIEVEMENT)
    found = feedback.heard_of(listing_id)
    reasons = [{"reason": reason, "at_least": step} for reason, step in found.reasons.items()]
    return {"shortlisted": found.shortlisted, "dismissed": found.dismissed, "reasons": reasons}


def _seen() -> int:
    expected = web.expected_version()
    return feedback.ANY if expected is None else expected


def _one(said: MatchVerdict, status: int = 200) -> Response:
    response = jsonify(VerdictOut().dump(_verdict(said)))
    response.status_code = status
    response.headers["ETag"] = web.etag_of(said.version)
    if status == 201:
        response.headers["Location"] = url_for("matching_api.verdict", need_id=said.need_id, achievement_id=said.achievement_id)
    return response


def _verdict(said: MatchVerdict) -> dict[str, Any]:
    names = ("need_id", "achievement_id", "reason", "note", "rank", "ranking", "said_at", "version")
    score = None if said.score_milli is None else said.score_milli / 1000
    return {name: getattr(said, name) for name in names} | {"verdict": said.verdict.value, "score": score}


def register(app: Flask) -> None:
    app.extensions["api"].register_blueprint(blp)
