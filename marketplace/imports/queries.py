"""Reading jobs: the one, the list, and what was found. Members see those of their organisation, staff those they began for others in their fairs."""

from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, Select, and_, false, func, or_, select

from marketplace.core.access import Actor
from marketplace.core.db import db
from marketplace.core.errors import NotFound
from marketplace.fairs.models import Fair, Segment
from marketplace.imports.columns import folded
from marketplace.imports.models import Finding, ImportFinding, ImportJob
from marketplace.organizations.models import Organization

JOB_KEYS = (ImportJob.created_at, ImportJob.id)
FINDING_KEYS = (ImportFinding.number,)


def segments_by_name(fair_id: UUID) -> dict[str, str]:
    """The codes of a fair's segments by what a file may call them: the code itself, and its name in either language."""
    rows = db.session.execute(select(Segment.code, Segment.name_en, Segment.name_zh).where(Segment.fair_id == fair_id).order_by(Segment.position)).all()
    return {folded(name): row.code for row in rows for name in (row.name_zh, row.name_en, row.code) if name}


def _visible(by: Actor) -> ColumnElement[bool]:
    """A job that staff began for others is theirs, not its owner's: until it is stored, its owner knows nothing of it."""
    ways: list[ColumnElement[bool]] = []
    if by.may("listings.write") and by.organization_id is not None:
        ways.append(and_(ImportJob.organization_id == by.organization_id, ImportJob.for_others.is_(False)))
    if by.admin and by.may("listings.import"):
        ways.append(ImportJob.for_others.is_(True))
    elif fairs := by.fairs_where("listings.import"):
        ways.append(and_(ImportJob.for_others.is_(True), ImportJob.fair_id.in_(fairs)))
    return or_(*ways) if ways else false()


def get(import_id: UUID, *, by: Actor, lock: bool = False) -> ImportJob:
    """Raises NotFound, also for another organisation's."""
    query = select(ImportJob).where(ImportJob.id == import_id, _visible(by)).execution_options(populate_existing=True)
    job = db.session.scalar(query.with_for_update() if lock else query)
    if job is None:
        raise NotFound()
    return job


def jobs(*, by: Actor) -> Select[Any]:
    """The jobs one sees, with their organisation."""
    columns = (
        ImportJob.id, ImportJob.kind, ImportJob.state, ImportJob.file_name, ImportJob.counts, ImportJob.created_at, ImportJob.for_others,
        Organization.slug.label("organization"), Organization.name_en, Organization.name_zh,
    )  # fmt: skip
    return select(*columns).join(Organization, Organization.id == ImportJob.organization_id).where(_visible(by))


def findings(import_id: UUID, kind: Finding) -> Select[Any]:
    return select(ImportFinding).where(ImportFinding.import_id == import_id, ImportFinding.kind == kind)


def kept(import_id: UUID, kind: Finding) -> int:
    """How many of them are kept to be shown."""
    return db.session.scalar(select(func.count()).where(ImportFinding.import_id == import_id, ImportFinding.kind == kind)) or 0


def place_of(job: ImportJob) -> tuple[Organization, Fair | None]:
    """Whose listings they become, and the fair they are entered in."""
    organization = db.session.get(Organization, job.organization_id)
    assert organization is not None  # a foreign key holds it
    return organization, db.session.get(Fair, job.fair_id) if job.fair_id else None
