"""Files of listings: checked at every request, marked with who opens them where they are for partners only."""

from dataclasses import dataclass
from io import BytesIO
from pathlib import Path
from typing import Any
from uuid import UUID

from flask import Response, make_response, send_file
from sqlalchemy import select

from marketplace.core.access import Actor
from marketplace.core.clock import now
from marketplace.core.db import db
from marketplace.core.errors import NotFound
from marketplace.disclosure import marking, queries
from marketplace.listings import audiences
from marketplace.listings.attachments import files
from marketplace.listings.levels import Level
from marketplace.listings.models import FairEntry, Listing, ListingFile, ListingVersion

SHOWN_INLINE = {"image/png", "image/jpeg", "image/webp"}
ALONE = "default-src 'none'; style-src 'unsafe-inline'; sandbox"


@dataclass(frozen=True, slots=True)
class Opened:
    """A file that a reader may open: of which version, at which level it stands there, and as what it is read."""

    file: ListingFile
    listing: Listing
    number: int
    level: Level
    audience: Level


def opened(file_id: UUID, *, by: Actor | None) -> Opened:
    """A file as the reader may open it now. Raises NotFound, the same for one that is not there and one that is not for them."""
    found = queries.file_with_versions(file_id)
    if found is None:
        raise NotFound()
    file, listing, versions = found
    audience = audiences.level_for(listing.id, owner_id=listing.organization_id, by=by)
    for number, rows in sorted(versions, key=lambda version: version[0] != listing.public_number):
        if number == listing.public_number or audience is Level.NEVER:
            level = _level(rows, file_id)
            if level is not None and level.rank <= audience.rank:
                return Opened(file, listing, number, level, audience)
    for number, rows in _moderated(listing.id, by):
        level = _level(rows, file_id)
        if level is not None and level.rank <= Level.REGISTERED.rank:
            return Opened(file, listing, number, level, Level.REGISTERED)
    raise NotFound()


def _level(rows: list[dict[str, Any]], file_id: UUID) -> Level | None:
    return next((Level(row["level"]) for row in rows if row["file"] == str(file_id)), None)


def _moderated(listing_id: UUID, by: Actor | None) -> list[Any]:
    """The versions that wait for the reader as a fair's moderator."""
    fairs = by.fairs_where("listings.moderate") if by else frozenset()
    if not fairs:
        return []
    query = select(ListingVersion.number, ListingVersion.files).join(
        FairEntry, (FairEntry.listing_id == ListingVersion.listing_id) & (FairEntry.submitted_number == ListingVersion.number)
    )
    return list(db.session.execute(query.where(ListingVersion.listing_id == listing_id, FairEntry.fair_id.in_(fairs))))


def sent(file_id: UUID, *, small: bool = False, by: Actor | None) -> Response:
    """The answer with a file's bytes. A read of the upper two levels is written down before. Raises NotFound."""
    found = opened(file_id, by=by)
    file, path = found.file, files.small_of(found.file) if small else files.path_of(found.file)
    if path is None:
        raise NotFound()
    media_type, name, etag = "image/webp" if small else file.media_type, file.name, file.sha256
    if found.listing.anonymous and found.audience is not Level.NEVER:
        name = found.listing.reference + Path(name).suffix  # a file's own name may tell whose it is
    is_public, marked = found.level is Level.PUBLIC and by is None, found.level in audiences.UPPER and found.audience is not Level.NEVER
    if by is not None and marked:
        audiences.note(audiences.Reading(listing_id=found.listing.id, number=found.number, level=found.audience, file_id=file_id), by=by)
        content = marking.marked(path, media_type, words=words_of(by))
        response = make_response(send_file(BytesIO(content), mimetype=media_type, download_name=name, as_attachment=_saved(media_type)))
    else:
        response = make_response(
            send_file(path, mimetype=media_type, download_name=name, as_attachment=_saved(media_type), conditional=is_public, etag=etag if is_public else False)
        )
    response.headers["Content-Security-Policy"] = ALONE
    response.headers["Cross-Origin-Resource-Policy"] = "same-origin"
    response.headers["Cache-Control"] = "public, max-age=60" if is_public else "no-store"
    if not is_public:
        del response.headers["Last-Modified"]
    return response


def mark_for(path: Path, media_type: str, by: Actor) -> bytes:
    """The bytes of a stored file with this reader on them, for papers that other domains hand out. Raises NotMarked."""
    return marking.marked(path, media_type, words=words_of(by))


def _saved(media_type: str) -> bool:
    return media_type not in SHOWN_INLINE


def words_of(by: Actor) -> marking.Words:
    """What is written on a file that this reader opens now."""
    acting = by.acting
    return marking.Words(
        person=by.name, organization=acting.name if acting else "", plain_person=by.email, plain_organization=acting.slug if acting else "",
        moment=f"{now():%Y-%m-%d %H:%M} UTC",
    )  # fmt: skip
