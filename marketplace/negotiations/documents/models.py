"""Documents that the two sides of a negotiation lay before each other, their versions, and who opened them."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, Index, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from marketplace.accounts.models import Person
from marketplace.core.appendonly import append_only
from marketplace.core.db import Id, Model
from marketplace.negotiations.models import Negotiation
from marketplace.negotiations.points.models import Side


class Document(Model):
    """A paper that both sides work on. Who put it up may take it back: the other side opens no version of it then."""

    __tablename__ = "negotiation_documents"
    __table_args__ = (UniqueConstraint("negotiation_id", "number"), CheckConstraint("number >= 1", "number"))

    id: Mapped[Id]
    negotiation_id: Mapped[UUID] = mapped_column(ForeignKey(Negotiation.id))
    number: Mapped[int]
    title: Mapped[str] = mapped_column(String(200))
    side: Mapped[Side]
    person_id: Mapped[UUID] = mapped_column(ForeignKey(Person.id))
    created_at: Mapped[datetime]
    taken_back_at: Mapped[datetime | None]


@append_only
class DocumentVersion(Model):
    """One version, from either side; never changed. ``sha256`` is of the bytes as they were stored."""

    __tablename__ = "negotiation_document_versions"
    __table_args__ = (UniqueConstraint("document_id", "number"), Index("ix_negotiation_document_versions_sha256", "sha256"))

    id: Mapped[Id]
    document_id: Mapped[UUID] = mapped_column(ForeignKey(Document.id))
    number: Mapped[int]
    name: Mapped[str] = mapped_column(String(200))
    media_type: Mapped[str] = mapped_column(String(40))
    size_bytes: Mapped[int]
    sha256: Mapped[str] = mapped_column(String(64))
    pages: Mapped[int | None]
    note: Mapped[str | None] = mapped_column(String(500))
    side: Mapped[Side]
    person_id: Mapped[UUID] = mapped_column(ForeignKey(Person.id))
    at: Mapped[datetime]


@append_only
class DocumentRead(Model):
    """Somebody of the other side opened a version."""

    __tablename__ = "negotiation_document_reads"
    __table_args__ = (Index("ix_negotiation_document_reads_version_id", "version_id", "at"),)

    id: Mapped[Id]
    version_id: Mapped[UUID] = mapped_column(ForeignKey(DocumentVersion.id))
    side: Mapped[Side]
    person_id: Mapped[UUID] = mapped_column(ForeignKey(Person.id))
    at: Mapped[datetime]
