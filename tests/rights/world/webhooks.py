"""A's addresses: one with a message on its way, one that is switched off. Both are on this machine, where nobody listens."""

from marketplace.webhooks import service
from tests.rights.world.whole import World, do

NOWHERE = "http://127.0.0.1:9"


def add_webhooks(world: World) -> None:
    things, by = world.things, world.by("a_owner")
    things["endpoint"], _ = do(service.register, f"{NOWHERE}/hooks", events=["listing.expired"], by=by)
    things["endpoint_off"], _ = do(service.register, f"{NOWHERE}/old", events=["listing.expired"], by=by)
    do(service.switch_off, things["endpoint_off"].id, by=by)
    things["delivery"] = do(service.send_test, things["endpoint"].id, by=by)
