"""Coverage: whom nobody is talking to, and partners that fair staff propose by hand to both sides.

Words: a need *without a good match*; an achievement is *shown* by a need when it stands in its stored first ten, its *exposure*
is how many needs show it; an organisation's *contact* is an answered question or an agreed meeting of this fair; staff
*propose* a pair, each side answers *interested* or *declined*; a *call note* says who was phoned.
Always true: lists and exposure follow from public listings and the ranking, never from what anybody saw or put away; staff
learn of contacts the day and nothing else; a proposal tells neither side anything of the other that is not public, but that
both are interested (`docs/decisions.md`).
"""

from flask import Flask

from marketplace.core import access, day, layout
from marketplace.core.i18n import lazy_gettext as _l


def register(app: Flask) -> None:
    """Connect the domain to the application."""
    from marketplace.coverage import answering_views, api, due, merging, noting, proposing_views, queries, views  # noqa: F401
    from marketplace.coverage import tasks as tasks  # declares the job

    merging.register()
    access.declare("coverage.read", _l("See whom nobody at the fair talks to"), staff=("manager", "moderator"))
    access.declare("coverage.write", _l("Propose partners and write down calls"), staff=("manager", "moderator"))
    access.declare("proposals.read", _l("Read partners that a fair proposes"), members=("owner", "editor", "reader"))
    access.declare("proposals.answer", _l("Answer partners that a fair proposes"), members=("owner", "editor"))
    layout.navigation(_l("Coverage"), "coverage.desk", "coverage.read", 44)
    layout.navigation(_l("Proposed partners"), "proposals.mine", "proposals.read", 29)
    day.tile(
        _l("Proposed partners"), "proposals.answer", queries.waiting_for, "proposals.mine", "due",
        hint=_l("The fair proposes somebody to talk to: interested or not?"), order=29,
    )  # fmt: skip
    day.tile(
        _l("Needs without a good match"), "coverage.read", due.needs_without, "coverage.desk", "plain",
        hint=_l("Nothing that fits answers enough of them."), order=52, list="needs",
    )  # fmt: skip
    day.tile(
        _l("Organisations without a contact"), "coverage.read", due.without_contact, "coverage.desk", "late",
        hint=_l("From the second day of the fair on: nobody talks to them."), order=53, list="no_contact",
    )  # fmt: skip
    day.tile(
        _l("Calls to make today"), "coverage.read", due.calls_due, "coverage.desk", "due",
        hint=_l("The last call note names today or an earlier day."), order=54, list="calls_due",
    )  # fmt: skip
    for part in (views, proposing_views, answering_views):
        part.register(app)
    api.register(app)
