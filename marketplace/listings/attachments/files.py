"""Files of a listing: pictures and papers with a title, an order, and a level each. Content like any other: a change is a new version."""

import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, BinaryIO
from uuid import UUID

from sqlalchemy import select

from marketplace.core import audit
from marketplace.core.access import Actor
from marketplace.core.clock import now
from marketplace.core.db import db
from marketplace.core.errors import DomainError, Duplicate, Invalid, NotFound, TooLarge
from marketplace.core.i18n import gettext
from marketplace.core.i18n import lazy_gettext as _l
from marketplace.listings import rules
from marketplace.listings.attachments import papers, pictures, storing
from marketplace.listings.drafting import newest_version, own, revise
from marketplace.listings.levels import Level
from marketplace.listings.models import Listing, ListingFile, ListingVersion

PDF = "application/pdf"
ENDINGS = {PDF: ".pdf", "image/png": ".png", "image/jpeg": ".jpg", "image/webp": ".webp"}
MOST, MOST_BYTES = 12, 60 * 1024 * 1024


class TooMany(DomainError):
    slug, title = "too-many-files", _l("Too many files")
    text = _l("A listing has at most %(most)s files and %(megabytes)s MB. Remove one first.", most=MOST, megabytes=MOST_BYTES // 1024**2)


@dataclass(frozen=True, slots=True)
class Received:
    """A file that was looked at and is on the disk; nothing names it yet."""

    name: str
    media_type: str
    size_bytes: int
    sha256: str
    pages: int | None = None
    width: int | None = None
    height: int | None = None


def receive(stream: BinaryIO, *, name: str) -> Received:
    """Recognise a file by its content, make a picture anew or judge a PDF, and put it on the disk. Outside any transaction: it takes time.

    Raises Invalid (another type, damaged, hostile), TooLarge.
    """
    content = stream.read(papers.LARGEST_BYTES + 1)
    if content.startswith(b"%PDF-"):
        _check_size(content, papers.LARGEST_BYTES)
        pages = papers.pages_of(content)
        return Received(safe_name(name, PDF), PDF, len(content), storing.store(content), pages=pages)
    media_type = pictures.type_of(content[:16])
    if media_type is None:
        raise Invalid.field("file", "file_type", gettext("A picture (PNG, JPEG, WebP) or a PDF is expected."))
    _check_size(content, pictures.LARGEST_BYTES)
    picture = pictures.drawn_anew(content, media_type)
    sha256 = storing.store(picture.content, small=picture.small)
    return Received(safe_name(name, media_type), media_type, len(picture.content), sha256, width=picture.width, height=picture.height)


def _check_size(content: bytes, largest: int) -> None:
    if len(content) > largest:
        raise TooLarge(gettext("A picture has at most 10 MB, a PDF at most 20 MB."))


def safe_name(name: str, media_type: str) -> str:
    """A name to offer for saving: no folders, no characters that steer, the ending of what it really is."""
    last = unicodedata.normalize("NFC", name).replace("\\", "/").rsplit("/", 1)[-1]
    stem = "".join(c for c in last.rsplit(".", 1)[0] if c.isprintable() and c not in '<>:"|?*')[:120].strip(" .")
    return (stem or "file") + ENDINGS[media_type]


def add(listing_id: UUID, received: Received, *, title: str, level: Level, by: Actor) -> ListingFile:
    """Show a received file with an own listing, last of all. Raises NotFound, Forbidden, TooMany, Duplicate (the same bytes)."""
    listing = own(listing_id, by=by, lock=True)
    by.require("listings.write")
    rows = rows_of(listing)
    known = {file.id: file for file in db.session.scalars(select(ListingFile).where(ListingFile.listing_id == listing.id))}
    shown = [known[UUID(row["file"])] for row in rows]
    if any(file.sha256 == received.sha256 for file in shown):
        raise Duplicate(gettext("This very file is here already."))
    if len(shown) >= MOST or sum(file.size_bytes for file in shown) + received.size_bytes > MOST_BYTES:
        raise TooMany()
    file = ListingFile(
        listing_id=listing.id, name=received.name, media_type=received.media_type, size_bytes=received.size_bytes, sha256=received.sha256,
        pages=received.pages, width=received.width, height=received.height, uploaded_by=by.person_id, uploaded_at=now(),
    )  # fmt: skip
    db.session.add(file)
    db.session.flush()
    revise(listing, {"files": [*rows, {"file": str(file.id), "title": title, "level": level.value}]}, by=by)
    audit.record("listings.add_file", f"listing:{listing.id}", by=by, file=str(file.id), sha256=file.sha256)
    return file


def arrange(listing_id: UUID, wanted: Sequence[Mapping[str, Any]], *, by: Actor) -> bool:
    """Give the files of an own listing their titles and levels, in this order; every file is named once. False when nothing differs.

    Raises NotFound, Forbidden, Invalid (another set of files).
    """
    listing = own(listing_id, by=by, lock=True)
    by.require("listings.write")
    rows = [{"file": str(row["file"]), "title": row["title"], "level": str(row["level"])} for row in wanted]
    if sorted(row["file"] for row in rows) != sorted(row["file"] for row in rows_of(listing)):
        raise Invalid(gettext("The files changed meanwhile. Load the page again."))
    return revise(listing, {"files": rows}, by=by)


def remove(listing_id: UUID, file_id: UUID, *, by: Actor) -> None:
    """Show a file no longer; earlier versions that were handed in keep it. Raises NotFound (also another listing's file), Forbidden."""
    listing = own(listing_id, by=by, lock=True)
    by.require("listings.write")
    rows = rows_of(listing)
    left = [row for row in rows if row["file"] != str(file_id)]
    if len(left) == len(rows):
        raise NotFound()
    revise(listing, {"files": left}, by=by)
    db.session.flush()
    if not _is_shown(listing.id, file_id):
        db.session.delete(db.session.get_one(ListingFile, file_id))
    audit.record("listings.remove_file", f"listing:{listing.id}", by=by, file=str(file_id))


def _is_shown(listing_id: UUID, file_id: UUID) -> bool:
    versions = db.session.scalars(select(ListingVersion.files).where(ListingVersion.listing_id == listing_id))
    return any(row["file"] == str(file_id) for rows in versions for row in rows)


def rows_of(listing: Listing) -> list[dict[str, Any]]:
    """``{"file", "title", "level"}`` of the newest version, in order."""
    rows: list[dict[str, Any]] = rules.content_of(newest_version(listing))["files"]
    return rows


def shown(rows: Sequence[Mapping[str, Any]]) -> list[tuple[Mapping[str, Any], ListingFile]]:
    """A version's rows of ``files`` with what is kept of each, in order. One query."""
    ids = [UUID(row["file"]) for row in rows]
    found = {file.id: file for file in db.session.scalars(select(ListingFile).where(ListingFile.id.in_(ids)))} if ids else {}
    return [(row, found[UUID(row["file"])]) for row in rows if UUID(row["file"]) in found]


def path_of(file: ListingFile) -> Path:
    """Where the bytes of a file lie."""
    return storing.where(file.sha256)


def small_of(file: ListingFile) -> Path | None:
    """Where the small version (WebP) of a picture lies; None for a PDF."""
    path = storing.where(file.sha256)
    return None if file.media_type == PDF else path.with_name(path.name + storing.SMALL)
