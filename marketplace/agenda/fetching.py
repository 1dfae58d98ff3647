"""When an address of a calendar was last fetched: its owner sees by it whether anybody still reads it."""

from datetime import timedelta

from marketplace.agenda.models import CalendarFeed
from marketplace.core.clock import now
from marketplace.core.db import db, transaction

NOTED_EVERY = timedelta(hours=1)


def note(feed: CalendarFeed) -> None:
    """Write down that an address is used, at most once an hour, in a transaction of its own: the request itself only reads."""
    moment, feed_id = now(), feed.id
    if feed.fetched_at is not None and feed.fetched_at >= moment - NOTED_EVERY:
        return
    with transaction():
        found = db.session.get(CalendarFeed, feed_id, with_for_update=True)
        if found is not None:
            found.fetched_at = moment
