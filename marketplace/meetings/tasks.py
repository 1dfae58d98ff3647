"""What meetings do on the clock: end what nobody answered in time."""

from datetime import timedelta

from marketplace.core import jobs
from marketplace.core.db import transaction
from marketplace.meetings import expiring


@jobs.task("meetings.expire", every=timedelta(seconds=30))
def expire() -> None:
    """Whatever is overdue, some at a time. Asks first, so that a quiet clock keeps no writer waiting."""
    while expiring.anything_due():
        with transaction():
            expiring.free_all(expiring.end_overdue())
