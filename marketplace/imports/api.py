"""Imports as JSON: hand a file in, read what was found, name columns, commit, cancel."""

from io import BytesIO
from typing import Any, BinaryIO, cast
from uuid import UUID

from flask import Flask, Response, request, send_file

from marketplace.core.access import current_actor, reads, writes
from marketplace.core.api import Blueprint, ProblemOut
from marketplace.core.errors import Invalid, NotFound
from marketplace.core.i18n import gettext
from marketplace.core.pages import bound, paged
from marketplace.imports import correcting, holding, queries, service, shown
from marketplace.imports.models import Finding, ImportJob
from marketplace.imports.reading import Form
from marketplace.imports.schemas import (
    ImportCommitIn,
    ImportFileIn,
    ImportFindingsIn,
    ImportFindingsOut,
    ImportIn,
    ImportMappingIn,
    ImportOut,
)
from marketplace.listings.models import Kind

blp = Blueprint("imports", description="Listings from files: checked first, then stored wholly or not at all.", url_prefix="/imports")


def uploaded(data: dict[str, Any]) -> ImportJob:
    """The posted file, handed in. Raises Invalid when none was sent, and what `service.upload` raises."""
    file = request.files.get("file")
    if file is None or not file.filename:
        raise Invalid.field("file", "required", gettext("Choose a file."))
    given = service.Upload(stream=cast(BinaryIO, file.stream), name=file.filename, **{**data, "kind": Kind(data["kind"])})
    return service.upload(given, by=current_actor())


@blp.post("")
@writes("imports.use")
@blp.arguments(ImportIn, location="form")
@blp.arguments(ImportFileIn, location="files")
@blp.response(202, ImportOut)
@blp.alt_response(413, schema=ProblemOut)
@blp.alt_response(415, schema=ProblemOut)
def upload(data: dict[str, Any], _files: dict[str, Any]) -> dict[str, Any]:
    """Hand a file in. It is checked in the background; ask for its state, then commit it."""
    return shown.as_json(uploaded(data))


@blp.get("/<uuid:import_id>")
@reads("imports.use")
@blp.response(200, ImportOut)
def show(import_id: UUID) -> dict[str, Any]:
    """The state of an import, its progress and its counts."""
    return shown.as_json(queries.get(import_id, by=current_actor()))


@blp.get("/<uuid:import_id>/findings")
@reads("imports.use")
@blp.arguments(ImportFindingsIn, location="query")
@blp.response(200, ImportFindingsOut)
def findings(query: dict[str, Any], import_id: UUID) -> dict[str, Any]:
    """What was found in its rows: faults, notes, possible duplicates; the first thousand. The file of errors has all faults."""
    job = queries.get(import_id, by=current_actor())
    found = paged(
        queries.findings(job.id, Finding(query["kind"])), queries.FINDING_KEYS, limit=query["limit"], cursor=query["cursor"], descending=False,
        bound_to=bound(current_actor().person_id),
    )  # fmt: skip
    return {"rows": [{"row": each.row, "kind": each.kind.value, **each.facts} for each in found.rows], "next": found.next}


@blp.get("/<uuid:import_id>/errors")
@reads("imports.use")
@blp.response(200, content_type="application/octet-stream")
@blp.alt_response(404, schema=ProblemOut)
def errors(import_id: UUID) -> Response:
    """The rows that were rejected, in the layout of the file, with their reasons: correct them and import them again."""
    return send_errors(import_id)


def send_errors(import_id: UUID) -> Response:
    """Raises NotFound, also when no row was rejected."""
    job = queries.get(import_id, by=current_actor())
    path = holding.left(job.id, "errors")
    if not job.counts.get("rejected") or not path.exists():
        raise NotFound()
    media_type, ending = correcting.MEDIA[Form(job.form)]
    stem = job.file_name.split(".")[0] or "file"
    response = send_file(BytesIO(path.read_bytes()), mimetype=media_type, as_attachment=True, download_name=f"{stem}-errors.{ending}", conditional=False, etag=False)
    response.headers["Cache-Control"] = "private, no-store"
    return response


@blp.post("/<uuid:import_id>/mapping")
@writes("imports.use")
@blp.arguments(ImportMappingIn)
@blp.response(202, ImportOut)
@blp.alt_response(409, schema=ProblemOut)
def map_columns(data: dict[str, Any], import_id: UUID) -> dict[str, Any]:
    """Say what its columns are; it is checked anew, and the next file with such a header needs no word."""
    return shown.as_json(service.map_columns(import_id, data["mapping"], by=current_actor()))


@blp.post("/<uuid:import_id>/check")
@writes("imports.use")
@blp.response(202, ImportOut)
@blp.alt_response(409, schema=ProblemOut)
def check(import_id: UUID) -> dict[str, Any]:
    """Check it again: after a failure, or when other listings changed."""
    return shown.as_json(service.retry(import_id, by=current_actor()))


@blp.post("/<uuid:import_id>/commit")
@writes("imports.use")
@blp.arguments(ImportCommitIn)
@blp.response(202, ImportOut)
@blp.alt_response(409, schema=ProblemOut)
def commit(data: dict[str, Any], import_id: UUID) -> dict[str, Any]:
    """Have it stored, wholly or not at all. Asked again, it goes on as it is."""
    return shown.as_json(service.take_in(import_id, only_good=data["only_good"], choices=data["choices"], otherwise=data["otherwise"], by=current_actor()))


@blp.post("/<uuid:import_id>/cancel")
@writes("imports.use")
@blp.response(200, ImportOut)
@blp.alt_response(409, schema=ProblemOut)
def cancel(import_id: UUID) -> dict[str, Any]:
    """Give it up; nothing of it is stored."""
    return shown.as_json(service.cancel(import_id, by=current_actor()))


def register(app: Flask) -> None:
    app.extensions["api"].register_blueprint(blp)
