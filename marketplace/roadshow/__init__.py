"""Roadshow: sessions with pitches of achievements.

Words: a *session* is a row of *pitch slots* in one place; a *pitch* puts an achievement into a slot, *held* until its fee
is paid.
Always true: no place, person or slot is booked twice, because the venue's table of bookings forbids it.
"""

from flask import Flask

from marketplace.core import access
from marketplace.core.i18n import lazy_gettext as _l

EVERYBODY = ("owner", "editor", "reader")


def register(app: Flask) -> None:
    from marketplace.roadshow import api, calls, merging, running, staff, views

    merging.register()
    access.declare("roadshow.manage", _l("Manage the roadshow: sessions, prices"), staff=("manager",))
    access.declare("roadshow.pitch", _l("Book pitch slots"), members=("owner", "editor"))
    access.declare("roadshow.see_pitch", _l("See booked pitches"), members=EVERYBODY, staff=("manager",))
    access.declare("roadshow.cancel_pitch", _l("Give pitches up"), members=("owner", "editor"), staff=("manager",))
    views.register(app)
    staff.register(app)
    api.register(app)
    running.register(app)
    calls.register(app)
