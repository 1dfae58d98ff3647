"""Lets stored matches follow the index: what a changed listing touches, and what is missing or comes from an older index.

The index tells which listings it has taken in, in the transaction that notes their changes as done, so that a crash loses
nothing. A changed need is matched anew; a changed achievement touches the needs that hold it and those whose list it
reaches. After a rebuild, or with another ranking, everything is matched again in small batches: nobody waits for it.
"""

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from math import inf
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, Select, case, delete, func, insert, or_, select

from marketplace.core.clock import now
from marketplace.core.db import db, end_reading, transaction
from marketplace.listings import indexing
from marketplace.listings.models import Kind, Listing
from marketplace.matching import storing
from marketplace.matching.models import MatchedNeed, StoredMatch, WaitingRematch
from marketplace.matching.ranking import RANKING
from marketplace.matching.reaching import reached
from marketplace.matching.storing import NeedList
from marketplace.search import documents
from marketplace.search.documents import ListingDocument

BATCH = 200  # changed listings that are looked at together
SLICE = 25  # needs that are stored in one transaction: on SQLite it keeps all other writers waiting
MANY = 1_000  # changed listings; from there on every need is matched anew
BUDGET_SECONDS = 0.4  # of one run on a clock, which shares its thread with the index


@dataclass(frozen=True, slots=True)
class Status:
    """How far the stored matches are: of `needs` public ones, `stored` ever, `current` by this ranking, index generation and
    after every change; `waiting` changed listings are not looked at yet."""

    needs: int
    stored: int
    current: int
    waiting: int
    matches: int


def touched(ids: list[UUID], _generation: str, _seq: int) -> None:
    """The index has taken these listings in: remember it, and forget what is not public any more. In the open transaction."""
    storing.forget_hidden(ids)
    moment = now()
    db.session.execute(insert(WaitingRematch), [{"listing_id": id, "asked_at": moment} for id in ids])


def keep() -> int:
    """Match what changed since, for about `BUDGET_SECONDS`; nothing while another process does. Returns the number of needs."""
    if not _work():
        return 0
    with indexing.alone(indexing.root(), "rematch", wait=False) as free:
        return _follow(until=time.monotonic() + BUDGET_SECONDS) if free else 0


def refresh() -> int:
    """Match some of the needs that were matched by another ranking or index, or never; returns how many."""
    with indexing.alone(indexing.root(), "rematch", wait=False) as free:
        if not free:
            return 0
        if not (need_ids := _outdated()):
            return 0
        with transaction():
            storing.forget_hidden()
        return _match(need_ids, until=time.monotonic() + BUDGET_SECONDS)


def drain() -> int:
    """Bring everything up to date with the index, waiting for other processes; returns how many needs were matched."""
    with indexing.alone(indexing.root(), "rematch", wait=True):
        return _follow() + _match(_outdated())


def everything(step: Callable[[list[NeedList]], None] = lambda _: None, *, shard: int = 0, of: int = 1) -> int:
    """Match every public need and store it, or one of `of` equal shares; returns how many. Raises IndexUnusable.

    `step` is called with what was matched, some needs at a time. Any number of processes and machines may match at once: a list
    is stored by whoever has seen the newer index.
    """
    query = select(Listing.id).where(Listing.kind == Kind.NEED, Listing.public_number.is_not(None), Listing.num % of == shard)
    return _match(_ids(query.order_by(Listing.num)), step=step)


def status() -> Status:
    """Count what is stored and what waits."""
    query = _public_needs(func.count(), func.count(MatchedNeed.need_id), func.coalesce(func.sum(case((_is_outdated(), 0), else_=1)), 0))
    needs, stored, current = db.session.execute(query).one()
    waiting, matches = (db.session.scalar(select(func.count()).select_from(table)) or 0 for table in (WaitingRematch, StoredMatch))
    end_reading()
    return Status(needs, stored, current, waiting, matches)


def _work() -> bool:
    waiting = select(WaitingRematch.id).limit(1)
    stale = select(MatchedNeed.need_id).where(MatchedNeed.stale).limit(1)
    found = any(db.session.scalar(query) is not None for query in (waiting, stale))
    end_reading()
    return found


def _follow(*, until: float = inf) -> int:
    """Match what waits, then what is stale, until the moment comes."""
    done = 0
    while changed := _waiting():
        done += _match(_touched_needs(list(dict.fromkeys(row.listing_id for row in changed))))
        with transaction():
            db.session.execute(delete(WaitingRematch).where(WaitingRematch.id.in_([row.id for row in changed])))
        if time.monotonic() > until:
            return done
    return done + _match(_ids(select(MatchedNeed.need_id).where(MatchedNeed.stale)), until=until)


def _waiting() -> Sequence[Any]:
    """The changed listings that waited longest; of very many none: then every need is stale instead."""
    query = select(WaitingRematch.id, WaitingRematch.listing_id).order_by(WaitingRematch.id)
    rows = db.session.execute(query.limit(MANY)).all()
    end_reading()
    if len(rows) < MANY:
        return rows[:BATCH]
    with transaction():
        storing.make_stale()
        db.session.execute(delete(WaitingRematch).where(WaitingRematch.id <= rows[-1].id))
    return _waiting()


def _touched_needs(ids: list[UUID]) -> list[UUID]:
    """The needs among the listings `ids`, those that hold one of them, and those that one of them reaches."""
    found = set(_ids(select(Listing.id).where(Listing.id.in_(ids), Listing.kind == Kind.NEED)))
    found |= set(_ids(select(StoredMatch.need_id).where(StoredMatch.achievement_id.in_(ids)).distinct()))
    return sorted(found | reached(indexing.reader(), _documents(ids, Kind.ACHIEVEMENT)))


def _outdated() -> list[UUID]:
    return _ids(_public_needs(Listing.id).where(_is_outdated()).order_by(Listing.num))


def _is_outdated() -> ColumnElement[bool]:
    generation = indexing.reader().snapshot(documents.Kind.ACHIEVEMENT).generation
    other = or_(MatchedNeed.ranking != RANKING, MatchedNeed.generation != generation)
    return or_(MatchedNeed.need_id.is_(None), MatchedNeed.stale, other)


def _public_needs(*columns: Any) -> Select[Any]:
    query = select(*columns).select_from(Listing).outerjoin(MatchedNeed, MatchedNeed.need_id == Listing.id)
    return query.where(Listing.kind == Kind.NEED, Listing.public_number.is_not(None))


def _match(need_ids: list[UUID], *, until: float = inf, step: Callable[[list[NeedList]], None] = lambda _: None) -> int:
    """Match and store these needs, `SLICE` in one transaction; the searches are done before it begins."""
    done = 0
    for start in range(0, len(need_ids), SLICE):
        lists = [storing.compute(indexing.reader(), need) for need in _documents(need_ids[start : start + SLICE], Kind.NEED)]
        with transaction():
            storing.replace(lists)
        step(lists)
        done += len(lists)
        if time.monotonic() > until:
            break
    return done


def _documents(ids: list[UUID], kind: Kind) -> list[ListingDocument]:
    rows = db.session.execute(indexing.select_public().where(Listing.id.in_(ids), Listing.kind == kind)).all()
    rates = indexing.latest_rates()
    end_reading()
    return [indexing.document(row, [], rates) for row in rows]


def _ids(query: Select[Any]) -> list[UUID]:
    found: list[UUID] = list(db.session.scalars(query))
    end_reading()
    return found
