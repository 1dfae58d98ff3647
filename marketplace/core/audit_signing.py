"""Writing checkpoints: by a clock while there is something new, and by command; and accepting a database that was set back."""

import logging
import time
from collections.abc import Iterator
from datetime import datetime, timedelta
from itertools import pairwise
from uuid import UUID, uuid4

from flask import current_app
from sqlalchemy import select

from config import Config
from marketplace.core import audit, jobs
from marketplace.core.audit import HEAD, ROWS, CheckpointLog
from marketplace.core.audit_chain import GENESIS
from marketplace.core.audit_checkpoints import (
    MARK,
    CheckpointError,
    Forged,
    Line,
    append,
    file,
    last,
    locked,
    marks,
    read,
    rollbacks,
    signing_key,
)
from marketplace.core.clock import now
from marketplace.core.db import db, end_reading, transaction

log = logging.getLogger("audit")
ROWS_EACH = 1000  # rows that one line covers, at most
LOOK_EVERY = timedelta(seconds=2)
SAY_AGAIN = 60.0  # seconds


class SetBack(CheckpointError):
    """The database is not the one that the newest checkpoint saw: it is behind it, or went another way."""

    def __init__(self, *, seq: int, signed: int):
        super().__init__(
            f"The database is not the one that was signed: the newest checkpoint states row {signed}, the database "
            + (f"ends at row {seq}." if seq < signed else "has another row there.")
        )
        self.seq, self.signed = seq, signed


def head() -> tuple[int, str]:
    """The committed end of the chain. Raises CheckpointError when its row is gone."""
    found = db.session.execute(select(HEAD.c.seq, HEAD.c.hash).where(HEAD.c.id == 1)).one_or_none()
    if found is None:
        raise CheckpointError("the head of the audit chain is gone")
    return found.seq, found.hash


def hash_at(seq: int) -> str | None:
    return GENESIS if seq == 0 else db.session.scalar(select(ROWS.c.hash).where(ROWS.c.seq == seq))


def compare(newest: Line | None) -> tuple[int, str]:
    """The end of the chain, if the database contains what the newest checkpoint states. Raises SetBack."""
    seq, hash_ = head()
    if newest is not None and (seq < newest.seq or hash_at(newest.seq) != newest.hash):
        raise SetBack(seq=seq, signed=newest.seq)
    return seq, hash_


def write(*, wait: bool = True, only_when_due: bool = False) -> Line | None:
    """Sign what is new; the newest line, or None when there is nothing to sign. Not inside a transaction. Raises CheckpointError."""
    settings: Config = current_app.config["SETTINGS"]
    with locked(settings, wait=wait) as ours:
        if not ours:
            return None
        end_reading()
        newest = last(file(settings))
        seq, _ = compare(newest)
        if newest is None and db.session.scalar(select(CheckpointLog.id).limit(1)) is not None:
            raise CheckpointError(f"{file(settings)} is missing, though lines were written: put it back, or begin another with --new-file.")
        signed = newest.seq if newest else 0
        if seq == signed or (only_when_due and not _due(newest, seq - signed, settings)):
            end_reading()
            return newest if seq == signed else None
        lines = list(_lines(newest, seq, settings))
        end_reading()
        append(file(settings), lines)
        _remember(lines[-1])
        return lines[-1]


def _due(newest: Line | None, new: int, settings: Config) -> bool:
    if newest is None or new >= ROWS_EACH:
        return True
    age = (now() - datetime.fromisoformat(newest.at)).total_seconds()
    return not 0 <= age < settings.checkpoint_seconds


def _lines(newest: Line | None, seq: int, settings: Config) -> Iterator[Line]:
    key, before = signing_key(settings), newest
    signed = newest.seq if newest else 0
    ends = [*range(signed, seq, ROWS_EACH), seq]
    for start, end in pairwise(ends):
        hashes = db.session.scalars(select(ROWS.c.hash).where(ROWS.c.seq > start, ROWS.c.seq <= end).order_by(ROWS.c.seq)).all()
        if len(hashes) != end - start:
            raise CheckpointError(f"Rows are missing between {start} and {end}: run `flask audit verify`.")
        before = _next(before, kind="checkpoint", start=start + 1, seq=end, hash_=hashes[-1], rows="".join(one[:MARK] for one in hashes)).signed(key)
        yield before


def _next(before: Line | None, *, kind: str, start: int, seq: int, hash_: str, rows: str) -> Line:
    return Line(
        log=before.log if before else str(uuid4()), line=before.line + 1 if before else 1, kind=kind, at=now().isoformat(),
        start=start, seq=seq, hash=hash_, rows=rows, prev=before.digest() if before else GENESIS,
    )  # fmt: skip


def _remember(line: Line) -> None:
    with transaction():
        row = db.session.get(CheckpointLog, UUID(line.log), with_for_update=True)
        if row is None:
            db.session.add(row := CheckpointLog(id=UUID(line.log)))
        row.lines, row.seq, row.at = line.line, line.seq, now()


def begin_new_file() -> None:
    """Give up a file of checkpoints that is lost for good; an audit row keeps how far it went. Raises CheckpointError when it is there."""
    settings: Config = current_app.config["SETTINGS"]
    with locked(settings, wait=True):
        if file(settings).exists():
            raise CheckpointError(f"{file(settings)} is there.")
        with transaction():
            for row in db.session.scalars(select(CheckpointLog)):
                audit.record("audit.new_checkpoints", f"checkpoints:{row.id}", by=None, lines=row.lines, signed=row.seq)
                db.session.delete(row)


def accept_rollback() -> Line | None:
    """Sign that the database was set back and is right as it is now; None when it was not. Later verifications name it.

    Writes the audit row ``audit.accept_rollback`` and the checkpoints of what the database has. Raises CheckpointError.
    """
    settings: Config = current_app.config["SETTINGS"]
    with locked(settings, wait=True):
        end_reading()
        newest = last(file(settings))
        try:
            compare(newest)
            return None
        except SetBack as set_back:
            signed = set_back.signed
        finally:
            end_reading()
        assert newest is not None
        key = signing_key(settings)
        common = _last_common(settings)
        hash_ = hash_at(common)
        end_reading()
        if hash_ is None:
            raise CheckpointError(f"Row {common} is missing: run `flask audit verify`.")
        with transaction():
            audit.record("audit.accept_rollback", f"checkpoints:{newest.log}", by=None, signed=signed, kept=common, line=newest.line + 1)
        line = _next(newest, kind="rollback", start=signed, seq=common, hash_=hash_, rows="").signed(key)
        append(file(settings), [line])
        _remember(line)
    write()
    return line


def _last_common(settings: Config) -> int:
    """The last row up to which the database is as it was signed. Raises CheckpointError when the file is forged."""
    common, path, key = 0, file(settings), signing_key(settings).public_key()
    rows = db.session.execute(select(ROWS.c.seq, ROWS.c.hash).order_by(ROWS.c.seq).execution_options(yield_per=ROWS_EACH))
    try:
        stated = marks(read(path, key), rollbacks(read(path, key)))
        for (seq, mark), row in zip(stated, rows, strict=False):
            if (row.seq, row.hash[: len(mark)]) != (seq, mark):
                break
            common = seq
    except Forged as forged:
        raise CheckpointError(f"Line {forged.line} of {path}: {forged.why}.") from forged
    finally:
        rows.close()
    return common


@jobs.task("audit.checkpoint", every=LOOK_EVERY)
def tick() -> None:
    """Sign what is new when it is time to; another process that does it already is enough."""
    try:
        write(wait=False, only_when_due=True)
    except CheckpointError as error:
        end_reading()
        if time.monotonic() - _said.get(str(error), -SAY_AGAIN) >= SAY_AGAIN:
            _said[str(error)] = time.monotonic()
            log.error("no checkpoint is written: %s", error)


_said: dict[str, float] = {}
