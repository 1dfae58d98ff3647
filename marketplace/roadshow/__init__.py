"""Roadshow: sessions with pitches of achievements, and 1:1 meetings of two organisations, at the places of a fair.

Words: a *place* is a hall, room, table or online room; a *session* is a row of *pitch slots* in one place; a *pitch* puts
an achievement into a slot, *held* until its fee is paid; a *meeting* is requested by one organisation and confirmed by
the other. A *cell* is a quarter of an hour.
Always true: no place, person or slot is booked twice for a cell, because the key of one table forbids it; only the two
organisations read their meeting, and only one's own side one's notes.
"""

from flask import Flask

from marketplace.core import access, day
from marketplace.core.i18n import lazy_gettext as _l

EVERYBODY = ("owner", "editor", "reader")


def register(app: Flask) -> None:
    from marketplace.roadshow import api, meetings, merging, queries, staff, views

    merging.register()
    access.declare("roadshow.manage", _l("Manage the roadshow: places, sessions, prices"), staff=("manager",))
    access.declare("roadshow.pitch", _l("Book pitch slots"), members=("owner", "editor"))
    access.declare("roadshow.see_pitch", _l("See booked pitches"), members=EVERYBODY, staff=("manager",))
    access.declare("roadshow.cancel_pitch", _l("Give pitches up"), members=("owner", "editor"), staff=("manager",))
    access.declare("meetings.read", _l("See one's meetings"), members=EVERYBODY)
    access.declare("meetings.write", _l("Request and answer meetings"), members=("owner", "editor"))
    day.tile(
        _l("Meetings to answer"), "meetings.write", queries.awaiting_answer, "meetings.mine",
        hint=_l("They are waiting for you; place and time are kept."), order=30,
    )  # fmt: skip
    views.register(app)
    staff.register(app)
    meetings.register(app)
    api.register(app)
