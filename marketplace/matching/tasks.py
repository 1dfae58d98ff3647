"""What runs without being asked: stored matches follow the index, on a clock and in shards on any number of workers."""

from datetime import timedelta
from uuid import UUID

from sqlalchemy import func, select

from marketplace.core.db import db, transaction
from marketplace.core.jobs import OutboxRow, enqueue, task
from marketplace.matching import rematching
from marketplace.search.index import IndexUnusable

MOST_SHARDS = 1_000


@task("matching.keep", every=timedelta(seconds=0.5))
def keep() -> None:
    """Match what has changed. Without an index there is nothing to follow yet."""
    try:
        rematching.keep()
    except IndexUnusable:
        return


@task("matching.refresh", every=timedelta(seconds=5))
def refresh() -> None:
    """Match some of what comes from another index or ranking."""
    try:
        rematching.refresh()
    except IndexUnusable:
        return


@task("matching.shard", outside=True)
def shard(number: int, of: int) -> None:
    """Match and store one of `of` shares of all public needs, in transactions of its own; to repeat it is harmless."""
    rematching.everything(shard=number, of=of)


def enqueue_shards(of: int) -> list[UUID]:
    """Promise a rematch of every public need in `of` jobs."""
    with transaction():
        return [enqueue("matching.shard", number=number, of=of) for number in range(of)]


def waiting_shards() -> int:
    """How many of those jobs are not done."""
    query = select(func.count()).select_from(OutboxRow).where(OutboxRow.task == "matching.shard", OutboxRow.done_at.is_(None))
    return db.session.scalar(query) or 0
