"""Documents of a thread as JSON and bytes, for its two organisations."""

from typing import Any
from uuid import UUID

from flask import Flask, Response, g

from marketplace.core.access import current_actor, reads, writes
from marketplace.core.api import Blueprint, ProblemOut
from marketplace.core.errors import NotFound
from marketplace.listings.life.life_schemas import PictureOrPaperIn
from marketplace.negotiations import queries as threads
from marketplace.negotiations.documents import queries, service, serving
from marketplace.negotiations.documents.models import DocumentVersion
from marketplace.negotiations.documents.receiving import received_first
from marketplace.negotiations.documents.schemas import DocumentIn, NegotiationDocumentOut, NegotiationDocumentsOut, VersionIn
from marketplace.negotiations.models import Negotiation
from marketplace.negotiations.points.queries import organization_of

blp = Blueprint("negotiation_documents", description="Papers that two sides lay before each other.", url_prefix="/negotiations")
BASE = "/<uuid:negotiation_id>/documents"
KEPT = ("number", "side", "at", "name", "media_type", "size_bytes", "sha256", "pages", "note")


def document_out(negotiation: Negotiation, shown: queries.Shown) -> dict[str, Any]:
    """A document with its versions, each with the organisation that laid it on the table."""
    document = shown.document
    return {
        **{name: getattr(document, name) for name in ("number", "title", "created_at", "taken_back_at")},
        "organization_id": organization_of(negotiation, document.side),
        "versions": [_version_out(negotiation, shown, version) for version in shown.versions],
    }


def _version_out(negotiation: Negotiation, shown: queries.Shown, version: DocumentVersion) -> dict[str, Any]:
    read = shown.reads.get(version.id)
    return {
        **{name: getattr(version, name) for name in KEPT}, "organization_id": organization_of(negotiation, version.side),
        "person": shown.people[version.person_id], "first_read_at": read.at if read else None, "times_read": read.times if read else 0,
    }  # fmt: skip


def _one(negotiation_id: UUID, number: int) -> dict[str, Any]:
    thread = threads.thread(negotiation_id, by=current_actor())
    found = next((shown for shown in queries.of_thread(thread) if shown.document.number == number), None)
    if found is None:
        raise NotFound()
    return document_out(thread.negotiation, found)


@blp.get(BASE)
@reads("negotiations.read")
@blp.response(200, NegotiationDocumentsOut)
def list_documents(negotiation_id: UUID) -> dict[str, Any]:
    """The documents of one of one's own threads, in order."""
    thread = threads.thread(negotiation_id, by=current_actor())
    return {"rows": [document_out(thread.negotiation, shown) for shown in queries.of_thread(thread)]}


@blp.post(BASE)
@received_first
@writes("negotiations.write")
@blp.arguments(PictureOrPaperIn, location="files")
@blp.arguments(DocumentIn, location="form")
@blp.response(201, NegotiationDocumentOut)
@blp.alt_response(404, schema=ProblemOut)
@blp.alt_response(409, schema=ProblemOut)
@blp.alt_response(413, schema=ProblemOut)
def put_up(_: dict[str, Any], said: dict[str, Any], negotiation_id: UUID) -> dict[str, Any]:
    """Lay a PDF or a picture before the other side, as multipart/form-data: `file`, `title`, `note`."""
    document = service.put_up(negotiation_id, g.received, **said, by=current_actor())
    return _one(negotiation_id, document.number)


@blp.post(f"{BASE}/<int:number>/versions")
@received_first
@writes("negotiations.write")
@blp.arguments(PictureOrPaperIn, location="files")
@blp.arguments(VersionIn, location="form")
@blp.response(201, NegotiationDocumentOut)
@blp.alt_response(404, schema=ProblemOut)
@blp.alt_response(409, schema=ProblemOut)
@blp.alt_response(413, schema=ProblemOut)
def add_version(_: dict[str, Any], said: dict[str, Any], negotiation_id: UUID, number: int) -> dict[str, Any]:
    """Lay a newer version of a document on the table, from either side, as multipart/form-data: `file`, `note`."""
    service.add_version(negotiation_id, number, g.received, **said, by=current_actor())
    return _one(negotiation_id, number)


@blp.post(f"{BASE}/<int:number>/take-back")
@writes("negotiations.write")
@blp.response(200, NegotiationDocumentOut)
@blp.alt_response(409, schema=ProblemOut)
def take_back(negotiation_id: UUID, number: int) -> dict[str, Any]:
    """Close a document that one's own side put up; that it was there stays."""
    service.take_back(negotiation_id, number, by=current_actor())
    return _one(negotiation_id, number)


@blp.get(f"{BASE}/<int:number>/versions/<int:version>/content")
@reads("negotiations.read")
@blp.response(200, content_type="application/octet-stream")
@blp.alt_response(404, schema=ProblemOut)
def content(negotiation_id: UUID, number: int, version: int) -> Response:
    """The bytes of a version; the other side's are marked with your name, and the opening is written down for them."""
    return serving.sent(negotiation_id, number, version, by=current_actor())


def register(app: Flask) -> None:
    app.extensions["api"].register_blueprint(blp)
