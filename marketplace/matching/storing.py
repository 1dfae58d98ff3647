"""Stores the first matches of public needs, so that coverage, alerts and exposure need not ask the index for every need.

What is stored follows from the public listings, the index and the ranking alone: the same on every database. A list is
replaced whole; an older state of the index never replaces a newer one, whoever comes last.
"""

from collections import defaultdict
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy import Table, delete, insert, or_, select, update
from sqlalchemy.dialects.postgresql import insert as postgresql_insert
from sqlalchemy.dialects.sqlite import insert as sqlite_insert
from uuid_utils.compat import uuid7

from marketplace.core.clock import now
from marketplace.core.db import db, end_reading, is_postgresql
from marketplace.listings.models import Kind, Listing
from marketplace.matching import events
from marketplace.matching.fields import expansions
from marketplace.matching.fitting import fitting
from marketplace.matching.models import KEPT, MatchedNeed, StoredMatch
from marketplace.matching.ranking import RANKING
from marketplace.matching.strength import ideal, strength
from marketplace.search.documents import ListingDocument, term
from marketplace.search.reader import Reader, Snapshot

NEWS_DAYS = 1
"""A need that was published longer ago and was never matched before is only being caught up with: its matches are no news."""


@dataclass(frozen=True, slots=True)
class Stored:
    """One match to be stored."""

    achievement_id: UUID
    score_milli: int
    strength: int


@dataclass(frozen=True, slots=True)
class NeedList:
    """The matches of one need, best first, the terms that were asked for, and the state of the index that answered."""

    need_id: UUID
    matches: list[Stored]
    asked: dict[str, dict[str, float]]
    unheard: dict[str, str]
    generation: str
    seq: int

    @property
    def state(self) -> tuple[str, int]:
        """Grows with every commit of the index: a generation's name begins with the moment it was built."""
        return self.generation, self.seq

    @property
    def weakest_milli(self) -> int:
        """The score that a further achievement has to reach to be on this list."""
        return self.matches[-1].score_milli if len(self.matches) == KEPT else 0


def compute(reader: Reader, need: ListingDocument) -> NeedList:
    """Return the list of a public need as the index gives it now. Raises IndexUnusable."""
    found = fitting(reader, need, limit=KEPT)
    end_reading()
    best, asked = ideal(found), defaultdict[str, dict[str, float]](dict)
    matches = [Stored(hit.id, round(hit.score * 1000), strength(hit.score, best)) for hit in found.hits]
    for clause in found.clauses:
        asked[clause.field][term(clause.field, clause.token)] = round(clause.weight, 6)
    return NeedList(need.id, matches, asked, _unheard(found.snapshot, need), found.snapshot.generation, found.snapshot.seq)


def replace(lists: Sequence[NeedList]) -> int:
    """Store the lists in place of the old ones, inside the open transaction; returns how many were stored.

    Left out are needs and achievements that are not public any more, and lists older than what is stored. Pairs that stay keep
    their `found_at`; of new ones `events.new_matches` hear, unless they are no news.
    """
    lists = sorted(lists, key=lambda one: one.need_id)  # everyone locks in one order
    ids = [one.need_id for one in lists]
    public = {row.id: row.published_at for row in db.session.execute(_public(ids, Kind.NEED))}
    known = _locked([id for id in ids if id in public])
    lists = [one for one in lists if one.need_id in public and not _newer(known[one.need_id], one)]
    offered = {stored.achievement_id for one in lists for stored in one.matches}
    shown = {row.id for row in db.session.execute(_public(offered, Kind.ACHIEVEMENT))}
    old = _old([one.need_id for one in lists])
    moment, rows, news = now(), [], []
    for one in lists:
        before = old.get(one.need_id, {})
        made = _rows(one, before, [stored for stored in one.matches if stored.achievement_id in shown], moment)
        rows += made
        was = known[one.need_id]
        fresh = was.ranking == RANKING if was.ranking else (moment - public[one.need_id]).days < NEWS_DAYS
        if fresh:
            news += [row for row in made if row["achievement_id"] not in before]
    _write(lists, rows, moment)
    if events.new_matches:
        events.tell([StoredMatch(**row) for row in news])
    return len(lists)


def forget_hidden(ids: Collection[UUID] | None = None) -> None:
    """Remove, inside the open transaction, what is stored of listings that are not public, of `ids` or of all; the needs
    that lose an achievement become stale."""
    hidden = select(Listing.id).where(Listing.public_number.is_(None))
    if ids is not None:
        hidden = hidden.where(Listing.id.in_(list(ids)))
    gone = or_(StoredMatch.need_id.in_(hidden), StoredMatch.achievement_id.in_(hidden))
    losing = list(db.session.scalars(select(StoredMatch.need_id).where(gone).distinct()))
    if losing:
        db.session.execute(delete(StoredMatch).where(gone))
        make_stale(losing)
    db.session.execute(delete(MatchedNeed).where(MatchedNeed.need_id.in_(hidden)))


def make_stale(need_ids: list[UUID] | None = None) -> None:
    """Have these needs, or all, matched again, inside the open transaction."""
    change = update(MatchedNeed).values(stale=True)
    db.session.execute(change if need_ids is None else change.where(MatchedNeed.need_id.in_(need_ids)))


def _unheard(snapshot: Snapshot, need: ListingDocument) -> dict[str, str]:
    """The terms that a need would have asked for if any achievement had them: in titles too those of its text."""
    ranked = need.ranked(translated=False)
    fields = {name: list(ranked[name]) for name in ("words", "bigrams", "pairs")} | {"title": ranked["words"] + ranked["bigrams"]}
    for field, token, _ in expansions(need, ranked):
        fields.setdefault(field, []).append(token)
    missing = {
        field: " ".join(term(field, token) for token in dict.fromkeys(tokens) if not snapshot.frequencies(field)[token])
        for field, tokens in fields.items()
    }
    return {field: terms for field, terms in missing.items() if terms}


def _public(ids: Iterable[UUID], kind: Kind) -> Any:
    return select(Listing.id, Listing.published_at).where(Listing.id.in_(list(ids)), Listing.kind == kind, Listing.public_number.is_not(None))


def _locked(ids: list[UUID]) -> dict[UUID, Any]:
    """What is known of each need, locked until the end of the transaction; a need not known is entered, as never matched."""
    table = MatchedNeed.__table__
    assert isinstance(table, Table)
    query = select(MatchedNeed.need_id, MatchedNeed.ranking, MatchedNeed.generation, MatchedNeed.seq)
    query = query.where(MatchedNeed.need_id.in_(ids)).order_by(MatchedNeed.need_id).with_for_update()
    found = {row.need_id: row for row in db.session.execute(query)}
    if missing := [id for id in ids if id not in found]:
        new = postgresql_insert(table) if is_postgresql() else sqlite_insert(table)
        blank = {"ranking": "", "generation": "", "seq": 0, "held": 0, "weakest_milli": 0, "asked": {}, "unheard": {}, "stale": True, "computed_at": now()}
        db.session.execute(new.on_conflict_do_nothing(), [{"need_id": id} | blank for id in missing])
        found = {row.need_id: row for row in db.session.execute(query)}
    return found


def _newer(known: Any, one: NeedList) -> bool:
    return bool(known.ranking == RANKING and (known.generation, known.seq) > one.state)


def _old(need_ids: list[UUID]) -> dict[UUID, dict[UUID, Any]]:
    query = select(StoredMatch.id, StoredMatch.need_id, StoredMatch.achievement_id, StoredMatch.found_at).where(StoredMatch.need_id.in_(need_ids))
    found: dict[UUID, dict[UUID, Any]] = {}
    for row in db.session.execute(query):
        found.setdefault(row.need_id, {})[row.achievement_id] = row
    return found


def _rows(one: NeedList, before: dict[UUID, Any], matches: list[Stored], moment: Any) -> list[dict[str, Any]]:
    ranking = f"{RANKING}:{one.generation}:{one.seq}"
    return [
        {
            "id": before[stored.achievement_id].id if stored.achievement_id in before else uuid7(),
            "need_id": one.need_id,
            "achievement_id": stored.achievement_id,
            "rank": rank,
            "score_milli": stored.score_milli,
            "strength": stored.strength,
            "ranking": ranking,
            "found_at": before[stored.achievement_id].found_at if stored.achievement_id in before else moment,
            "computed_at": moment,
        }
        for rank, stored in enumerate(matches, start=1)
    ]


def _write(lists: Sequence[NeedList], rows: list[dict[str, Any]], moment: Any) -> None:
    db.session.execute(delete(StoredMatch).where(StoredMatch.need_id.in_([one.need_id for one in lists])))
    if rows:
        db.session.execute(insert(StoredMatch), rows)
    if lists:
        held = [
            {
                "need_id": one.need_id, "ranking": RANKING, "generation": one.generation, "seq": one.seq, "held": len(one.matches),
                "weakest_milli": one.weakest_milli, "asked": one.asked, "unheard": one.unheard, "stale": False, "computed_at": moment,
            }
            for one in lists
        ]  # fmt: skip
        db.session.execute(update(MatchedNeed), held)
