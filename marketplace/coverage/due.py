"""What the day page counts of the fairs that one works for and that are not closed."""

from datetime import timedelta

from sqlalchemy import func, select

from marketplace.core.access import Actor
from marketplace.core.clock import today
from marketplace.core.db import db
from marketplace.coverage import counted, rules
from marketplace.coverage.counted import Filter
from marketplace.fairs.models import Fair
from marketplace.listings.models import Kind


def _fairs_under_way(by: Actor) -> list[Fair]:
    mine = by.fairs_where("coverage.read")
    return [] if not mine else list(db.session.scalars(select(Fair).where(Fair.id.in_(mine), Fair.closed_at.is_(None))))


def needs_without(by: Actor) -> int:
    """Needs without a good match."""
    return sum(
        db.session.scalar(counted.listings(fair, Kind.NEED, Filter(), func.count()).where(counted.without_good_match())) or 0 for fair in _fairs_under_way(by)
    )


def without_contact(by: Actor) -> int:
    """Organisations without a contact, from the second day of a fair on."""
    total = 0
    for fair in _fairs_under_way(by):
        if today(fair.time_zone) >= fair.opens_on + timedelta(days=rules.SILENT_DAYS - 1):
            found = counted.organizations(fair, Filter()).subquery()
            total += db.session.scalar(select(func.count()).select_from(found).where(counted.no_contact(found))) or 0
    return total


def calls_due(by: Actor) -> int:
    """Organisations whose last note names a day to call again that has come."""
    total = 0
    for fair in _fairs_under_way(by):
        found = counted.organizations(fair, Filter()).subquery()
        total += db.session.scalar(select(func.count()).select_from(found).where(counted.call_due(found, fair))) or 0
    return total
