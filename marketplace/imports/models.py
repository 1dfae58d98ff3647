"""A file on its way in: the job, what was found in it, and how an organisation named its columns before."""

from datetime import datetime
from enum import StrEnum
from typing import Any
from uuid import UUID

from sqlalchemy import JSON, BigInteger, CheckConstraint, ForeignKey, Index, String, UniqueConstraint, false
from sqlalchemy.orm import Mapped, mapped_column

from marketplace.accounts.models import Person
from marketplace.core.db import Id, Model
from marketplace.fairs.models import Fair
from marketplace.listings.models import Kind
from marketplace.organizations.models import Organization


class State(StrEnum):
    """Being read; waiting for names of columns; read, waiting for a decision; being stored; stored; could not be read; given up."""

    UPLOADED = "uploaded"
    TO_MAP = "to_map"
    CHECKED = "checked"
    RUNNING = "running"
    DONE = "done"
    FAILED = "failed"
    CANCELLED = "cancelled"


MOVES: dict[State, set[State]] = {
    State.UPLOADED: {State.TO_MAP, State.CHECKED, State.FAILED, State.CANCELLED},
    State.TO_MAP: {State.UPLOADED, State.CANCELLED},
    State.CHECKED: {State.UPLOADED, State.RUNNING, State.CANCELLED},
    State.RUNNING: {State.DONE, State.FAILED, State.CANCELLED},
    State.DONE: set(),
    State.FAILED: {State.UPLOADED, State.CANCELLED},
    State.CANCELLED: set(),
}
AT_WORK = (State.UPLOADED, State.RUNNING)


class Finding(StrEnum):
    """Why a row is rejected; why it is stored but not entered in the fair; what it may be a duplicate of."""

    FAULT = "fault"
    NOTE = "note"
    DUPLICATE = "duplicate"


class ImportJob(Model):
    """One file. Its bytes lie under UPLOAD_DIR by their SHA-256; what its check left there lies under the job's id.

    ``mapping`` is {column of the file: our field, or None to leave it out}, by the names of `columns`; ``options`` are
    ``sheet``, ``only_good`` and the ``choices`` about possible duplicates. ``counts`` hold rows, accepted, rejected, skipped
    and their parts. ``worker`` does the work now and was alive at ``beat_at``.
    """

    __tablename__ = "imports"
    __table_args__ = (
        Index("ix_imports_own", "organization_id", "created_at"),
        Index("ix_imports_at_work", "state", "beat_at"),
        CheckConstraint("size_bytes > 0", "size"),
        CheckConstraint("publish = false OR fair_id IS NOT NULL", "publish_in_fair"),
    )

    id: Mapped[Id]
    organization_id: Mapped[UUID] = mapped_column(ForeignKey(Organization.id))
    person_id: Mapped[UUID] = mapped_column(ForeignKey(Person.id))
    for_others: Mapped[bool] = mapped_column(default=False, server_default=false())
    fair_id: Mapped[UUID | None] = mapped_column(ForeignKey(Fair.id))
    kind: Mapped[Kind]
    publish: Mapped[bool] = mapped_column(default=False, server_default=false())
    state: Mapped[State]
    file_name: Mapped[str] = mapped_column(String(200))
    sha256: Mapped[str] = mapped_column(String(64))
    size_bytes: Mapped[int] = mapped_column(BigInteger)
    form: Mapped[str] = mapped_column(String(10))
    columns: Mapped[list[str]] = mapped_column(default=list)
    mapping: Mapped[dict[str, Any] | None]
    options: Mapped[dict[str, Any]]
    counts: Mapped[dict[str, Any]]
    stage: Mapped[str | None] = mapped_column(String(20))
    progress: Mapped[int] = mapped_column(default=0)
    failure: Mapped[str | None] = mapped_column(String(500))
    worker: Mapped[UUID | None]
    beat_at: Mapped[datetime | None]
    created_at: Mapped[datetime]
    finished_at: Mapped[datetime | None]
    version: Mapped[int] = mapped_column(default=1)

    __mapper_args__ = {"version_id_col": version}


class ImportFinding(Model):
    """What was found in a row. The first of them are kept here to be shown; the job counts all, the file of errors has all."""

    __tablename__ = "import_findings"
    __table_args__ = (UniqueConstraint("import_id", "number"),)

    id: Mapped[Id]
    import_id: Mapped[UUID] = mapped_column(ForeignKey(ImportJob.id))
    number: Mapped[int]
    kind: Mapped[Finding]
    row: Mapped[int]
    facts: Mapped[dict[str, Any]] = mapped_column(JSON)


class ColumnMapping(Model):
    """How an organisation named the columns of such a header last time."""

    __tablename__ = "import_mappings"
    __table_args__ = (UniqueConstraint("organization_id", "kind", "header"),)

    id: Mapped[Id]
    organization_id: Mapped[UUID] = mapped_column(ForeignKey(Organization.id))
    kind: Mapped[Kind]
    header: Mapped[str] = mapped_column(String(64))
    mapping: Mapped[dict[str, Any]]
    changed_at: Mapped[datetime]
