"""Whether two listings may be one: the same title but for case, width and signs; then how much of their texts is the same."""

import re
import unicodedata
from collections.abc import Mapping
from typing import Any
from uuid import UUID

from sqlalchemy import and_, select

from marketplace.core.db import db
from marketplace.listings import levels, rules
from marketplace.listings.models import Kind, Listing, ListingVersion

SHORTEST = 6
"""A shorter title ("Pump") says too little to tell two listings from one."""
LONGEST_SHOWN = 600
_SIGNS = re.compile(r"[\W_]+")
_PIECES = re.compile("[\u3400-\u9fff]|[^\\W_\u3400-\u9fff]+")


def keys(content: Mapping[str, Any]) -> list[int]:
    """Its titles as numbers that are equal for titles that are alike."""
    found = []
    for name in ("title_en", "title_zh"):
        folded = _SIGNS.sub("", unicodedata.normalize("NFKC", content.get(name) or "").casefold())
        if len(folded) >= (SHORTEST if folded.isascii() else SHORTEST // 2):
            found.append(hash((name, folded)))
    return found


def titles(kind: Kind, organization_id: UUID, *, public: bool = False) -> dict[int, UUID]:
    """The listings of an organisation by their titles, the oldest first; ``public``: only what everybody reads, for who is not its own."""
    number = Listing.public_number if public else Listing.draft_number
    query = (
        select(Listing.id, ListingVersion.title_en, ListingVersion.title_zh)
        .join(ListingVersion, and_(ListingVersion.listing_id == Listing.id, ListingVersion.number == number))
        .where(Listing.organization_id == organization_id, Listing.kind == kind)
        .order_by(Listing.created_at, Listing.id)
        .execution_options(yield_per=2000)
    )
    found: dict[int, UUID] = {}
    for listing_id, en, zh in db.session.execute(query):
        for key in keys({"title_en": en, "title_zh": zh}):
            found.setdefault(key, listing_id)
    return found


def listing(listing_id: UUID, *, public: bool = False) -> tuple[str, dict[str, Any]]:
    """Its reference and its whole content; ``public``: what everybody reads of it."""
    number = Listing.public_number if public else Listing.draft_number
    columns = (*(getattr(ListingVersion, name) for name in rules.CONTENT), ListingVersion.reserved)
    query = select(Listing.reference, *columns).join(ListingVersion, and_(ListingVersion.listing_id == Listing.id, ListingVersion.number == number))
    row = db.session.execute(query.where(Listing.id == listing_id)).one()
    found = row._mapping
    return row[0], levels.whole({name: found[name] for name in rules.CONTENT}, {} if public else found["reserved"])


def shown(content: Mapping[str, Any]) -> tuple[str, str]:
    """Title and the beginning of the text, in the first language there is."""
    title = content.get("title_en") or content.get("title_zh") or ""
    text = content.get("summary_en") or content.get("description_en") or content.get("summary_zh") or content.get("description_zh") or ""
    return str(title), str(text)[:LONGEST_SHOWN]


def percent(one: Mapping[str, Any], other: Mapping[str, Any]) -> int:
    """How much of the words of their texts is the same (Jaccard's index of their words, of Chinese of pairs of characters), 0 to 100."""
    a, b = _pieces(one), _pieces(other)
    return 100 if not a and not b else round(100 * len(a & b) / len(a | b))


def _pieces(content: Mapping[str, Any]) -> set[str]:
    text = " ".join(str(content.get(name) or "") for name in ("summary_en", "summary_zh", "description_en", "description_zh"))
    found = _PIECES.findall(unicodedata.normalize("NFKC", text).casefold()[:40_000])
    chinese = {a + b for a, b in zip(found, found[1:], strict=False) if len(a) == len(b) == 1 and not a.isascii() and not b.isascii()}
    return chinese | {piece for piece in found if len(piece) > 1 or piece.isascii()}
