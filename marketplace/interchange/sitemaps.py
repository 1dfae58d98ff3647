"""Sitemaps (sitemaps.org): an index, and slices by place in the catalogue, each of at most 50,000 addresses that stay in their slice."""

from datetime import datetime
from typing import Any

from sqlalchemy import func, select

from marketplace.core.db import db
from marketplace.fairs.models import Fair
from marketplace.interchange.contents import SHELVES
from marketplace.interchange.models import PublicRecord
from marketplace.interchange.writing import DECLARATION, element, wrapped
from marketplace.listings.models import Kind, Listing
from marketplace.organizations.models import Organization, Status

SLICE = 50_000
NAMESPACE = "http://www.sitemaps.org/schemas/sitemap/0.9"
PAGES = ("/", "/achievements", "/needs", "/organizations", "/fairs", "/board", "/roadshow", "/figures", "/rules")


def index(*, base: str) -> str:
    """The sitemaps there are, each with the time of its last change."""
    part = Listing.num // SLICE
    query: Any = (
        select(Listing.kind, part.label("part"), func.max(PublicRecord.changed_at).label("at"))
        .join(PublicRecord, PublicRecord.listing_id == Listing.id)
        .where(Listing.public_number.is_not(None), PublicRecord.shown)
        .group_by(Listing.kind, part)
        .order_by(Listing.kind, part)
    )
    lines = [_place("sitemap", f"{base}/sitemaps/site.xml"), _place("sitemap", f"{base}/sitemaps/organizations-0.xml")]
    lines += [_place("sitemap", f"{base}/sitemaps/{SHELVES[row.kind]}-{row.part}.xml", row.at) for row in db.session.execute(query)]
    return DECLARATION + wrapped("sitemapindex", "".join(lines), xmlns=NAMESPACE)


def site(*, base: str) -> str:
    """The pages that are there once, and each fair's."""
    slugs = db.session.scalars(select(Fair.slug).order_by(Fair.slug))
    paths = [*PAGES, *(f"/fairs/{slug}{page}" for slug in slugs for page in ("", "/board", "/record"))]
    return _urls(_place("url", base + path) for path in paths)


def listings(kind: Kind, part: int, *, base: str) -> str | None:
    """The listings of a slice; None for one that is empty."""
    query = (
        select(Listing.id, PublicRecord.changed_at)
        .join(PublicRecord, PublicRecord.listing_id == Listing.id)
        .where(Listing.kind == kind, Listing.num >= part * SLICE, Listing.num < (part + 1) * SLICE, Listing.public_number.is_not(None), PublicRecord.shown)
        .order_by(Listing.num)
    )
    shelf = f"{base}/{SHELVES[kind]}"
    lines = [_place("url", f"{shelf}/{row.id}", row.changed_at) for row in db.session.execute(query)]
    return _urls(lines) if lines else None


def organizations(*, base: str) -> str:
    """Approved organisations, the first 50,000 by age."""
    query = select(Organization.slug).where(Organization.status == Status.APPROVED).order_by(Organization.created_at, Organization.id).limit(SLICE)
    return _urls(_place("url", f"{base}/organizations/{slug}") for slug in db.session.scalars(query))


def _urls(lines: Any) -> str:
    return DECLARATION + wrapped("urlset", "".join(lines), xmlns=NAMESPACE)


def _place(name: str, address: str, at: datetime | None = None) -> str:
    return wrapped(name, element("loc", address) + (element("lastmod", at.isoformat(timespec="seconds")) if at else ""))
