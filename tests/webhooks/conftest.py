"""An owner whose organisation has an endpoint, and receivers that answer as they are told."""

from dataclasses import dataclass, field
from typing import Any

import pytest

from marketplace.webhooks import gateway, service
from marketplace.webhooks.gateway import Answer
from tests.factories import actor, do, make_member, make_organization

EVENTS = ["listing.published", "listing.sent_back", "listing.withdrawn", "listing.expired", "negotiation.round"]


@dataclass
class Elsewhere:
    """What receivers answer from now on, and what was sent: (address, body, headers)."""

    answer: Answer = Answer(status=200, body=b"ok", milliseconds=3)
    sent: list[tuple[str, str, dict[str, str]]] = field(default_factory=list)

    def ids(self) -> list[str]:
        return [headers["webhook-id"] for _, _, headers in self.sent]


@pytest.fixture
def elsewhere(monkeypatch):
    found = Elsewhere()

    def post(url: str, body: bytes, *, headers: Any, local: bool) -> Answer:
        found.sent.append((url, body.decode(), dict(headers)))
        return found.answer

    monkeypatch.setattr(gateway, "post", post)
    return found


@pytest.fixture
def owner(app):
    organization = make_organization()
    return actor(make_member(organization, language="zh"), organization)


@pytest.fixture
def endpoint(owner):
    return named(owner)


def named(by: Any, url: str = "https://crm.example.org/hooks", **more: Any) -> Any:
    """An endpoint of the actor's organisation."""
    return do(service.register, url, **{"events": EVENTS, "by": by} | more)[0]
