"""What an organisation publicly offers and seeks, for its page in the directory: never by a listing that is anonymous."""

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

from markupsafe import Markup
from sqlalchemy import Select, String, and_, cast, func, select

from marketplace.core.db import db
from marketplace.core.layout import part
from marketplace.listings.models import Kind, Listing, ListingVersion
from marketplace.organizations import events
from marketplace.taxonomy.vocabularies import WIPO_FIELDS

NEWEST = 6
V = ListingVersion
SHOWN = and_(V.listing_id == Listing.id, V.number == Listing.public_number)


def _public(*columns: Any) -> Select[Any]:
    return select(*columns).select_from(Listing).join(V, SHOWN).where(Listing.public_number.is_not(None))


def counts(organization_ids: Sequence[UUID]) -> dict[UUID, dict[str, int]]:
    """{organisation: {"achievement": …, "need": …}} of public listings that name it."""
    found: dict[UUID, dict[str, int]] = {}
    query = (
        select(Listing.shown_owner_id, Listing.kind, func.count())
        .where(Listing.shown_owner_id.in_(organization_ids), Listing.public_number.is_not(None))
        .group_by(Listing.shown_owner_id, Listing.kind)
    )
    for owner, kind, number in db.session.execute(query):
        if owner is not None:
            found.setdefault(owner, {})[kind.value] = number
    return found


def active_in(field: str) -> Select[Any]:
    """The ids of the organisations that offer or seek something in a field, by its code."""
    return _public(Listing.shown_owner_id).where(Listing.shown_owner_id.is_not(None), cast(V.technology_codes, String).contains(f'"{field}"'))


def offered(organization_id: UUID) -> dict[Kind, dict[str, Any]]:
    """By kind: ``total``, the newest few ``rows`` (id, reference, title_en, title_zh), and ``fields``: (code, how many), most first."""
    query = _public(Listing.id, Listing.kind, Listing.reference, V.title_en, V.title_zh, V.technology_codes)
    found: dict[Kind, list[Any]] = {kind: [] for kind in Kind}
    for row in db.session.execute(query.where(Listing.shown_owner_id == organization_id).order_by(Listing.num.desc())):
        found[row.kind].append(row)
    return {kind: _summed(rows) for kind, rows in found.items()}


def _summed(rows: list[Any]) -> dict[str, Any]:
    fields = Counter(code for row in rows for code in row.technology_codes if code in WIPO_FIELDS)
    return {"total": len(rows), "rows": rows[:NEWEST], "fields": sorted(fields.items(), key=lambda pair: (-pair[1], int(pair[0])))}


def panel(organization_id: UUID) -> Markup:
    found = offered(organization_id)
    return part("listings/owned.html", parts=[(kind, found[kind]) for kind in Kind], fields_of=WIPO_FIELDS)


def facts(organization_id: UUID) -> Mapping[str, Any]:
    """``offers`` and ``seeks``: how many there are, by field."""
    names = {Kind.ACHIEVEMENT: "offers", Kind.NEED: "seeks"}
    return {
        names[kind]: {"total": found["total"], "by_field": [{"code": code, "total": total} for code, total in found["fields"]]}
        for kind, found in offered(organization_id).items()
    }


def register() -> None:
    events.counts(counts)
    events.active_in(active_in)
    events.panel(panel)
    events.facts(facts)
