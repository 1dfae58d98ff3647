"""Reports: the public page of a fair's total, the board for the big screen, and the record of what was published.

Words: the *headline* is the balance of class contract, status verified, in the fair's headline scope; everything else
stands *beside* it and is never added. The *record* holds figures as they were published, each with its scope and source.
Always true: a page shows one moment of the ledger and says which; every breakdown
sums to the headline; a page of a total does the same work at any size of the fair.
"""

from flask import Flask

from marketplace.core import access, day, layout
from marketplace.core.i18n import lazy_gettext as _l


def register(app: Flask) -> None:
    from marketplace.reports import api, views

    views.register(app)
    api.register(app)
    day.on_front(views.front_total, order=10)
    layout.navigation(_l("The total"), "reports.current", access.PUBLIC, 100)
