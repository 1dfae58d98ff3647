"""The computation of a plan: asked for by staff, done by one worker at a time, with progress; cancelled or killed at any moment.

A worker claims the plan with a token of its own and shows by a beat that it lives; one whose beat stopped is claimed by the next,
which begins anew. What was found is written in one transaction with the state that says so.
"""

import logging
import time
from datetime import timedelta
from typing import Any
from uuid import UUID, uuid4

from sqlalchemy import or_, select, update

from marketplace.core import audit, jobs
from marketplace.core.access import Actor
from marketplace.core.clock import now
from marketplace.core.db import db, end_reading, transaction
from marketplace.core.errors import Duplicate, IllegalMove
from marketplace.core.i18n import gettext
from marketplace.core.states import check_move
from marketplace.fairs import queries as fairs
from marketplace.fairs.models import Fair
from marketplace.scheduling import gathering, queries, solver
from marketplace.scheduling.gathering import Problem
from marketplace.scheduling.models import PLAN_MOVES, MeetingPlan, PlanState
from marketplace.scheduling.planning.answering import seats_of
from marketplace.scheduling.planning.instance import Seat, to_json
from marketplace.scheduling.planning.verifying import faults

log = logging.getLogger(__name__)
STALE = timedelta(seconds=30)
"""A worker that gave no sign for so long is gone."""
BEAT_SECONDS = 1.0
TASK = "scheduling.compute"


class Stopped(Exception):
    """The plan was cancelled, or another worker has it."""


def ask(fair_id: UUID, *, by: Actor) -> MeetingPlan:
    """Have a plan computed from what was said by now; one at a time. Raises Forbidden, NotFound, IllegalMove, Duplicate."""
    by.require(queries.MANAGE, fair_id=fair_id)
    db.session.scalar(select(Fair.id).where(Fair.id == fair_id).with_for_update(key_share=True))
    call, fair = queries.get_call(fair_id), fairs.get(fair_id)
    if fair.closed_at is not None:
        raise IllegalMove(gettext("This fair is closed."))
    if db.session.scalar(queries.plans(fair_id).where(MeetingPlan.state == PlanState.COMPUTING).limit(1)) is not None:
        raise Duplicate(gettext("A plan of this fair is being computed. Wait for it, or cancel it."))
    plan = MeetingPlan(fair_id=fair_id, state=PlanState.COMPUTING, asked_by=by.person_id, seconds=call.seconds, progress={}, result={}, created_at=now())
    db.session.add(plan)
    db.session.flush()
    audit.record("scheduling.compute", f"plan:{plan.id}", by=by, fair_id=fair_id)
    jobs.enqueue(TASK, plan_id=str(plan.id))
    return plan


def cancel(plan_id: UUID, *, by: Actor) -> MeetingPlan:
    """Give a plan up that is being computed or waits to be published. Pressed again, it stays so. Raises NotFound, IllegalMove."""
    plan = queries.get_plan(plan_id, by=by, lock=True)
    if plan.state is PlanState.CANCELLED:
        return plan
    plan.state = check_move(PLAN_MOVES, plan.state, PlanState.CANCELLED)
    plan.worker, plan.finished_at = None, now()
    audit.record("scheduling.cancel", f"plan:{plan.id}", by=by, fair_id=plan.fair_id)
    db.session.flush()
    return plan


def claim(plan_id: UUID) -> UUID | None:
    """A token for a plan that waits to be computed; None when there is none or somebody is at it."""
    token, moment = uuid4(), now()
    free = or_(MeetingPlan.worker.is_(None), MeetingPlan.beat_at.is_(None), MeetingPlan.beat_at < moment - STALE)
    with transaction():
        taken = db.session.execute(
            update(MeetingPlan)
            .where(MeetingPlan.id == plan_id, MeetingPlan.state == PlanState.COMPUTING, free)
            .values(worker=token, beat_at=moment)
            .returning(MeetingPlan.id)
        ).one_or_none()
    return token if taken is not None else None


def run(plan_id: UUID, token: UUID) -> None:
    """Compute it and write down what was found, or that it failed. Nothing when it was cancelled meanwhile."""
    try:
        _compute(plan_id, token)
    except Stopped:
        log.info("plan %s was stopped", plan_id)
    except Exception:
        log.exception("plan %s failed", plan_id)
        fail(plan_id, token)


def _compute(plan_id: UUID, token: UUID) -> None:
    end_reading()
    plan = db.session.get_one(MeetingPlan, plan_id, populate_existing=True)
    seconds, fair = plan.seconds, fairs.get(plan.fair_id)
    found = gathering.problem(fair, queries.get_call(fair.id))
    question = {"task": "plan", "instance": to_json(found.instance), "seconds": seconds, "seed": 0}
    db.session.expunge_all()
    end_reading()
    answer = solver.solve(question, heard=_Beat(plan_id, token))
    seats = seats_of(answer["seats"])
    if broken := faults(found.instance, seats):
        raise solver.SolverFailed(f"a plan that does not hold: {broken[0]}")
    _settle(plan_id, token, found, seats, answer)


class _Beat:
    """Writes down how far it is, at most once a second. Raises Stopped."""

    def __init__(self, plan_id: UUID, token: UUID):
        self.plan_id, self.token = plan_id, token
        self.line: dict[str, Any] = {"stage": None}
        self.beaten = 0.0

    def __call__(self, line: dict[str, Any] | None) -> None:
        fresh = line is not None and line["stage"] != self.line["stage"]
        self.line = line or self.line
        if not fresh and time.monotonic() - self.beaten < BEAT_SECONDS:
            return
        self.beaten = time.monotonic()
        with transaction():
            held = db.session.execute(
                update(MeetingPlan)
                .where(MeetingPlan.id == self.plan_id, MeetingPlan.worker == self.token, MeetingPlan.state == PlanState.COMPUTING)
                .values(stage=self.line["stage"], progress={"best": self.line.get("best"), "bound": self.line.get("bound")}, beat_at=now())
                .returning(MeetingPlan.id)
            ).one_or_none()
        if held is None:
            raise Stopped


def _held(plan_id: UUID, token: UUID) -> MeetingPlan | None:
    """The plan, locked, in a transaction; None when it is not this worker's any more."""
    query = select(MeetingPlan).where(MeetingPlan.id == plan_id, MeetingPlan.worker == token, MeetingPlan.state == PlanState.COMPUTING)
    return db.session.scalar(query.with_for_update().execution_options(populate_existing=True))


def _settle(plan_id: UUID, token: UUID, found: Problem, seats: dict[int, Seat], answer: dict[str, Any]) -> None:
    with transaction():
        plan = _held(plan_id, token)
        if plan is None:
            raise Stopped
        db.session.add_all(found.row(plan_id, number, seat) for number, seat in sorted(seats.items()))
        plan.state, plan.worker, plan.beat_at, plan.stage, plan.finished_at = PlanState.READY, None, None, None, now()
        plan.result = {
            "best": answer["reached"], "bound": answer["bound"], "greedy": answer["greedy"], "seconds": answer["seconds"],
            "meetings": len(seats), "pairs": len(found.pairs.pairs), "possible": len(found.instance.possible),
            "people": len(found.instance.wishers), "nobody": len(found.pairs.nobody), "met": len(found.pairs.met),
            "without": _without(found, seats), "interpreted": sum(seat.interpreter >= 0 for seat in seats.values()),
        }  # fmt: skip


def _without(found: Problem, seats: dict[int, Seat]) -> list[str]:
    """Organisations of people who wish for a meeting that could be held, and who have none."""
    happy = {person for number in seats for person in found.instance.wishes[number].people}
    unhappy = {found.people[person] for person in found.instance.wishers - happy}
    both = (one for pair in found.pairs.pairs for one in (pair.sender, pair.receiver))
    return sorted({str(one.organization_id) for one in both if one.person_id in unhappy})


def fail(plan_id: UUID, token: UUID) -> None:
    """Nothing if it is not this worker's any more."""
    end_reading()
    with transaction():
        plan = _held(plan_id, token)
        if plan is not None:
            plan.state, plan.worker, plan.beat_at, plan.stage, plan.finished_at = PlanState.FAILED, None, None, None, now()
