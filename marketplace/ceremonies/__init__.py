"""Ceremonies: the signing show of a fair, in the order it is called, under embargo until the press.

Words: an *item* of the run list is *ready*, *called*, *signed* or *postponed*. Always true: a contract on a run list counts in
no public figure before its item is signed; a press can be taken back for sixty seconds; what was postponed stays out by itself.
"""

from flask import Flask

from marketplace.core import access, day
from marketplace.core.i18n import lazy_gettext as _l


def register(app: Flask) -> None:
    from marketplace.ceremonies import api, queries, views

    access.declare("ceremonies.read", _l("See run lists of signing ceremonies"), staff=("manager", "clerk", "verifier"))
    access.declare("ceremonies.run", _l("Run signing ceremonies"), staff=("manager", "clerk"))
    access.declare("ceremonies.target", _l("Set what the board's total is heading for"), staff=("manager",))
    day.tile(
        _l("Items left on today's stage"), "ceremonies.run", queries.count_left, "ceremonies.current",
        hint=_l("Ready, called or postponed in a ceremony that runs. None counts before it is signed."), order=46,
    )  # fmt: skip
    views.register(app)
    api.register(app)
