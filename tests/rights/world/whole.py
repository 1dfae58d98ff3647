"""Who calls, and the objects by the names that the calls use."""

from dataclasses import dataclass, field
from typing import Any

from flask import Flask

from marketplace.organizations.models import Organization
from tests.contracts.factories_contracts import Desk
from tests.factories import actor
from tests.factories import do as do

ROLES = (
    "anonymous", "a_owner", "a_editor", "a_reader", "b_owner", "c_owner", "pending", "manager", "moderator", "clerk", "verifier",
    "other_staff", "admin", "a_token",
)  # fmt: skip
"""Who calls. ``other_staff`` holds every staff role of another fair; ``a_token`` is A's owner through a token that may read negotiations."""
TOKEN_MAY = "negotiations.read"


@dataclass
class World:
    """People by role, their bearer tokens, the secrets of their sessions, and every object by the name that the calls use."""

    app: Flask
    people: dict[str, Any] = field(default_factory=dict)
    acting: dict[str, Organization] = field(default_factory=dict)
    tokens: dict[str, str] = field(default_factory=dict)
    sessions: dict[str, str] = field(default_factory=dict)
    things: dict[str, Any] = field(default_factory=dict)
    desk: Desk | None = None

    def __getattr__(self, name: str) -> Any:
        try:
            return self.things[name]
        except KeyError as error:
            raise AttributeError(name) from error

    def by(self, role: str) -> Any:
        """The actor as the product makes it."""
        return actor(self.people[role], self.acting.get(role))

    def parties(self) -> list[dict[str, str]]:
        """A provides, B receives."""
        return [
            {"role": "provider", "name": "Northgate", "country": "DE", "organization_id": str(self.things["a"].id)},
            {"role": "recipient", "name": "Hengyuan", "country": "CN", "organization_id": str(self.things["b"].id)},
        ]


@dataclass(frozen=True)
class Plain:
    """An object's id and what a caller has to say about it, safe to read in any session."""

    id: Any
    slug: str | None
    version: int
    content_hash: str | None

    def __str__(self) -> str:
        return str(self.id)


def plain(thing: Any) -> Any:
    if isinstance(thing, str):
        return thing
    return Plain(thing.id, getattr(thing, "slug", None), getattr(thing, "version", 1), getattr(thing, "content_hash", None))
