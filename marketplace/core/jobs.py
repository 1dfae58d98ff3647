"""Work after the answer: an outbox row written with its cause, done by Celery, once.

A task is declared with `task`, asked for with `enqueue` inside the transaction that causes it. After the commit a nudge
goes to Celery: in this process when no broker is set, over Redis or RabbitMQ to any number of machines otherwise. A lost
nudge loses nothing: `sweep` finds rows that are due. A row is taken by one worker at a time (a lease in the row) and is
done in the transaction of its effect; what has its effect outside, such as a mail, is done before that transaction.
"""

import logging
import threading
import time
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from celery import Celery
from flask import Flask, current_app
from sqlalchemy import Index, String, case, literal, or_, select, update
from sqlalchemy.orm import Mapped, mapped_column

from marketplace.core.clock import now
from marketplace.core.db import Id, Model, Moment, after_commit, db, end_reading, transaction

log = logging.getLogger(__name__)
AT_ONCE = 50
"""How many jobs one look finds."""
LEASE, LEASE_OUTSIDE = timedelta(seconds=60), timedelta(seconds=120)
OUTSIDE: set[str] = set()
TASKS: dict[str, Callable[..., None]] = {}
EVERY: dict[str, timedelta] = {}


class OutboxRow(Model):
    """One job: its task, its arguments, when it is due, and how it went."""

    __tablename__ = "outbox"
    __table_args__ = (Index("ix_outbox_due", "done_at", "due_at"),)

    id: Mapped[Id]
    task: Mapped[str] = mapped_column(String(80))
    payload: Mapped[dict[str, Any]]
    created_at: Mapped[datetime]
    due_at: Mapped[datetime]
    taken_until: Mapped[datetime | None]
    done_at: Mapped[datetime | None]
    attempts: Mapped[int] = mapped_column(default=0)
    last_error: Mapped[str | None] = mapped_column(String(300))


def task(name: str, *, every: timedelta | None = None, outside: bool = False) -> Callable[[Callable[..., None]], Callable[..., None]]:
    """Declare a task: a function of its payload that opens no transaction; the job's own is open when it runs.

    ``every`` makes it run on a clock as well, without a row (it must be harmless to repeat); then it opens its own.
    ``outside``: it runs without a transaction, so that a slow server, or long computing, keeps no writer waiting; it touches no
    row, or opens transactions of its own and may be repeated. It has to end within `LEASE_OUTSIDE`.
    """

    def mark(run: Callable[..., None]) -> Callable[..., None]:
        TASKS[name] = run
        if every is not None:
            EVERY[name] = every
        if outside:
            OUTSIDE.add(name)
        return run

    return mark


def enqueue(name: str, *, due_in: timedelta = timedelta(0), **payload: Any) -> UUID:
    """Promise the work, inside the open transaction. ``payload`` is JSON."""
    if name not in TASKS:
        raise KeyError(name)
    moment = now()
    row = OutboxRow(task=name, payload=payload, created_at=moment, due_at=moment + due_in, attempts=0)
    db.session.add(row)
    db.session.flush()
    row_id = row.id
    if not due_in:
        after_commit(lambda: nudge(row_id))
    return row_id


def nudge(row_id: UUID) -> None:
    """Tell a worker now; if nobody hears it, the next sweep does."""
    runner: Runner | None = current_app.extensions.get("jobs_runner")
    if runner is not None:
        runner.wake()
        return
    celery: Celery = current_app.extensions["celery"]
    try:
        celery.send_task("jobs.run", args=[str(row_id)], retry=False)
    except Exception as error:  # the broker is down: the row waits in the outbox
        log.warning("broker does not answer, job %s waits: %s", row_id, type(error).__name__)


def run(row_id: UUID) -> bool:
    """Do one job if it is due and free; True when it was done. A failure is kept and tried again later."""
    moment = now()
    free = or_(OutboxRow.taken_until.is_(None), OutboxRow.taken_until < moment)
    until = case((OutboxRow.task.in_(sorted(OUTSIDE)), literal(moment + LEASE_OUTSIDE, Moment)), else_=literal(moment + LEASE, Moment))
    with transaction():
        taken = db.session.execute(
            update(OutboxRow)
            .where(OutboxRow.id == row_id, OutboxRow.done_at.is_(None), OutboxRow.due_at <= moment, free)
            .values(taken_until=until, attempts=OutboxRow.attempts + 1)
            .returning(OutboxRow.task, OutboxRow.payload)
        ).one_or_none()
    if taken is None:
        return False
    name, payload = taken
    try:
        if name in OUTSIDE:
            TASKS[name](**payload)
        with transaction():
            row = db.session.get(OutboxRow, row_id, with_for_update=True)
            if row is None or row.done_at is not None:
                return False
            if name not in OUTSIDE:
                TASKS[name](**payload)
            row.done_at, row.taken_until, row.last_error = now(), None, None
        return True
    except Exception as error:
        log.exception("job %s failed", row_id)
        with transaction():
            row = db.session.get(OutboxRow, row_id)
            if row is not None:
                wait = min(timedelta(seconds=5 * 2 ** min(row.attempts, 12)), timedelta(hours=6))
                row.taken_until, row.due_at = None, now() + wait
                row.last_error = f"{type(error).__name__}: {error}"[:300]
        return False


def due(limit: int = AT_ONCE) -> list[UUID]:
    """The jobs that nobody holds and whose time has come, oldest first."""
    moment = now()
    free = or_(OutboxRow.taken_until.is_(None), OutboxRow.taken_until < moment)
    query = select(OutboxRow.id).where(OutboxRow.done_at.is_(None), OutboxRow.due_at <= moment, free)
    found = list(db.session.scalars(query.order_by(OutboxRow.due_at).limit(limit)))
    end_reading()
    return found


def sweep() -> int:
    """Do everything that is due, here; returns how many jobs were done."""
    return sum(run(row_id) for row_id in due())


def run_every(last: dict[str, float]) -> None:
    """Run the clocked tasks whose time has come; ``last`` is this caller's memory."""
    for name, period in EVERY.items():
        if name not in last or time.monotonic() - last[name] >= period.total_seconds():
            last[name] = time.monotonic()
            try:
                TASKS[name]()
            except Exception:
                log.exception("clocked task %s failed", name)
            finally:
                db.session.remove()


class Runner(threading.Thread):
    """Without a broker: Celery's tasks, run eagerly on one thread of this process, woken by each commit."""

    def __init__(self, app: Flask, period: float = 1.0):
        super().__init__(name="jobs", daemon=True)
        self.app, self.period = app, period
        self._wake, self._ended = threading.Event(), threading.Event()

    def wake(self) -> None:
        self._wake.set()

    def stop(self) -> None:
        self._ended.set()
        self._wake.set()
        self.join(10)

    def run(self) -> None:
        last: dict[str, float] = {}
        with self.app.app_context():
            while not self._ended.is_set():
                self._wake.wait(self.period)
                self._wake.clear()
                try:
                    celery: Celery = self.app.extensions["celery"]
                    waiting = due()
                    for row_id in waiting:
                        celery.tasks["jobs.run"].apply(args=[str(row_id)])
                    run_every(last)
                    if len(waiting) >= AT_ONCE:
                        self.wake()  # there is more
                except Exception:
                    log.exception("the jobs thread stumbled")
                    time.sleep(1)
                finally:
                    db.session.remove()


def start_runner(app: Flask) -> Runner:
    """Start this process's job thread. Call it after the fork, once a process."""
    runner = Runner(app)
    app.extensions["jobs_runner"] = runner
    runner.start()
    return runner


def register(app: Flask) -> None:
    settings = app.config["SETTINGS"]
    celery = Celery("marketplace", broker=settings.broker_url or "memory://", set_as_current=False)
    celery.conf.update(
        task_acks_late=True,
        worker_prefetch_multiplier=1,
        task_ignore_result=True,
        broker_connection_retry_on_startup=True,
        broker_transport_options={"visibility_timeout": 120, "polling_interval": 0.02, "socket_connect_timeout": 2},
        beat_schedule={"sweep": {"task": "jobs.sweep", "schedule": 2.0}, "clock": {"task": "jobs.clock", "schedule": 1.0}},
    )
    last: dict[str, float] = {}

    @celery.task(name="jobs.run")  # type: ignore[untyped-decorator]
    def run_row(row_id: str) -> bool:
        with app.app_context():
            return run(UUID(row_id))

    @celery.task(name="jobs.sweep")  # type: ignore[untyped-decorator]
    def sweep_rows() -> int:
        with app.app_context():
            return sweep()

    @celery.task(name="jobs.clock")  # type: ignore[untyped-decorator]
    def clock() -> None:
        with app.app_context():
            run_every(last)

    app.extensions["celery"] = celery
