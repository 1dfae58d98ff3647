"""Who works on files: this process on small ones, a process of its own on large ones, so that others' pages stay quick."""

import logging
import os
import subprocess
import sys
import threading
from datetime import timedelta
from uuid import UUID

from flask import Flask, current_app
from sqlalchemy import or_, select

from config import ROOT
from marketplace.core.clock import now
from marketplace.core.db import db, end_reading
from marketplace.core.i18n import speaking
from marketplace.core.jobs import task
from marketplace.imports import holding, working
from marketplace.imports.models import AT_WORK, ImportJob

log = logging.getLogger(__name__)
SMALL_BYTES = 256 * 1024
"""A file of so many bytes is read in less time than a process takes to start."""
AT_ONCE = 2
"""So many processes of its own one server starts; further files wait."""
KEPT = timedelta(days=60)
_children: set[int] = set()


@task("imports.work", outside=True)
def work(*, job_id: str) -> None:
    """Check or store a file; harmless to repeat."""
    import_id = UUID(job_id)
    size = db.session.scalar(select(ImportJob.size_bytes).where(ImportJob.id == import_id))
    end_reading()
    if size is None:
        return
    if size > SMALL_BYTES and not current_app.testing:
        _start(import_id)
    elif (token := working.claim(import_id)) is not None:
        working.run(import_id, token)


def _start(import_id: UUID) -> None:
    """A process of its own; when it comes to a bad end, the job says so."""
    if len(_children) >= AT_ONCE:
        return  # `resume` looks again
    token = working.claim(import_id)
    if token is None:
        return
    command = [sys.executable, "-m", "flask", "--app", "wsgi", "listings", "work", str(import_id), str(token)]
    child = subprocess.Popen(command, cwd=ROOT, env=os.environ, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL)
    _children.add(child.pid)
    app: Flask = current_app._get_current_object()  # type: ignore[attr-defined]
    threading.Thread(target=_wait, args=(app, child, import_id, token), name="import", daemon=True).start()


def _wait(app: Flask, child: "subprocess.Popen[bytes]", import_id: UUID, token: UUID) -> None:
    code = child.wait()
    _children.discard(child.pid)
    if code == 0:
        return
    log.error("the process of import %s ended with %s", import_id, code)
    with app.app_context():
        try:
            language = db.session.scalar(select(ImportJob.options).where(ImportJob.id == import_id)) or {}
            end_reading()
            with speaking(language.get("language", "en")):
                working.fail(import_id, token, working.gone())
        finally:
            db.session.remove()


@task("imports.resume", every=timedelta(seconds=5))
def resume() -> None:
    """Go on with files whose worker is gone, or for which there was none. Harmless to repeat."""
    stale = or_(ImportJob.worker.is_(None), ImportJob.beat_at < now() - working.STALE)
    waiting = list(db.session.scalars(select(ImportJob.id).where(ImportJob.state.in_(AT_WORK), stale, ImportJob.created_at < now() - timedelta(seconds=5)).limit(AT_ONCE)))
    end_reading()
    for import_id in waiting:
        work(job_id=str(import_id))


@task("imports.clear", every=timedelta(hours=6))
def clear() -> None:
    """Delete files that nobody has touched for `KEPT`, but for those at work. Harmless to repeat."""
    if not holding.root().exists():
        return
    query = select(ImportJob.id, ImportJob.sha256).where(ImportJob.state.in_(AT_WORK))
    used = {text for row in db.session.execute(query) for text in (str(row.id), row.sha256)}
    end_reading()
    oldest = (now() - KEPT).timestamp()
    for path in sorted(path for path in holding.root().rglob("*") if path.is_file()):
        if path.stat().st_mtime < oldest and path.name.split(".")[0] not in used:
            path.unlink(missing_ok=True)


def limit_memory() -> None:
    """Of a process of its own: it gives way to others, and ends before it takes the machine's memory."""
    import resource

    os.nice(10)
    most = 1536 * 1024 * 1024
    resource.setrlimit(resource.RLIMIT_DATA, (most, most))
