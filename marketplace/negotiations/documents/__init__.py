"""Documents of a thread: put up by either side in versions, read by both, each read of the other side's written down and marked."""

from flask import Flask


def register(app: Flask) -> None:
    from marketplace.core.i18n import lazy_gettext as _l
    from marketplace.listings.attachments import storing
    from marketplace.negotiations import events, tasks
    from marketplace.negotiations.documents import api, queries, views

    storing.named_by(queries.named)
    events.panel(views.panel)
    tasks.SENTENCES["document"] = _l("The other side put a document on the table.")
    views.register(app)
    api.register(app)
