"""Outgoing webhooks: what happened to an organisation's own things, told to the addresses it names, signed and tried again.

Words: an *endpoint* is an address with the *events* it hears of; a *delivery* is one event for one endpoint, with its *tries*.
Lower domains do not know this one; higher ones call `emit` inside the transaction of the cause.
Always true: a committed event has exactly one delivery for each endpoint that wanted it, and none without its cause; it is sent at
least once, under one id; a message holds references, codes and an address, never a text; no call leaves the open internet.
"""

from flask import Flask

from marketplace.core import access
from marketplace.core.i18n import lazy_gettext as _l
from marketplace.webhooks.emitting import anyone_listens as anyone_listens
from marketplace.webhooks.emitting import emit as emit
from marketplace.webhooks.emitting import emit_many as emit_many


def register(app: Flask) -> None:
    from marketplace.webhooks import api, merging, tasks, views  # noqa: F401  (one of them declares tasks)

    merging.register()
    access.declare("webhooks.manage", _l("Tell the organisation's own programs what happens"), members=("owner",))
    views.register(app)
    api.register(app)
