"""Reading the open points of a thread that one has already been let into, and counting those that wait for one's organisation."""

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import ColumnElement, and_, func, or_, select

from marketplace.accounts.models import Person
from marketplace.core.access import Actor
from marketplace.core.db import db
from marketplace.core.errors import Forbidden
from marketplace.negotiations.models import Negotiation
from marketplace.negotiations.points.models import Point, PointEntry, PointStatus, Side
from marketplace.negotiations.queries import Thread

MOST_WAITING = 200


@dataclass(frozen=True, slots=True)
class Shown:
    """A point with everything said about it, the earliest first, and the names of who said it."""

    point: Point
    entries: Sequence[PointEntry]
    people: dict[UUID, str]


def side_of(negotiation: Negotiation, organization_id: UUID | None) -> Side:
    """The side of one of its two organisations."""
    return Side.PROVIDER if organization_id == negotiation.provider_id else Side.RECIPIENT


def organization_of(negotiation: Negotiation, side: Side) -> UUID:
    """The organisation on a side."""
    return negotiation.provider_id if side is Side.PROVIDER else negotiation.recipient_id


def is_talking(negotiation: Negotiation) -> bool:
    """From the accepted interest until the thread ends."""
    return negotiation.answered_at is not None and negotiation.ended_at is None


def of_thread(thread: Thread) -> list[Shown]:
    """The points of a thread in the order of their numbers. Three queries."""
    points = list(db.session.scalars(select(Point).where(Point.negotiation_id == thread.negotiation.id).order_by(Point.number)))
    entries: dict[UUID, list[PointEntry]] = {point.id: [] for point in points}
    for entry in db.session.scalars(select(PointEntry).where(PointEntry.point_id.in_(entries)).order_by(PointEntry.number)):
        entries[entry.point_id].append(entry)
    ids = {point.raised_by_person_id for point in points} | {entry.person_id for many in entries.values() for entry in many}
    people = {row.id: row.name for row in db.session.execute(select(Person.id, Person.name).where(Person.id.in_(ids)))} if ids else {}
    return [Shown(point, entries[point.id], people) for point in points]


def _ours(mine: UUID) -> tuple[ColumnElement[bool], ...]:
    """What waits for an organisation: unsettled points of running talks, on whichever side it is."""
    waits = or_(
        and_(Negotiation.provider_id == mine, Point.waits_for == Side.PROVIDER),
        and_(Negotiation.recipient_id == mine, Point.waits_for == Side.RECIPIENT),
    )
    return waits, Point.status != PointStatus.SETTLED, Negotiation.ended_at.is_(None)


def waiting_count(*, by: Actor) -> int:
    """How many points of running talks wait for the organisation acted for; 0 without the right."""
    if not by.may("negotiations.read") or by.organization_id is None:
        return 0
    query = select(func.count()).select_from(Point).join(Negotiation, Negotiation.id == Point.negotiation_id)
    return db.session.scalar(query.where(*_ours(by.organization_id))) or 0


def waiting(*, by: Actor) -> list[tuple[Point, Negotiation]]:
    """Those points with their threads: the earliest due first, those without a day last; at most 200. Raises Forbidden."""
    by.require("negotiations.read")
    if by.organization_id is None:
        raise Forbidden()
    query = select(Point, Negotiation).join(Negotiation, Negotiation.id == Point.negotiation_id).where(*_ours(by.organization_id))
    ordered = query.order_by(Point.due_on.is_(None), Point.due_on, Point.raised_at, Point.id).limit(MOST_WAITING)
    return [(row[0], row[1]) for row in db.session.execute(ordered)]
