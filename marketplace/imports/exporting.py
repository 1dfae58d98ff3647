"""Listings as a file with the columns of the import: what is exported can be imported again, here or elsewhere."""

import csv
from collections.abc import Iterator, Mapping
from typing import Any, TextIO
from uuid import UUID

import orjson
from sqlalchemy import and_, select

from marketplace.core.db import db
from marketplace.core.money import to_text
from marketplace.fairs.models import Fair, Segment
from marketplace.listings import ip_rights, levels, parameters
from marketplace.listings.models import FairEntry, Kind, Listing, ListingVersion
from marketplace.listings.rules import CONTENT, guarded
from marketplace.listings.schemas import INPUTS
from marketplace.organizations.models import Organization

BATCH = 500


def columns(kind: Kind) -> list[str]:
    """Names of the columns, in order."""
    return ["reference", "organization", *INPUTS[kind]._declared_fields, "segment"]


def rows(kind: Kind, *, fair: Fair | None = None, organization_id: UUID | None = None, drafts: bool = False) -> Iterator[dict[str, Any]]:
    """Public listings in their public version (of a fair, in the one it shows); ``drafts``: all, in the newest version."""
    shown = Listing.draft_number if drafts else FairEntry.published_number if fair else Listing.public_number
    query = (
        select(
            Listing.id, Listing.reference, Listing.external_id, Listing.anonymous, Organization.slug.label("organization"), Segment.code.label("segment"),
            *(getattr(ListingVersion, name) for name in CONTENT), *([ListingVersion.reserved] if drafts else []),
        )  # columns, not objects: the session forgets them
        .select_from(Listing)
        .outerjoin(Organization, Organization.id == (Listing.organization_id if drafts else Listing.shown_owner_id))
        .outerjoin(FairEntry, and_(FairEntry.listing_id == Listing.id, FairEntry.fair_id == (fair.id if fair else None)))
        .outerjoin(Segment, Segment.id == FairEntry.segment_id)
        .join(ListingVersion, and_(ListingVersion.listing_id == Listing.id, ListingVersion.number == shown))
        .where(Listing.kind == kind)
        .order_by(Listing.id)
    )
    if fair is not None:
        query = query.where(FairEntry.id.is_not(None))
    if organization_id is not None:
        query = query.where(Listing.organization_id == organization_id)
    after: UUID | None = None
    while True:
        part = list(db.session.execute((query if after is None else query.where(Listing.id > after)).limit(BATCH)))
        for row in part:
            content = row._asdict()
            yield _row(kind, levels.whole(content, content.pop("reserved", {})))
        if len(part) < BATCH:
            return
        after = part[-1].id


def _row(kind: Kind, content: Mapping[str, Any]) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for name in columns(kind):
        if name in {"amount_min", "amount_max"}:
            minor = content[f"{name}_minor"]
            found[name] = None if minor is None else to_text(minor, content["currency"])
        elif name == "unknown":
            found[name] = content["unknowns"]
        elif name == "parameters":
            found[name] = parameters.to_text(content[name]) or None
        elif name == "ip_rights":
            found[name] = ip_rights.to_text(content[name]) or None
        elif name == "levels":
            found[name] = levels.to_text(content[name]) or None
        else:
            found[name] = content[name]
    return found


def write_jsonl(out: TextIO, found: Iterator[dict[str, Any]]) -> int:
    written = 0
    for row in found:
        out.write(orjson.dumps(row).decode() + "\n")
        written += 1
    return written


def write_csv(out: TextIO, found: Iterator[dict[str, Any]], kind: Kind) -> int:
    """Every cell is text that no spreadsheet runs as a formula; lists are separated by blanks."""
    writer = csv.writer(out)
    writer.writerow(columns(kind))
    written = 0
    for row in found:
        writer.writerow([guarded(_cell(value)) for value in row.values()])
        written += 1
    return written


def _cell(value: Any) -> str:
    return "" if value is None else " ".join(value) if isinstance(value, list) else str(value)
