"""Follow-ups: what became of each intent 30, 90 and 180 days later, by the word of both sides.

Words: a *follow-up* of an intent is *due* on a day and *answered* by each side: signed, still talking, or dropped with a reason.
Always true: an answer is never changed, a later one stands beside it; a conversion is counted where a contract names its intent
or both sides say *signed*, and the curve says which.
"""

from flask import Flask

from marketplace.core import access, day, layout
from marketplace.core.i18n import lazy_gettext as _l


def register(app: Flask) -> None:
    from marketplace.followups import api, cli, erasing, queries, views  # noqa: F401
    from marketplace.followups import tasks as tasks  # declares the job

    access.declare("followups.read", _l("See what became of intents"), staff=("manager", "clerk", "verifier"))
    access.declare("followups.ask", _l("Hand out links that ask what became of an intent"), staff=("manager", "clerk"))
    access.declare("followups.answer", _l("Say what became of one's own intents"), members=("owner", "editor"))
    layout.navigation(_l("Conversion of intents"), "followups.conversion", "followups.read", 48)
    day.tile(
        _l("Intents: what became of them?"), "followups.answer", queries.waiting_for, "followups.mine", "due",
        hint=_l("The fair asks after 30, 90 and 180 days."), order=33,
    )  # fmt: skip
    day.tile(
        _l("Intents nobody answers about"), "followups.read", queries.stale_for, "followups.conversion", "late",
        hint=_l("A side has been silent for 14 days."), order=60,
    )  # fmt: skip
    cli.register(app)
    views.register(app)
    api.register(app)
