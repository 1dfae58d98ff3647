"""Reading endpoints and their log: always from the organisation that the reader acts for."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import Row, Select, and_, func, select
from sqlalchemy.orm import InstrumentedAttribute, aliased

from marketplace.core.access import Actor
from marketplace.core.db import db
from marketplace.core.errors import NotFound
from marketplace.webhooks.models import Attempt, Delivery, Endpoint, State

MANAGE = "webhooks.manage"
LOG: tuple[Any, ...] = (
    Delivery.id, Delivery.event_id, Delivery.event, Delivery.created_at, Delivery.state, Delivery.tries, Delivery.next_at, Delivery.done_at,
)  # fmt: skip
LOG_KEYS: Sequence[InstrumentedAttribute[Any]] = (Delivery.created_at, Delivery.id)


def endpoints(*, by: Actor) -> list[Endpoint]:
    """The organisation's endpoints, the oldest first; deleted ones are not told."""
    by.require(MANAGE)
    query = select(Endpoint).where(Endpoint.organization_id == by.organization_id, Endpoint.ended_at.is_(None))
    return list(db.session.scalars(query.order_by(Endpoint.created_at, Endpoint.id)))


def one(endpoint_id: UUID, *, by: Actor, lock: bool = False) -> Endpoint:
    """Raises NotFound, also for another organisation's and for a deleted one."""
    by.require(MANAGE)
    query = select(Endpoint).where(Endpoint.id == endpoint_id, Endpoint.organization_id == by.organization_id, Endpoint.ended_at.is_(None))
    found = db.session.scalar(query.with_for_update().execution_options(populate_existing=True) if lock else query)
    if found is None:
        raise NotFound()
    return found


def waiting(ids: Sequence[UUID]) -> dict[UUID, int]:
    """How many deliveries wait for each endpoint."""
    query = select(Delivery.endpoint_id, func.count()).where(Delivery.endpoint_id.in_(ids), Delivery.state == State.WAITING)
    return dict(db.session.execute(query.group_by(Delivery.endpoint_id)).all())  # type: ignore[arg-type]


def log(endpoint: Endpoint) -> Select[Any]:
    """The deliveries of an endpoint with their last try, for `core.pages.paged` by `LOG_KEYS`."""
    tries = aliased(Attempt)
    newest = select(tries.id).where(tries.delivery_id == Delivery.id).order_by(tries.at.desc(), tries.id.desc()).limit(1).scalar_subquery()
    query: Select[Any] = select(*LOG, Attempt.status, Attempt.fault, Attempt.at.label("tried_at"))
    return (
        query.select_from(Delivery)
        .outerjoin(Attempt, and_(Attempt.delivery_id == Delivery.id, Attempt.id == newest))
        .where(Delivery.endpoint_id == endpoint.id)
    )


def delivery(delivery_id: UUID, *, by: Actor, lock: bool = False) -> tuple[Endpoint, Delivery]:
    """A delivery and its endpoint, parent first. Raises NotFound."""
    place = db.session.scalar(select(Delivery.endpoint_id).where(Delivery.id == delivery_id))
    if place is None:
        by.require(MANAGE)
        raise NotFound()
    endpoint = one(place, by=by, lock=lock)
    found = db.session.get(Delivery, delivery_id, with_for_update=lock, populate_existing=lock)
    if found is None:
        raise NotFound()
    return endpoint, found


def attempts(of: Delivery) -> list[Row[Any]]:
    """The tries of a delivery, the newest first."""
    query = select(Attempt.at, Attempt.status, Attempt.answer, Attempt.fault, Attempt.milliseconds).where(Attempt.delivery_id == of.id)
    return list(db.session.execute(query.order_by(Attempt.at.desc(), Attempt.id.desc()).limit(100)))
