"""Which other listings say nearly the same: found by the index and among those that wait, compared by their words."""

import re
import unicodedata
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy import Select, and_, case, func, or_, select

from marketplace.core.db import db
from marketplace.listings.indexing import reader
from marketplace.listings.models import FairEntry, Kind, Listing, ListingVersion
from marketplace.search import documents
from marketplace.search.analysis import analyze, is_cjk
from marketplace.search.composing import TITLE_WEIGHT, Term
from marketplace.search.index import IndexUnusable
from marketplace.search.searching import best

NEAR = 0.6
"""Share of common words (of title, summary and the beginning of the description) from which two listings are near duplicates."""
WORTH_A_LOOK = 0.35
"""Share of common words of titles and summaries from which whole texts are compared."""
MOST_TERMS, MOST_FOUND, MOST_LOOKED_AT, MOST_SHOWN = 24, 12, 400, 5
LONGEST_COMPARED, LONGEST_SHOWN = 3_000, 600
PARTS = ("title", "summary", "description")
_HAN = re.compile("[\u3400-\u9fff]")
_WORD = re.compile("[\u3400-\u9fff]|[^\\W_\u3400-\u9fff]+")
V = ListingVersion


@dataclass(frozen=True, slots=True)
class Near:
    """Another listing, with its share of common words; ``own``: of the same organisation."""

    id: UUID
    kind: Kind
    reference: str
    title_en: str | None
    title_zh: str | None
    text: str
    percent: int
    own: bool
    public: bool


def words_of(text: str) -> frozenset[str]:
    """Words without case; of Chinese each pair of neighbouring characters."""
    pieces = _WORD.findall(unicodedata.normalize("NFKC", text).casefold())
    pairs = {a + b for a, b in zip(pieces, pieces[1:], strict=False) if _HAN.match(a) and _HAN.match(b)}
    single = {piece for piece in pieces if not _HAN.match(piece)}
    return frozenset(pairs | single or set(pieces))


def alike(one: frozenset[str], other: frozenset[str]) -> float:
    """How much of two sets of words is the same, 0 to 1 (Jaccard's index)."""
    return len(one & other) / len(one | other) if one | other else 1.0


def near(kind: Kind, content: Mapping[str, Any], *, listing_id: UUID | None, organization_id: UUID, fair_ids: Collection[UUID] = ()) -> list[Near]:
    """Near duplicates, the nearest first, at most `MOST_SHOWN`.

    Compared are public listings, what the organisation handed in, and what waits or was decided at ``fair_ids``: the caller may
    read these. Only columns are read, which everybody may read once they are public. While the index is being built it finds none.
    """
    head, whole = words_of(_text(content, PARTS[:2])), words_of(_text(content, PARTS))
    ids = _by_index(kind, content) | _by_title(kind, head, organization_id, fair_ids)
    found = []
    for row in db.session.execute(_rows(ids - {listing_id}, organization_id, fair_ids)) if ids - {listing_id} else ():
        share = alike(whole, words_of(_text(dict(row._mapping), PARTS)))
        if share >= NEAR:
            found.append(_near(row, share, organization_id))
    return sorted(found, key=lambda each: (-each.percent, each.reference))[:MOST_SHOWN]


def _near(row: Any, share: float, organization_id: UUID) -> Near:
    text = row.summary_en or row.description_en or row.summary_zh or row.description_zh or ""
    return Near(
        row.id, row.kind, row.reference, row.title_en, row.title_zh, text[:LONGEST_SHOWN], round(100 * share),
        own=row.organization_id == organization_id, public=row.public_number is not None,
    )  # fmt: skip


def _text(content: Mapping[str, Any], parts: Iterable[str]) -> str:
    return "\n".join((content[f"{part}_{code}"] or "")[:LONGEST_COMPARED] for part in parts for code in ("en", "zh"))


def _by_index(kind: Kind, content: Mapping[str, Any]) -> set[UUID]:
    try:
        snapshot = reader().snapshot(documents.Kind(kind.value))
        tokens = dict.fromkeys(token for part in PARTS[:2] for code in ("en", "zh") for token in analyze(content[f"{part}_{code}"] or ""))
        places = [("bigrams" if is_cjk(token) else "words", token) for token in tokens]
        known = sorted((snapshot.frequencies(field)[token], field, token) for field, token in places)
        rarest = [(field, token) for count, field, token in known if count][:MOST_TERMS]
        terms = [term for field, token in rarest for term in (Term(field, token, 1.0), Term("title", token, TITLE_WEIGHT))]
        return {id for _, id, _ in best(snapshot, terms, (), conditions=(), limit=MOST_FOUND)}
    except IndexUnusable:
        return set()


def _by_title(kind: Kind, head: frozenset[str], organization_id: UUID, fair_ids: Collection[UUID]) -> set[UUID]:
    """Those that no fair shows yet, which the index cannot know."""
    here = and_(FairEntry.fair_id.in_(list(fair_ids)), FairEntry.submitted_number.is_not(None))
    number = func.coalesce(FairEntry.submitted_number, FairEntry.published_number, FairEntry.returned_number, Listing.draft_number)
    query = (
        select(Listing.id, V.title_en, V.title_zh, V.summary_en, V.summary_zh)
        .join(FairEntry, FairEntry.listing_id == Listing.id)
        .join(V, and_(V.listing_id == Listing.id, V.number == number))
        .where(Listing.kind == kind, or_(Listing.organization_id == organization_id, here))
        .order_by(Listing.changed_at.desc())
        .limit(MOST_LOOKED_AT)
    )
    return {row.id for row in db.session.execute(query) if alike(head, words_of(_text(dict(row._mapping), PARTS[:2]))) >= WORTH_A_LOOK}


def _rows(ids: Collection[UUID], organization_id: UUID, fair_ids: Collection[UUID]) -> Select[Any]:
    """The public version, else the newest one that was handed in: an own one anywhere, another's at these fairs."""
    entered = select(func.max(V.number)).where(V.listing_id == Listing.id, V.entered_at.is_not(None)).correlate(Listing).scalar_subquery()
    last = func.coalesce(FairEntry.submitted_number, FairEntry.published_number, FairEntry.returned_number)
    here = select(func.max(last)).where(FairEntry.listing_id == Listing.id, FairEntry.fair_id.in_(list(fair_ids))).correlate(Listing).scalar_subquery()
    number = case((Listing.public_number.is_not(None), Listing.public_number), (Listing.organization_id == organization_id, entered), else_=here)
    texts = [getattr(V, f"{part}_{code}") for part in PARTS for code in ("en", "zh")]
    query = select(Listing.id, Listing.kind, Listing.reference, Listing.organization_id, Listing.public_number, *texts)
    return query.join(V, and_(V.listing_id == Listing.id, V.number == number)).where(Listing.id.in_(list(ids)))
