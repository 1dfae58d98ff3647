"""Listings as a file with the columns of the import: what is exported can be imported again, here or elsewhere."""

import csv
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import IO, Any, TextIO
from uuid import UUID

import orjson
import xlsxwriter
from sqlalchemy import Select, and_, select

from marketplace.core.db import db
from marketplace.core.errors import DomainError
from marketplace.core.i18n import gettext
from marketplace.core.i18n import lazy_gettext as _l
from marketplace.core.money import to_text
from marketplace.core.sheets.cells import guarded
from marketplace.fairs.models import Fair, Segment
from marketplace.listings import ip_rights, levels, parameters
from marketplace.listings.drafting_schemas import INPUTS
from marketplace.listings.models import FairEntry, Kind, Listing, ListingVersion
from marketplace.listings.rules import CONTENT
from marketplace.organizations.models import Organization

BATCH = 500
LONGEST_CELL = 32_767


class TooLongForCell(DomainError):
    """A workbook would cut a text; no file is better than a wrong one."""

    status, slug, title = 422, "too-long-for-cell", _l("A text is too long for a workbook")
    text = _l("A text is longer than a cell of a workbook holds (32,767 characters). Take CSV or JSON lines.")


def columns(kind: Kind) -> list[str]:
    """Names of the columns, in order."""
    return ["reference", "organization", *INPUTS[kind]._declared_fields, "segment"]


def rows(
    kind: Kind, *, fair: Fair | None = None, organization_id: UUID | None = None, drafts: bool = False,
    only: Select[Any] | Sequence[UUID] | None = None, outside: bool = False,
) -> Iterator[dict[str, Any]]:  # fmt: skip
    """Public listings in their public version (of a fair, in the one it shows); ``drafts``: all, in the newest version.

    ``only`` are ids, or a query of them. ``outside``: for everybody; an owner's own ids stay with them, the reference takes their place.
    """
    if isinstance(only, Sequence):
        for start in range(0, len(only), BATCH):
            yield from _rows(kind, fair, organization_id, drafts, list(only[start : start + BATCH]), outside)
    else:
        yield from _rows(kind, fair, organization_id, drafts, only, outside)


def _rows(kind: Kind, fair: Fair | None, organization_id: UUID | None, drafts: bool, only: Select[Any] | list[UUID] | None, outside: bool) -> Iterator[dict[str, Any]]:
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
    if only is not None:
        query = query.where(Listing.id.in_(only))
    if organization_id is not None:
        query = query.where(Listing.organization_id == organization_id)
    after: UUID | None = None
    while True:
        part = list(db.session.execute((query if after is None else query.where(Listing.id > after)).limit(BATCH)))
        for row in part:
            content = row._asdict()
            if outside:
                content["external_id"] = content["reference"]
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


def write_xlsx(out: IO[bytes], found: Iterator[dict[str, Any]], kind: Kind, *, facts: Iterable[tuple[str, str]]) -> int:
    """The first sheet is the file that can be imported again; the last one says of which filter and moment it is, and how many rows it has.

    Raises TooLongForCell.
    """
    book = xlsxwriter.Workbook(out, {"constant_memory": True, "strings_to_formulas": False, "strings_to_urls": False, "strings_to_numbers": False})
    written = 0
    try:
        head, text = book.add_format({"bold": True, "bg_color": "#EDF1F4"}), book.add_format({"num_format": "@"})
        sheet = book.add_worksheet("Listings")
        for place, name in enumerate(columns(kind)):
            sheet.write_string(0, place, name, head)
        sheet.freeze_panes(1, 0)
        for row in found:
            written += 1
            for place, value in enumerate(row.values()):
                cell = guarded(_cell(value))
                if len(cell) > LONGEST_CELL:
                    raise TooLongForCell(gettext("%(reference)s: a text is longer than a cell of a workbook holds (32,767 characters). Take CSV or JSON lines.", reference=row["reference"]))
                if cell:
                    sheet.write_string(written, place, cell, text)
        about = book.add_worksheet("About")
        about.set_column(0, 0, 24)
        about.set_column(1, 1, 80)
        for line, (label, said) in enumerate((*facts, (gettext("Count"), str(written)))):
            about.write_string(line, 0, guarded(label), head)
            about.write_string(line, 1, guarded(said))
    finally:
        book.close()
    return written


def _cell(value: Any) -> str:
    return "" if value is None else " ".join(value) if isinstance(value, list) else str(value)
