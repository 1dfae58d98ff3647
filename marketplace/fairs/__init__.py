"""Fairs: editions with their days, base currency, time zone, segments and staff. Several live side by side.

Words: the *current* fair is the one the public pages show; its *staff* are managers, moderators, clerks and verifiers,
appointed by the platform administrator or a manager.
Always true: at most one fair is current; base currency and time zone never change once something was booked.
"""

from flask import Flask

from marketplace.core import access, layout, zones
from marketplace.core.i18n import lazy_gettext as _l


def register(app: Flask) -> None:
    from marketplace.fairs import api, cli, erasing, grants, shown, views  # noqa: F401

    access.declare("fairs.create", _l("Create fairs"), admin=True)
    access.declare("fairs.manage", _l("Manage a fair"), staff=("manager",), admin=True)
    access.declare("fairs.staff", _l("Work as staff of a fair"), staff=("manager", "moderator", "clerk", "verifier"))
    if grants.load not in access.grant_loaders:
        access.grant_loaders.append(grants.load)
        layout.SAMPLE.append(shown.shows_sample)
        layout.FAIR_NAME.append(shown.shown_name)
        zones.FAIR_ZONE.append(shown.shown_zone)
    layout.navigation(_l("Fairs"), "fairs.managed", "fairs.manage", 55)
    views.register(app)
    api.register(app)
    cli.register(app)
