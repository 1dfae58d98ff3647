"""Raising, answering, settling and reopening the open points of a thread. Either side speaks; the side that raised it settles."""

from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import func, select

from marketplace.core import audit, jobs
from marketplace.core.access import Actor
from marketplace.core.clock import today
from marketplace.core.db import db
from marketplace.core.errors import DomainError, Forbidden, IllegalMove, Invalid, NotFound, Stale
from marketplace.core.i18n import gettext
from marketplace.core.i18n import lazy_gettext as _l
from marketplace.core.states import check_move
from marketplace.fairs.models import Fair
from marketplace.negotiations import steps
from marketplace.negotiations.models import Negotiation
from marketplace.negotiations.points import queries
from marketplace.negotiations.points.models import POINT_MOVES, Point, PointAct, PointEntry, PointStatus, Side

MOST, MOST_ENTRIES = 200, 100


class TooManyPoints(DomainError):
    slug, title = "too-many-points", _l("Too many open points")
    text = _l("A negotiation has at most %(points)s points, and a point %(entries)s answers.", points=MOST, entries=MOST_ENTRIES)


@dataclass(frozen=True, slots=True)
class Desk:
    """A thread in which both sides may write at the moment, under its lock; the side that acts, and when."""

    negotiation: Negotiation
    mine: Side
    at: datetime


def opened(negotiation_id: UUID, *, by: Actor) -> Desk:
    """Where both sides talk: from the accepted interest to the end of the talks.

    Raises NotFound, Forbidden, ConflictOfInterest, IllegalMove.
    """
    negotiation, _rounds, at = steps.begin(negotiation_id, by=by)
    if not queries.is_talking(negotiation):
        raise IllegalMove(gettext("This is open from the accepted interest until the talks end."))
    return Desk(negotiation, queries.side_of(negotiation, by.organization_id), at)


def written(desk: Desk, action: str, *, by: Actor, tell: str | None = None, **facts: Any) -> None:
    """One audit row without any text; with ``tell`` (a key of `tasks.SENTENCES`) also mail to the other side's owners."""
    negotiation = desk.negotiation
    negotiation.moved_at = desk.at
    audit.record(f"negotiations.{action}", f"negotiation:{negotiation.id}", by=by, fair_id=negotiation.fair_id, **facts)
    if tell is not None:
        other = negotiation.other_side(by.organization_id)
        jobs.enqueue("negotiations.tell", step=tell, negotiation_id=str(negotiation.id), organization_id=str(other))
    db.session.flush()


def raise_point(negotiation_id: UUID, text: str, *, due_on: date | None = None, ours: bool = False, by: Actor) -> Point:
    """Write down what is still open; it waits for the other side, or with ``ours`` for one's own.

    Raises NotFound, Forbidden, ConflictOfInterest, IllegalMove, Invalid (a day that is over), TooManyPoints.
    """
    desk = opened(negotiation_id, by=by)
    _check_day(due_on, desk.negotiation)
    count = db.session.scalar(select(func.count()).select_from(Point).where(Point.negotiation_id == negotiation_id)) or 0
    if count >= MOST:
        raise TooManyPoints()
    point = Point(
        negotiation_id=negotiation_id, number=count + 1, text=text, raised_by=desk.mine, raised_by_person_id=by.person_id, raised_at=desk.at,
        status=PointStatus.OPEN, waits_for=desk.mine if ours else desk.mine.other, due_on=due_on, entries=0,
    )  # fmt: skip
    db.session.add(point)
    written(desk, "raise_point", by=by, tell="point", point=point.number)
    return point


def say(negotiation_id: UUID, number: int, text: str, *, due_on: date | None = None, after: int | None = None, by: Actor) -> Point:
    """Answer a point, or ask back: it waits for the other side then. A day that is given becomes its due day.

    ``after`` is the number of the last entry the person saw. Raises NotFound, Forbidden, ConflictOfInterest, IllegalMove
    (settled), Stale, Invalid, TooManyPoints.
    """
    desk, point = _begin(negotiation_id, number, after=after, by=by)
    _check_day(due_on, desk.negotiation)
    if point.status is PointStatus.SETTLED:
        raise IllegalMove(gettext("This point is settled: open it again with a reason."))
    point.status = check_move(POINT_MOVES, point.status, PointStatus.OPEN if desk.mine is point.raised_by else PointStatus.ANSWERED)
    point.waits_for, point.due_on = desk.mine.other, due_on or point.due_on
    _enter(desk, point, PointAct.SAID, text, by=by)
    written(desk, "answer_point", by=by, tell="point", point=number)
    return point


def settle(negotiation_id: UUID, number: int, text: str, *, after: int | None = None, by: Actor) -> Point:
    """Say how a point was cleared up; the side that raised it does so.

    Raises NotFound, Forbidden (the other side's point), ConflictOfInterest, IllegalMove (settled already), Stale, TooManyPoints.
    """
    desk, point = _begin(negotiation_id, number, after=after, by=by)
    if desk.mine is not point.raised_by:
        raise Forbidden(gettext("The side that raised a point says when it is settled; you can answer it."))
    if point.status is PointStatus.SETTLED:
        raise IllegalMove(gettext("This point is settled already."))
    point.status = check_move(POINT_MOVES, point.status, PointStatus.SETTLED)
    point.waits_for, point.settled_at = None, desk.at
    _enter(desk, point, PointAct.SETTLED, text, by=by)
    written(desk, "settle_point", by=by, tell="point", point=number)
    return point


def reopen(negotiation_id: UUID, number: int, text: str, *, due_on: date | None = None, after: int | None = None, by: Actor) -> Point:
    """Open a settled point again, with the reason; either side may. It waits for the other one.

    Raises NotFound, Forbidden, ConflictOfInterest, IllegalMove (not settled), Stale, Invalid, TooManyPoints.
    """
    desk, point = _begin(negotiation_id, number, after=after, by=by)
    _check_day(due_on, desk.negotiation)
    if point.status is not PointStatus.SETTLED:
        raise IllegalMove(gettext("This point is open already."))
    point.status = check_move(POINT_MOVES, point.status, PointStatus.OPEN)
    point.waits_for, point.settled_at, point.due_on = desk.mine.other, None, due_on
    _enter(desk, point, PointAct.REOPENED, text, by=by)
    written(desk, "reopen_point", by=by, tell="point", point=number)
    return point


def _begin(negotiation_id: UUID, number: int, *, after: int | None, by: Actor) -> tuple[Desk, Point]:
    desk = opened(negotiation_id, by=by)
    query = select(Point).where(Point.negotiation_id == negotiation_id, Point.number == number).execution_options(populate_existing=True)
    point = db.session.scalar(query) if number <= MOST else None
    if point is None:
        raise NotFound()
    if after is not None and after != point.entries:
        raise Stale()
    if point.entries >= MOST_ENTRIES:
        raise TooManyPoints()
    return desk, point


def _enter(desk: Desk, point: Point, act: PointAct, text: str, *, by: Actor) -> None:
    point.entries += 1
    db.session.add(PointEntry(point_id=point.id, number=point.entries, act=act, side=desk.mine, person_id=by.person_id, text=text, at=desk.at))


def _check_day(day: date | None, negotiation: Negotiation) -> None:
    if day is not None and day < today(db.session.get_one(Fair, negotiation.fair_id).time_zone):
        raise Invalid.field("due_on", "past", gettext("This day is over already."))
