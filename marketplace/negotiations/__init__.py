"""Negotiations: the thread of one deal, from the interest to the hand-over of agreed facts, or to a reason.

Words: an organisation *asks* about a public listing (the *interest*); the other *accepts* or *declines*; then both sides put
*rounds* of terms on the table, *counter*, *withdraw*, *agree*, or end the talks *lost* with a reason; what was agreed is
*handed over* to the fair's contract desk. In between they may *evaluate*, wait for an *approval*, or *pause*: `models.MOVES`
(`docs/rules/negotiation.md`).
Always true: only the two organisations read a thread, fair staff see that it exists and its stage; one pair has at most one
open thread, and a thread at most one open round; the desk gets the agreed facts and never a round or a note
(`docs/rules/disclosure.md`).
"""

from flask import Flask

from marketplace.core import access, day, layout
from marketplace.core.i18n import lazy_gettext as _l


def register(app: Flask) -> None:
    from marketplace.negotiations import (
        api,
        board,
        board_api,
        board_views,
        documents,
        door,
        merging,
        paper,
        points,
        queries,
        staging_api,
        staging_views,
        story,
        telling,
        views,
    )
    from marketplace.negotiations import tasks as tasks  # declares the jobs

    merging.register()
    door.register()
    access.declare("negotiations.read", _l("Read one's own negotiations"), members=("owner", "editor", "reader"))
    access.declare("negotiations.write", _l("Ask, offer, agree and hand over"), members=("owner", "editor"))
    access.declare("negotiations.staff", _l("See the stages of negotiations"), staff=("manager", "moderator", "clerk", "verifier"))
    access.declare("negotiations.take", _l("Take agreed facts to the contract desk"), staff=("manager", "clerk"))
    access.declare("negotiations.pace", _l("Set by when a fair's negotiations go on"), staff=("manager",))
    layout.navigation(_l("Negotiations"), "negotiations.mine", "negotiations.read", 30)
    layout.navigation(_l("Stages of negotiations"), "negotiation_board.staff", "negotiations.staff", 45)
    day.tile(
        _l("Questions to answer"), "negotiations.read", lambda actor: queries.waiting_counts(by=actor)[0], "negotiations.mine", "due",
        hint=_l("An organisation waits for your yes or no."), order=30, stage="interest", my_move="true",
    )  # fmt: skip
    day.tile(
        _l("Negotiations: your move"), "negotiations.read", lambda actor: queries.waiting_counts(by=actor)[1], "negotiations.mine", "due",
        hint=_l("The other side waits for you."), order=31, my_move="true",
    )  # fmt: skip
    day.tile(
        _l("Answers that are late"), "negotiations.read", lambda actor: queries.late_count(by=actor), "negotiations.mine", "late",
        hint=_l("The day you were expected to move is over."), order=32, late="true",
    )  # fmt: skip
    day.tile(
        _l("Negotiations that stalled"), "negotiations.staff", lambda actor: board.stalled_count(by=actor), "negotiation_board.staff", "late",
        hint=_l("Nothing happened for days, although a side is expected to move."), order=45, waiting="stalled",
    )  # fmt: skip
    telling.register()
    views.register(app)
    api.register(app)
    for part in (staging_views, staging_api, board_views, board_api):
        part.register(app)
    for part in (points, documents, paper, story):
        part.register(app)
