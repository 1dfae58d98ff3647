"""Achievements and needs: what is on offer and what is wanted, their versions, and their entries in fairs.

Words: a *listing* belongs to an organisation for good; its *versions* hold the text; a fair *entry* brings a version before
that fair's moderator, who *publishes* it or *sends it back* with a reason; the owner *withdraws* it.
Always true: a listing is public while an entry of it is published, in a version that a moderator approved; a version that was
handed in never changes; an edit shows only after its own approval; no moderator decides on their own organisation's listing.
"""

from flask import Flask

from marketplace.core import access
from marketplace.core.i18n import lazy_gettext as _l


def register(app: Flask) -> None:
    from marketplace.listings import cli, indexing  # noqa: F401  (declares its task)

    access.declare("listings.write", _l("Write and submit listings"), members=("owner", "editor"))
    access.declare("listings.read_own", _l("See the organisation's listings"), members=("owner", "editor", "reader"))
    access.declare("listings.moderate", _l("Moderate listings"), staff=("moderator",))
    access.declare("listings.import", _l("Import listings for others"), staff=("manager", "moderator"), admin=True)
    cli.register(app)
