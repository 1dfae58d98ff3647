"""A fair that shows listings to strangers, and harvesters and readers that ask for them."""

from dataclasses import dataclass
from datetime import timedelta
from typing import Any
from xml.etree import ElementTree

import pytest

from marketplace.core.clock import shifted
from marketplace.core.db import db, transaction
from marketplace.interchange import keeping
from marketplace.listings import entering
from marketplace.listings.models import Kind, Listing
from marketplace.reviews import deciding
from tests.listings.conftest import own_index
from tests.listings.factories_listings import Market, draft, make_market, submit

__all__ = ["own_index"]
LATER = timedelta(seconds=10)
"""By then a change is shown to who asks by date."""


def tree(answer: Any) -> ElementTree.Element:
    """The XML of an answer, its names without their namespaces."""
    assert answer.status_code == 200, answer.text
    found = ElementTree.fromstring(answer.data)
    for each in found.iter():
        each.tag = each.tag.rpartition("}")[2]
    return found


@dataclass
class Shelf:
    """A market with what it publishes."""

    market: Market
    client: Any

    def publish(self, kind: Kind = Kind.ACHIEVEMENT, listing: Listing | None = None, *, noted: bool = True, **changes: Any) -> Listing:
        listing = listing or draft(self.market, kind, **changes)
        entry = submit(self.market, listing)
        with transaction():
            deciding.publish(entry.id, by=self.market.judge)
        return self.noted(listing) if noted else listing

    def withdraw(self, listing: Listing) -> Listing:
        with transaction():
            entering.withdraw(listing.id, fair_slug=self.market.fair.slug, by=self.market.by)
        return self.noted(listing)

    def noted(self, listing: Listing) -> Listing:
        with transaction():
            keeping.note([listing.id])
        return db.session.get_one(Listing, listing.id, populate_existing=True)

    def oai(self, later: timedelta = LATER, **asked: str) -> ElementTree.Element:
        with shifted(later):
            return tree(self.client.get("/oai", query_string={name.rstrip("_"): value for name, value in asked.items()}))

    def changes(self, since: int = 0, **more: Any) -> dict[str, Any]:
        answer = self.client.get("/api/v1/changes", query_string={"since": since, **more})
        assert answer.status_code == 200, answer.text
        return answer.get_json()  # type: ignore[no-any-return]


@pytest.fixture
def shelf(client):
    return Shelf(make_market(slug="spring"), client)
