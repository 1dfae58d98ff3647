"""Coverage as JSON: the board of a fair for its staff, proposals for staff and for the two sides, call notes."""

from typing import Any
from uuid import UUID

from flask import Flask, url_for

from marketplace.core import web
from marketplace.core.access import current_actor, reads, writes
from marketplace.core.api import Blueprint, ProblemOut
from marketplace.core.clock import today
from marketplace.core.pages import PageIn, bound, paged
from marketplace.coverage import board, looking_up, noting, queries, service, suggesting
from marketplace.coverage.board import List
from marketplace.coverage.models import State
from marketplace.coverage.schemas import (
    CallNoteBody,
    CallNoteOut,
    CallNotesIn,
    CallNotesOut,
    CoverageIn,
    CoverageOut,
    OwnProposalOut,
    OwnProposalsOut,
    PairProposalOut,
    PairProposalsOut,
    ProposalAnswerIn,
    ProposalIn,
    ProposalsIn,
    figures_out,
    note_out,
    own_out,
    proposal_out,
    row_out,
)
from marketplace.fairs.models import Fair

blp = Blueprint("coverage", description="Whom nobody is talking to at a fair, and partners that its staff propose to both sides.")
Answer = tuple[Any, int, dict[str, str]]


def _fair(slug: str) -> Fair:
    return board.of_staff(slug, by=current_actor())


def _unchanged(slug: str, proposal_id: UUID) -> Fair:
    """The fair, after a look at ``If-Match`` under the proposal's lock. Raises VersionRequired, Stale, NotFound."""
    fair, expected = _fair(slug), web.expected_version()
    web.check_version(queries.get(fair, proposal_id, lock=True).version, expected)
    return fair


def _own_unchanged(proposal_id: UUID) -> UUID:
    """The id, after a look at ``If-Match`` under the proposal's lock. Raises VersionRequired, Stale, NotFound."""
    expected = web.expected_version()
    web.check_version(queries.own_locked(proposal_id, by=current_actor())[1].version, expected)
    return proposal_id


@blp.get("/fairs/<slug>/coverage")
@reads("coverage.read")
@blp.arguments(CoverageIn, location="query")
@blp.response(200, CoverageOut)
@blp.alt_response(404, schema=ProblemOut)
def coverage(query: dict[str, Any], slug: str) -> dict[str, Any]:
    """The figures of a fair and one of its lists, the oldest silence first."""
    fair, name, where = _fair(slug), query["list"], query["where"]
    page = board.rows(fair, name, where, limit=query["limit"], cursor=query["cursor"], bound_to=bound(fair.id))
    ids = [row.id for row in page.rows] if name is List.NEEDS else []
    best, near = looking_up.best_of(ids), suggesting.near_misses(ids) or {}
    day = today(fair.time_zone)
    rows = [row_out(row, day=day, time_zone=fair.time_zone, best=best.get(row.id), near=near.get(row.id)) for row in page.rows]
    return {"fair": fair.slug, "list": name.value, "figures": figures_out(board.figures(fair, where)), "rows": rows, "next": page.next}


@blp.get("/fairs/<slug>/proposals")
@reads("coverage.read")
@blp.arguments(ProposalsIn, location="query")
@blp.response(200, PairProposalsOut)
@blp.alt_response(404, schema=ProblemOut)
def list_proposals(query: dict[str, Any], slug: str) -> dict[str, Any]:
    """What the fair's staff proposed, the latest first, with both sides' answers."""
    fair, state = _fair(slug), State(query["state"]) if query["state"] else None
    page = paged(queries.of_fair(fair, state=state), queries.BY_TIME, limit=query["limit"], cursor=query["cursor"], bound_to=bound(fair.id))
    return {"rows": [proposal_out(found) for found in queries.proposed(page.rows)], "next": page.next}


@blp.post("/fairs/<slug>/proposals")
@writes("coverage.write")
@blp.arguments(ProposalIn)
@blp.response(201, PairProposalOut)
@blp.alt_response(404, schema=ProblemOut)
@blp.alt_response(409, schema=ProblemOut)
@blp.alt_response(422, schema=ProblemOut)
def propose(body: dict[str, Any], slug: str) -> Answer:
    """Propose a need and an achievement of the fair to both owners; a condition that is not met has to be confirmed."""
    row = service.propose(_fair(slug), **body, by=current_actor())
    answer, _, headers = _staff_answer(row.id, slug)
    return answer, 201, headers | {"Location": url_for("coverage_api.get_proposal", slug=slug, proposal_id=row.id)}


def _staff_answer(proposal_id: UUID, slug: str) -> Answer:
    [found] = queries.proposed([queries.get(_fair(slug), proposal_id)])
    return proposal_out(found), 200, {"ETag": web.etag_of(found.proposal.version)}


@blp.get("/fairs/<slug>/proposals/<uuid:proposal_id>")
@reads("coverage.read")
@blp.response(200, PairProposalOut)
@blp.alt_response(404, schema=ProblemOut)
def get_proposal(slug: str, proposal_id: UUID) -> Answer:
    """One proposal of the fair."""
    return _staff_answer(proposal_id, slug)


@blp.post("/fairs/<slug>/proposals/<uuid:proposal_id>/withdraw")
@writes("coverage.write")
@blp.response(200, PairProposalOut)
@blp.alt_response(404, schema=ProblemOut)
@blp.alt_response(409, schema=ProblemOut)
@blp.alt_response(412, schema=ProblemOut)
@blp.alt_response(428, schema=ProblemOut)
def withdraw(slug: str, proposal_id: UUID) -> Answer:
    """Take an open proposal back."""
    service.withdraw(_unchanged(slug, proposal_id), proposal_id, by=current_actor())
    return _staff_answer(proposal_id, slug)


@blp.post("/fairs/<slug>/proposals/<uuid:proposal_id>/restore")
@writes("coverage.write")
@blp.response(200, PairProposalOut)
@blp.alt_response(404, schema=ProblemOut)
@blp.alt_response(409, schema=ProblemOut)
@blp.alt_response(412, schema=ProblemOut)
@blp.alt_response(428, schema=ProblemOut)
def restore(slug: str, proposal_id: UUID) -> Answer:
    """Undo a withdrawal."""
    service.restore(_unchanged(slug, proposal_id), proposal_id, by=current_actor())
    return _staff_answer(proposal_id, slug)


@blp.get("/fairs/<slug>/call-notes")
@reads("coverage.read")
@blp.arguments(CallNotesIn, location="query")
@blp.response(200, CallNotesOut)
@blp.alt_response(404, schema=ProblemOut)
def list_notes(query: dict[str, Any], slug: str) -> dict[str, Any]:
    """The calls of the fair's staff, the latest first."""
    fair = _fair(slug)
    found = queries.notes(fair, organization_id=query["organization_id"])
    page = paged(found, queries.NOTE_KEYS, limit=query["limit"], cursor=query["cursor"], bound_to=bound(fair.id))
    return {"rows": [note_out(note, writer) for note, writer, _ in queries.noted(page.rows)], "next": page.next}


@blp.post("/fairs/<slug>/call-notes")
@writes("coverage.write")
@blp.arguments(CallNoteBody)
@blp.response(201, CallNoteOut)
@blp.alt_response(404, schema=ProblemOut)
@blp.alt_response(422, schema=ProblemOut)
def write_note(body: dict[str, Any], slug: str) -> dict[str, Any]:
    """Write down a call with an organisation; it is never changed, and for this fair's staff only."""
    note = noting.write(_fair(slug), **body, by=current_actor())
    return note_out(note, current_actor().name)


@blp.get("/proposals")
@reads("proposals.read")
@blp.arguments(PageIn, location="query")
@blp.response(200, OwnProposalsOut)
def list_own(query: dict[str, Any]) -> dict[str, Any]:
    """Partners that fairs propose to your organisation, the latest first."""
    actor = current_actor()
    page = paged(
        queries.own(by=actor), queries.SIDES_BY_TIME, limit=query["limit"], cursor=query["cursor"], bound_to=bound(actor.organization_id)
    )
    return {"rows": [own_out(mine) for mine in queries.mine(page.rows)], "next": page.next}


def _own_answer(proposal_id: UUID) -> Answer:
    mine = queries.own_one(proposal_id, by=current_actor())
    return own_out(mine), 200, {"ETag": web.etag_of(mine.side.version)}


@blp.get("/proposals/<uuid:proposal_id>")
@reads("proposals.read")
@blp.response(200, OwnProposalOut)
@blp.alt_response(404, schema=ProblemOut)
def get_own(proposal_id: UUID) -> Answer:
    """One proposal to your organisation; of the other side you see what is public, and whether both are interested."""
    return _own_answer(proposal_id)


@blp.post("/proposals/<uuid:proposal_id>/answer")
@writes("proposals.answer")
@blp.arguments(ProposalAnswerIn)
@blp.response(200, OwnProposalOut)
@blp.alt_response(404, schema=ProblemOut)
@blp.alt_response(409, schema=ProblemOut)
@blp.alt_response(412, schema=ProblemOut)
@blp.alt_response(422, schema=ProblemOut)
@blp.alt_response(428, schema=ProblemOut)
def answer(body: dict[str, Any], proposal_id: UUID) -> Answer:
    """Say whether your organisation is interested; an answer can be changed until the talks begin."""
    service.answer(_own_unchanged(proposal_id), **body, by=current_actor())
    return _own_answer(proposal_id)


@blp.post("/proposals/<uuid:proposal_id>/take-back")
@writes("proposals.answer")
@blp.response(200, OwnProposalOut)
@blp.alt_response(404, schema=ProblemOut)
@blp.alt_response(409, schema=ProblemOut)
@blp.alt_response(412, schema=ProblemOut)
@blp.alt_response(428, schema=ProblemOut)
def take_back(proposal_id: UUID) -> Answer:
    """Take your answer back: the proposal waits for you again."""
    service.take_back(_own_unchanged(proposal_id), by=current_actor())
    return _own_answer(proposal_id)


def register(app: Flask) -> None:
    app.extensions["api"].register_blueprint(blp)
