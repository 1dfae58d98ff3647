"""Reading the documents of a thread that one has already been let into."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import func, select

from marketplace.accounts.models import Person
from marketplace.core.db import db
from marketplace.negotiations.documents.models import Document, DocumentRead, DocumentVersion
from marketplace.negotiations.queries import Thread


@dataclass(frozen=True, slots=True)
class Read:
    """That the other side opened a version: who was the first, and when."""

    person_id: UUID
    at: datetime
    times: int


@dataclass(frozen=True, slots=True)
class Shown:
    """A document with its versions, the newest first, the first reads of the other side by version, and names of people."""

    document: Document
    versions: Sequence[DocumentVersion]
    reads: dict[UUID, Read]
    people: dict[UUID, str]


def named(sums: set[str]) -> Iterable[str]:
    """Which of these SHA-256 are of versions: their bytes stay in the store of files."""
    return db.session.scalars(select(DocumentVersion.sha256).where(DocumentVersion.sha256.in_(sums)))


def of_thread(thread: Thread) -> list[Shown]:
    """The documents of a thread in the order of their numbers. Four queries."""
    documents = list(db.session.scalars(select(Document).where(Document.negotiation_id == thread.negotiation.id).order_by(Document.number)))
    versions: dict[UUID, list[DocumentVersion]] = {document.id: [] for document in documents}
    query = select(DocumentVersion).where(DocumentVersion.document_id.in_(versions)).order_by(DocumentVersion.number.desc())
    for version in db.session.scalars(query):
        versions[version.document_id].append(version)
    reads = _first_reads([version.id for many in versions.values() for version in many])
    ids = {document.person_id for document in documents} | {version.person_id for many in versions.values() for version in many}
    ids |= {read.person_id for read in reads.values()}
    people = {row.id: row.name for row in db.session.execute(select(Person.id, Person.name).where(Person.id.in_(ids)))} if ids else {}
    return [Shown(document, versions[document.id], reads, people) for document in documents]


def _first_reads(version_ids: Sequence[UUID]) -> dict[UUID, Read]:
    if not version_ids:
        return {}
    counted = (
        select(DocumentRead.version_id, func.min(DocumentRead.at).label("first"), func.count().label("times"))
        .where(DocumentRead.version_id.in_(version_ids))
        .group_by(DocumentRead.version_id)
        .subquery()
    )
    query = select(DocumentRead, counted.c.times).join(
        counted, (counted.c.version_id == DocumentRead.version_id) & (counted.c.first == DocumentRead.at)
    )
    return {row.version_id: Read(row.person_id, row.at, times) for row, times in db.session.execute(query)}
