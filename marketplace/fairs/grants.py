"""What a person may do as staff of fairs; read at each request, so an appointment ends at once."""

from types import MappingProxyType
from typing import Any
from uuid import UUID

from sqlalchemy import select

from marketplace.core.access import Identity
from marketplace.core.db import db
from marketplace.fairs.models import Staff


def load(identity: Identity, grants: dict[str, Any]) -> None:
    """Adds ``staff``: {fair id: roles}."""
    roles: dict[UUID, set[str]] = {}
    rows = db.session.execute(select(Staff.fair_id, Staff.role).where(Staff.person_id == identity.person_id, Staff.ended_at.is_(None)))
    for fair_id, role in rows:
        roles.setdefault(fair_id, set()).add(role.value)
    grants["staff"] = MappingProxyType({fair_id: frozenset(found) for fair_id, found in roles.items()})
