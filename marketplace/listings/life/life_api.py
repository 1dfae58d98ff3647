"""A listing's life and its files as JSON, for its owner."""

from typing import Any
from uuid import UUID

from flask import Flask, g

from marketplace.core import web
from marketplace.core.access import current_actor, reads, writes
from marketplace.core.api import Blueprint, ProblemOut
from marketplace.core.db import db
from marketplace.listings import drafting
from marketplace.listings.attachments import files
from marketplace.listings.attachments.receiving import received_first
from marketplace.listings.levels import Level
from marketplace.listings.life import handing_over, renewing, shelving
from marketplace.listings.life.life_schemas import (
    CloseIn,
    ExtendIn,
    HandedOverOut,
    HandOverIn,
    LifeOut,
    ListingFileOut,
    ListingFilesOut,
    OpenIn,
    PictureOrPaperIn,
    TitledIn,
)
from marketplace.listings.models import Closed, Listing, ListingFile

blp = Blueprint("listing_life", description="The term of a listing, its end, its files, and who looks after it.", url_prefix="/listings")


def _answer(listing: Listing) -> tuple[Listing, int, dict[str, str]]:
    db.session.flush()  # the new version belongs into the answer
    return listing, 200, {"ETag": web.etag_of(listing.version)}


def _file(row: Any, file: ListingFile) -> dict[str, Any]:
    return {
        "id": file.id, "title": row["title"], "level": row["level"], "name": file.name, "media_type": file.media_type,
        "size_bytes": file.size_bytes, "sha256": file.sha256, "pages": file.pages, "width": file.width, "height": file.height,
    }  # fmt: skip


@blp.get("/<uuid:listing_id>/files")
@reads("listings.read_own")
@blp.response(200, ListingFilesOut)
def list_files(listing_id: UUID) -> Any:
    """The files of an own listing in its newest version; the ETag is the listing's."""
    listing = drafting.own(listing_id, by=current_actor())
    rows = [_file(row, file) for row, file in files.shown(files.rows_of(listing))]
    return {"rows": rows}, 200, {"ETag": web.etag_of(listing.version)}


@blp.post("/<uuid:listing_id>/files")
@received_first
@writes("listings.write")
@blp.arguments(PictureOrPaperIn, location="files")
@blp.arguments(TitledIn, location="form")
@blp.response(201, ListingFileOut)
@blp.alt_response(404, schema=ProblemOut)
@blp.alt_response(409, schema=ProblemOut)
@blp.alt_response(413, schema=ProblemOut)
def add_file(_: dict[str, Any], said: dict[str, Any], listing_id: UUID) -> dict[str, Any]:
    """Add a picture or a PDF as multipart/form-data: `file`, `title` (what a picture shows), `level`. Pictures are drawn anew."""
    file = files.add(listing_id, g.received, title=said["title"], level=Level(said["level"]), by=current_actor())
    return _file(said, file)


@blp.delete("/<uuid:listing_id>/files/<uuid:file_id>")
@writes("listings.write")
@blp.response(204)
@blp.alt_response(404, schema=ProblemOut)
@blp.alt_response(412, schema=ProblemOut)
def remove_file(listing_id: UUID, file_id: UUID) -> None:
    """Show a file no longer. Needs If-Match with the listing's ETag. Earlier versions that were handed in keep it in their history."""
    expected = web.expected_version()
    web.check_version(drafting.own(listing_id, by=current_actor(), lock=True).version, expected)
    files.remove(listing_id, file_id, by=current_actor())


@blp.post("/<uuid:listing_id>/extend")
@writes("listings.write")
@blp.arguments(ExtendIn)
@blp.response(200, LifeOut)
@blp.alt_response(409, schema=ProblemOut)
def extend(data: dict[str, Any], listing_id: UUID) -> Any:
    """Extend the term once, from 30 days before its end to a year after it; 409 otherwise."""
    return _answer(renewing.extend(listing_id, data["until"], by=current_actor()))


@blp.post("/<uuid:listing_id>/archive")
@writes("listings.write")
@blp.response(200, LifeOut)
@blp.alt_response(409, schema=ProblemOut)
def archive(listing_id: UUID) -> Any:
    """Put away what no fair shows and none has to decide on."""
    return _answer(shelving.archive(listing_id, by=current_actor()))


@blp.post("/<uuid:listing_id>/bring-back")
@writes("listings.write")
@blp.response(200, LifeOut)
@blp.alt_response(409, schema=ProblemOut)
def bring_back(listing_id: UUID) -> Any:
    """Take it out of the archive."""
    return _answer(shelving.bring_back(listing_id, by=current_actor()))


@blp.post("/<uuid:listing_id>/close")
@writes("listings.write")
@blp.arguments(CloseIn)
@blp.response(200, LifeOut)
@blp.alt_response(409, schema=ProblemOut)
def close(data: dict[str, Any], listing_id: UUID) -> Any:
    """Mark a need as met, or give it up; it leaves the open fairs. Handing it in again opens it."""
    return _answer(shelving.close(listing_id, Closed(data["how"]), reason=data["reason"], by=current_actor()))


@blp.post("/<uuid:listing_id>/interest")
@writes("listings.write")
@blp.arguments(OpenIn)
@blp.response(200, LifeOut)
def interest(data: dict[str, Any], listing_id: UUID) -> Any:
    """Say whether others may ask to talk about it; it stays as visible as it is."""
    return _answer(shelving.set_open(listing_id, data["open"], by=current_actor()))


@blp.post("/hand-over")
@writes("listings.hand_over")
@blp.arguments(HandOverIn)
@blp.response(200, HandedOverOut)
@blp.alt_response(404, schema=ProblemOut)
def hand_over(data: dict[str, Any]) -> dict[str, int]:
    """Let a colleague look after listings; they get one mail."""
    return {"changed": handing_over.hand_over(data["listings"], data["to"], by=current_actor())}


def register(app: Flask) -> None:
    app.extensions["api"].register_blueprint(blp)
