"""Achievements and needs: what is on offer and what is wanted, their versions, and their entries in fairs.

Words: a *listing* belongs to an organisation for good; its *versions* hold the text; a fair *entry* brings a version before
that fair's moderator, who *publishes* it or *sends it back* with a reason; the owner *withdraws* it.
Always true: a listing is public while an entry of it is published, in a version that a moderator approved; a version that was
handed in never changes; an edit shows only after its own approval; no moderator decides on their own organisation's listing.
"""

from flask import Flask

from marketplace.core import access, day, layout
from marketplace.core.i18n import lazy_gettext as _l


def register(app: Flask) -> None:
    from marketplace.listings import api, indexing, merging, owned, owners, queries, tasks, views  # noqa: F401  (two of them declare tasks)

    access.declare("listings.write", _l("Write and submit listings"), members=("owner", "editor"))
    access.declare("listings.read_own", _l("See the organisation's listings"), members=("owner", "editor", "reader"))
    layout.navigation(_l("My listings"), "listings.own", "listings.read_own", 10)
    layout.navigation(_l("Achievements"), "listings.achievements", access.PUBLIC, 110)
    layout.navigation(_l("Needs"), "listings.needs", access.PUBLIC, 120)
    day.tile(
        _l("Sent back to you"), "listings.write", lambda actor: queries.own_counts(by=actor)["sent_back"], "listings.own", "late",
        hint=_l("Change it as the reason says, and submit it again."), order=10, state="sent_back",
    )
    day.tile(
        _l("Waiting for a moderator"), "listings.read_own", lambda actor: queries.own_counts(by=actor)["waiting"], "listings.own", "plain",
        hint=_l("Nothing to do: the fair decides."), order=30, state="waiting",
    )
    owned.register()
    merging.register()
    owners.register(app)
    views.register(app)
    api.register(app)
