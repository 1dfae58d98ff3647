"""Which needs a new or changed achievement reaches: whose stored list it would enter, or stay on.

The reverse of a search: the terms that each need asked for are stored, and the text of the achievement is held against them
by the ranking's formula. One achievement and 700 real needs cost a tenth of a second, where asking the index for every need costs seconds.
"""

from collections import Counter, defaultdict
from collections.abc import Iterable
from uuid import UUID

from sqlalchemy import select
from tantivy import Query

from marketplace.core.db import db, end_reading
from marketplace.matching import gates
from marketplace.matching.models import MatchedNeed
from marketplace.search import bm25
from marketplace.search.clauses import exactly, unscored
from marketplace.search.documents import Kind, ListingDocument, term, terms
from marketplace.search.reader import Reader, Snapshot

MARGIN = 0.95
"""The weakest match was scored when the index held other listings: who comes this near to it is tried."""
RARER = 1.5
"""What one listing alone says tells more than the terms that were asked for, and weighs more by less than this."""
_Postings = dict[str, dict[str, list[tuple[UUID, float]]]]


def reached(reader: Reader, achievements: Iterable[ListingDocument]) -> set[UUID]:
    """Return the needs that were matched before and whose list one of `achievements` would be on now, if their conditions
    agree; a few too many, never too few. Raises IndexUnusable."""
    known = db.session.execute(select(MatchedNeed.need_id, MatchedNeed.weakest_milli, MatchedNeed.asked, MatchedNeed.unheard)).all()
    end_reading()
    least = {row.need_id: row.weakest_milli / 1000 * MARGIN for row in known}
    postings: _Postings = defaultdict(lambda: defaultdict(list))
    achievements = list(achievements)
    said = _said(achievements)
    for row in known:
        for field, weights in row.asked.items():
            for asked in said[field].intersection(weights):
                postings[field][asked].append((row.need_id, weights[asked]))
        for field, missing in row.unheard.items():
            weight = max(row.asked.get(field, {}).values(), default=1.0) * RARER
            for asked in said[field].intersection(missing.split()):
                postings[field][asked].append((row.need_id, weight))
    offers, needs = reader.snapshot(Kind.ACHIEVEMENT), reader.snapshot(Kind.NEED)
    found: set[UUID] = set()
    for achievement in achievements:
        scores = _scores(offers, achievement, postings)
        enough = {need_id for need_id, score in scores.items() if score >= least[need_id]} - found
        if enough:
            found |= enough & _agreeing(needs, achievement)
    return found


def _said(achievements: Iterable[ListingDocument]) -> dict[str, set[str]]:
    """Every term of the achievements, by ranked field, as the index holds it."""
    said: defaultdict[str, set[str]] = defaultdict(set)
    for achievement in achievements:
        for field, tokens in achievement.ranked().items():
            said[field].update(terms(field, tokens))
    return said


def _scores(snapshot: Snapshot, achievement: ListingDocument, postings: _Postings) -> dict[UUID, float]:
    """What each need would score the achievement, by the engine's own formula."""
    scores: defaultdict[UUID, float] = defaultdict(float)
    for field, tokens in achievement.ranked().items():
        counts = Counter(terms(field, tokens))
        statistics = snapshot.statistics(field, tokens)
        if statistics is None:
            continue
        containing = {term(field, token): snapshot.frequencies(field)[token] for token in dict.fromkeys(tokens)}
        for asked, count in counts.items():
            if askers := postings[field].get(asked):
                points = bm25.points(1.0, containing[asked], count, length=len(tokens), of=statistics)
                for need_id, weight in askers:
                    scores[need_id] += weight * points
    return scores


def _agreeing(snapshot: Snapshot, achievement: ListingDocument) -> set[UUID]:
    """The public needs whose conditions the achievement does not break."""
    query = Query.boolean_query([unscored(exactly("listing", "yes")), *gates.filters(achievement)])
    return {id for _, id, _ in snapshot.search(query, max(1, snapshot.searcher.num_docs))}
