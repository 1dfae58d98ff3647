"""On a clock: records that an upgrade or a crash left behind."""

from datetime import timedelta
from uuid import UUID

from marketplace.core.db import end_reading, transaction
from marketplace.core.jobs import task
from marketplace.interchange import keeping

AT_ONCE = 500


@task("interchange.catch_up", every=timedelta(minutes=10))
def catch_up() -> None:
    """Give public listings their records, some in each transaction; those that stand no more get none."""
    after: UUID | None = None
    while found := keeping.missing(AT_ONCE, after=after):
        end_reading()
        with transaction():
            keeping.note(found)
        after = found[-1]
    end_reading()
