"""Matches as JSON: what the pages show, for the owner's members and for staff of a fair that shows the listing."""

from typing import Any

from flask import Flask

from marketplace.core.access import current_actor, reads
from marketplace.core.api import Blueprint, ProblemOut
from marketplace.listings.indexing import COMPARED_IN
from marketplace.listings.models import Kind
from marketplace.matching import queries, subjects
from marketplace.matching.gates import Code, Constraint
from marketplace.matching.queries import Found, Match
from marketplace.matching.schemas import MatchesIn, MatchesOut

blp = Blueprint("matching", description="Which achievements fit a need, which needs fit an achievement, and why.")


@blp.get("/matches")
@reads("matching.read")
@blp.arguments(MatchesIn, location="query")
@blp.response(200, MatchesOut)
@blp.alt_response(404, schema=ProblemOut, description="No such listing, or not one whose matches you may read.")
@blp.alt_response(503, schema=ProblemOut, description="The index is being built anew.")
def matches(query: dict[str, Any]) -> dict[str, Any]:
    """The best matches of one's own need or achievement, drafts too, or of one that your fair shows."""
    kind = Kind.NEED if query["need"] else Kind.ACHIEVEMENT
    subject = subjects.one(kind, query[kind.value], by=current_actor())
    return matches_out(queries.find(subject, limit=query["limit"]))


def matches_out(found: Found) -> dict[str, Any]:
    """Matches with what is needed to compare them later."""
    rows = [match_out(found.kind, match) for match in found.matches]
    return {"rows": rows, "version": found.version, "generation": found.generation, "seq": found.seq}


def match_out(kind: Kind, match: Match) -> dict[str, Any]:
    row = match.row
    organization = {"slug": row.owner, "name_en": row.name_en, "name_zh": row.name_zh, "country": row.owner_country}
    listing = {name: getattr(row, name) for name in ("id", "reference", "title_en", "title_zh", "source_organization")}
    return {
        kind.value: listing | {"organization": organization},
        "rank": match.rank,
        "score": match.score,
        "terms": [{"term": term.token, "written": term.written, "share": term.share} for term in match.reasons.terms],
        "constraints": [_constraint(line) for line in match.constraints],
    }


def _constraint(line: Constraint) -> dict[str, Any]:
    currency = COMPARED_IN if line.code is Code.PRICE else None
    values = {"wanted": line.wanted or None, "offered": line.offered or None}
    if line.code is Code.PRICE:
        values = {"wanted": line.wanted, "offered": line.offered}
    return {"code": line.code.value, "status": line.status.value, **values, "currency": currency, "parameter": line.parameter or None}


def register(app: Flask) -> None:
    app.extensions["api"].register_blueprint(blp)
