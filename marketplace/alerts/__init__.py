"""Alerts: saved searches and notices of new matches, at once, once a day, or never.

Words: a *saved search* finds *new listings*; an own public listing gets *new matches*; either makes a *notice* for a person, which
stands on their day page and is told by mail *at once* or in the *digest*.
Always true: a listing is told once for a search, and a pair once for a person; the notice and the mail that tells it are promised
in one transaction; a click on the link in a mail ends it; nothing is told to who left the organisation, or before it is approved.
"""

from flask import Flask

from marketplace.core import access, day, layout
from marketplace.core.i18n import lazy_gettext as _l


def _listens() -> bool:
    """Staff who belong to no organisation have enough links: they come by the catalogue and their day page."""
    actor = access.current_actor_or_none()
    return actor is not None and bool(actor.memberships or not (actor.staff or actor.admin))


def register(app: Flask) -> None:
    """Connect the domain to the application."""
    from marketplace.alerts import announcing, api, erasing, finding, merging, queries, tasks, views  # noqa: F401
    from marketplace.listings import events as listings
    from marketplace.matching import events as matching

    merging.register()
    access.declare("alerts.use", _l("Save searches and be told of new listings and matches"), person=True)
    if finding.taken_in not in listings.indexed:
        listings.indexed.append(finding.taken_in)
    if announcing.stored not in matching.new_matches:
        matching.new_matches.append(announcing.stored)
    layout.navigation(_l("Alerts"), "alerts.index", "alerts.use", 62, when=_listens)
    day.tile(
        _l("New for you"), "alerts.use", queries.unread, "alerts.notices", "due",
        hint=_l("Found by your saved searches, and new matches of your listings."), order=5,
    )  # fmt: skip
    views.register(app)
    api.register(app)
