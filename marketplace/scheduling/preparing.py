"""What a fair's managers set: until when wishes are taken, and which times a plan may use."""

from collections.abc import Sequence
from datetime import date, timedelta
from uuid import UUID

from marketplace.core import audit
from marketplace.core.access import Actor
from marketplace.core.clock import now
from marketplace.core.db import db
from marketplace.core.errors import IllegalMove, Invalid
from marketplace.core.i18n import gettext
from marketplace.core.web import check_version
from marketplace.fairs import queries as fairs
from marketplace.fairs.models import Fair
from marketplace.scheduling import queries, rules
from marketplace.scheduling.models import MeetingCall


def call_for_wishes(
    fair_id: UUID, *, closes_on: date, days: Sequence[date], hours: str, length_minutes: int, pause_minutes: int, seconds: int,
    version: int | None = None, by: Actor,
) -> MeetingCall:  # fmt: skip
    """Take wishes until the end of a day, for slots of these days and hours ("09:00-12:00, 13:30-17:00"); said again, it changes them.

    Raises Forbidden, NotFound, IllegalMove (the fair is closed), Invalid, Stale."""
    by.require(queries.MANAGE, fair_id=fair_id)
    fair = fairs.get(fair_id)
    if fair.closed_at is not None:
        raise IllegalMove(gettext("This fair is closed."))
    spans = _checked(fair, closes_on, days, hours, length_minutes, pause_minutes)
    call = db.session.get(MeetingCall, fair_id, with_for_update=True)
    if call is None:
        call = MeetingCall(fair_id=fair_id, created_at=now())
        db.session.add(call)
    else:
        check_version(call.version, version)
    call.closes_on, call.days, call.hours = closes_on, [day.isoformat() for day in sorted(set(days))], spans
    call.length_minutes, call.pause_minutes, call.seconds = length_minutes, pause_minutes, seconds
    db.session.flush()
    audit.record("scheduling.call", f"fair:{fair_id}", by=by, fair_id=fair_id, closes_on=closes_on.isoformat())
    return call


def _checked(fair: Fair, closes_on: date, days: Sequence[date], hours: str, length_minutes: int, pause_minutes: int) -> list[list[str]]:
    """The spans of hours. Raises Invalid."""
    if not days or any(not fair.opens_on <= day <= fair.closes_on for day in days):
        span = f"{fair.opens_on.isoformat()} – {fair.closes_on.isoformat()}"
        raise Invalid.field("days", "outside_fair", gettext("The fair's days are %(days)s, on its own clock.", days=span))
    if closes_on > max(days) or closes_on < fair.opens_on - timedelta(days=400):
        raise Invalid.field("closes_on", "day_range", gettext("Wishes close before the last day of the plan, and not long before the fair."))
    if length_minutes % 15 or pause_minutes % 15:
        raise Invalid.field("length_minutes", "quarter", gettext("Lengths and pauses are full quarters of an hour."))
    try:
        spans = rules.parse_hours(hours)
    except ValueError as error:
        text = gettext("Write hours such as 09:00-12:00, 13:30-17:00, in full quarters, one after another.")
        raise Invalid.field("hours", "hours", text) from error
    number = len(rules.slots(days, spans, length_minutes=length_minutes, pause_minutes=pause_minutes, time_zone=fair.time_zone))
    if not 1 <= number <= rules.MOST_SLOTS:
        raise Invalid.field("hours", "slots", gettext("These hours give %(number)s slots; there must be between 1 and %(most)s.", number=number, most=rules.MOST_SLOTS))
    return spans
