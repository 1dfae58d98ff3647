"""Agenda: everybody's schedule over pitches, sessions and meetings: on pages, on paper, as a calendar, and as the board of rooms.

Words: a *line* is one thing in somebody's day; a *calendar* is a schedule behind a secret address that its maker may revoke.
Always true: a calendar gives what its maker may see at that moment; a meeting's topic goes to its two organisations only.
"""

from flask import Flask

from marketplace.core import access
from marketplace.core.i18n import lazy_gettext as _l


def register(app: Flask) -> None:
    from marketplace.agenda import api, erasing, merging, rooms_views, views  # noqa: F401

    merging.register()
    access.declare("agenda.read", _l("See one's own schedule"), person=True)
    access.declare("agenda.organization", _l("See the schedule of one's organisation"), members=("owner", "editor", "reader"))
    access.declare("agenda.feeds", _l("Make addresses for calendar programs"), person=True)
    access.declare("agenda.rooms", _l("See the board of rooms, tables and interpreters"), staff=("manager",))
    views.register(app)
    rooms_views.register(app)
    api.register(app)
