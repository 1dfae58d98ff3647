"""Calls and the timetable in words: labels of states, languages and deeds, and how pages write days and points."""

from datetime import date
from typing import Any

from babel.dates import format_skeleton
from flask_babel import get_locale

from marketplace.core.i18n import lazy_gettext as _l
from marketplace.listings.rules import is_chinese
from marketplace.roadshow.calls.models import Deed, Status
from marketplace.roadshow.calls.rules import in_points

STATUSES = {
    Status.SUBMITTED: _l("undecided"), Status.SELECTED: _l("chosen"), Status.WAITING: _l("on the waiting list"),
    Status.REJECTED: _l("not chosen"), Status.WITHDRAWN: _l("withdrawn"),
}  # fmt: skip
CHIPS = {
    Status.SUBMITTED: "submitted", Status.SELECTED: "published", Status.WAITING: "draft", Status.REJECTED: "back", Status.WITHDRAWN: "withdrawn",
}  # fmt: skip
LANGUAGES = {"en": _l("English"), "zh": _l("Chinese")}
DEEDS = {
    Deed.PLACE: _l("Placed"), Deed.MOVE: _l("Moved"), Deed.SWAP: _l("Changed places"), Deed.TAKE_OUT: _l("Taken out"),
}  # fmt: skip


def day(value: date | str) -> str:
    """Such as "Fri, Sep 18", as each language writes it: the weekday helps who plans."""
    return str(format_skeleton("MMMEd", date.fromisoformat(value) if isinstance(value, str) else value, locale=get_locale()))


def words() -> dict[str, Any]:
    """For the templates."""
    return {
        "STATUSES": STATUSES, "CHIPS": CHIPS, "PRESENTED_IN": LANGUAGES, "DEEDS": DEEDS, "in_points": in_points, "short_day": day,
        "Status": Status, "is_chinese": is_chinese,
    }  # fmt: skip
