"""Reading listings: the public catalogue, one listing, one's own. A constant number of queries each."""

from collections.abc import Iterable, Mapping, Sequence
from functools import cache
from typing import Any, cast
from uuid import UUID

from sqlalchemy import Integer, Result, Row, Select, and_, bindparam, case, func, select
from sqlalchemy.orm import InstrumentedAttribute

from marketplace.core.access import Actor
from marketplace.core.db import db, read_columns
from marketplace.core.errors import NotFound
from marketplace.core.i18n import localized
from marketplace.core.money import to_text
from marketplace.fairs.models import Fair, Segment
from marketplace.listings import audiences, levels
from marketplace.listings.life import standing
from marketplace.listings.models import EntryStatus, FairEntry, Kind, Listing, ListingVersion
from marketplace.organizations.models import Organization

V = ListingVersion
LEVEL = case((Listing.kind == Kind.NEED, V.min_trl), else_=V.trl).label("trl")
ROW: tuple[Any, ...] = (
    Listing.id, Listing.reference, V.title_en, V.title_zh, V.summary_en, V.summary_zh, V.technology_codes, V.deal_kinds, LEVEL,
    V.ip_status, V.price_mode, V.amount_min_minor, V.amount_max_minor, V.currency, V.country, V.deadline, V.source_organization,
    V.levels, Listing.published_at, Listing.num, Organization.slug.label("owner_slug"), Organization.name_en.label("owner_en"),
    Organization.name_zh.label("owner_zh"), Organization.country.label("owner_country"),
)  # fmt: skip
WHOLE: tuple[Any, ...] = (
    Listing.kind, V.number, V.description_en, V.description_zh, V.advantages_en, V.advantages_zh, V.requirement_en, V.requirement_zh,
    V.min_trl, V.stage, V.exclusivity, V.target_countries, V.excluded_countries, V.partner_kinds, V.languages, V.parameters, V.territory, V.partner_role_en,
    V.partner_role_zh, V.cost_comparison_en, V.cost_comparison_zh, V.ip_rights, V.co_owner_consent, V.export_control, V.sdg, V.video_url,
    Listing.anonymous, Listing.ends_on, Listing.open_for_interest, V.files, V.valid_until, V.source_country,
    V.source_url, V.unknowns.label("unknown"), Listing.version, Listing.organization_id, Listing.external_id, Listing.public_number,
    func.coalesce(Organization.version, 0).label("owner_version"),
)  # fmt: skip
_LONG = tuple(f"{name}_{code}" for name in ("description", "advantages", "requirement") for code in ("en", "zh"))
TEXTS: tuple[Any, ...] = tuple(func.substr(getattr(V, name), 1, 8000).label(name) for name in _LONG)


def public_rows(kind: Kind, *, fair: Fair | None = None, before: int | None = None, limit: int = 20, texts: bool = False) -> list[dict[str, Any]]:
    """The newest public listings below the place ``before``, each with its place as ``num``; of a fair in the version it approved.

    ``texts`` adds the beginning of the descriptions.
    """
    query = _newest(fair is not None, before is not None, texts)
    values = {"kind": kind, "fair_id": fair.id if fair else None, "before": before, "most": limit}
    return _as_rows(read_columns(query, values))


def rows_by_id(ids: Sequence[UUID], *, fair: Fair | None = None, texts: bool = False, all_texts: bool = False) -> list[dict[str, Any]]:
    """Public listings in the order of ``ids``; what is not public any more is left out. ``all_texts`` adds the other long ones too."""
    if not ids:
        return []
    query = _by_id(fair is not None, (len(TEXTS) if all_texts else 2) if texts else 0)
    found = {row["id"]: row for row in _as_rows(read_columns(query, {"ids": ids, "fair_id": fair.id if fair else None}))}
    return [found[id] for id in ids if id in found]


def owner_names(slugs: Sequence[str]) -> dict[str, str]:
    """The names of organisations by slug, in the reader's language."""
    rows = db.session.execute(select(Organization.slug, Organization.name_en, Organization.name_zh).where(Organization.slug.in_(slugs)))
    return {row.slug: localized(row, "name")[0] for row in rows}


# The statements are built once: that costs as much as to run one.
@cache
def _newest(of_fair: bool, further: bool, texts: bool) -> Select[Any]:
    place = FairEntry.num if of_fair else Listing.num
    query = _public(of_fair).where(Listing.kind == bindparam("kind"))
    if of_fair:
        query = query.where(FairEntry.kind == bindparam("kind"))
    if further:
        query = query.where(place < bindparam("before"))
    if texts:
        query = query.add_columns(*TEXTS[:2])
    return query.order_by(place.desc()).limit(bindparam("most", type_=Integer))


@cache
def _by_id(of_fair: bool, texts: int) -> Select[Any]:
    return _public(of_fair).where(Listing.id.in_(bindparam("ids", expanding=True))).add_columns(*TEXTS[:texts])


@cache
def _one() -> Select[Any]:
    return _public(False).add_columns(*WHOLE, V.reserved).where(Listing.id == bindparam("id"), Listing.kind == bindparam("kind"))


def _public(of_fair: bool) -> Select[Any]:
    """Public listings with the owner that may be known; of a fair (``fair_id``), in the version it approved."""
    query = select(*ROW).select_from(Listing).outerjoin(Organization, Organization.id == Listing.shown_owner_id)
    if not of_fair:
        return query.join(V, and_(V.listing_id == Listing.id, V.number == Listing.public_number)).where(Listing.public_number.is_not(None))
    return (
        query.join(FairEntry, FairEntry.listing_id == Listing.id)
        .join(V, and_(V.listing_id == Listing.id, V.number == FairEntry.published_number))
        .where(FairEntry.fair_id == bindparam("fair_id"), FairEntry.published_number.is_not(None))
    )


def _as_rows(result: Result[Any]) -> list[dict[str, Any]]:
    names = tuple(result.keys())
    return [as_row(dict(zip(names, row, strict=True))) for row in result.all()]


def as_row(found: dict[str, Any]) -> dict[str, Any]:
    """The columns of `ROW` made ready for JSON: amounts as text, the owner nested, its parts empty where it is not named."""
    currency = found["currency"]
    found["amount_min"] = _amount(found.pop("amount_min_minor"), currency)
    found["amount_max"] = _amount(found.pop("amount_max_minor"), currency)
    found["organization"] = {
        "slug": found.pop("owner_slug"), "name_en": found.pop("owner_en"), "name_zh": found.pop("owner_zh"), "country": found.pop("owner_country"),
    }  # fmt: skip
    return found


def _amount(minor: int | None, currency: str | None) -> str | None:
    return None if minor is None or currency is None else to_text(minor, currency)


def public_one(kind: Kind, listing_id: UUID, *, by: Actor | None = None) -> dict[str, Any]:
    """The public version of a listing as its reader may see it: ``audience`` is their level, ``upper`` what of the upper two levels is shown.

    Without a reader, what everybody reads. Whoever shows more of it calls `audiences.note` before. Raises NotFound when no fair shows it.
    """
    found = read_columns(_one(), {"id": listing_id, "kind": kind}).one_or_none()
    if found is None:
        raise NotFound()
    return _seen(dict(found._mapping), audiences.level_for(listing_id, owner_id=found.organization_id, by=by))


def _seen(columns: dict[str, Any], level: levels.Level) -> dict[str, Any]:
    content = levels.seen(columns, columns.pop("reserved"), level)
    if content["anonymous"] and level.rank >= levels.Level.AFTER_INTEREST.rank:  # who got that far knows whom they talk to
        owner = db.session.get_one(Organization, content["organization_id"])
        content |= {"owner_slug": owner.slug, "owner_en": owner.name_en, "owner_zh": owner.name_zh, "owner_country": owner.country}
    return as_row(content) | {"audience": level, "upper": audiences.upper_groups(content, level)}


def seen_as(listing_id: UUID, level: levels.Level, *, by: Actor, newest: bool) -> dict[str, Any]:
    """An own listing as an audience sees its public version, or would see its newest one. Raises NotFound."""
    number = Listing.draft_number if newest else Listing.public_number
    query = (
        select(*ROW, *WHOLE, V.reserved)
        .select_from(Listing)
        .outerjoin(Organization, Organization.id == Listing.shown_owner_id)
        .join(V, and_(V.listing_id == Listing.id, V.number == number))
        .where(Listing.id == listing_id, Listing.organization_id == by.organization_id)
    )
    found = db.session.execute(query).one_or_none()
    if found is None or not by.may("listings.read_own"):
        raise NotFound()
    return _seen(dict(found._mapping), level)


def own_one(listing_id: UUID, *, by: Actor, kind: Kind | None = None) -> dict[str, Any]:
    """The newest version of an own listing, whole. Raises NotFound."""
    values = {"id": listing_id, "organization_id": by.organization_id, "kind": kind}
    found = read_columns(_own(kind is not None), values).one_or_none()
    if found is None or not by.may("listings.read_own"):
        raise NotFound()
    columns = dict(found._mapping)
    return as_row(levels.whole(columns, columns.pop("reserved")))


@cache
def _own(of_kind: bool) -> Select[Any]:
    query = (
        select(*ROW, *WHOLE, V.reserved)
        .select_from(Listing)
        .join(Organization, Organization.id == Listing.organization_id)
        .join(V, and_(V.listing_id == Listing.id, V.number == Listing.draft_number))
        .where(Listing.id == bindparam("id"), Listing.organization_id == bindparam("organization_id"))
    )
    return query.where(Listing.kind == bindparam("kind")) if of_kind else query


def shown_at(listing_id: UUID) -> list[Row[Any]]:
    """The fairs that show a listing: (fair, name_en, name_zh, segment, segment_en, segment_zh, published_at)."""
    return list(read_columns(_places(), {"id": listing_id}))


@cache
def _places() -> Select[Any]:
    query: Any = select(
        Fair.slug.label("fair"), Fair.name_en, Fair.name_zh, Segment.code.label("segment"), Segment.name_en.label("segment_en"),
        Segment.name_zh.label("segment_zh"), FairEntry.published_at,
    )  # fmt: skip
    return (  # type: ignore[no-any-return]
        query.select_from(FairEntry)
        .join(Fair, Fair.id == FairEntry.fair_id)
        .outerjoin(Segment, Segment.id == FairEntry.segment_id)
        .where(FairEntry.listing_id == bindparam("id"), FairEntry.published_number.is_not(None))
        .order_by(Fair.opens_on, Fair.slug)
    )


ENTRY: tuple[Any, ...] = (
    FairEntry.id, FairEntry.listing_id, Fair.slug.label("fair"), Segment.code.label("segment"), FairEntry.status,
    FairEntry.submitted_number, FairEntry.published_number, FairEntry.returned_number, FairEntry.submitted_at,
    FairEntry.decided_at, FairEntry.published_at, FairEntry.reason, FairEntry.version,
)  # fmt: skip


def entries(listing_ids: Iterable[UUID], *, by: Actor) -> dict[UUID, list[dict[str, Any]]]:
    """The entries of own listings by listing, with the fair's names and zone."""
    found: dict[UUID, list[dict[str, Any]]] = {}
    for row in read_columns(_entries(), {"ids": list(listing_ids), "organization_id": by.organization_id}):
        found.setdefault(row.listing_id, []).append(dict(row._mapping))
    return found


def returned(listing_id: UUID, *, by: Actor) -> list[dict[str, Any]]:
    """The entries of an own listing that a moderator sent back, with the reason."""
    return [entry for entry in entries([listing_id], by=by).get(listing_id, []) if entry["returned_number"] and entry["status"] != EntryStatus.WITHDRAWN]


@cache
def _entries() -> Select[Any]:
    query: Any = select(*ENTRY, Fair.name_en, Fair.name_zh, Fair.time_zone, Fair.closed_at)
    return (  # type: ignore[no-any-return]
        query.select_from(FairEntry)
        .join(Fair, Fair.id == FairEntry.fair_id)
        .join(Listing, Listing.id == FairEntry.listing_id)
        .outerjoin(Segment, Segment.id == FairEntry.segment_id)
        .where(FairEntry.listing_id.in_(bindparam("ids", expanding=True)), Listing.organization_id == bindparam("organization_id"))
        .order_by(Fair.opens_on.desc(), Fair.slug)
    )


def entry(entry_id: UUID) -> dict[str, Any]:
    """One entry by the names of the API, for whoever just moved it."""
    query = select(*ENTRY).select_from(FairEntry).join(Fair, Fair.id == FairEntry.fair_id).outerjoin(Segment, Segment.id == FairEntry.segment_id)
    db.session.flush()
    return dict(db.session.execute(query.where(FairEntry.id == entry_id)).one()._mapping)


OWN_KEYS: tuple[InstrumentedAttribute[Any], ...] = (Listing.changed_at, Listing.id)


def own_listings(*, by: Actor, kind: Kind | None = None, state: str | None = None) -> Select[Any]:
    """Listings of the organisation one acts for, in their newest version: for `core.pages.paged` by `OWN_KEYS`.

    ``state``: ``draft`` (in no fair), ``sent_back``, ``waiting`` for a moderator, ``ending`` soon, ``expired``, ``closed``, ``archived``; without one all but those archived.
    """
    query = cast(Select[Any], (
        select(Listing.id, Listing.kind, Listing.reference, Listing.changed_at, Listing.draft_number, Listing.public_number, V.title_en, V.title_zh)
        .select_from(Listing)
        .join(V, and_(V.listing_id == Listing.id, V.number == Listing.draft_number))
        .where(Listing.organization_id == by.organization_id)
    ))
    query = query.where(standing.in_state(state))
    return query if kind is None else query.where(Listing.kind == kind)


def own_counts(*, by: Actor) -> dict[str, int]:
    """Entries of the organisation one acts for: ``sent_back`` (updates too) and ``waiting`` for a moderator."""
    query = (
        select(
            func.count().filter(FairEntry.returned_number.is_not(None)).label("sent_back"),
            func.count().filter(FairEntry.submitted_number.is_not(None)).label("waiting"),
        )
        .select_from(FairEntry)
        .join(Listing, Listing.id == FairEntry.listing_id)
        .where(Listing.organization_id == by.organization_id, Listing.archived_at.is_(None), FairEntry.status != EntryStatus.WITHDRAWN)
    )
    return dict(db.session.execute(query).one()._mapping)


def versions(listing_id: UUID, *, by: Actor) -> list[Row[Any]]:
    """(number, created_at, entered_at) of an own listing's versions, newest first."""
    query = (
        select(V.number, V.created_at, V.entered_at)
        .join(Listing, Listing.id == V.listing_id)
        .where(V.listing_id == listing_id, Listing.organization_id == by.organization_id)
    )
    return list(db.session.execute(query.order_by(V.number.desc())))


def as_json(content: Mapping[str, Any] | None) -> dict[str, Any] | None:
    """A version's content under the names of the API."""
    if content is None:
        return None
    found = {name: value for name, value in content.items() if not name.endswith("_minor") and name != "unknowns"}
    found["amount_min"] = _amount(content["amount_min_minor"], content["currency"])
    found["amount_max"] = _amount(content["amount_max_minor"], content["currency"])
    return found | {"unknown": content["unknowns"]}


def open_fairs() -> list[tuple[Fair, list[Segment]]]:
    """Fairs that take listings, the latest first, with their segments."""
    fairs = list(db.session.scalars(select(Fair).where(Fair.closed_at.is_(None)).order_by(Fair.opens_on.desc(), Fair.slug)))
    found = list(db.session.scalars(select(Segment).where(Segment.fair_id.in_([fair.id for fair in fairs])).order_by(Segment.position)))
    return [(fair, [segment for segment in found if segment.fair_id == fair.id]) for fair in fairs]
