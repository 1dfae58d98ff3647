"""Listings as their owners and moderators make them: through the services."""

from dataclasses import dataclass
from itertools import count
from typing import Any

from marketplace.core.access import Actor
from marketplace.core.db import db
from marketplace.fairs.models import Fair, Segment
from marketplace.listings import drafting, entering
from marketplace.listings.models import FairEntry, Kind, Listing
from marketplace.organizations.models import Organization
from marketplace.reviews import deciding
from tests.factories import actor, make_fair, make_member, make_organization, make_staff, save

numbers = count(1)
COMPLETE: dict[Kind, dict[str, Any]] = {
    Kind.ACHIEVEMENT: {
        "title_en": "Heat pump for process steam", "summary_en": "Steam from waste heat.", "description_en": "It lifts waste heat.",
        "technology_codes": ["30"], "deal_kinds": ["licence"], "trl": 7, "ip_status": "granted", "price_mode": "negotiable",
    },
    Kind.NEED: {
        "title_en": "Steam without gas", "summary_en": "We need steam.", "description_en": "A dairy needs steam at 150 degrees.",
        "technology_codes": ["30"], "deal_kinds": ["licence"], "min_trl": 6, "unknowns": ["budget", "deadline"],
    },
}  # fmt: skip


@dataclass
class Market:
    """A fair with a segment and its moderator; an agency with all roles, and an outsider."""

    fair: Fair
    segment: Segment
    agency: Organization
    owner: Any
    reader: Any
    outsider: Any
    moderator: Any

    @property
    def by(self) -> Actor:
        return actor(self.owner, self.agency)

    @property
    def judge(self) -> Actor:
        return actor(self.moderator)


def make_segment(fair: Fair, code: str = "universities") -> Segment:
    return save(Segment(fair_id=fair.id, code=code, name_en=code.title(), name_zh="高校", position=1))


def make_market(**fair_fields: Any) -> Market:
    fair = make_fair(**fair_fields)
    agency = make_organization(name_en="Northgate Transfer", country="DE")
    return Market(
        fair, make_segment(fair), agency, make_member(agency), make_member(agency, "reader"),
        make_member(make_organization()), make_staff(fair, "moderator"),
    )  # fmt: skip


def draft(market: Market, kind: Kind = Kind.ACHIEVEMENT, **changes: Any) -> Listing:
    listing = drafting.create(kind, COMPLETE[kind] | changes, by=market.by)
    db.session.commit()
    return listing


def submitted(market: Market, kind: Kind = Kind.ACHIEVEMENT, **changes: Any) -> FairEntry:
    return submit(market, draft(market, kind, **changes))


def submit(market: Market, listing: Listing, fair: Fair | None = None) -> FairEntry:
    fair = fair or market.fair
    entry = entering.submit(listing.id, fair_slug=fair.slug, segment_code="universities", by=market.by)
    db.session.commit()
    return entry


def published(market: Market, kind: Kind = Kind.ACHIEVEMENT, **changes: Any) -> FairEntry:
    entry = submitted(market, kind, **changes)
    deciding.publish(entry.id, by=market.judge)
    db.session.commit()
    return entry


def listing_of(entry: FairEntry) -> Listing:
    found = db.session.get(Listing, entry.listing_id)
    assert found is not None
    return found
