"""Scheduling: the wishes of a fair to meet, and the plan that serves most of them.

Words: a *delegate* takes meetings for an organisation; a *wish* says must, would like or no of another organisation; a *plan* gives
pairs of delegates a place and time; it is *computed*, looked at, and *published*, which makes meetings. A *change* is something
that is not there for a time; a *repair* says what happens to the meetings it breaks.
Always true: first as many people as possible have a meeting, then the weight of the wishes counts; nobody reads another's wishes;
a plan is verified by rules that had no part in making it, and the table of bookings has the last word.
"""

from flask import Flask

from marketplace.core import access, layout
from marketplace.core.i18n import lazy_gettext as _l


def register(app: Flask) -> None:
    """Connect the domain to the application."""
    from marketplace.scheduling import api, merging, staff_views, views
    from marketplace.scheduling import tasks as tasks  # declares the jobs

    merging.register()
    access.declare("wishes.read", _l("See whom one's organisation wishes to meet"), members=("owner", "editor", "reader"))
    access.declare("wishes.write", _l("Say whom one wishes to meet at a fair"), members=("owner", "editor"))
    access.declare("scheduling.manage", _l("Plan the meetings of a fair"), staff=("manager",))
    layout.navigation(_l("Wishes to meet"), "wishes.mine", "wishes.read", 31)
    layout.navigation(_l("Meeting plan"), "planning_desk.desk", "scheduling.manage", 46)
    views.register(app)
    staff_views.register(app)
    api.register(app)
