"""Which achievements fit a need, which needs fit an achievement, and why.

A *match* is a need and an achievement that pass the hard gates (maturity, kinds of deal, countries, budget against
price), with a score and its reasons: the terms that both share, and one line for each condition.

Always true: what is unknown fails no gate and is shown as unknown; the score of a listing does not depend on the gates
nor on listings of the other kind; within one state of the index the order is the same for everyone.
"""

from flask import Flask

from marketplace.core import access, layout
from marketplace.core.i18n import lazy_gettext as _l


def register(app: Flask) -> None:
    """Connect the domain to the application."""
    from marketplace.matching import api, cli, views

    access.declare(
        "matching.read", _l("Read matches"), members=("owner", "editor", "reader"), staff=("moderator", "manager")
    )
    layout.navigation(_l("Matches"), "matching.mine", "matching.read", 25)
    views.register(app)
    api.register(app)
    cli.register(app)
