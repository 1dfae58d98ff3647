"""Who has to be reminded of which moves, once a day at most, and which talks have rested long enough."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from datetime import date, timedelta
from uuid import UUID
from zoneinfo import ZoneInfo

from sqlalchemy import ColumnElement, or_, select, update

from marketplace.core import audit, jobs
from marketplace.core.clock import now, today
from marketplace.core.db import db
from marketplace.fairs.models import Fair
from marketplace.negotiations import due, queries, staging, steps
from marketplace.negotiations.models import Negotiation, Stage

EIGHT = 8
MOST = 50
"""How many threads one mail names; it says how many more there are."""


def awake() -> list[tuple[UUID, date]]:
    """(fair, the day it is there) of each open fair where it is past eight in the morning."""
    fairs = db.session.scalars(select(Fair).where(Fair.closed_at.is_(None)))
    return [(fair.id, today(fair.time_zone)) for fair in fairs if now().astimezone(ZoneInfo(fair.time_zone)).hour >= EIGHT]


def due_now(fair_id: UUID, day: date) -> dict[UUID, list[UUID]]:
    """{organisation: its threads at a fair that it is reminded of on a day}; none for who was reminded there on this day already."""
    waiting = select(Negotiation.move_of_id, Negotiation.id).where(
        Negotiation.fair_id == fair_id, Negotiation.due_on.in_(due.reminding_days(day)), Negotiation.ended_at.is_(None)
    )
    found: dict[UUID, list[UUID]] = defaultdict(list)
    for organization_id, negotiation_id in db.session.execute(waiting.order_by(Negotiation.due_on, Negotiation.id)):
        if organization_id is not None:
            found[organization_id].append(negotiation_id)
    told = _told(fair_id, found, day)
    return {organization_id: ids for organization_id, ids in found.items() if organization_id not in told}


def _told(fair_id: UUID, organizations: Iterable[UUID], day: date) -> set[UUID]:
    """Those of these organisations that were reminded of any thread at this fair on this day, also of one that moved on since."""
    ids = list(organizations)
    sides: set[UUID] = set()
    for side, reminded_on in ((Negotiation.provider_id, Negotiation.provider_reminded_on), (Negotiation.recipient_id, Negotiation.recipient_reminded_on)):
        sides.update(db.session.scalars(select(side).where(Negotiation.fair_id == fair_id, side.in_(ids), reminded_on == day)))
    return sides


def mark(organization_id: UUID, negotiation_ids: Sequence[UUID], day: date) -> None:
    """Mark the threads as reminded of and ask for the mail; a worker that comes second finds none left."""
    marked: list[UUID] = []
    for side, reminded_on in ((Negotiation.provider_id, "provider_reminded_on"), (Negotiation.recipient_id, "recipient_reminded_on")):
        column = getattr(Negotiation, reminded_on)
        marking = update(Negotiation).where(
            Negotiation.id.in_(negotiation_ids), side == organization_id, Negotiation.move_of_id == organization_id, _another_day(column, day)
        )
        changed = db.session.execute(marking.values({reminded_on: day}).returning(Negotiation.id), execution_options={"synchronize_session": False})
        marked.extend(changed.scalars())
    if marked:
        names = [str(found) for found in negotiation_ids if found in marked]
        jobs.enqueue("negotiations.remind", organization_id=str(organization_id), negotiation_ids=names[:MOST], more=max(0, len(names) - MOST))
        audit.record("negotiations.remind", f"organization:{organization_id}", by=None, threads=len(names))


def _another_day(column: ColumnElement[date | None], day: date) -> ColumnElement[bool]:
    return or_(column.is_(None), column < day)


def over() -> list[UUID]:
    """Paused talks whose day has come at the fair's place; at most 200."""
    query = select(Negotiation.id, Negotiation.paused_until, Fair.time_zone).join(Fair, Fair.id == Negotiation.fair_id)
    near = query.where(Negotiation.stage == Stage.PAUSED, Negotiation.paused_until <= now().date() + timedelta(days=1)).limit(200)
    return [row.id for row in db.session.execute(near) if row.paused_until <= today(row.time_zone)]


def resume(negotiation_id: UUID) -> None:
    """Unless somebody did in the meantime."""
    negotiation = db.session.scalars(
        select(Negotiation).where(Negotiation.id == negotiation_id).with_for_update().execution_options(populate_existing=True)
    ).one()
    if negotiation.stage is not Stage.PAUSED:
        return
    rounds, at = queries.rounds_of(negotiation_id), now()
    staging.go_on(negotiation, at=at)
    steps.finish("resume", negotiation, rounds, by=None, at=at, tell="resumed")
