"""The review of listings: a fair's moderators decide on what was handed in, with notes beside the fields.

Words: a *reviewer* is a moderator of the fair; they *take* the oldest entry that waits, *publish* it or *send it back*.
Always true: nobody decides on a listing of an organisation they belong to, nor on what they handed in; a reviewer reads what
a signed-in visitor reads, and that more is reserved, never what.
"""

from flask import Flask

from marketplace.core import access, day, layout
from marketplace.core.i18n import lazy_gettext as _l


def register(app: Flask) -> None:
    from marketplace.reviews import api, owner_views, queries, views

    access.declare("listings.moderate", _l("Moderate listings"), staff=("moderator",))
    layout.navigation(_l("Moderation"), "reviews.queue", "listings.moderate", 20)
    day.tile(
        _l("Listings to decide on"), "listings.moderate", lambda actor: queries.queue_state(by=actor)[0], "reviews.queue",
        hint=_l("Oldest first: publish, or send back with a reason."), order=20,
    )
    owner_views.register()
    views.register(app)
    api.register(app)
