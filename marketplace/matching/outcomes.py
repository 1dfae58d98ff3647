"""What became of a pair: the first interest, meeting and contract, written with their cause, to learn from and to see coverage."""

from typing import Any
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.dialects.postgresql import insert as postgresql_insert
from sqlalchemy.dialects.sqlite import insert as sqlite_insert
from uuid_utils.compat import uuid7

from marketplace.core.clock import now
from marketplace.core.db import db, is_postgresql
from marketplace.matching.models import MatchOutcome, Outcome, StoredMatch


def note(need_id: UUID | None, achievement_id: UUID | None, outcome: Outcome) -> None:
    """Write down that a pair came to this, within the transaction that made it so; the first time stays.

    Does nothing unless both listings are named. The place that the achievement has among the need's stored matches is kept
    beside it: what the ranking thought of the pair before it came to something.
    """
    if need_id is None or achievement_id is None:
        return
    place = stored(need_id, achievement_id)
    values = {
        "id": uuid7(), "need_id": need_id, "achievement_id": achievement_id, "outcome": outcome, "happened_at": now(),
        "rank": place.rank if place else None, "score_milli": place.score_milli if place else None, "ranking": place.ranking if place else None,
    }  # fmt: skip
    insert = postgresql_insert if is_postgresql() else sqlite_insert
    db.session.execute(insert(MatchOutcome).values(**values).on_conflict_do_nothing())


def stored(need_id: UUID, achievement_id: UUID) -> Any:
    """(rank, score_milli, ranking) of a stored match; None when it is none of the need's."""
    query = select(StoredMatch.rank, StoredMatch.score_milli, StoredMatch.ranking)
    return db.session.execute(query.where(StoredMatch.need_id == need_id, StoredMatch.achievement_id == achievement_id)).one_or_none()
