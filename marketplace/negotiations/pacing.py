"""What a fair expects of its negotiations, in days: read by everybody, set by its managers."""

from marketplace.core import audit
from marketplace.core.access import Actor
from marketplace.core.db import db
from marketplace.core.errors import NotFound
from marketplace.fairs.models import Fair
from marketplace.negotiations import queries
from marketplace.negotiations.models import Pace


def managed(fair: Fair, *, by: Actor) -> Fair:
    """A fair whose numbers this person may set. Raises NotFound (not their fair), Forbidden (another role there)."""
    if fair.id not in by.fairs_where("negotiations.staff"):
        raise NotFound()
    by.require("negotiations.pace", fair_id=fair.id)
    return fair


def version(fair: Fair) -> int:
    """The version of a fair's numbers; 0 while it goes by the defaults."""
    pace = db.session.get(Pace, fair.id)
    return pace.version if pace else 0


def put(fair: Fair, *, answer_days: int, move_days: int, stalled_days: int, by: Actor) -> Pace:
    """Set the numbers; days that are set already stay as they are. Raises NotFound, Forbidden."""
    managed(fair, by=by)
    db.session.refresh(fair, with_for_update=True)  # of two first settings at once, the second finds the row
    before, pace = queries.days_of(fair.id), db.session.get(Pace, fair.id, populate_existing=True)
    if pace is None:
        pace = Pace(fair_id=fair.id)
        db.session.add(pace)
    pace.answer_days, pace.move_days, pace.stalled_days = answer_days, move_days, stalled_days
    db.session.flush()
    audit.record(
        "negotiations.pace", f"fair:{fair.id}", by=by, fair_id=fair.id, was=[before.answer, before.move, before.stalled],
        now=[answer_days, move_days, stalled_days],
    )  # fmt: skip
    return pace
