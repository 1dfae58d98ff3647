"""The stages of a fair's negotiations for its staff: how many stand where, for how long, which wait too long; never who or what."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, Select, and_, case, func, or_, select

from marketplace.core.access import Actor
from marketplace.core.clock import now, today
from marketplace.core.db import db
from marketplace.core.pages import Page, paged
from marketplace.fairs.models import Fair
from marketplace.negotiations import due, queries, rules
from marketplace.negotiations.models import Negotiation, Stage

WAITING = ("stalled", "late")


@dataclass(frozen=True, slots=True, kw_only=True)
class State:
    """All that fair staff learn of a thread: that it exists, where it stands, since when, which side must move and by when."""

    id: UUID
    reference: str
    stage: Stage
    sent_at: datetime
    moved_at: datetime
    side_to_move: str
    due_on: Any
    stalled: bool
    late: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class StageCount:
    """How many of a fair's threads stand at a stage, and when the one that waits longest last moved."""

    stage: Stage
    count: int
    stalled: int
    late: int
    oldest: datetime | None


def _stalled(fair: Fair, at: datetime) -> ColumnElement[bool]:
    """`due.stalled`, for many."""
    quiet = due.quiet_since(at, queries.days_of(fair.id))
    return and_(Negotiation.ended_at.is_(None), Negotiation.stage.not_in(due.STILL), Negotiation.moved_at < quiet)


def _late(fair: Fair) -> ColumnElement[bool]:
    return and_(Negotiation.due_on.is_not(None), Negotiation.due_on < today(fair.time_zone))


def states(
    *, by: Actor, fair: Fair, stage: Stage | None = None, waiting: str | None = None, limit: int = 20, cursor: str | None = None, bound_to: str = ""
) -> Page:
    """A fair's threads as its staff may see them: a page of `State`, the latest first; ``waiting`` is None or one of `WAITING`. Raises Forbidden."""
    by.require("negotiations.staff", fair_id=fair.id)
    at = now()
    tests = {"stalled": _stalled(fair, at), "late": _late(fair)}
    query: Select[Any] = select(Negotiation).add_columns(tests["stalled"].label("stalled"), tests["late"].label("late"), Negotiation.sent_at, Negotiation.id)
    query = query.where(Negotiation.fair_id == fair.id)
    if stage is not None:
        query = query.where(Negotiation.stage == stage)
    if waiting is not None:
        query = query.where(tests[waiting])
    page = paged(query, [Negotiation.sent_at, Negotiation.id], limit=limit, cursor=cursor, bound_to=bound_to, scalars=False)
    return Page(_states(page.rows, at), page.next)


def _states(rows: Sequence[Any], at: datetime) -> list[State]:
    ids = [row[0].id for row in rows]
    rounds, handed = queries.rounds_by_thread(ids), queries.handed_over(ids)
    return [
        State(
            id=thread.id, reference=thread.reference, stage=thread.stage, sent_at=thread.sent_at, moved_at=thread.moved_at, due_on=thread.due_on,
            side_to_move=rules.side_to_move(thread, rounds[thread.id], at=at, handed=thread.id in handed), stalled=bool(stalled), late=bool(late),
        )
        for thread, stalled, late, *_ in rows
    ]  # fmt: skip


def counts(*, by: Actor, fair: Fair) -> list[StageCount]:
    """How many threads stand at each stage, in the order of a deal; one query. Raises Forbidden."""
    by.require("negotiations.staff", fair_id=fair.id)
    stalled, late = (func.sum(case((test, 1), else_=0)) for test in (_stalled(fair, now()), _late(fair)))
    query = select(Negotiation.stage, func.count(), stalled, late, func.min(Negotiation.moved_at)).where(Negotiation.fair_id == fair.id)
    found = {row[0]: row for row in db.session.execute(query.group_by(Negotiation.stage))}
    return [
        StageCount(stage=stage, count=found[stage][1], stalled=int(found[stage][2]), late=int(found[stage][3]), oldest=found[stage][4])
        if stage in found
        else StageCount(stage=stage, count=0, stalled=0, late=0, oldest=None)
        for stage in Stage
    ]


def stalled_count(*, by: Actor) -> int:
    """How many threads have stalled at the fairs that are open where this person works, for the day page."""
    open_ones = db.session.scalars(select(Fair).where(Fair.id.in_(by.fairs_where("negotiations.staff")), Fair.closed_at.is_(None)))
    tests = [and_(Negotiation.fair_id == fair.id, _stalled(fair, now())) for fair in open_ones]
    return db.session.scalar(select(func.count()).select_from(Negotiation).where(or_(*tests))) or 0 if tests else 0
