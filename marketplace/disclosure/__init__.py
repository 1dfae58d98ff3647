"""Disclosure: who may read how much of a listing, under which agreement of secrecy, and who did.

Words: a reader belongs to an *audience* (public, registered, partner after accepted interest, partner under an *agreement* of
secrecy); an agreement is *proposed*, *confirmed* by both sides, *in force* until its end; an owner *closes* a listing to a partner.
Always true: what is shown is decided at each request, by the clock of that request; what a partner opens of the upper two levels
is written down before it is shown; files of these levels bear the reader's name (`docs/rules/disclosure.md`).
"""

from flask import Flask

from marketplace.core import day
from marketplace.core.i18n import lazy_gettext as _l


def register(app: Flask) -> None:
    from marketplace.disclosure import api, merging, queries, reading, serving, shown, telling, views
    from marketplace.disclosure import tasks as tasks  # declares the jobs
    from marketplace.listings import audiences
    from marketplace.listings import events as listing_pages
    from marketplace.negotiations import events as threads
    from marketplace.negotiations import timeline
    from marketplace.negotiations.documents import serving as papers

    audiences.resolver(queries.level_of)
    audiences.on_read(reading.write)
    listing_pages.action(shown.offered_step)
    listing_pages.panel(shown.panel)
    listing_pages.served_at(views.address_of)
    threads.panel(shown.of_thread)
    threads.secrecy(queries.is_in_force)
    timeline.source(telling.agreement_events)
    papers.marker(serving.mark_for)
    merging.register()
    day.tile(
        _l("Agreements to confirm"), "negotiations.read", lambda actor: queries.to_confirm(by=actor), "disclosure.mine", "due",
        hint=_l("An agreement of secrecy waits for your word."), order=32,
    )
    views.register(app)
    api.register(app)
