"""Which achievements fit a need, which needs fit an achievement, and why.

A *match* is a need and an achievement that pass the hard gates (maturity, kinds of deal, countries, budget against
price), with a score and its reasons: the terms that both share, and one line for each condition.

Always true: what is unknown fails no gate and is shown as unknown; the score of a listing does not depend on the gates
nor on listings of the other kind; within one state of the index the order is the same for everyone. What an organisation
says of a pair (kept, put away) filters its own lists and moves no score and nobody else's list.
"""

from flask import Flask

from marketplace.core import access, day, layout
from marketplace.core.i18n import lazy_gettext as _l


def register(app: Flask) -> None:
    """Connect the domain to the application."""
    from marketplace.listings import events
    from marketplace.matching import api, cli, merging, news, rematching, tasks, views  # noqa: F401  (tasks declares itself)

    merging.register()
    access.declare(
        "matching.read", _l("Read matches"), members=("owner", "editor", "reader"), staff=("moderator", "manager")
    )
    access.declare("matching.write", _l("Shortlist matches and put them away"), members=("owner", "editor"))
    layout.navigation(_l("Matches"), "matching.mine", "matching.read", 25)
    day.tile(
        _l("New matches"), "listings.read_own", lambda actor: news.count(by=actor), "matching.mine", "plain",
        hint=_l("Found within the last seven days for what you offer and need."), order=25, new="1",
    )  # fmt: skip
    if rematching.touched not in events.indexed:
        events.indexed.append(rematching.touched)
    views.register(app)
    api.register(app)
    cli.register(app)
