"""What an owner's own programs are told of a listing: that it was published, sent back, withdrawn, or is over; never a text."""

from collections.abc import Collection, Iterable, Mapping
from types import MappingProxyType
from typing import Any
from uuid import UUID

from sqlalchemy import select

from marketplace import webhooks
from marketplace.core.db import db
from marketplace.listings.models import Kind, Listing

SHELVES = {Kind.ACHIEVEMENT: "achievements", Kind.NEED: "needs"}


def told(event: str, listing: Listing, **facts: Any) -> None:
    """Tell the owner's endpoints, inside the open transaction.

    ``event``: ``published``, ``sent_back``, ``withdrawn``, ``expired``; ``facts``: ``fair_id``, ``number``.
    """
    _tell(event, [listing], keys={}, facts=facts)


def told_of(event: str, ids: Collection[UUID], *, keys: Mapping[UUID, str] = MappingProxyType({}), **facts: Any) -> None:
    """The same of many listings by their ids; what was told of one under a key is not told again under the same."""
    if ids and webhooks.anyone_listens():
        query = select(Listing.id, Listing.kind, Listing.reference, Listing.organization_id).where(Listing.id.in_(ids))
        _tell(event, db.session.execute(query), keys=keys, facts=facts)


def _tell(event: str, listings: Iterable[Any], *, keys: Mapping[UUID, str], facts: dict[str, Any]) -> None:
    messages = [
        (each.organization_id, {"reference": each.reference, "id": each.id, "kind": each.kind.value, "path": f"/{SHELVES[each.kind]}/{each.id}", **facts})
        for each in listings
    ]
    webhooks.emit_many(f"listing.{event}", messages, keys=keys)
