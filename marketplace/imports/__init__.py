"""Files in and out: achievements and needs from spreadsheets and JSON lines, and back into them.

Words: a file is *read* into rows by our field names, *checked* row by row through the schema of the form, and *committed* as a
whole. A row is *accepted*, *rejected* with its reasons, or *skipped*; together they are the rows of the file, always.
Always true: nothing of a file is stored unless all of what was chosen of it is; the same file again changes nothing.
"""

from flask import Flask

from marketplace.core import access
from marketplace.core.i18n import lazy_gettext as _l


def register(app: Flask) -> None:
    from marketplace.imports import cli, merging

    merging.register()
    access.declare("listings.import", _l("Import listings for others"), staff=("manager", "moderator"), admin=True)
    cli.register(app)
