"""The ledger: exchange rates, vouchers and their postings, scopes, and the totals that follow from them.

Words: each move of a contract books one *voucher* (记账凭证) of two *postings* (分录) that sum to zero: out of the account
of its old status, into that of its new one. ``seq`` numbers a fair's vouchers without a gap, in commit order. A *scope*
is a named, versioned counting rule; a total always names its scope. *As of* means recorded by then.
Always true: vouchers and postings are only ever added; every voucher sums to zero in each currency; the balances that
pages read equal the sum of the postings, because they change in the same transaction; two currencies are never added.
"""

from flask import Flask

from marketplace.core import access
from marketplace.core.i18n import lazy_gettext as _l


def register(app: Flask) -> None:
    from marketplace.fairs import events, service
    from marketplace.ledger import api, cli, queries, scopes, views

    access.declare("ledger.read", _l("Read the ledger of a fair"), staff=("manager", "clerk", "verifier"))
    access.declare("ledger.scopes", _l("Define scopes"), staff=("manager",), admin=True)
    events.fair_created.connect(scopes.on_fair_created)
    service.FROZEN_WHEN.append(queries.has_vouchers)
    views.register(app)
    api.register(app)
    cli.register(app)
