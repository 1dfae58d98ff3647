"""A fair with two sides: an agency that offers and a company that needs, each with people of its own."""

from dataclasses import replace
from typing import Any

from marketplace.core.db import transaction
from marketplace.listings import indexing
from marketplace.listings.models import Kind, Listing
from tests.factories import make_member, make_organization
from tests.listings.factories_listings import Market, draft, listing_of, make_market, published

FIELD = {Kind.ACHIEVEMENT: ["30"], Kind.NEED: ["4"]}


class Sides:
    """`agency` and `company` are markets of one fair; what they publish is in the index at once.

    The two sides name fields far apart, so that words alone decide what matches.
    """

    def __init__(self) -> None:
        self.agency: Market = make_market()
        organization = make_organization(name_en="Hengyuan Foods", country="CN")
        self.company = replace(
            self.agency, agency=organization, owner=make_member(organization), reader=make_member(organization, "reader")
        )

    def achievement(self, title: str, **content: Any) -> Listing:
        return self._public(self.agency, Kind.ACHIEVEMENT, title, content)

    def need(self, title: str, **content: Any) -> Listing:
        return self._public(self.company, Kind.NEED, title, content)

    def draft_need(self, title: str, **content: Any) -> Listing:
        with transaction():
            texts = {"title_en": title, "summary_en": title, "description_en": title, "technology_codes": FIELD[Kind.NEED]}
            return draft(self.company, Kind.NEED, **(texts | content))

    def _public(self, market: Market, kind: Kind, title: str, content: dict[str, Any]) -> Listing:
        texts = {"title_en": title, "summary_en": title, "description_en": title, "technology_codes": FIELD[kind]}
        with transaction():
            entry = published(market, kind, **(texts | content))
        indexing.drain()
        return listing_of(entry)
