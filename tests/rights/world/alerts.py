"""A's owner's alerts: a saved search, one that was deleted, what it found, and the link that stops it."""

from marketplace.alerts import service, stopping
from marketplace.alerts.models import Frequency, Notice, Source
from marketplace.core.clock import now
from marketplace.listings.models import Kind
from tests.factories import save
from tests.rights.world.whole import World, do


def add_alerts(world: World) -> None:
    things, by = world.things, world.by("a_owner")
    for name, query in (("search", "q=热泵&country=DE&trl=7&trl=unknown"), ("deleted_search", "q=蒸汽")):
        things[name] = do(service.save, Kind.NEED, query, name=None, frequency=Frequency.DAILY, by=by)
    do(service.delete, things["deleted_search"].id, by=by)
    things["notice"] = save(Notice(
        person_id=by.person_id, organization_id=by.organization_id, source=Source.SEARCH, search_id=things["search"].id,
        listing_id=things["need"].id, number=1, found_at=now(), mail_by=Frequency.DAILY,
    ))  # fmt: skip
    things["stop_secret"] = stopping.of_search(things["search"].id)
