"""Figures and daily closes: totals that were published, frozen for ever, and days that were locked by two people.

Words: a *figure* is a total of the public view, frozen with its scope, filter, time, rule, contracts, rates and a hash, under a
short code. A *close* locks one day of a fair at one ``seq``; what is changed afterwards is an *adjustment* of the next day.
Always true: a figure never changes; two different people sign off a close, both on the same hash; a later figure lists what changed.
"""

from flask import Flask

from marketplace.core import access, day, layout
from marketplace.core.i18n import lazy_gettext as _l


def register(app: Flask) -> None:
    from marketplace.figures import api, cli, days, desk, views

    access.declare("figures.freeze", _l("Publish figures"), staff=("manager", "verifier"))
    access.declare("figures.close", _l("Close a day"), staff=("manager", "clerk", "verifier"))
    layout.navigation(_l("Close of day"), "days.current", "figures.close", 48)
    layout.navigation(_l("Figures"), "figures.index", access.PUBLIC, 105)
    day.tile(_l("Days to be closed"), "figures.close", days.days_to_close, "days.current")
    views.register(app)
    desk.register(app)
    api.register(app)
    cli.register(app)
