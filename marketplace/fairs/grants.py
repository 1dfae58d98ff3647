"""What a person may do as staff of fairs; read at each request, so an appointment ends at once."""

from types import MappingProxyType
from typing import Any
from uuid import UUID

from sqlalchemy import bindparam, select

from marketplace.core.access import Identity
from marketplace.core.db import read_columns
from marketplace.fairs.models import Staff

ROLES = select(Staff.fair_id, Staff.role).where(Staff.person_id == bindparam("person_id"), Staff.ended_at.is_(None))


def load(identity: Identity, grants: dict[str, Any]) -> None:
    """Adds ``staff``: {fair id: roles}."""
    roles: dict[UUID, set[str]] = {}
    for fair_id, role in read_columns(ROLES, {"person_id": identity.person_id}):
        roles.setdefault(fair_id, set()).add(role.value)
    grants["staff"] = MappingProxyType({fair_id: frozenset(found) for fair_id, found in roles.items()})
