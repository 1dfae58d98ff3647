"""Venue: the halls, rooms, tables and online rooms of a fair, and who has booked them when.

Words: a *place* is a hall, room, table or online room; a *cell* is a quarter of an hour; a *booking* gives one resource (a
place, a person, a slot) for one cell to one holder (a session, a pitch, a meeting).
Always true: no resource is booked twice for a cell, because the key of one table forbids it.
"""

from flask import Flask

from marketplace.core import access
from marketplace.core.i18n import lazy_gettext as _l


def register(app: Flask) -> None:
    from marketplace.venue import api, views

    access.declare("venue.manage", _l("Manage the places of a fair"), staff=("manager",))
    views.register(app)
    api.register(app)
