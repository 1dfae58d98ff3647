"""The call for pitches: who applies, what reviewers think of it, who is chosen, and when they present.

Words: a *call* invites to pitch at a fair; an *application* puts an own published achievement forward; a *review* gives each
*criterion* of the call one to five points; the *timetable* gives chosen applications a slot of a session.
Always true: nobody scores an application of their own organisation; applicants hear of decisions, and presenters of their
slots, when the manager tells all of them, and not before.
"""

from flask import Flask

from marketplace.core import access, day
from marketplace.core.i18n import lazy_gettext as _l

EVERYBODY = ("owner", "editor", "reader")


def register(app: Flask) -> None:
    from marketplace.roadshow.calls import api, call_views, erasing, merging, scoring, scoring_views, selecting_views, timetable_views  # noqa: F401

    merging.register()
    access.declare("roadshow.apply", _l("Apply to pitch at a fair"), members=("owner", "editor"))
    access.declare("roadshow.see_application", _l("See one's applications to pitch"), members=EVERYBODY)
    access.declare("roadshow.review", _l("Score applications to pitch, where appointed"), person=True)
    day.tile(
        _l("Pitches to score"), "roadshow.review", scoring.left_to_score, "calls.call", hint=_l("You were asked to review them."), order=39, shy=True,
    )  # fmt: skip
    for edge in (call_views, scoring_views, selecting_views, timetable_views, api):
        edge.register(app)
