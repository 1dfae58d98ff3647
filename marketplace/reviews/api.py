"""The review as JSON: the queue of a fair, a case, who reads it, and the decision on it; and for owners what was noted."""

from typing import Any
from uuid import UUID

from flask import Flask, Response

from marketplace.core import pages, web
from marketplace.core.access import current_actor, reads, writes
from marketplace.core.api import Blueprint
from marketplace.core.i18n import speaking
from marketplace.core.pages import paged
from marketplace.fairs import queries as fairs
from marketplace.listings import drafting
from marketplace.listings.api import entry_answer, plain
from marketplace.listings.checks.findings import Finding, Severity
from marketplace.listings.models import EntryStatus
from marketplace.listings.queries import as_json
from marketplace.listings.schemas import EntryOut
from marketplace.reviews import cases, claiming, deciding, history, queries
from marketplace.reviews.schemas import (
    CaseOut,
    ClaimIn,
    NearOut,
    NextIn,
    NoteOut,
    OwnReviewOut,
    PublishIn,
    QueueIn,
    QueueOut,
    QueueRowOut,
    SendBackIn,
    TickIn,
)

blp = Blueprint("reviews", description="What fair staff decide on, oldest first, and what owners read of it.")
NAMES = {"unknowns": "unknown"}


@blp.get("/fairs/<slug>/entries")
@reads("listings.moderate")
@blp.arguments(QueueIn, location="query")
@blp.response(200, QueueOut)
def queue(query: dict[str, Any], slug: str) -> Response:
    """The entries of a fair that you moderate: what waits, oldest first, or another status."""
    actor, fair = current_actor(), fairs.by_slug(slug)
    keys = queries.QUEUE_KEYS if query["status"] == EntryStatus.SUBMITTED else queries.QUEUE_KEYS[1:]
    page = paged(
        queries.queue(by=actor, fair=fair, status=query["status"], wanted=queries.wanted_of(query)), keys, limit=query["limit"], cursor=query["cursor"],
        descending=False, bound_to=pages.bound(actor.person_id), scalars=False,
    )  # fmt: skip
    return plain({"rows": [queries.entry_row(row) for row in page.rows], "next": page.next})


@blp.post("/entries/next")
@writes("listings.moderate")
@blp.arguments(NextIn)
@blp.response(200, QueueRowOut)
@blp.alt_response(204, description="Nothing waits that nobody reads.")
def take_next(data: dict[str, Any]) -> Response:
    """Take the oldest entry that nobody reads, for twenty minutes; what you read before is free again."""
    actor = current_actor()
    fair = fairs.by_slug(data["fair"]) if data["fair"] else None
    entry_id = claiming.take_next(by=actor, fair=fair, wanted=queries.wanted_of(data), after=data["after"])
    if entry_id is None:
        return Response(status=204)
    return _row(entry_id)


@blp.get("/entries/<uuid:entry_id>")
@reads("listings.moderate")
@blp.response(200, CaseOut)
def case(entry_id: UUID) -> Response:
    """What a moderator decides on: the text that waits, the one that is public, what the checks say, and what was said before."""
    actor = current_actor()
    found = cases.case_of(entry_id, by=actor)
    body = queries.entry_row(found.row) | {
        "submitted": as_json(found.submitted), "published": as_json(found.published),
        "changed": [NAMES.get(name, name.removesuffix("_minor")) for name in found.changed], "reserved": list(found.reserved),
        "findings": told(found.findings), "duplicates": NearOut(many=True).dump(found.near),
        "last_notes": [_note(note) | {"changed": note["changed"]} for note in found.last_notes],
        "decisions": [_decision(each) for each in history.of_entry(entry_id, by=actor)],
    }  # fmt: skip
    return plain(body, headers={"ETag": web.etag_of(found.row.version)})


@blp.post("/entries/<uuid:entry_id>/claim")
@writes("listings.moderate")
@blp.arguments(ClaimIn)
@blp.response(200, QueueRowOut)
def claim(data: dict[str, Any], entry_id: UUID) -> Response:
    """Take this entry for twenty minutes; 409 while somebody else reads it, unless you take it over."""
    claiming.take(entry_id, by=current_actor(), over=data["over"])
    return _row(entry_id)


@blp.post("/entries/<uuid:entry_id>/release")
@writes("listings.moderate")
@blp.response(200, QueueRowOut)
def release(entry_id: UUID) -> Response:
    """Leave an entry to others, undecided."""
    actor = current_actor()
    claiming.place_of(entry_id, by=actor)
    claiming.leave(by=actor, entry_id=entry_id)
    return _row(entry_id)


@blp.post("/entries/<uuid:entry_id>/publish")
@writes("listings.moderate")
@blp.arguments(PublishIn)
@blp.response(200, EntryOut)
def publish(data: dict[str, Any], entry_id: UUID) -> Response:
    """Publish the version that waits, with minor notes if you like. Not for a listing of an organisation you belong to."""
    notes = cases.noted(entry_id, data, most=Severity.MINOR)
    return entry_answer(deciding.publish(entry_id, by=current_actor(), number=data["number"], notes=notes, reason=data["reason"]))


@blp.post("/entries/<uuid:entry_id>/send-back")
@writes("listings.moderate")
@blp.arguments(SendBackIn)
@blp.response(200, EntryOut)
def send_back(data: dict[str, Any], entry_id: UUID) -> Response:
    """Send the version that waits back with a reason, or notes of which one is a blocker or major; what was public stays public."""
    notes = cases.noted(entry_id, data)
    return entry_answer(deciding.send_back(entry_id, by=current_actor(), reason=data["reason"], number=data["number"], notes=notes))


@blp.post("/decisions/<uuid:decision_id>/undo")
@writes("listings.moderate")
@blp.response(200, EntryOut)
def undo(decision_id: UUID) -> Response:
    """Take your own last decision back within a minute, if nothing happened since. The entry waits again, read by you."""
    return entry_answer(deciding.undo(decision_id, by=current_actor()))


@blp.get("/listings/<uuid:listing_id>/review")
@reads("listings.read_own")
@blp.response(200, OwnReviewOut)
def own_review(listing_id: UUID) -> Response:
    """What reviewers noted and decided on your listing, and what one would say of its newest version."""
    actor = current_actor()
    drafting.own(listing_id, by=actor)
    findings, near = cases.own_case(listing_id)
    decisions = [{name: each[name] for name in ("fair", "number", "verdict", "at", "reason")} for each in history.of_listing(listing_id)]
    notes = [_note(note) for note in history.open_notes(listing_id)]
    return plain({"notes": notes, "decisions": decisions, "findings": told(findings), "duplicates": NearOut(many=True).dump(near)})


@blp.post("/listings/<uuid:listing_id>/review/notes/<uuid:note_id>")
@writes("listings.write")
@blp.arguments(TickIn)
@blp.response(200, NoteOut)
def tick(data: dict[str, Any], listing_id: UUID, note_id: UUID) -> Response:
    """Say that a note is done with, or that it is not."""
    history.tick(note_id, listing_id=listing_id, done=data["done"], by=current_actor())
    return plain(next(_note(note) for note in history.notes_of(listing_id) if note["id"] == note_id))


def told(findings: tuple[Finding, ...]) -> list[dict[str, Any]]:
    """Findings as JSON, said in both languages."""
    rows = [
        {"key": each.key, "code": each.code, "field": each.field, "severity": each.severity, "text": each.text, "start": each.start, "end": each.end}
        for each in findings
    ]
    for code in ("en", "zh"):
        with speaking(code):
            for row, each in zip(rows, findings, strict=True):
                row[f"sentence_{code}"] = str(each.sentence)
    return rows


def _row(entry_id: UUID) -> Response:
    row = queries.case_of(entry_id, by=current_actor())[0]
    return plain(queries.entry_row(row), headers={"ETag": web.etag_of(row.version)})


def _note(note: dict[str, Any]) -> dict[str, Any]:
    return {name: note[name] for name in ("id", "number", "field", "severity", "text_en", "text_zh", "done_at")}


def _decision(decision: dict[str, Any]) -> dict[str, Any]:
    return decision | {"notes": [_note(note) for note in decision["notes"]]}


def register(app: Flask) -> None:
    app.extensions["api"].register_blueprint(blp)
