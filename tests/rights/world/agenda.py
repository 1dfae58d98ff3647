"""Addresses of calendars: of A's owner, and of a manager for a table; and one who interprets."""

from marketplace.agenda import service
from marketplace.agenda.models import Whose
from marketplace.core.clock import now
from marketplace.meetings.models import Interpreter
from tests.factories import save
from tests.rights.world.whole import World, do


def add_agenda(world: World) -> None:
    things, fair = world.things, world.things["fair"]
    things["feed"], things["feed_secret"] = do(service.open_feed, Whose.ME, None, name="Our days", by=world.by("a_owner"))
    things["our_feed"], things["our_feed_secret"] = do(
        service.open_feed, Whose.ORGANIZATION, world.acting["a_owner"].id, name="All of us", by=world.by("a_owner")
    )
    things["table_feed"], things["table_feed_secret"] = do(service.open_feed, Whose.PLACE, things["table"].id, name="Table", by=world.by("manager"))
    things["agenda_interpreter"] = save(Interpreter(fair_id=fair.id, name="Li Wen", languages=["en", "zh"], created_at=now()))
