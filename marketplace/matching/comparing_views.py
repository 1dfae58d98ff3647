"""The page and the files on which up to three achievements stand side by side for one need."""

from typing import Any
from uuid import UUID

from flask import Response, make_response, render_template, url_for

from marketplace.core.access import current_actor, reads
from marketplace.core.db import snapshot
from marketplace.core.sheets import sending
from marketplace.listings.models import Kind
from marketplace.matching import comparing, queries, subjects
from marketplace.matching.queries import Match, Rebuilding
from marketplace.matching.subjects import Subject
from marketplace.matching.views import address, ask, bp, ids_in_address

ZONE = "UTC"


@bp.get("/needs/<uuid:listing_id>/compare")
@reads("matching.read")
def compare(listing_id: UUID) -> Response:
    """``achievement`` is named once for each; the first three are compared."""
    actor = current_actor()
    try:
        subject, matches, too_many = _chosen(listing_id)
    except Rebuilding as error:
        return make_response(render_template("matching/waiting.html", detail=error.detail), Rebuilding.status)
    chosen: dict[str, Any] = {"listing_id": listing_id, "achievement": [str(match.id) for match in matches]}
    page = render_template(
        "matching/compare.html", subject=subject, matches=matches, too_many=too_many, lines=comparing.lines(subject, matches), back=address(Kind.NEED, listing_id),
        ask=lambda match: ask(subject, match, actor), files=lambda format: url_for("matching.export_compared", format=format, **chosen),
    )  # fmt: skip
    return make_response(page)


@bp.get("/needs/<uuid:listing_id>/compare/export.<format>")
@reads("matching.read")
def export_compared(listing_id: UUID, format: str) -> Response:
    """The same as a file."""
    sending.chosen(format)
    snapshot()
    subject, matches, _ = _chosen(listing_id)
    return sending.answer(comparing.book(subject, matches, zone=ZONE), format, zone=ZONE)


def _chosen(listing_id: UUID) -> tuple[Subject, list[Match], bool]:
    """The need, the achievements in the address, and whether more were named than are compared. Raises NotFound, Rebuilding."""
    subject = subjects.one(Kind.NEED, listing_id, by=current_actor())
    ids = ids_in_address("achievement", most=comparing.MOST + 1)
    return subject, queries.these(subject, ids[: comparing.MOST]) if ids else [], len(ids) > comparing.MOST
