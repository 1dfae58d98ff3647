"""Who computes: a thread of this server that waits for the solving process, so that no other job waits for it."""

import logging
import threading
from collections.abc import Callable
from datetime import timedelta
from uuid import UUID

from flask import Flask, current_app
from sqlalchemy import or_, select

from marketplace.core.clock import now
from marketplace.core.db import db, end_reading
from marketplace.core.jobs import task
from marketplace.scheduling import computing, repairing
from marketplace.scheduling.models import ChangeState, MeetingPlan, PlanChange, PlanState

log = logging.getLogger(__name__)
_busy = {computing.TASK: threading.Semaphore(1), repairing.TASK: threading.Semaphore(1)}
"""One plan and one repair at a time on a server; others wait until it is done."""


@task(computing.TASK, outside=True)
def compute(*, plan_id: str) -> None:
    """Compute a plan; harmless to repeat."""
    _work(computing.TASK, UUID(plan_id), computing.claim, computing.run)


@task(repairing.TASK, outside=True)
def repair(*, change_id: str) -> None:
    """Compute the repairs of a change; harmless to repeat."""
    _work(repairing.TASK, UUID(change_id), repairing.claim, repairing.run)


def _work(name: str, row_id: UUID, claim: Callable[[UUID], UUID | None], run: Callable[[UUID, UUID], None]) -> None:
    if not _busy[name].acquire(blocking=False):
        return  # `resume` looks again
    app: Flask = current_app._get_current_object()  # type: ignore[attr-defined]
    handed_on = False
    try:
        token = claim(row_id)
        if token is not None and app.testing:
            _with_own_session(app, row_id, token, run)
        elif token is not None:
            threading.Thread(target=_run, args=(app, name, row_id, token, run), name=name, daemon=True).start()
            handed_on = True
    finally:
        if not handed_on:
            _busy[name].release()


def _run(app: Flask, name: str, row_id: UUID, token: UUID, run: Callable[[UUID, UUID], None]) -> None:
    try:
        _with_own_session(app, row_id, token, run)
    finally:
        _busy[name].release()


def _with_own_session(app: Flask, row_id: UUID, token: UUID, run: Callable[[UUID, UUID], None]) -> None:
    with app.app_context():
        try:
            run(row_id, token)
        finally:
            db.session.remove()


@task("scheduling.resume", every=timedelta(seconds=5))
def resume() -> None:
    """Go on with what nobody computes: its worker is gone, or there was none. Harmless to repeat."""
    moment = now()
    stale, waited = moment - computing.STALE, moment - timedelta(seconds=3)
    for model, state, work in ((MeetingPlan, PlanState.COMPUTING, _again_plan), (PlanChange, ChangeState.COMPUTING, _again_change)):
        query = select(model.id).where(model.state == state, or_(model.worker.is_(None), model.beat_at < stale), model.created_at < waited)
        found = db.session.scalar(query.order_by(model.created_at).limit(1))
        end_reading()
        if found is not None:
            work(found)


def _again_plan(plan_id: UUID) -> None:
    compute(plan_id=str(plan_id))


def _again_change(change_id: UUID) -> None:
    repair(change_id=str(change_id))
