"""On a clock: records that an upgrade or a crash left behind."""

from datetime import timedelta

from marketplace.core.db import end_reading, transaction
from marketplace.core.jobs import task
from marketplace.interchange import keeping

AT_ONCE = 500


@task("interchange.catch_up", every=timedelta(minutes=10))
def catch_up() -> None:
    """Give public listings their records, some at a time; those that stand no more get none, and are looked at again."""
    found = keeping.missing(AT_ONCE)
    end_reading()
    if found:
        with transaction():
            keeping.note(found)
