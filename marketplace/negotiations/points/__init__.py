"""Open points of a thread: raised by one side, answered in turn, settled by who raised them, with their day."""

from flask import Flask


def register(app: Flask) -> None:
    from marketplace.core import day
    from marketplace.core.i18n import lazy_gettext as _l
    from marketplace.negotiations import events, tasks
    from marketplace.negotiations.points import api, queries, views

    events.panel(views.panel)
    tasks.SENTENCES["point"] = _l("The other side wrote about an open point.")
    day.tile(
        _l("Open points: your word"), "negotiations.read", lambda actor: queries.waiting_count(by=actor), "negotiation_points.mine", "due",
        hint=_l("A point of a negotiation waits for your side."), order=32,
    )  # fmt: skip
    views.register(app)
    api.register(app)
