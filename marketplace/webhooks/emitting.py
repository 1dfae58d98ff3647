"""Telling: one delivery for each endpoint that wants an event, written in the transaction of its cause."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from types import MappingProxyType
from typing import Any
from uuid import UUID, uuid5

import orjson
from flask import current_app
from sqlalchemy import select
from uuid_utils.compat import uuid7

from marketplace.core import jobs
from marketplace.core.clock import now
from marketplace.core.db import db
from marketplace.webhooks.models import Delivery, Endpoint, Event, State
from marketplace.webhooks.rules import wanted

TOLD = {"reference", "id", "kind", "fair_id", "number", "by_us", "stage", "before"}
"""What a message may say beside its address: references and codes, never a text that somebody wrote."""
SPACE = UUID("6d0a3c1e-70f4-5f0b-9d5c-9b1f4f0a7e21")


def emit(event: str, organization_id: UUID, payload: Mapping[str, Any], *, key: str | None = None) -> None:
    """Tell an organisation's endpoints, inside the open transaction. ``payload``: ``path`` (of the page that shows it), and of `TOLD`.

    With ``key`` (such as a day) a repetition of the same cause is told once. Raises ValueError for anything else to tell.
    """
    emit_many(event, [(organization_id, payload)], keys={payload.get("id"): key} if key else {})


def emit_many(event: str, told: Sequence[tuple[UUID, Mapping[str, Any]]], *, keys: Mapping[Any, str] = MappingProxyType({})) -> None:
    """The same for many things at once, in a constant number of queries while nobody listens; ``keys`` by the payload's ``id``."""
    kind = Event(event)
    organizations = {organization_id for organization_id, _ in told}
    listening: dict[UUID, list[Endpoint]] = {}
    for endpoint in db.session.scalars(select(Endpoint).where(Endpoint.organization_id.in_(organizations), Endpoint.ended_at.is_(None), Endpoint.disabled_at.is_(None))):
        if wanted(endpoint.events, kind):
            listening.setdefault(endpoint.organization_id, []).append(endpoint)
    for organization_id, payload in told:
        if strange := set(payload) - TOLD - {"path"}:
            raise ValueError(f"{kind} may not tell {sorted(strange)}")
        for endpoint in listening.get(organization_id, ()):
            key = keys.get(payload.get("id"))
            event_id = uuid5(SPACE, f"{kind}:{key}:{payload.get('id')}") if key else uuid7()
            if key is None or not _written(endpoint, event_id):
                write(endpoint, kind, payload, event_id=event_id)


def anyone_listens() -> bool:
    """Whether any organisation has an endpoint: what is done to thousands of listings need not be put together for nobody."""
    query = select(Endpoint.id).where(Endpoint.ended_at.is_(None), Endpoint.disabled_at.is_(None)).limit(1)
    return db.session.scalar(query) is not None


def _written(endpoint: Endpoint, event_id: UUID) -> bool:
    return db.session.scalar(select(Delivery.id).where(Delivery.endpoint_id == endpoint.id, Delivery.event_id == event_id)) is not None


def write(endpoint: Endpoint, event: Event, payload: Mapping[str, Any], *, event_id: UUID) -> Delivery:
    """One delivery and the promise to send it."""
    moment = now()
    delivery = Delivery(
        endpoint_id=endpoint.id, event_id=event_id, event=event.value, body=body_of(event, event_id, payload, at=moment),
        created_at=moment, state=State.WAITING, turn=1, tries=0, next_at=moment,
    )  # fmt: skip
    db.session.add(delivery)
    db.session.flush()
    jobs.enqueue("webhooks.deliver", delivery_id=str(delivery.id), turn=1)
    return delivery


def body_of(event: Event, event_id: UUID, payload: Mapping[str, Any], *, at: datetime) -> str:
    """The JSON that is sent: type, timestamp and data as Standard Webhooks proposes, with the id that stands in the header too."""
    data = {name: str(value) if isinstance(value, UUID) else value for name, value in payload.items() if name != "path"}
    if "path" in payload:
        data["address"] = current_app.config["SETTINGS"].public_url + payload["path"]
    return orjson.dumps({"type": event.value, "id": str(event_id), "timestamp": at, "data": data}).decode()
