"""What higher domains add to the directory: panels of an organisation's page, what it offers and seeks, in which fields."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any
from uuid import UUID

from markupsafe import Markup
from sqlalchemy import Select

Panel = Callable[[UUID], Markup | None]
Facts = Callable[[UUID], Mapping[str, Any]]
Counts = Callable[[Sequence[UUID]], Mapping[UUID, Mapping[str, int]]]
PANELS: list[Panel] = []
FACTS: list[Facts] = []
COUNTS: list[Counts] = []
ACTIVE_IN: list[Callable[[str], Select[Any]]] = []
"""Selects of the ids of organisations that are publicly active in a technology field."""

LEFT: list[Callable[[UUID, UUID], None]] = []


def when_left(act: Callable[[UUID, UUID], None]) -> None:
    """Hear of each membership that ends, in its transaction: the organisation and the person."""
    if act not in LEFT:
        LEFT.append(act)


def left(organization_id: UUID, person_id: UUID) -> None:
    for act in LEFT:
        act(organization_id, person_id)


def panel(make: Panel) -> None:
    """Show a panel on the public page of each organisation, or None: public things only. A constant number of queries."""
    if make not in PANELS:
        PANELS.append(make)


def facts(make: Facts) -> None:
    """Say the same in JSON: members of the answer about one organisation."""
    if make not in FACTS:
        FACTS.append(make)


def counts(make: Counts) -> None:
    """Count something public for each organisation of a list, by a code such as ``achievement``. One query."""
    if make not in COUNTS:
        COUNTS.append(make)


def active_in(make: Callable[[str], Select[Any]]) -> None:
    """Say which organisations are publicly active in a technology field."""
    if make not in ACTIVE_IN:
        ACTIVE_IN.append(make)


def panels(organization_id: UUID) -> list[Markup]:
    return [found for make in PANELS if (found := make(organization_id)) is not None]


def facts_of(organization_id: UUID) -> dict[str, Any]:
    return {name: value for make in FACTS for name, value in make(organization_id).items()}


def counts_of(organization_ids: Sequence[UUID]) -> dict[UUID, dict[str, int]]:
    """{organisation: {code: how many}}, for every one that was asked for."""
    found: dict[UUID, dict[str, int]] = {organization_id: {} for organization_id in organization_ids}
    for make in COUNTS if organization_ids else ():
        for organization_id, numbers in make(organization_ids).items():
            found[organization_id].update(numbers)
    return found
