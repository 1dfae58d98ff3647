"""Putting up documents of a thread, adding versions, taking them back; and the one way in which their bytes are opened."""

from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import func, select

from marketplace.core.access import Actor
from marketplace.core.db import db
from marketplace.core.errors import DomainError, Duplicate, Forbidden, IllegalMove, NotFound
from marketplace.core.i18n import gettext
from marketplace.core.i18n import lazy_gettext as _l
from marketplace.listings.attachments.files import Received
from marketplace.negotiations import queries as threads
from marketplace.negotiations.documents.models import Document, DocumentVersion
from marketplace.negotiations.models import PARTNERS
from marketplace.negotiations.points import queries as points
from marketplace.negotiations.points.models import Side
from marketplace.negotiations.points.service import Desk, opened, written

MOST, MOST_BYTES = 200, 400 * 1024 * 1024
MOST_NUMBER = 10_000
"""Documents taken back make room for others, so that numbers may pass `MOST`; no database looks for one beyond this."""


class TooManyDocuments(DomainError):
    slug, title = "too-many-documents", _l("Too many documents")
    text = _l("A negotiation has at most %(versions)s versions of documents and %(megabytes)s MB.", versions=MOST, megabytes=MOST_BYTES // 1024**2)


@dataclass(frozen=True, slots=True)
class Opened:
    """A version as one side may read it; ``marked`` when it comes from the other side and has to bear its reader's name."""

    document: Document
    version: DocumentVersion
    mine: Side
    marked: bool


def put_up(negotiation_id: UUID, received: Received, *, title: str, note: str | None = None, by: Actor) -> Document:
    """Lay a new document before the other side, as its version 1.

    Raises NotFound, Forbidden, ConflictOfInterest, IllegalMove (no talks), Duplicate (the same bytes), TooManyDocuments.
    """
    desk = opened(negotiation_id, by=by)
    _check_room(negotiation_id, received)
    count = db.session.scalar(select(func.count()).select_from(Document).where(Document.negotiation_id == negotiation_id)) or 0
    document = Document(
        negotiation_id=negotiation_id, number=count + 1, title=title, side=desk.mine, person_id=by.person_id, created_at=desk.at
    )  # fmt: skip
    db.session.add(document)
    db.session.flush()
    _add(desk, document, 1, received, note, by=by)
    return document


def add_version(negotiation_id: UUID, number: int, received: Received, *, note: str | None = None, by: Actor) -> DocumentVersion:
    """Either side lays a newer version of a document on the table.

    Raises NotFound, Forbidden, ConflictOfInterest, IllegalMove (no talks, or taken back), Duplicate, TooManyDocuments.
    """
    desk = opened(negotiation_id, by=by)
    document = numbered(negotiation_id, number)
    if document.taken_back_at is not None:
        raise IllegalMove(gettext("This document was taken back."))
    _check_room(negotiation_id, received)
    last = db.session.scalar(select(func.max(DocumentVersion.number)).where(DocumentVersion.document_id == document.id)) or 0
    return _add(desk, document, last + 1, received, note, by=by)


def take_back(negotiation_id: UUID, number: int, *, by: Actor) -> Document:
    """The side that put a document up closes all its versions to the other one; that it was there stays.

    Raises NotFound, Forbidden (the other side's), ConflictOfInterest, IllegalMove (no talks, or done already).
    """
    desk = opened(negotiation_id, by=by)
    document = numbered(negotiation_id, number)
    if document.side is not desk.mine:
        raise Forbidden(gettext("Only the side that put a document up can take it back."))
    if document.taken_back_at is not None:
        raise IllegalMove(gettext("This document was taken back."))
    document.taken_back_at = desk.at
    written(desk, "take_back_document", by=by, document=number)
    return document


def open_version(negotiation_id: UUID, number: int, version: int, *, by: Actor) -> Opened:
    """A version of a document of one's own thread. Raises NotFound (also for the other side's that was taken back, or after lost talks), Forbidden."""
    negotiation = threads.get(negotiation_id, by=by)
    document = numbered(negotiation.id, number)
    query = select(DocumentVersion).where(DocumentVersion.document_id == document.id, DocumentVersion.number == version)
    found = db.session.scalar(query) if version <= MOST_NUMBER else None
    if found is None:
        raise NotFound()
    mine = points.side_of(negotiation, by.organization_id)
    if found.side is not mine and (document.taken_back_at is not None or negotiation.stage not in PARTNERS):
        raise NotFound()
    return Opened(document, found, mine, marked=found.side is not mine)


def numbered(negotiation_id: UUID, number: int) -> Document:
    """A document of a thread that one has already been let into. Raises NotFound."""
    query = select(Document).where(Document.negotiation_id == negotiation_id, Document.number == number)
    found = db.session.scalar(query.execution_options(populate_existing=True)) if number <= MOST_NUMBER else None
    if found is None:
        raise NotFound()
    return found


def _check_room(negotiation_id: UUID, received: Received) -> None:
    query = select(DocumentVersion.sha256, DocumentVersion.size_bytes).join(Document, Document.id == DocumentVersion.document_id)
    rows = db.session.execute(query.where(Document.negotiation_id == negotiation_id, Document.taken_back_at.is_(None))).all()
    if any(row.sha256 == received.sha256 for row in rows):
        raise Duplicate(gettext("This very file is here already."))
    if len(rows) >= MOST or sum(row.size_bytes for row in rows) + received.size_bytes > MOST_BYTES:
        raise TooManyDocuments()


def _add(desk: Desk, document: Document, number: int, received: Received, note: str | None, *, by: Actor) -> DocumentVersion:
    version = DocumentVersion(
        document_id=document.id, number=number, name=received.name, media_type=received.media_type, size_bytes=received.size_bytes,
        sha256=received.sha256, pages=received.pages, note=note, side=desk.mine, person_id=by.person_id, at=desk.at,
    )  # fmt: skip
    db.session.add(version)
    written(desk, "put_up_document", by=by, tell="document", document=document.number, version=number, sha256=received.sha256)
    return version
