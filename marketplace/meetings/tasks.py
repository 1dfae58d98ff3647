"""What meetings do on the clock: end what nobody answered in time, offer free times on, remind, and forget what was never saved."""

from datetime import timedelta

from marketplace.core import jobs
from marketplace.core.db import end_reading, transaction
from marketplace.meetings import expiring, noting, reminding, standby


@jobs.task("meetings.expire", every=timedelta(seconds=30))
def expire() -> None:
    """Whatever is overdue, some at a time. Asks first, so that a quiet clock keeps no writer waiting; what others hold waits for the next turn."""
    ended = [""]
    while ended and expiring.anything_due():
        with transaction():
            ended = expiring.end_overdue()
            expiring.free_all(ended)


@jobs.task("meetings.offers", every=timedelta(seconds=15))
def offers() -> None:
    """Five minutes are over, or nobody waits: the next one is asked, or the time is free."""
    waiting = standby.unanswered()
    end_reading()
    for meeting_id in waiting:
        with transaction():
            standby.resume(meeting_id)


@jobs.task("meetings.remind", every=timedelta(minutes=5))
def remind() -> None:
    """Each person gets each list and each step once, however often this runs."""
    waiting = reminding.waiting()
    end_reading()
    for send in waiting:
        with transaction():
            send()


@jobs.task("meetings.forget", every=timedelta(hours=6))
def forget() -> None:
    """What was typed long ago and never saved, and the waiting lists of fairs that are over."""
    with transaction():
        noting.forget_old()
        standby.end_lists()
