"""The public content of listings, read from the columns that hold nothing else, with the owner only where it may be named."""

from collections.abc import Collection, Mapping
from datetime import date
from typing import Any
from uuid import UUID

from sqlalchemy import and_, case, select

from marketplace.core.clock import today
from marketplace.core.db import db
from marketplace.fairs.models import Fair
from marketplace.listings.models import FairEntry, Kind, Listing, ListingVersion
from marketplace.listings.rules import EVERYWHERE_OVER, closes
from marketplace.organizations.models import Organization

V = ListingVersion
UNTIL = case((Listing.extended_at.is_not(None), Listing.ends_on), else_=V.valid_until).label("valid_until")
COLUMNS: tuple[Any, ...] = (
    Listing.id, Listing.kind, Listing.reference, Listing.published_at, V.number, V.title_en, V.title_zh, V.summary_en, V.summary_zh, V.description_en,
    V.description_zh, V.technology_codes, V.trl, V.min_trl, V.ip_status, V.deal_kinds, V.price_mode, V.amount_min_minor, V.amount_max_minor, V.currency,
    V.country, V.target_countries, V.excluded_countries, V.languages, V.deadline, UNTIL, V.source_organization, V.source_url,
    Organization.slug.label("owner_slug"), Organization.name_en.label("owner_en"), Organization.name_zh.label("owner_zh"),
    Organization.country.label("owner_country"),
)  # fmt: skip
FAIR = "fair-"
SHELVES = {Kind.ACHIEVEMENT: "achievements", Kind.NEED: "needs"}


def contents(ids: Collection[UUID]) -> dict[UUID, dict[str, Any]]:
    """Those of the listings that stand today, each with its ``fairs`` (slugs); what is hidden, withdrawn or over is left out."""
    if not ids:
        return {}
    query = (
        select(*COLUMNS, Listing.ends_on, Listing.created_at)
        .select_from(Listing)
        .join(V, and_(V.listing_id == Listing.id, V.number == Listing.public_number))
        .outerjoin(Organization, Organization.id == Listing.shown_owner_id)
        .where(Listing.id.in_(ids), Listing.public_number.is_not(None), Listing.archived_at.is_(None))
    )
    day = today(EVERYWHERE_OVER)
    found = {}
    for row in db.session.execute(query):
        values = dict(row._mapping)
        last = closes(values["deadline"], values["valid_until"], values.pop("ends_on"), written_on=values.pop("created_at").date())
        if last is None or last >= day:
            found[row.id] = values | {"last_day": last, "fairs": []}
    places = select(FairEntry.listing_id, Fair.slug).join(Fair, Fair.id == FairEntry.fair_id).where(FairEntry.listing_id.in_(list(found)))
    for listing_id, slug in db.session.execute(places.where(FairEntry.published_number.is_not(None)).order_by(Fair.slug)):
        found[listing_id]["fairs"].append(slug)
    return found


def sets_of(content: Mapping[str, Any]) -> list[str]:
    """The sets a listing is in: its kind, its technology fields, the fairs that show it."""
    return [SHELVES[content["kind"]], *(f"field-{code}" for code in content["technology_codes"]), *(FAIR + slug for slug in content["fairs"])]


def path_of(content: Mapping[str, Any]) -> str:
    """The address of its page, without the host."""
    return f"/{SHELVES[Kind(content['kind'])]}/{content['id']}"


def last_day(content: Mapping[str, Any]) -> date | None:
    """The last day on which it stands, None without one."""
    if "last_day" in content:
        return content["last_day"]  # type: ignore[no-any-return]
    days = (content.get("deadline"), content.get("ends_on") or content.get("valid_until"))
    return min((day for day in days if day is not None), default=None)
