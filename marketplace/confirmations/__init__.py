"""Confirmations: what each side of a contract says of it, by one-time link or signed in, and the public check of a verified one.

Words: both sides are *asked*; each *confirms* seven facts (title, parties, kind, total, technology amount, currency, day of
signing) or *corrects* some. A *mismatch* is an answer that differs from what the desk logged; it is *settled*, never deleted.
Always true: an answer names the hash of the content that was shown; a changed content asks again; a contract with an open
mismatch is not verified; `/verify/<code>` shows what both sides allowed, and nothing else.
"""

from flask import Flask

from marketplace.core import access, day, layout
from marketplace.core.i18n import lazy_gettext as _l


def register(app: Flask) -> None:
    from marketplace.confirmations import amendments, api, asking, checking, cli, erasing, merging, publishing, queries, settling, views  # noqa: F401
    from marketplace.confirmations import tasks as tasks  # declares the jobs
    from marketplace.confirmations import telling as telling
    from marketplace.contracts import amending, events
    from marketplace.contracts import views as contract_pages
    from marketplace.negotiations import timeline

    merging.register()
    access.declare("confirmations.answer", _l("Confirm one's own contracts"), members=("owner", "editor"))
    access.declare("confirmations.ask", _l("Ask both sides to confirm"), staff=("clerk",))
    access.declare("confirmations.settle", _l("Settle mismatches"), staff=("clerk", "verifier"))
    access.declare("confirmations.rule", _l("Say whether both sides have to confirm"), staff=("manager",))
    for part in (views, amendments, checking, api, cli):
        part.register(app)
    timeline.source(telling.answer_events)
    events.changed.connect(asking.on_changed)
    events.verifying.connect(settling.before_verifying)
    events.moved.connect(asking.on_void)
    events.moved.connect(publishing.on_verified)
    amending.proposed.connect(asking.on_proposed)
    amending.approving.connect(settling.before_amending)
    amending.ended.connect(asking.on_proposal_ended)
    for known, panel in (
        (contract_pages.ABOVE, views.comparison), (contract_pages.PANELS, amendments.panel), (contract_pages.PANELS, checking.panel),
        (contract_pages.HINDRANCES, views.hindrance),
    ):  # fmt: skip
        if panel not in known:
            known.append(panel)
    layout.navigation(_l("Mismatches"), "confirmations.mismatches", "confirmations.settle", 47)
    day.tile(_l("Contracts to confirm"), "confirmations.answer", queries.count_to_confirm, "confirmations.mine", order=44)
    day.tile(_l("Mismatches"), "confirmations.settle", queries.count_mismatches, "confirmations.mismatches", "late", order=45)
