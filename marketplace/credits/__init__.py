"""Credits: how the agencies of a deal share it, agreed by everybody concerned.

Words: a party *proposes* a *split* of a contract's credit, 100 % together; each registered party and each agency in it *agrees* or
*declines*; an agreed split is *frozen* when the contract is verified, or at once if it is verified already.
Always true: the shares of a split never change, another agreement is another split; one split of a contract is agreed at most, and
a frozen one stays; what the agencies are credited with, and what none is, adds up to the fair total (`docs/rules/credit.md`).
"""

from flask import Flask

from marketplace.core import access, day, layout
from marketplace.core.i18n import lazy_gettext as _l


def register(app: Flask) -> None:
    from marketplace.contracts import events
    from marketplace.contracts import views as contract_pages
    from marketplace.credits import api, merging, queries, service, shown, telling, views
    from marketplace.credits import tasks as tasks  # declares the job
    from marketplace.negotiations import timeline

    merging.register()
    access.declare("credits.read", _l("Read how agencies share the credit"), members=("owner", "editor", "reader"), staff=("manager", "clerk", "verifier"))
    access.declare("credits.agree", _l("Propose and agree how agencies share the credit"), members=("owner", "editor"))
    events.moved.connect(service.on_moved)
    events.changed.connect(service.on_changed)
    timeline.source(telling.split_events)
    if shown.panel not in contract_pages.PANELS:
        contract_pages.PANELS.append(shown.panel)
    layout.navigation(_l("Credit"), "credits.mine", "credits.agree", 47)
    day.tile(
        _l("Credit to agree on"), "credits.agree", queries.waiting_count, "credits.mine", "due",
        hint=_l("A proposal how to share a contract waits for your word."), order=50,
    )  # fmt: skip
    views.register(app)
    api.register(app)
