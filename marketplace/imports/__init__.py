"""Files in and out: achievements and needs from spreadsheets and JSON lines, and back into them.

Words: a file is *read* into rows by our field names, *checked* row by row through the schema of the form, and *committed* as a
whole. A row is *accepted*, *rejected* with its reasons, or *skipped*; together they are the rows of the file, always.
Always true: nothing of a file is stored unless all of what was chosen of it is; the same file again changes nothing.
"""

from flask import Flask

from marketplace.core import access, layout
from marketplace.core.i18n import lazy_gettext as _l


def register(app: Flask) -> None:
    from marketplace.imports import api, cli, merging, tasks, views  # noqa: F401  (one of them declares tasks)

    merging.register()
    access.declare("listings.import", _l("Import listings for others"), staff=("manager", "moderator"), admin=True)
    access.declare("imports.use", _l("Hand in files of listings"), members=("owner", "editor"), staff=("manager", "moderator"), admin=True)
    layout.navigation(_l("Imports"), "imports.index", "listings.import", 25)
    views.register(app)
    api.register(app)
    cli.register(app)
