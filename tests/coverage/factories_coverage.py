"""A fair with two sides and a moderator, and stored matches as the ranking would leave them."""

from dataclasses import dataclass, field
from datetime import timedelta
from itertools import count
from typing import Any

from marketplace.accounts.models import Person
from marketplace.core.access import Actor
from marketplace.core.clock import now
from marketplace.coverage import service
from marketplace.coverage.models import Proposal, Side
from marketplace.listings.models import FairEntry, Kind, Listing
from marketplace.matching.models import MatchedNeed, StoredMatch
from marketplace.matching.strength import GOOD
from marketplace.organizations.models import Organization
from tests.factories import actor, make_staff, save
from tests.negotiations.factories_negotiations import World, do, make_listing, make_world

numbers = count(1)
NOTES = {Side.PROVIDER: service.Note(en="CANARY-TO-PROVIDER"), Side.RECIPIENT: service.Note(en="CANARY-TO-RECIPIENT", zh="给需求方")}


@dataclass
class Fair:
    """The world of the negotiations' tests with a moderator; ``at`` moves what is made later into the past, by days."""

    world: World = field(default_factory=make_world)
    moderator: Person = field(init=False)

    def __post_init__(self) -> None:
        self.moderator = make_staff(self.world.fair, "moderator")

    @property
    def staff(self) -> Actor:
        return actor(self.moderator)

    def listing(self, kind: Kind, owner: Organization, *, days_ago: int = 0, **content: Any) -> Listing:
        listing = make_listing(kind, owner, self.world.fair, **content)
        entry = FairEntry.query.filter_by(listing_id=listing.id).one()
        entry.published_at = now() - timedelta(days=days_ago)
        save(entry)
        return listing

    def propose(self, **more: Any) -> Proposal:
        """The moderator proposes the world's need and achievement."""
        world = self.world
        return do(service.propose, world.fair, world.need.id, world.achievement.id, **{"notes": NOTES, **more}, by=self.staff)


def matched(need: Listing, *achievements: Listing, strength: int = GOOD, first: int = 1) -> None:
    """The stored list of a need, best first, beginning at a rank."""
    moment = now()
    save(MatchedNeed(
        need_id=need.id, ranking="r", generation="g", seq=1, held=0, weakest_milli=0, asked={}, unheard={}, stale=False, computed_at=moment,
    ))  # fmt: skip
    for rank, achievement in enumerate(achievements, start=first):
        save(StoredMatch(
            need_id=need.id, achievement_id=achievement.id, rank=rank, score_milli=1000 - rank, strength=strength, ranking="r:g:1",
            found_at=moment, computed_at=moment,
        ))  # fmt: skip
