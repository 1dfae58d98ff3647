"""What people do with a file on its way in: hand it in, name its columns, choose about duplicates, commit, cancel, try again."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import BinaryIO
from uuid import UUID

from sqlalchemy import func, select

from marketplace.core import audit, jobs
from marketplace.core.access import Actor
from marketplace.core.clock import now
from marketplace.core.db import db
from marketplace.core.errors import DomainError, IllegalMove, Invalid, NotFound
from marketplace.core.i18n import gettext, language
from marketplace.core.i18n import lazy_gettext as _l
from marketplace.core.states import check_move
from marketplace.fairs.models import Fair, Segment
from marketplace.imports import columns, holding, sniffing
from marketplace.imports.importing import CHOICES, KEEP, check_right
from marketplace.imports.models import AT_WORK, MOVES, ColumnMapping, ImportJob, State
from marketplace.imports.queries import get
from marketplace.imports.shown import field_label
from marketplace.listings.models import Kind
from marketplace.organizations.models import Organization

MOST_AT_WORK = 5
MOST_CHOICES = 5_000
STORING = "storing"


class TooManyAtWork(DomainError):
    slug, title = "imports-at-work", _l("Other files are still being read")
    text = _l("Wait until one of your files is done, or cancel it.")


@dataclass(frozen=True, slots=True)
class Upload:
    """What somebody hands in. ``organization`` and ``fair`` are slugs; without an organisation it is one's own."""

    kind: Kind
    stream: BinaryIO
    name: str
    organization: str | None = None
    fair: str | None = None
    publish: bool = False
    segment: str | None = None
    sheet: str | None = None
    mapping: Mapping[str, str | None] | None = None


def upload(given: Upload, *, by: Actor) -> ImportJob:
    """Keep the file and have it checked; nothing is stored of it yet.

    Raises Forbidden, FourEyes, NotFound (an organisation that does not exist), Invalid, TooLarge, TooManyAtWork, WrongType, Unreadable.
    """
    organization_id, fair = _owner(given.organization, by), _fair(given)
    check_right(organization_id, fair=fair, publish=given.publish, by=by)
    waiting = select(func.count()).where(ImportJob.organization_id == organization_id, ImportJob.person_id == by.person_id, ImportJob.state.in_(AT_WORK))
    if (db.session.scalar(waiting) or 0) >= MOST_AT_WORK:
        raise TooManyAtWork()
    mapping = None if given.mapping is None else _mapping(given.mapping, given.kind)
    sha256, size, path = holding.keep(given.stream)
    source = sniffing.inspect(path, most=holding.MOST_UNPACKED)
    job = ImportJob(
        organization_id=organization_id, person_id=by.person_id, for_others=organization_id != by.organization_id or given.publish, fair_id=fair.id if fair else None,
        kind=given.kind, publish=given.publish, state=State.UPLOADED, file_name=holding.safe_name(given.name), sha256=sha256, size_bytes=size,
        form=source.form.value, columns=[], mapping=mapping, counts={}, progress=0, created_at=now(),
        options={"sheet": given.sheet, "language": language(), "encoding": source.encoding, "delimiter": source.delimiter, "packed": source.packed, "segment": given.segment,
                 "choices": {}, "otherwise": KEEP},
    )  # fmt: skip
    db.session.add(job)
    db.session.flush()
    audit.record("imports.upload", f"import:{job.id}", by=by, fair_id=job.fair_id, sha256=sha256, kind=job.kind.value)
    jobs.enqueue("imports.work", job_id=str(job.id))
    return job


def _owner(slug: str | None, by: Actor) -> UUID:
    """Raises NotFound: the same for an organisation that is not there and for one that is nobody's to import for."""
    if slug is None or (by.acting is not None and slug == by.acting.slug):
        if by.organization_id is None:
            raise Invalid.field("organization", "required", gettext("Name the organisation that the listings belong to."))
        return by.organization_id
    found = db.session.scalar(select(Organization.id).where(Organization.slug == slug)) if by.may("listings.import") else None
    if found is None:
        raise NotFound(gettext("There is no such organisation."))
    return found


def _fair(given: Upload) -> Fair | None:
    """Raises Invalid."""
    if given.fair is None:
        if given.publish:
            raise Invalid.field("fair", "required", gettext("Name the fair."))
        return None
    fair = db.session.scalar(select(Fair).where(Fair.slug == given.fair))
    if fair is None:
        raise Invalid.field("fair", "fair_unknown", gettext("There is no such fair."))
    if fair.closed_at is not None and not given.publish:
        raise Invalid.field("fair", "fair_closed", gettext("This fair takes no listings any more."))
    if given.segment and db.session.scalar(select(Segment.id).where(Segment.fair_id == fair.id, Segment.code == given.segment)) is None:
        raise Invalid.field("segment", "segment_unknown", gettext("The fair has no such segment."))
    return fair


def _mapping(given: Mapping[str, str | None], kind: Kind) -> dict[str, str | None]:
    """Raises Invalid."""
    try:
        return columns.checked(given, kind)
    except ValueError as error:
        target = str(error)
        if len(columns_of := [column for column, of in given.items() if of == target]) > 1:
            names = ", ".join(f"“{name[:60]}”" for name in columns_of[:5])
            raise Invalid.field("mapping", "field_twice", gettext("Only one column can be “%(field)s”, and these are: %(names)s.", field=field_label(target), names=names)) from error
        raise Invalid.field("mapping", "field_unknown", gettext("“%(name)s” is no field.", name=target[:60])) from error


def map_columns(import_id: UUID, given: Mapping[str, str | None], *, by: Actor) -> ImportJob:
    """Say what its columns are; the file is checked anew, and such a header is known the next time.

    Raises NotFound, Forbidden, IllegalMove, Invalid (an unknown field or column, one given twice, none for the title).
    """
    job = get(import_id, by=by, lock=True)
    mapping = _mapping(given, job.kind)
    if unknown := sorted(set(mapping) - set(job.columns)):
        raise Invalid.field("mapping", "column_unknown", gettext("The file has no column “%(name)s”.", name=unknown[0][:60]))
    whole = {column: mapping[column] if column in mapping else columns.meant(column, job.kind) for column in job.columns if column}
    if columns.lacks_title(whole.values()):
        raise Invalid.field("mapping", "title_missing", gettext("Say which column holds the title."))
    job.mapping = mapping
    _remember(job, mapping)
    _check_again(job)
    audit.record("imports.map", f"import:{job.id}", by=by, fair_id=job.fair_id)
    return job


def _remember(job: ImportJob, mapping: dict[str, str | None]) -> None:
    header = columns.header_hash(job.columns)
    query = select(ColumnMapping).where(ColumnMapping.organization_id == job.organization_id, ColumnMapping.kind == job.kind, ColumnMapping.header == header)
    known = db.session.scalar(query.with_for_update())
    if known is None:
        known = ColumnMapping(organization_id=job.organization_id, kind=job.kind, header=header, mapping=mapping, changed_at=now())
        db.session.add(known)
    known.mapping, known.changed_at = mapping, now()


def _check_again(job: ImportJob) -> None:
    """Raises IllegalMove."""
    job.state = check_move(MOVES, job.state, State.UPLOADED)
    job.worker = job.beat_at = job.failure = job.stage = None
    job.progress = 0
    jobs.enqueue("imports.work", job_id=str(job.id))


def retry(import_id: UUID, *, by: Actor) -> ImportJob:
    """Check a file again that failed, or that was checked before something changed. Raises NotFound, Forbidden, IllegalMove."""
    job = get(import_id, by=by, lock=True)
    _check_again(job)
    audit.record("imports.check", f"import:{job.id}", by=by, fair_id=job.fair_id)
    return job


def take_in(import_id: UUID, *, only_good: bool, choices: Mapping[str, str] | None = None, otherwise: str = KEEP, by: Actor) -> ImportJob:
    """Have the checked rows stored, all of them or none. Pressed again, it goes on as it is.

    ``only_good`` leaves the wrong rows out; without it a file with wrong rows is refused. ``choices`` say by row what to do with
    possible duplicates. Raises NotFound, Forbidden, FourEyes, IllegalMove, Invalid.
    """
    job = get(import_id, by=by, lock=True)
    if job.state in {State.RUNNING, State.DONE}:
        return job
    check_move(MOVES, job.state, State.RUNNING)
    check_right(job.organization_id, fair=db.session.get(Fair, job.fair_id) if job.fair_id else None, publish=job.publish, by=by)
    chosen = _choices(choices or {}, otherwise)
    if job.counts["rejected"] and not only_good:
        raise Invalid.field("only_good", "rows_wrong", gettext("Rows are wrong: correct them and upload the file again, or import the good ones only."))
    if job.counts["good"] == 0:
        raise IllegalMove(gettext("No row of the file can be stored."))
    job.state, job.worker, job.beat_at, job.stage, job.progress = State.RUNNING, None, None, None, 0
    job.options = {**job.options, "only_good": only_good, "choices": chosen, "otherwise": otherwise}
    audit.record("imports.commit", f"import:{job.id}", by=by, fair_id=job.fair_id, only_good=only_good)
    jobs.enqueue("imports.work", job_id=str(job.id))
    return job


def _choices(given: Mapping[str, str], otherwise: str) -> dict[str, str]:
    """Raises Invalid."""
    if len(given) > MOST_CHOICES or any(not row.isascii() or not row.isdigit() or len(row) > 9 for row in given):
        raise Invalid.field("choices", "row", gettext("Name rows by their number."))
    if any(choice not in CHOICES for choice in (*given.values(), otherwise)):
        raise Invalid.field("choices", "code_unknown", gettext("Choose one of the listed values: %(values)s.", values=", ".join(CHOICES)))
    return {str(int(row)): choice for row, choice in given.items()}


def cancel(import_id: UUID, *, by: Actor) -> ImportJob:
    """Give the file up; nothing of it is stored. Pressed again, it stays so. Raises NotFound, Forbidden, IllegalMove."""
    job = get(import_id, by=by)
    if job.state is State.RUNNING and job.stage == STORING:
        raise IllegalMove(gettext("Its rows are being stored at this moment; this cannot be stopped any more."))
    job = get(import_id, by=by, lock=True)
    if job.state is State.CANCELLED:
        return job
    job.state = check_move(MOVES, job.state, State.CANCELLED)
    job.worker, job.finished_at = None, now()
    audit.record("imports.cancel", f"import:{job.id}", by=by, fair_id=job.fair_id)
    return job
