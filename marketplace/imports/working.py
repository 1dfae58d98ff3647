"""The work on a file: checking it and storing it, by one worker at a time, with its progress; killed at any moment it begins again.

A worker claims the job with a token of its own and shows that it lives by a beat; a job whose beat stopped is claimed by the
next. What a check finds is written in one transaction, what is stored in another, together with the state that says so.
"""

import logging
import time
from collections.abc import Callable, Iterator
from dataclasses import asdict
from datetime import timedelta
from itertools import islice
from typing import Any
from uuid import UUID, uuid4

from sqlalchemy import delete, insert, or_, select, update
from sqlalchemy.exc import IntegrityError, OperationalError
from uuid_utils.compat import uuid7

from marketplace.accounts.models import Person
from marketplace.core import audit
from marketplace.core.access import Actor, Identity, actor_of
from marketplace.core.clock import now
from marketplace.core.db import db, end_reading, transaction
from marketplace.core.errors import DomainError
from marketplace.core.i18n import gettext, speaking
from marketplace.fairs.models import Fair
from marketplace.imports import columns, correcting, holding, queries, reading
from marketplace.imports.checking import Alike, Check, Fault, Heard
from marketplace.imports.importing import KEEP, Report, Store, check_right
from marketplace.imports.models import AT_WORK, ColumnMapping, Finding, ImportFinding, ImportJob, State
from marketplace.imports.reading import Form, Raw, Source
from marketplace.imports.service import STORING
from marketplace.imports.spooling import Spool, items
from marketplace.imports.translating import Row, Translator

log = logging.getLogger(__name__)
STALE = timedelta(seconds=40)
"""A worker that gave no sign for so long is gone."""
BEAT_SECONDS = 1.0
SAMPLE_ROWS, LONGEST_SAMPLE = 20, 60
MOST_KEPT = {Finding.FAULT: 1000, Finding.NOTE: 300, Finding.DUPLICATE: 300}
"""So many findings of a job are kept to be shown; all are counted."""


class Stopped(Exception):
    """The job was cancelled, or another worker has it."""


def claim(import_id: UUID) -> UUID | None:
    """A token for the work that waits; None when there is none or somebody is at it."""
    token, moment = uuid4(), now()
    free = or_(ImportJob.worker.is_(None), ImportJob.beat_at.is_(None), ImportJob.beat_at < moment - STALE)
    with transaction():
        taken = db.session.execute(
            update(ImportJob).where(ImportJob.id == import_id, ImportJob.state.in_(AT_WORK), free).values(worker=token, beat_at=moment).returning(ImportJob.id)
        ).one_or_none()
    return token if taken is not None else None


def run(import_id: UUID, token: UUID) -> None:
    """Do what the job's state asks for. A refusal ends it as failed, with its sentence; nothing of the file is stored then."""
    job = _load(import_id)
    try:
        with speaking(job.options.get("language", "en")):
            try:
                _Work(job, token).do()
            except DomainError as error:
                fail(import_id, token, _sentence(error))
            except OperationalError:  # the database is busy or away: another worker begins again when this one's beat is stale
                log.exception("import %s waits for the database", import_id)
            except IntegrityError:
                fail(import_id, token, gettext("Other listings of the organisation changed since the file was checked. Check it again."))
            except Stopped:
                raise
            except Exception:
                log.exception("import %s failed", import_id)
                fail(import_id, token, gettext("Something went wrong on our side; it was recorded. Nothing was stored."))
    except Stopped:
        log.info("import %s was stopped", import_id)


def fail(import_id: UUID, token: UUID, why: str) -> None:
    """Nothing if it is not this worker's any more."""
    with transaction():
        db.session.execute(
            update(ImportJob).where(ImportJob.id == import_id, ImportJob.worker == token, ImportJob.state.in_(AT_WORK))
            .values(state=State.FAILED, failure=why[:500], worker=None, beat_at=None, stage=None, finished_at=now(), version=ImportJob.version + 1)
        )  # fmt: skip


def _sentence(error: DomainError) -> str:
    return " ".join([str(error.detail), *(found.detail for found in error.errors[:3])])


def _load(import_id: UUID) -> ImportJob:
    """The job as it is now, taken out of the session: its facts stay readable while transactions come and go."""
    end_reading()
    job = db.session.scalars(select(ImportJob).where(ImportJob.id == import_id).execution_options(populate_existing=True)).one()
    db.session.refresh(job)
    db.session.expunge(job)
    end_reading()
    return job


def _samples(rows: Iterator[Raw], names: list[str]) -> dict[str, str]:
    """{column: the first value that stands in it, shortened}, by which people tell what it holds."""
    found: dict[str, str] = {}
    for row in islice(rows, SAMPLE_ROWS):
        for name in names:
            text = str(row.cells.get(name) or "").replace("\x00", "").strip()
            if text and name not in found:
                found[name] = text[:LONGEST_SAMPLE]
    return found


class _Work:
    """One worker's work on one job."""

    def __init__(self, job: ImportJob, token: UUID):
        self.job, self.token = job, token
        self.found: dict[Finding, list[tuple[int, dict[str, Any]]]] = {kind: [] for kind in Finding}
        self._beaten = time.monotonic()

    def do(self) -> None:
        if self.job.state is State.UPLOADED:
            self._check()
        elif self.job.state is State.RUNNING:
            if not holding.left(self.job.id, "rows").exists():  # the check was on another machine, or its leftovers were cleared away
                self._read(self._source(), self._mapping(list(self.job.columns)))
            self._store()

    def _source(self) -> Source:
        options = self.job.options
        return Source(Form(self.job.form), packed=options["packed"], encoding=options["encoding"], delimiter=options["delimiter"])

    def _check(self) -> None:
        """Raises WrongType, Unreadable, Stopped."""
        source = self._source()
        self._beat("reading", 0, at_once=True)
        with reading.table(holding.where(self.job.sha256), source, sheet=self.job.options.get("sheet"), most=holding.MOST_UNPACKED) as table:
            names, sheets, sheet = [name for name in table.columns if name], table.sheets, table.sheet
            samples = _samples(table.rows, names)
        mapping = self._mapping(names)
        asked = mapping is None and bool(columns.unknown(names, self.job.kind))
        lacking = columns.lacks_title((mapping or {}).get(name, columns.meant(name, self.job.kind)) for name in names)
        about: dict[str, Any] = {"columns": names, "options": {**self.job.options, "sheets": sheets[:50], "sheet": sheet}}
        if asked or lacking:
            about["options"] |= {"samples": samples}
            self._settle(State.TO_MAP, {}, about)
            return
        check, unknown = self._read(source, mapping)
        counts = {**asdict(check.counts), "unknown_columns": sorted(unknown)[:50]}
        self._settle(State.CHECKED, counts, {**about, "mapping": mapping})

    def _mapping(self, names: list[str]) -> dict[str, str | None] | None:
        """The one that was given, else what the organisation said of such a header before."""
        if self.job.mapping is not None:
            return {name: self.job.mapping.get(name) for name in self.job.mapping}
        query = select(ColumnMapping.mapping).where(
            ColumnMapping.organization_id == self.job.organization_id, ColumnMapping.kind == self.job.kind, ColumnMapping.header == columns.header_hash(names)
        )  # fmt: skip
        known = db.session.scalar(query)
        end_reading()
        if known is None:
            return None
        by_name = {columns.folded(name): target for name, target in known.items()}
        return {name: by_name[columns.folded(name)] for name in names if columns.folded(name) in by_name}

    def _read(self, source: Source, mapping: dict[str, str | None] | None) -> tuple[Check, set[str]]:
        """Check every row; what is good and what is not lies in files of their own afterwards. Raises Unreadable, Stopped."""
        job = self.job
        segments = queries.segments_by_name(job.fair_id) if job.fair_id else None
        end_reading()
        rows_path, errors_path = holding.left(job.id, "rows"), holding.left(job.id, "errors")
        fresh, wrong = rows_path.with_suffix(f".{self.token}.rows"), errors_path.with_suffix(f".{self.token}.errors")
        translator = Translator(job.kind, mapping)
        try:
            with reading.table(holding.where(job.sha256), source, sheet=job.options.get("sheet"), most=holding.MOST_UNPACKED) as table:
                spool, errors = Spool(fresh), correcting.writer(source.form, wrong, table.columns, delimiter=source.delimiter)
                try:
                    check = Check(job.kind, job.organization_id, segments, spool, self._heard(errors), segment=job.options.get("segment"), for_others=job.for_others)
                    check.run(translator.row(raw) for raw in table.rows)
                finally:
                    spool.close()
                    errors.close()
            fresh.replace(rows_path)
            wrong.replace(errors_path)
        finally:
            fresh.unlink(missing_ok=True)
            wrong.unlink(missing_ok=True)
        return check, translator.unknown

    def _heard(self, errors: correcting.Writer) -> Heard:
        def rejected(row: Row, faults: list[Fault]) -> None:
            errors.add(row.cells, faults)
            for fault in faults:
                self._note(Finding.FAULT, fault)

        def alike(found: Alike) -> None:
            self._keep(Finding.DUPLICATE, found.row, {**asdict(found), "listing_id": str(found.listing_id) if found.listing_id else None})

        def chunk(rows: int) -> None:
            end_reading()
            self._beat("checking", rows)

        return Heard(rejected=rejected, alike=alike, chunk=chunk)

    def _note(self, kind: Finding, fault: Fault) -> None:
        self._keep(kind, fault.row, {name: value for name, value in asdict(fault).items() if name != "row"})

    def _keep(self, kind: Finding, row: int, facts: dict[str, Any]) -> None:
        if len(self.found[kind]) < MOST_KEPT[kind]:
            self.found[kind].append((row, facts))

    def _beat(self, stage: str, rows: int, *, at_once: bool = False) -> None:
        """Say how far it is, once a second. Raises Stopped."""
        if not at_once and time.monotonic() - self._beaten < BEAT_SECONDS:
            return
        self._beaten = time.monotonic()
        with transaction():
            held = db.session.execute(
                update(ImportJob).where(ImportJob.id == self.job.id, ImportJob.worker == self.token, ImportJob.state.in_(AT_WORK))
                .values(stage=stage, progress=rows, beat_at=now()).returning(ImportJob.id)
            ).one_or_none()  # fmt: skip
        if held is None:
            raise Stopped

    def _held(self) -> ImportJob:
        """The job, locked, in a transaction. Raises Stopped."""
        query = select(ImportJob).where(ImportJob.id == self.job.id, ImportJob.worker == self.token, ImportJob.state == self.job.state)
        job = db.session.scalar(query.with_for_update().execution_options(populate_existing=True))
        if job is None:
            raise Stopped
        return job

    def _settle(self, state: State, counts: dict[str, Any], about: dict[str, Any]) -> None:
        """Write down what the check found, all of it at once."""
        with transaction():
            job = self._held()
            job.state, job.counts, job.worker, job.beat_at, job.stage = state, counts, None, None, None
            for name, value in about.items():
                setattr(job, name, value)
            self._write_findings()

    def _write_findings(self) -> None:
        db.session.execute(delete(ImportFinding).where(ImportFinding.import_id == self.job.id))
        found = [(kind, row, facts) for kind, rows in self.found.items() for row, facts in rows]
        if found:
            db.session.execute(insert(ImportFinding), [
                {"id": uuid7(), "import_id": self.job.id, "number": number, "kind": kind, "row": row, "facts": facts}
                for number, (kind, row, facts) in enumerate(found, start=1)
            ])  # fmt: skip

    def _store(self) -> None:
        """All the good rows, or none. Raises Stopped, and what storing refuses with."""
        job = self.job
        self._beat(STORING, 0, at_once=True)
        with transaction():
            held = self._held()
            by = _actor(job)
            fair = db.session.get(Fair, job.fair_id) if job.fair_id else None
            check_right(job.organization_id, fair=fair, publish=job.publish, by=by)
            choices = {int(row): choice for row, choice in job.options.get("choices", {}).items()}
            notes = _Counted(lambda fault: self._note(Finding.NOTE, fault))
            store = Store(job.kind, job.organization_id, fair=fair, publish=job.publish, by=by, choices=choices, otherwise=job.options.get("otherwise", KEEP), note=notes)
            report = store.store(items(holding.left(job.id, "rows")))
            held.counts = {**job.counts, **_counted(report, job.counts), "notes": notes.count}
            held.state, held.worker, held.beat_at, held.stage, held.finished_at = State.DONE, None, None, None, now()
            self._add_notes()
            audit.record("imports.store", f"import:{job.id}", by=by, fair_id=job.fair_id, created=report.created, updated=report.updated, published=report.published)

    def _add_notes(self) -> None:
        """Behind what the check found."""
        if notes := self.found[Finding.NOTE]:
            db.session.execute(delete(ImportFinding).where(ImportFinding.import_id == self.job.id, ImportFinding.kind == Finding.NOTE))
            db.session.execute(insert(ImportFinding), [
                {"id": uuid7(), "import_id": self.job.id, "number": 1_000_000 + number, "kind": Finding.NOTE, "row": row, "facts": facts}
                for number, (row, facts) in enumerate(notes, start=1)
            ])  # fmt: skip


class _Counted:
    """Hands on what it is given, and counts it."""

    def __init__(self, hand_on: Callable[[Fault], None]):
        self.count, self.hand_on = 0, hand_on

    def __call__(self, fault: Fault) -> None:
        self.count += 1
        self.hand_on(fault)


def _counted(report: Report, checked: dict[str, Any]) -> dict[str, int]:
    """rows = accepted + rejected + skipped."""
    names = ("created", "updated", "entered_only", "unchanged", "left_out", "published", "submitted")
    counted = {name: int(getattr(report, name)) for name in names} | {"accepted": report.accepted, "skipped": report.skipped}
    assert counted["accepted"] + counted["skipped"] + checked["rejected"] == checked["rows"], "a row went missing"
    return counted


def _actor(job: ImportJob) -> Actor:
    """The person as they may act now: rights may have ended since the file was handed in."""
    person = db.session.get_one(Person, job.person_id)
    wants = None if job.for_others else job.organization_id
    return actor_of(Identity(person_id=person.id, name=person.name, email=person.email, admin=person.admin, wants_organization=wants))


def gone() -> str:
    """What is said of a worker that came to a bad end."""
    return gettext("Reading the file took more memory or time than there is for it. Nothing was stored. Split the file, or save it as CSV.")
