"""Meetings: 1:1 talks of two organisations at a table or online, requested by one and answered by the other.

Always true: no place or person is booked twice, because the venue's table of bookings forbids it; only the two
organisations read their meeting, and only one's own side one's notes.
"""

from flask import Flask

from marketplace.core import access, day
from marketplace.core.i18n import lazy_gettext as _l


def register(app: Flask) -> None:
    from marketplace.meetings import api, calendar_views, day_views, giving_way, merging, queries, tasks, views  # noqa: F401

    merging.register()
    giving_way.register()
    access.declare("meetings.read", _l("See one's meetings"), members=("owner", "editor", "reader"))
    access.declare("meetings.write", _l("Request and answer meetings"), members=("owner", "editor"))
    day.tile(
        _l("Meetings to answer"), "meetings.write", queries.awaiting_answer, "meetings.mine",
        hint=_l("They are waiting for you; place and time are kept."), order=30,
    )  # fmt: skip
    views.register(app)
    day_views.register(app)
    calendar_views.register(app)
    api.register(app)
