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
    # some of these only declare tasks
    from marketplace.listings import api, erasing, indexing, merging, owned, owners, queries, tasks, views  # noqa: F401
    from marketplace.listings.attachments import storing  # noqa: F401
    from marketplace.listings.life import autosaving, contacts, life_api, renewing, standing  # noqa: F401

    access.declare("listings.write", _l("Write and submit listings"), members=("owner", "editor"))
    access.declare("listings.read_own", _l("See the organisation's listings"), members=("owner", "editor", "reader"))
    access.declare("listings.hand_over", _l("Say who looks after which listing"), members=("owner",))
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
    day.tile(
        _l("Ending soon"), "listings.write", lambda actor: standing.ending_number(by=actor), "listings.own",
        hint=_l("Extend them, or let them end: then they leave the catalogue."), order=25, state="ending",
    )
    day.tile(
        _l("Nobody looks after them"), "listings.hand_over", lambda actor: contacts.unattended_number(by=actor), "listings.hand_over", "late",
        hint=_l("A colleague left. Hand their listings over."), order=15, contact="gone",
    )
    erasing.register()
    owned.register()
    merging.register()
    owners.register(app)
    views.register(app)
    api.register(app)
    life_api.register(app)
